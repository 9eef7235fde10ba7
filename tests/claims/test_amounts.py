"""Claims on how much: counts are exact, measured values stand in intervals."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from conftest import MakeStudy
from factories import build_record
from scipy import stats

from scenes.claims.amounts import (
    at_least,
    fewer_parameters,
    interval,
    more_parameters,
    within,
)
from scenes.claims.differences import better
from scenes.plan.plan import StudyPlan
from scenes.runs.record import Failure, Record


def shares(values: Sequence[float], n: int = 10_000) -> list[Record]:
    """Return a record per value, which ends at that validation accuracy over n pictures."""
    history = [{"val_accuracy": [value, value]} for value in values]
    return [
        build_record(seed=seed, history=it, right=[True] * n) for seed, it in enumerate(history)
    ]


def sized(parameters: int, trainable: int) -> list[Record]:
    """Return the record of a network of this size."""
    summary = {"parameters": parameters, "trainable": trainable, "frozen": parameters - trainable}
    return [build_record(summary=summary)]


@pytest.mark.parametrize(
    ("key", "than", "fewer", "more"),
    [
        ("small", "large", "supported", "contradicted"),
        ("large", "small", "contradicted", "supported"),
        ("small", "same", "contradicted", "contradicted"),
        ("small", "failed", "inconclusive", "inconclusive"),
    ],
)
def test_parameters_are_compared_exactly(
    key: str, than: str, fewer: str, more: str, make_study: MakeStudy
) -> None:
    """One parameter less is fewer; as many are neither fewer nor more."""
    results: dict[str, Any] = {"small": sized(1000, 1000), "large": sized(1001, 10)}
    study = make_study({**results, "same": sized(1000, 5), "failed": [Failure("x", "died")]})
    assert fewer_parameters(study, key, than=than).status == fewer
    assert more_parameters(study, key, than=than).status == more


def test_trained_parameters_are_counted_apart(make_study: MakeStudy) -> None:
    """The larger network may train fewer; the reason says both numbers."""
    study = make_study({"small": sized(1000, 1000), "large": sized(1001, 10)})
    verdict = fewer_parameters(study, "large", than="small", count="trainable")
    assert verdict.status == "supported"
    assert verdict.reason == "trainable: large 10, small 1,000"


@pytest.fixture
def study(make_study: MakeStudy) -> StudyPlan:
    """Return a study of a sure value, one much like it, and one that varies with the seed."""
    return make_study(
        {
            "sure": shares([0.60, 0.61, 0.62]),
            "alike": shares([0.605, 0.612, 0.628]),
            "wild": shares([0.3, 0.9, 0.6]),
        }
    )


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("sure", 0.5, "supported"),
        ("sure", 0.7, "contradicted"),
        ("sure", 0.61, "inconclusive"),
        ("wild", 0.5, "inconclusive"),
    ],
)
def test_at_least(key: str, value: float, status: str, study: StudyPlan) -> None:
    """The whole interval over seeds must lie on one side of the bound."""
    verdict = at_least(study, key, value)
    assert verdict.status == status, verdict.reason


@pytest.mark.parametrize(
    ("bounds", "status"),
    [
        ({"low": 0.5, "high": 0.7}, "supported"),
        ({"high": 0.5}, "contradicted"),
        ({"low": 0.7}, "contradicted"),
        ({"low": 0.6}, "inconclusive"),
        ({"of": "alike", "by": 0.1}, "supported"),
        ({"of": "alike", "by": 0.001}, "inconclusive"),
        ({"of": "wild", "by": 0.1}, "inconclusive"),
    ],
)
def test_within(bounds: dict[str, Any], status: str, study: StudyPlan) -> None:
    """A value is within bounds or of another trial, outside, or its interval is too wide."""
    verdict = within(study, "sure", **bounds)
    assert verdict.status == status, verdict.reason


def test_within_of_a_value_that_is_far(make_study: MakeStudy) -> None:
    """Two values that differ for sure by more than the distance are not within it."""
    far = make_study({"a": shares([0.6, 0.61, 0.62]), "b": shares([0.3, 0.31, 0.33])})
    assert within(far, "a", of="b", by=0.05).status == "contradicted"


@pytest.mark.parametrize(
    "wrong", [{}, {"of": "alike"}, {"by": 0.1}, {"low": 0.1, "of": "alike", "by": 0.1}]
)
def test_within_needs_bounds_or_a_distance(wrong: dict[str, Any], study: StudyPlan) -> None:
    """One of the two ways must be asked for, and whole."""
    with pytest.raises(ValueError, match="needs bounds"):
        within(study, "sure", **wrong)


def test_the_interval_holds_seeds_and_pictures() -> None:
    """Over seeds it is Student's, with the error of the pictures added in quadrature."""
    values = [0.60, 0.61, 0.65]
    mean, reach = interval(tuple(shares(values, n=400)), "val_accuracy")
    seeds = stats.t.ppf(0.975, 2) * np.std(values, ddof=1) / math.sqrt(3)
    pictures = 1.959964 * math.sqrt(mean * (1 - mean) / 400)
    assert mean == pytest.approx(0.62)
    assert reach == pytest.approx(math.hypot(seeds, pictures), rel=1e-6)


def test_one_seed_adds_its_swing() -> None:
    """The interval of one run holds the error of its pictures and what its curve moves by."""
    history = {"val_accuracy": [0.5, 0.5, 0.6, 0.5, 0.5]}
    record = build_record(history=history, right=[True] * 400)
    assert interval((record,), "val_accuracy")[1] == pytest.approx(0.049 + 0.1, abs=1e-4)


@pytest.mark.parametrize("metric", ["train_accuracy", "gap", "seconds"])
def test_one_seed_bounds_no_other_figure(metric: str) -> None:
    """Nothing is known of the error of what one run measures once."""
    assert math.isinf(interval((build_record(),), metric)[1])


def test_counts_have_no_interval() -> None:
    """Parameters are counted, with one seed too."""
    assert interval(tuple(sized(1000, 10)), "trainable") == (10.0, 0.0)


def test_an_unknown_measure_is_told_with_the_choices(study: StudyPlan) -> None:
    """The error names what there is."""
    with pytest.raises(
        KeyError, match=r"no metric 'f2'; the metrics are .*; the measures are .*gap"
    ):
        at_least(study, "sure", 0.5, metric="f2")


def test_failed_values_leave_it_open(make_study: MakeStudy) -> None:
    """Without a result there is no amount."""
    study = make_study({"a": [Failure("x", "died")], "b": shares([0.5])})
    verdicts = [at_least(study, "a", 0.1), within(study, "a", low=0.1)]
    verdicts += [within(study, "b", of="a", by=0.1)]
    assert {verdict.status for verdict in verdicts} == {"inconclusive"}


def test_a_metric_of_the_registry_is_an_amount() -> None:
    """Of one network it has the pictures' interval, of several the seeds' as well."""
    right = [True] * 90 + [False] * 10
    one = build_record(right=right)
    value, alone = interval((one,), "balanced_accuracy")
    assert value == pytest.approx(0.9)
    assert 0.04 < alone < 0.09
    several = (one, build_record(seed=1, right=[True] * 70 + [False] * 30))
    assert interval(several, "balanced_accuracy")[1] > alone


def test_a_metric_of_the_registry_is_claimed(make_study: MakeStudy) -> None:
    """Bounds and comparisons take it by name, that of a class too, in its own direction."""

    def runs(wrong: int) -> list[Record]:
        return [
            build_record(seed=seed, right=[True] * (400 - wrong - seed) + [False] * (wrong + seed))
            for seed in range(3)
        ]

    study = make_study({"good": runs(10), "bad": runs(200)})
    assert at_least(study, "good", 0.9, metric="macro_f1").status == "supported"
    assert at_least(study, "bad", 0.9, metric="recall:class 0").status == "contradicted"
    for metric in ("macro_f1", "brier", "f1:class 1", "log_loss"):
        assert better(study, "good", than="bad", metric=metric).status == "supported"
        assert better(study, "bad", than="good", metric=metric).status == "contradicted"
