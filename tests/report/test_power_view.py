"""The report says what its seeds and pictures can show at all, and calls nothing significant."""

import math
import re
from collections.abc import Sequence

import numpy as np
import pytest
from factories import build_record, build_study, describe
from markupsafe import Markup

from scenes.plan.plan import Plan
from scenes.report.language.catalogue import load_words
from scenes.report.language.fact_trace import trace_facts
from scenes.report.markup.templates import templates_folder
from scenes.report.views.power import PowerView
from scenes.report.views.study import view_study
from scenes.runs.record import Record
from scenes.spec.loader import check_report
from scenes.spec.text import Language
from scenes.stats.power import detectable_lead, seeds_for_equality

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


def test_what_the_seeds_can_show_is_said() -> None:
    """In deviations between seeds, and in points at the median deviation of the report."""
    view = power(runs([0.5, 0.6, 0.55]), runs([0.52, 0.58, 0.6]), runs([0.5, 0.6, 0.55]))
    text = plain(view.sentence)
    lead = detectable_lead(3, 3)
    assert (
        "With 3 seeds, and in the study with the most values (3), the comparison detects a "
        f"difference of {lead:.2f} standard deviations between seeds four times out of five."
        in text
    )
    assert f"that is {100 * lead * 0.05:.1f} points of validation accuracy" in text


def test_what_equality_would_take_is_said() -> None:
    """How many seeds would show that equal values differ by less than two points."""
    view = power(runs([0.5, 0.6, 0.55]), runs([0.5, 0.6, 0.55]))
    needed = seeds_for_equality(0.05, 0.02, 2)
    assert f"differ by less than 2.0 points would mostly take {needed} seeds each" in plain(
        view.sentence
    )


@pytest.mark.parametrize(
    ("seeds", "words"),
    [
        (1, "Una semilla no decide nada entre valores"),
        (3, "Con 3 semillas, y en el estudio de más valores (2), la comparación detecta"),
    ],
)
def test_each_number_of_seeds_has_its_sentence(seeds: int, words: str) -> None:
    """One decides nothing; of several it is said how much."""
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
    deviation = math.sqrt(
        (np.var([0.5, 0.6, 0.55], ddof=1) + np.var([0.52, 0.58, 0.6], ddof=1)) / 2
    )
    assert found.value == pytest.approx(detectable_lead(3, 2) * deviation)
    assert str(found).endswith(" points")


def test_nothing_is_called_significant() -> None:
    """No template and no catalogue has the word: what is said are tests and their errors."""
    for path in templates_folder().rglob("*.*ml"):
        assert "signific" not in path.read_text(encoding="utf-8").lower(), path
