"""Claims about how much: fewer or more parameters, within bounds, at least.

Parameters are counted, so a claim on them is certain. A measured value stands in an interval, and
a claim on it is supported where the whole interval agrees, contradicted where none of it does.
"""

import math
from dataclasses import replace
from typing import Literal

import numpy as np

from scenes.claims.comparison import compare_values
from scenes.claims.facts import MEASURES, measure_of
from scenes.claims.verdict import Status, Verdict, no_results
from scenes.plan.plan import StudyPlan, Trial
from scenes.runs.record import METRICS, Record
from scenes.stats.folds import are_folds, overlap_factor, whole_predictions
from scenes.stats.inference import half_width, losses, sampling_margin
from scenes.stats.metrics import interval_in
from scenes.stats.paired import SHORT_NAMES, swing

Count = Literal["parameters", "trainable", "frozen"]
COUNTS: tuple[Count, ...] = ("parameters", "trainable", "frozen")


def fewer_parameters(
    study: StudyPlan, key: str, *, than: str, count: Count = "parameters"
) -> Verdict:
    """Judge whether a value's network has fewer parameters than another's.

    Exact: no test. Source: the model summaries of the records.

    Args:
        study: The study.
        key: The value that is said to have fewer.
        than: The other one.
        count: All parameters, those that are trained, or those that are frozen.
    """
    return _compare_counts(study, (key, than), count, "fewer_parameters")


def more_parameters(
    study: StudyPlan, key: str, *, than: str, count: Count = "parameters"
) -> Verdict:
    """Judge whether a value's network has more parameters than another's.

    The mirror image of `fewer_parameters`; networks of the same size contradict both.
    """
    return _compare_counts(study, (key, than), count, "more_parameters")


def _compare_counts(study: StudyPlan, keys: tuple[str, str], count: Count, name: str) -> Verdict:
    trials = [study.trial(key) for key in keys]
    claim = f"{name}({keys[0]!r}, than={keys[1]!r}, {count})"
    if not all(trial.records for trial in trials):
        return no_results(claim)
    first, second = (trial.records[0].summary[count] for trial in trials)
    holds = first < second if name == "fewer_parameters" else first > second
    reason = f"{count}: {keys[0]} {first:,}, {keys[1]} {second:,}"
    return Verdict("supported" if holds else "contradicted", claim, reason)


def within(
    study: StudyPlan,
    key: str,
    *,
    low: float = -math.inf,
    high: float = math.inf,
    of: str | None = None,
    by: float | None = None,
    metric: str = "val_accuracy",
) -> Verdict:
    """Judge whether a value lies within bounds, or within a distance of another trial.

    Bounds: the 95 % interval of `metric` (see `interval`) is compared with them. Distance: the
    simultaneous interval of the difference; inside ±`by` it shows equivalence, as `equal` does.
    Unit: the seed, or for bounds and one seed the picture.

    Args:
        study: The study.
        key: The value.
        low: Lower bound, included.
        high: Upper bound, included.
        of: Key of the other trial, with `by`.
        by: The distance, in the metric's own unit (0.02 is two points of accuracy).
        metric: A measure of the report (`facts.MEASURES`) or one of a history's keys; with `of`
            the latter.

    Raises:
        ValueError: Neither bounds nor a distance of another trial are given, or both.
    """
    has_bounds = not (math.isinf(low) and math.isinf(high))
    if (of is None) != (by is None) or (of is None) != has_bounds:
        raise ValueError("within needs bounds (low, high), or a trial and a distance (of, by)")
    if of is None or by is None:
        return _within_bounds(study, key, low, high, metric)
    return _within_distance(study, key, of, by, metric)


def _within_bounds(study: StudyPlan, key: str, low: float, high: float, metric: str) -> Verdict:
    trial = study.trial(key)
    claim = f"within({key!r}, {low:g} to {high:g}, {metric})"
    return _judge(claim, _told(trial, metric), low, high) if trial.records else no_results(claim)


def _within_distance(study: StudyPlan, key: str, of: str, by: float, metric: str) -> Verdict:
    claim = f"within({key!r}, {by:g} of {of!r}, {metric})"
    if not study.trial(key).records or not study.trial(of).records:
        return no_results(claim)
    pair = compare_values(study, key, of, metric=metric)
    found = pair.found
    return _judge(claim, (found.difference, found.low, found.high), -by, by)


def at_least(study: StudyPlan, key: str, value: float, *, metric: str = "val_accuracy") -> Verdict:
    """Judge whether a measure of a trial is at least so much.

    By its 95 % interval (see `interval`). Unit: the seed, or the picture for one seed.

    Args:
        study: The study.
        key: The trial.
        value: The bound, included, in the metric's own unit.
        metric: A measure of the report (`facts.MEASURES`) or one of a history's keys.
    """
    trial = study.trial(key)
    claim = f"at_least({key!r}, {value:g}, {metric})"
    if not trial.records:
        return no_results(claim)
    return _judge(claim, _told(trial, metric), value, math.inf)


def _judge(claim: str, told: tuple[float, float, float], low: float, high: float) -> Verdict:
    value, bottom, top = told
    reason = f"{value:.4g}, interval {bottom:.4g} to {top:.4g}"
    status: Status = "inconclusive"
    if low <= bottom and top <= high:
        status = "supported"
    elif top < low or bottom > high:
        status = "contradicted"
    return Verdict(status, claim, reason)


def _told(trial: Trial, metric: str) -> tuple[float, float, float]:
    value, reach = interval(trial.records, metric)
    return value, value - reach, value + reach


def interval(records: tuple[Record, ...], metric: str) -> tuple[float, float]:
    """Return the mean of a measure over seeds, and half of its 95 % interval.

    Over folds, Student's with the error that their shared training pictures ask for
    (`scenes.stats.folds`), and at least that of all their pictures. Student's over seeds; for
    validation figures the sampling error of the pictures, which all seeds share, is added in
    quadrature. With one seed it is that error plus the swing of the curve, and infinite where
    neither is known; of a metric that no history holds, the error of the pictures alone, which
    speaks of that network. Counts of parameters are exact.

    Raises:
        KeyError: There is no such measure.
    """
    values = [_measure(record, metric) for record in records]
    mean = float(np.mean(values))
    if metric in COUNTS:
        return mean, 0.0
    if are_folds(records):
        return mean, _fold_reach(records, metric, values)
    pictures = _picture_margin(records[0], metric, mean)
    if len(values) > 1:
        seeds = half_width(float(np.std(values, ddof=1)), len(values))
        return mean, math.hypot(seeds, pictures or 0.0)
    if metric not in METRICS and metric not in MEASURES and pictures is not None:
        return mean, pictures
    if pictures is None or metric not in METRICS:
        return mean, math.inf
    return mean, pictures + swing(records[0].kept_history, metric)


def _fold_reach(records: tuple[Record, ...], metric: str, values: list[float]) -> float:
    """Return half of the interval over folds; at least that of all their pictures together.

    Few folds may agree by chance, as where every picture is right.
    """
    reach = half_width(float(np.std(values, ddof=1)), len(values)) * overlap_factor(len(values))
    (whole,) = whole_predictions(records)
    pictures = _picture_margin(
        replace(records[0], predictions=whole), metric, float(np.mean(values))
    )
    return max(reach, pictures or 0.0)


def _measure(record: Record, metric: str) -> float:
    name = SHORT_NAMES.get(metric, metric)
    if name in METRICS:
        return record.final(name)
    return float(measure_of(metric)[1](record))


def _picture_margin(record: Record, metric: str, mean: float) -> float | None:
    """Return the error that the number of validation pictures brings; None where it has no part."""
    n = len(record.predictions.truth)
    if metric in ("val_accuracy", "gap"):
        share = mean if metric == "val_accuracy" else record.final("val_accuracy")
        return sampling_margin(share, n)
    if metric == "val_loss":
        spread = float(np.std(losses(record.predictions.truth_probability), ddof=1)) if n > 1 else 0
        return half_width(spread, n)
    if metric in METRICS or metric in MEASURES:
        return None
    low, high = interval_in(metric, record.classes, record.predictions)
    return max(mean - low, high - mean)
