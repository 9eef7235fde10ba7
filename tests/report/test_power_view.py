"""The report says what its seeds and pictures can show at all, and calls nothing significant."""

import re
from collections.abc import Sequence

import numpy as np
import pytest
from factories import build_record, build_study, describe
from markupsafe import Markup

from scenes.plan.plan import Plan
from scenes.report.language.fact_trace import trace_facts
from scenes.report.language.locale import load_words
from scenes.report.markup.templates import templates_folder
from scenes.report.views.power import PowerView
from scenes.report.views.study import view_study
from scenes.runs.record import Record
from scenes.spec.loader import check_report
from scenes.spec.text import Language
from scenes.stats.inference import ALPHA
from scenes.stats.power import detectable_difference

WORDS = {name: load_words(name, templates_folder() / "locale") for name in ("es", "en")}


def runs(shares: Sequence[float], pictures: int = 100) -> list[Record]:
    """Return a run per seed that ends at this validation accuracy."""
    summary = {"name": "n", "layers": [], "parameters": 1, "trainable": 1, "frozen": 0}
    return [
        build_record(
            seed=seed,
            history={"val_accuracy": [0.1, share]},
            right=[True] * pictures,
            summary=summary,
        )
        for seed, share in enumerate(shares)
    ]


def power(*values: list[Record], language: Language = "en") -> PowerView:
    """Return what can be said of a report of one study with these values."""
    study = build_study({f"v{index}": records for index, records in enumerate(values)})
    seeds = list(range(max(map(len, values))))
    report = check_report(describe(seeds=seeds, study=[study.study.model_dump()]), "a test")
    return PowerView(Plan(report, (study,)), WORDS[language])


def plain(text: Markup) -> str:
    """Return a sentence without its markup."""
    return re.sub("<[^>]+>", "", trace_facts(text, link=False)[0])


def test_three_seeds_are_told_to_be_few() -> None:
    """With three, no rank test goes under 0.25, and the t-test needs 3.26 deviations."""
    view = power(runs([0.5, 0.6, 0.55]), runs([0.52, 0.58, 0.6]))
    text = plain(view.sentence)
    assert text.startswith("With 3 seeds a sign test or a signed-rank test")
    assert "below 0.25; it takes 6 to get below 0.05." in text
    assert "a difference that is 3.26 times their standard deviation" in text
    size = detectable_difference(float(np.std([-0.02, 0.02, -0.05], ddof=1)), 3)
    assert f"a difference of {100 * size:.1f} points of validation accuracy" in text
    assert "Holm" not in text  # there is one pair


def test_what_the_correction_costs_is_told() -> None:
    """By the median deviation, at the level of the first step of Holm's procedure."""
    first, second = runs([0.5, 0.6, 0.55]), runs([0.52, 0.58, 0.6])
    text = plain(power(first, second, first).sentence)
    deviation = float(np.std([-0.02, 0.02, -0.05], ddof=1))
    size = detectable_difference(deviation, 3, alpha=ALPHA / 3)
    assert f"up to {100 * size:.1f} points" in text
    assert "of two values, of which there are 3." in text


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        (1, "Una prueba de signos o de rangos con signo entre semillas necesita 6 para bajar"),
        (3, "no puede dar un valor p bilateral menor que 0,25; hacen falta 6"),
        (4, "menor que 0,125;"),
        (6, "puede llegar a un valor p bilateral de 0,031, por debajo de 0,05."),
    ],
)
def test_each_number_of_seeds_has_its_sentence(seeds: int, words: str) -> None:
    """One allows no test, a few no rank test, six do."""
    found = power(runs([0.5] * seeds), runs([0.6] * seeds), language="es")
    assert words in plain(found.sentence)


def test_the_margin_of_scene15_is_1_8_points() -> None:
    """At 2,985 pictures and 50 %, in both languages."""
    records = runs([0.5], 2985)
    assert str(power(records, records).margin) == "1.8 points"
    assert str(power(records, records, language="es").margin.cell) == "1,8"
    assert str(power(records, records).pictures) == "2,985"


def test_a_template_can_ask_what_a_comparison_could_have_shown() -> None:
    """For two values of a study, in the metric's unit; one seed's training figures show nothing."""
    view = power(runs([0.5, 0.6, 0.55]), runs([0.52, 0.58, 0.6]))
    study = view_study(view.plan.studies[0], {}, view.plan.report, view.words)
    found = view.detectable(study, *study.trials, "val_accuracy")
    size = detectable_difference(float(np.std([-0.02, 0.02, -0.05], ddof=1)), 3)
    assert found.value == pytest.approx(size)
    assert str(found).endswith(" points")


def test_nothing_is_called_significant() -> None:
    """No template and no catalogue has the word: what is said are tests and their errors."""
    for path in templates_folder().rglob("*.*ml"):
        assert "signific" not in path.read_text(encoding="utf-8").lower(), path
