"""A report says of a test set whether it is sealed, what it shows, and how often it was opened."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from factories import build_predictions, build_record, build_study, describe

from scenes.claims.split_figures import compare_splits, split_figure
from scenes.data.division import Picture
from scenes.data.folder import Dataset
from scenes.plan.plan import Plan
from scenes.report.language.catalogue import load_words
from scenes.report.language.locale import Words
from scenes.report.markup.templates import catalogues_folder
from scenes.report.views import test_set
from scenes.report.views.limits import view_limits
from scenes.report.views.power import PowerView
from scenes.runs.openings import Opening
from scenes.runs.record import Record
from scenes.spec.loader import check_report
from scenes.stats.inference import share_interval

TEST = 40


@pytest.fixture(params=["en", "es"])
def words(request: pytest.FixtureRequest) -> Words:
    """Return the words of a language."""
    return load_words(request.param, catalogues_folder())


def data_of(split: str = "test", count: int = TEST) -> Dataset:
    """Return a data set with a test split of its own, or without one."""
    members = tuple(Picture(Path(f"{index}.png"), index % 2, f"{index}") for index in range(count))
    return Dataset("p", "folder", Path(), ("a", "b"), {"train": (), "val": (), split: members})


def plan_of() -> Plan:
    """Return a plan of two values with three seeds each, of which the second is chosen."""

    def runs(wrong: int, first: int) -> list[Record]:
        return [
            build_record(
                seed=first + seed,
                right=[True] * (100 - wrong - seed) + [False] * (wrong + seed),
                history={"val_loss": [1.0, 0.1 * wrong]},
            )
            for seed in range(3)
        ]

    study = build_study({"a": runs(30, 10), "b": runs(10, 20)})
    report = check_report(describe(metrics=["macro_f1"]), "a test")
    rivals = report.test.model_copy(update={"rivals": ("batch/a",)})
    return Plan(report.model_copy(update={"test": rivals}), (study,))


def opening_of(plan: Plan, *, final: str = "b", day: int = 1, right: int = 20) -> Opening:
    """Return an opening for a configuration, of which so many of the test pictures are right."""
    study = plan.studies[0]
    said = build_predictions([True] * right + [False] * (TEST - right), 0.8, 2)
    trials = {key: tuple(it.id for it in study.trial(key).records) for key in ("a", "b")}
    return Opening(
        opened=f"2026-03-0{day}T10:00:00+00:00",
        classes=("a", "b"),
        pictures=said.pictures,
        truth=np.arange(TEST) % 2,
        contents=tuple(str(index) for index in range(TEST)),
        probabilities={run: said.probabilities for runs in trials.values() for run in runs},
        final=trials[final],
        rivals={"batch/a": trials["a"]},
        about={},
    )


def limit_of(view: test_set.TestView | None, plan: Plan, words: Words) -> str:
    """Return the limits of a report in one text."""
    limits = view_limits(plan, data_of(), words, PowerView(plan, words), test=view, reduced_by=None)
    return " ".join(map(str, limits))


def test_without_a_test_split_there_is_nothing_to_say(words: Words) -> None:
    """The limits say so, as they did before."""
    view = test_set.view_test_set(plan_of(), data_of("other"), [], words)
    assert view is None
    assert words("limit.validation") in limit_of(view, plan_of(), words)


def test_a_sealed_set_has_no_figures(words: Words) -> None:
    """It is counted, and that is all."""
    view = test_set.view_test_set(plan_of(), data_of(), [], words)
    assert view is not None
    assert not view.is_measured
    assert view.pictures.value == TEST
    assert str(view.sentences[0]) == words.html("test.sealed", n=view.pictures)
    assert words("limit.validation") not in limit_of(view, plan_of(), words)


def test_once_opened_it_stands_beside_validation(words: Words) -> None:
    """Accuracy, loss and the report's metrics, of the final configuration and its rival."""
    plan = plan_of()
    view = test_set.view_test_set(plan, data_of(), [opening_of(plan)], words)
    assert view is not None
    assert [len(part.rows) for part in view.parts] == [3, 3]
    row = view.parts[0].rows[0]
    assert row.validation.value.value == pytest.approx(0.89)
    assert row.test.value.value == 0.5
    assert row.difference.value.value == pytest.approx(-0.39)
    assert row.difference.high.value < 0
    assert row.test.value.n == 3
    assert view.dates == (words.date(opening_of(plan).date.date()),)
    assert view.dates[0] in view.sentences[0]
    assert words.has("test.finding.lower")
    limits = limit_of(view, plan, words)
    assert str(words.html("limit.tested", n=view.pictures)) in limits


def test_further_openings_are_counted_and_the_first_one_counts(words: Words) -> None:
    """Each date is printed; a later look changes no figure."""
    plan = plan_of()
    openings = [opening_of(plan), opening_of(plan, day=2, right=40)]
    view = test_set.view_test_set(plan, data_of(), openings, words)
    assert view is not None
    assert view.parts[0].rows[0].test.value.value == 0.5
    assert view.times.value == 2
    assert all(date in view.sentences[0] for date in view.dates)
    assert len(set(view.dates)) == 2
    assert str(words.html("limit.reopened", n=view.pictures, times=view.times)) in limit_of(
        view, plan, words
    )


def test_an_opening_for_another_configuration_says_nothing_of_this_one(words: Words) -> None:
    """Nor does one of other pictures; both are said."""
    plan = plan_of()
    for opening in (
        opening_of(plan, final="a"),
        replace(opening_of(plan), contents=tuple(str(index + 1) for index in range(TEST))),
    ):
        view = test_set.view_test_set(plan, data_of(), [opening], words)
        assert view is not None
        assert not view.is_measured
        assert str(words.html("test.other", n=view.pictures, dates=view.dates[0])) in view.sentences
        assert str(words.html("limit.untested", n=view.pictures)) in limit_of(view, plan, words)


def test_one_seed_has_the_interval_of_the_pictures() -> None:
    """Several have that of the seeds as well; a difference has the intervals of both splits."""
    one = build_predictions([True] * 15 + [False] * 5, 0.8, 2)
    low, high = share_interval(0.75, 20)
    figure = split_figure("val_accuracy", ("a", "b"), [one])
    assert figure.high - figure.low == pytest.approx(high - low)
    other = build_predictions([True] * 10 + [False] * 10, 0.8, 2)
    several = split_figure("val_accuracy", ("a", "b"), [one, other])
    assert several.high - several.low > high - low
    same = compare_splits("val_accuracy", ("a", "b"), [one, other], [one, other])
    assert (same.difference, same.finding) == (0, "open")
    assert same.high == pytest.approx(np.hypot(high - low, high - low) / 2)


def test_folds_that_agree_are_as_uncertain_as_their_pictures() -> None:
    """Of validation, where each network has pictures of its own, and of the difference to test."""
    said = build_predictions([True] * 20, 0.8, 2)
    folds = [replace(said, pictures=tuple(f"{fold}{it}" for it in said.pictures)) for fold in "abc"]
    found = compare_splits("val_accuracy", ("a", "b"), folds, [said] * 3)
    low, high = share_interval(1.0, 60)
    assert (found.validation.low, found.validation.high) == pytest.approx((1 - (high - low) / 2, 1))
    assert found.validation.reach < found.test.reach
    wide = np.hypot((high - low) / 2, found.test.reach)
    assert (found.low, found.high) == pytest.approx((-wide, wide))
