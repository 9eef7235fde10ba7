"""Claims that compare values of a study: better, worse, best, equal, no difference, ordered.

Each is read off the simultaneous intervals of `scenes.claims.comparison`; its unit is the seed.
With one seed nothing is decided: the verdict is inconclusive and its reason describes the
difference between the two networks.
"""

import math
from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise
from typing import Literal

from scenes.claims.comparison import COUNTED, PairTest, compare_study
from scenes.claims.verdict import Status, Verdict, no_results
from scenes.plan.plan import StudyPlan
from scenes.runs.record import METRICS
from scenes.spec.registry import find_metric, is_lower_better
from scenes.stats.metrics import mean, value_of
from scenes.stats.paired import metric_key


def better(study: StudyPlan, key: str, *, than: str, metric: str = "val_loss") -> Verdict:
    """Judge whether a value beats another: a lower loss, or a higher accuracy.

    Test: the difference's simultaneous 95 % interval, over all pairs of the study, excludes zero.
    Unit: the seed. Source: the histories' last epoch.

    Args:
        study: The study.
        key: The value that is said to be better.
        than: The other one.
        metric: At the last epoch.

    Returns:
        Equal where the two are not told apart and the interval of an accuracy lies within the
        report's margin.
    """
    return _all_better(study, key, (than,), metric, f"better({key!r}, than={than!r}, {metric})")


def worse(study: StudyPlan, key: str, *, than: str, metric: str = "val_loss") -> Verdict:
    """Judge whether a value is beaten by another: a higher loss, or a lower accuracy.

    Test, unit and source are those of `better`, of which it is the mirror image.
    """
    claim = f"worse({key!r}, than={than!r}, {metric})"
    return _all_better(study, than, (key,), metric, claim)


def best(study: StudyPlan, key: str, *, metric: str = "val_loss") -> Verdict:
    """Judge whether a value beats every other of its study.

    Contradicted where one of the others beats it; equal where it beats some and is practically
    equal to the rest. Test, unit and source are those of `better`.
    """
    claim = f"best({key!r}, {metric})"
    if study.waiting:
        return no_results(claim)
    others = tuple(trial.key for trial in study.trials if trial.key != key)
    return _all_better(study, key, others, metric, claim)


def equal(
    study: StudyPlan, *keys: str, metric: str = "val_accuracy", margin: float | None = None
) -> Verdict:
    """Judge whether values are practically equal, which "not told apart" does not say.

    Test: two one-sided tests (Schuirmann 1987), read off the simultaneous interval: supported
    where it lies within ±margin for every pair, contradicted where for some pair it lies outside.
    Unit and source are those of `better`.

    Args:
        study: The study.
        keys: Two values or more; all values of the study where none are given.
        metric: At the last epoch.
        margin: In the metric's own unit; the report's `equal_within` for an accuracy.

    Raises:
        ValueError: A loss has no margin by default.
    """
    margin = margin_of(study, metric) if margin is None else margin
    if margin is None:
        raise ValueError(f"equal needs a margin for {metric}: equal(…, margin=0.05)")
    named = keys or tuple(trial.key for trial in study.trials)
    claim = f"equal({', '.join(map(repr, keys)) or 'all'}, {metric}, within {margin:g})"
    pairs = _pairs_of(study, named, metric)
    if not pairs:
        return no_results(claim)
    status: Status = "inconclusive"
    if all(pair.is_equal(margin) for pair in pairs):
        status = "supported"
    elif any(pair.found.low > margin or pair.found.high < -margin for pair in pairs):
        status = "contradicted"
    return Verdict(status, claim, _listed(pairs))


def no_difference(study: StudyPlan, *keys: str, metric: str = "val_loss") -> Verdict:
    """Judge whether no difference is found among values: neither direction is supported.

    That does not claim that they are equal, for which there is `equal`. The reason gives the
    difference that these seeds would have found four times out of five (`power.POWER`). Test, unit
    and source are those of `better`.

    Args:
        study: The study.
        keys: Two values or more; all values of the study where none are given.
        metric: At the last epoch.

    Returns:
        Supported where no pair is told apart, contradicted where one is, inconclusive where no
        test was possible.
    """
    named = keys or tuple(trial.key for trial in study.trials)
    claim = f"no_difference({', '.join(map(repr, keys)) or 'all'}, {metric})"
    pairs = _pairs_of(study, named, metric)
    if not pairs:
        return no_results(claim)
    sure = [pair for pair in pairs if pair.is_sure]
    if sure:
        return Verdict("contradicted", claim, _listed(sure))
    reason = "; ".join(f"{pair}, could have shown {pair.detectable:.2g}" for pair in pairs)
    if any(math.isinf(pair.detectable) for pair in pairs):
        return Verdict("inconclusive", claim, reason)
    return Verdict("supported", claim, reason)


def ordered(
    study: StudyPlan, metric: str, *, direction: Literal["rises", "falls"], keys: Sequence[str] = ()
) -> Verdict:
    """Judge whether a metric rises or falls with the factor, value by value.

    Supported where each value is told apart from the next in that direction, so that a plateau is
    not called a rise; contradicted where any two are told apart the other way. Test, unit and
    source are those of `better`.

    Args:
        study: The study.
        metric: One of a history's keys, at the last epoch.
        direction: As the values go from first to last.
        keys: The values in order; the study's own where none are given.
    """
    named = tuple(keys) or tuple(trial.key for trial in study.trials)
    claim = f"ordered({metric}, {direction})"
    pairs = _pairs_of(study, named[::-1], metric)  # later minus earlier
    if not pairs:
        return no_results(claim)
    by_keys = {(pair.first, pair.second): pair for pair in pairs}
    steps = [by_keys[after, before] for before, after in pairwise(named)]
    sign = 1 if direction == "rises" else -1
    reason = f"{_means(study, named, metric)}; {_listed(steps)}"
    if any(pair.is_sure and sign * pair.found.difference < 0 for pair in pairs):
        return Verdict("contradicted", claim, reason)
    if all(pair.is_sure for pair in steps):
        return Verdict("supported", claim, reason)
    return Verdict("inconclusive", claim, reason)


def _all_better(
    study: StudyPlan, key: str, others: Sequence[str], metric: str, claim: str
) -> Verdict:
    trial = study.trial(key)
    rivals = [study.trial(other) for other in others]
    if not rivals or not trial.records or not all(rival.records for rival in rivals):
        return no_results(claim)
    found = compare_study(study, metric)
    pairs = [found[key, other] for other in others]
    return Verdict(_judge(pairs, metric, margin_of(study, metric)), claim, _listed(pairs))


def judge_pair(study: StudyPlan, pair: PairTest, metric: str) -> Status:
    """Return the verdict of `better` on the first value of a pair of the study."""
    return _judge([pair], metric, margin_of(study, metric))


def _judge(pairs: Sequence[PairTest], metric: str, margin: float | None) -> Status:
    sign = -1 if is_lower_better(metric) else 1
    ahead = [pair.is_sure and sign * pair.found.difference > 0 for pair in pairs]
    if all(ahead):
        return "supported"
    if any(pair.is_sure and not leads for pair, leads in zip(pairs, ahead, strict=True)):
        return "contradicted"
    level = [pair for pair, leads in zip(pairs, ahead, strict=True) if not leads]
    if margin is not None and all(pair.is_equal(margin) for pair in level):
        return "equal"
    return "inconclusive"


def margin_of(study: StudyPlan, metric: str) -> float | None:
    """Return within which differences in a metric count as none; None for one not of shares."""
    key = metric_key(metric)
    is_share = key in COUNTED or (key not in METRICS and find_metric(key).kind == "percent")
    return study.margin if is_share else None


def _pairs_of(study: StudyPlan, keys: Sequence[str], metric: str) -> list[PairTest]:
    """Return every pair of the named values in their order; none where a result is missing."""
    trials = [study.trial(key) for key in keys]
    if study.waiting or not all(trial.records for trial in trials):
        return []
    found = compare_study(study, metric)
    return [found[pair] for pair in combinations((trial.key for trial in trials), 2)]


def _means(study: StudyPlan, keys: Sequence[str], metric: str) -> str:
    name = metric_key(metric)
    trials = [study.trial(key) for key in keys]
    means = [mean(value_of(record, name) for record in trial.records) for trial in trials]
    listed = (f"{trial.key} {value:.4g}" for trial, value in zip(trials, means, strict=True))
    return f"{metric}: " + ", ".join(listed)


def _listed(pairs: Iterable[PairTest]) -> str:
    return "; ".join(map(str, pairs))
