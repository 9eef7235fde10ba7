"""The effect table and the forest plot say what the study's simultaneous intervals decide."""

import math
from dataclasses import replace

import numpy as np
import pytest
from conftest import MakeReport
from factories import build_study
from matplotlib.figure import Figure
from outcomes import Outcome, Outcomes, dataset, plan_of, study_table

from scenes.claims.comparison import compare_study
from scenes.errors import SpecError
from scenes.plan.plan import StudyPlan
from scenes.report.figures.cache import Drawer
from scenes.report.figures.data import Effect, EffectPanel
from scenes.report.figures.effect_plots import plot_effects
from scenes.report.figures.study_figures import study_figures
from scenes.report.language.locale import Words, load_words
from scenes.report.markup.templates import catalogues_folder
from scenes.report.views.effects import EffectTable, view_effects
from scenes.report.views.study import view_study
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
    """Neither a table nor a figure puts an interval beside a single network."""
    plan = planned(1)
    assert view_effects(plan, "1 T", words) is None
    report = plan_of([study_table("batch_size", list(SHARES))], by_share(SHARES), [0]).report
    view = view_study(plan, {}, report, words)
    drawer = Drawer(None, is_dry=True)
    kinds = [it.kind for it in study_figures(view, 1, dataset(), words, drawer)]
    assert kinds == ["image", "image"]


def test_several_seeds_have_a_numbered_figure(words: Words) -> None:
    """It comes last, and its text says what the table says."""
    plan = planned(3)
    report = plan_of([study_table("batch_size", list(SHARES))], by_share(SHARES), [0]).report
    view = view_study(plan, {}, report, words)
    drawer = Drawer(None, is_dry=True)
    figure = list(study_figures(view, 4, dataset(), words, drawer))[-1]
    assert (figure.kind, figure.number, figure.key) == ("effects", 6, "s-effects")
    assert words("effects.better") in figure.alt
    assert words("effects.equal") in figure.alt


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


def panel(*effects: Effect, margin: float | None = 0.02) -> EffectPanel:
    """Return a panel of an accuracy."""
    return EffectPanel("Accuracy (points)", effects, is_share=True, margin=margin)


def drawn(*effects: Effect, margin: float | None = 0.02) -> Figure:
    """Plot some effects."""
    labels = [str(index) for index in range(len(effects))]
    words = load_words("es", catalogues_folder())
    return plot_effects(labels, [panel(*effects, margin=margin)], words=words)


def test_the_plot_shows_interval_and_verdict() -> None:
    """A line from end to end; filled where told apart, a square where equal, else hollow."""
    (axes,) = drawn(
        Effect(0.1, 0.05, 0.15, "apart"),
        Effect(0.001, -0.01, 0.012, "equal"),
        Effect(0.01, -0.05, 0.07, "open"),
    ).axes
    spans = [lines.get_segments()[0][:, 0].tolist() for lines in axes.collections]
    assert spans == [[0.05, 0.15], [-0.01, 0.012], [-0.05, 0.07]]
    dots = [line for line in axes.lines if line.get_marker() in ("o", "s")]
    assert [dot.get_marker() for dot in dots] == ["o", "s", "o"]
    assert [dot.get_markerfacecolor() == "white" for dot in dots] == [False, False, True]


def test_an_unknown_error_draws_no_line() -> None:
    """A dot alone; and nothing for a difference that is not a number."""
    (axes,) = drawn(
        Effect(0.1, -math.inf, math.inf, "open"), Effect(math.nan, -math.inf, math.inf, "open")
    ).axes
    assert not axes.collections
    assert sum(line.get_marker() == "o" for line in axes.lines) == 1


def test_axes_are_in_points() -> None:
    """A difference of 0.05 between shares is marked 5, with the language's comma and minus."""
    figure = drawn(Effect(0.01, -0.05, 0.07, "open"))
    figure.draw_without_rendering()
    marks = [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    assert "5" in marks or "4" in marks
    assert np.all(["." not in mark for mark in marks])
