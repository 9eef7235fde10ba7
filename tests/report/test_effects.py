"""The effect table says and draws what the study's simultaneous intervals decide."""

import math
from dataclasses import replace
from types import SimpleNamespace

import pytest
from conftest import MakeReport
from factories import build_study
from outcomes import Outcome, Outcomes, plan_of, study_table
from scenarios import FOLDER

from scenes.claims.comparison import compare_study
from scenes.errors import SpecError
from scenes.plan.plan import StudyPlan
from scenes.report.language.catalogue import load_words
from scenes.report.language.locale import Words
from scenes.report.markup.templates import catalogues_folder, open_templates
from scenes.report.views.effects import EffectTable, _drawn, view_effects
from scenes.runs.record import Failure

SHARES = {8: 0.6, 16: 0.9, 32: 0.6, 64: 0.2}


@pytest.fixture(params=["en", "es"])
def words(request: pytest.FixtureRequest) -> Words:
    """Return the words of a language."""
    return load_words(request.param, catalogues_folder())


def by_share(shares: dict[int, float], noise: float = 0.005) -> Outcomes:
    """Let the batch size decide the accuracy, and the loss against it."""

    def outcome(settings: object, _: int) -> Outcome:
        share = shares[settings["batch_size"]]  # type: ignore[index]
        return Outcome(loss=2 - share, share=share, noise=noise)

    return outcome


def planned(seeds: int, shares: dict[int, float] = SHARES, **more: object) -> StudyPlan:
    """Return a study of batch sizes with so many seeds."""
    table = study_table("batch_size", list(shares), **more)
    return plan_of([table], by_share(shares), range(seeds)).studies[0]


def table_of(plan: StudyPlan, words: Words) -> EffectTable:
    """Return the effect table of a plan that has one."""
    table = view_effects(plan, "1 T", words)
    assert table is not None
    return table


def test_each_row_is_its_pair_of_the_study(words: Words) -> None:
    """Difference, interval and verdict are those by which claims judge, and none is another's."""
    plan = planned(3)
    table = table_of(plan, words)
    assert (table.reference, table.metrics) == ("8", ("val_accuracy", "val_loss"))
    assert [row.label for row in table.rows] == ["16", "32", "64"]
    for row in table.rows:
        for metric, effect in zip(table.metrics, row.effects, strict=True):
            found = compare_study(plan, metric)[row.label, "8"].found
            ends = effect.difference.value, effect.low.value, effect.high.value
            assert ends == (found.difference, found.low, found.high)
            assert (effect.status in ("better", "worse")) == found.is_sure
    accuracy, loss = ([row.effects[i].status for row in table.rows] for i in (0, 1))
    assert accuracy == ["better", "equal", "worse"]
    assert loss == ["better", "open", "worse"]  # a loss has no margin


@pytest.mark.parametrize(
    ("more", "reference"),
    [
        ({}, "8"),
        ({"choose": {"by": "val_accuracy"}}, "16"),
        ({"choose": {"by": "val_accuracy"}, "reference": 32}, "32"),
    ],
)
def test_the_reference_is_declared_or_chosen_or_first(
    more: dict[str, object], reference: str
) -> None:
    """In that order."""
    assert (
        table_of(planned(2, **more), load_words("en", catalogues_folder())).reference == reference
    )


def test_a_reference_must_be_a_value(make_report: MakeReport) -> None:
    """An unknown one is refused with the choices."""
    with pytest.raises(SpecError) as caught:
        make_report(study=[{**study_table("batch_size", [8, 16]), "reference": 64}])
    assert "there is no value '64'; choices: 8, 16" in str(caught.value.problems)


def test_one_seed_has_no_effects(words: Words) -> None:
    """No interval stands beside a single network."""
    plan = planned(1)
    assert view_effects(plan, "1 T", words) is None


def test_a_value_with_one_seed_is_described_only(words: Words) -> None:
    """Where the others have several, its difference stands alone, as not tested."""
    plan = planned(3)
    first, *others = plan.trials
    lost = replace(first.runs[0], result=Failure("x", "no memory"))
    last = replace(others[-1], runs=(others[-1].runs[0], lost, lost))
    table = table_of(replace(plan, trials=(first, *others[:-1], last)), words)
    effect = table.rows[-1].effects[0]
    assert (effect.status, effect.is_tested) == ("untested", False)
    assert math.isfinite(effect.difference.value)
    assert table.is_partly_tested


def test_no_results_no_effects(words: Words) -> None:
    """A reference that failed leaves nothing to compare with."""
    failed = Failure("x", "no memory")
    assert view_effects(build_study({"a": [failed] * 3, "b": [failed] * 3}), "1 T", words) is None


def test_bars_are_to_the_scale_of_their_column(words: Words) -> None:
    """Zero stands in one place; differences and ends lie as far from it as their numbers."""
    table = table_of(planned(3), words)
    for effects in zip(*(row.effects for row in table.rows), strict=True):
        bars = [effect.bar for effect in effects if effect.bar is not None]
        assert len(bars) == 3
        (zero,) = {bar.zero for bar in bars}
        numbers = [n.value for it in effects for n in (it.low, it.difference, it.high)]
        places = [p for it in bars for p in (it.low, it.difference, it.low + it.width)]
        assert all(0 <= place <= 100 for place in places)
        scale = (max(places) - min(places)) / (max(numbers) - min(numbers))
        assert places == pytest.approx([zero + scale * n for n in numbers], abs=0.2)


def test_what_has_no_interval_has_a_dot_alone(words: Words) -> None:
    """And nothing is drawn of a difference that is not a number."""
    effect = table_of(planned(3), words).rows[0].effects[0]
    endless = (
        replace(end, fact=replace(end.fact, value=math.inf)) for end in (effect.low, effect.high)
    )
    low, high = endless
    untested = replace(effect, status="untested", low=low, high=high)
    fact = replace(effect.difference, fact=replace(effect.difference.fact, value=math.nan))
    (alone,) = _drawn([untested])
    assert alone.bar is not None
    assert (alone.bar.width, alone.bar.low) == (0, alone.bar.difference)
    assert _drawn([replace(untested, difference=fact)])[0].bar is None


def test_a_page_draws_each_interval(words: Words) -> None:
    """As a line and a dot whose class is the verdict; numbers stand beside it."""
    table = table_of(planned(3), words)
    view = SimpleNamespace(effects=table, trials=(), name="s", phrase="batch size")
    source = "{% import 'macros.html' as m with context %}{{ m.effects(study) }}"
    html = open_templates(FOLDER).from_string(source).render(words=words, study=view)
    assert html.count('class="line"') == 6
    for status in ("better", "equal", "worse", "open"):
        found = sum(effect.status == status for row in table.rows for effect in row.effects)
        assert html.count(f'class="dot {status}"') == found
