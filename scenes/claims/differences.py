"""Claims that compare values of a study: better, worse, best, no difference, ordered.

The test is the paired t-test of `scenes.stats.paired`, two-sided; its unit is the seed, or
the validation picture where there is one seed. p-values are Holm's over every pair of the study.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from scenes.claims.verdict import Verdict, no_results
from scenes.plan.plan import StudyPlan, Trial
from scenes.stats.inference import ALPHA, Comparison, holm
from scenes.stats.paired import SWING_EPOCHS, compare_records, history_key
from scenes.stats.power import detectable_difference


@dataclass(frozen=True)
class PairTest:
    """Two values of a study, compared as one pair among all.

    Attributes:
        first: Key of the value whose metric is the minuend.
        second: Key of the other.
        comparison: With its own error.
        p: Holm's over the study.
        family: How many pairs were tested.
    """

    first: str
    second: str
    comparison: Comparison
    p: float
    family: int

    @property
    def is_sure(self) -> bool:
        """Tell whether the results tell the two values apart."""
        return self.p < ALPHA and self.comparison.is_beyond_swing

    @property
    def detectable(self) -> float:
        """The smallest true difference that such a comparison would find four times out of five."""
        found = self.comparison
        smallest = detectable_difference(found.deviation, found.n, alpha=ALPHA / self.family)
        return math.inf if math.isnan(smallest) else max(smallest, found.swing)

    def __str__(self) -> str:
        """Say the numbers that decide."""
        found = self.comparison
        text = f"{self.first} − {self.second}: {found.difference:+.4g} "
        text += f"(p {self.p:.3g}, {found.n} {found.basis}"
        if found.swing:
            text += f", swing {found.swing:.2g} in the last {SWING_EPOCHS} epochs"
        return text + ")"


def compare_values(study: StudyPlan, first: str, second: str, *, metric: str) -> PairTest:
    """Compare two values with finished runs, corrected for all pairs of the study.

    Pairs that share no test (one seed and a training figure, other pictures) are not counted.
    """
    done = [trial for trial in study.trials if trial.records]
    pairs = list(itertools.combinations(done, 2))
    found = {_keys(*pair): _compare(*pair, metric) for pair in pairs}
    tested = {keys: item.p for keys, item in found.items() if item.n > 1}
    adjusted = dict(zip(tested, holm(list(tested.values())), strict=True))
    keys = frozenset((first, second))
    comparison = _compare(study.trial(first), study.trial(second), metric)
    return PairTest(first, second, comparison, adjusted.get(keys, 1.0), max(1, len(tested)))


def better(
    study: StudyPlan,
    key: str,
    *,
    than: str,
    metric: str = "val_loss",
) -> Verdict:
    """Judge whether a value beats another: a lower loss, or a higher accuracy.

    Test: paired t, two-sided, p-values by Holm over the study. Unit: the seed; with one seed the
    validation picture, where the difference must exceed the curves' swing as well.
    Source: the histories' last epoch; the predictions where there is one seed.

    Args:
        study: The study.
        key: The value that is said to be better.
        than: The other one.
        metric: At the last epoch.
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

    Contradicted where one of the others beats it. Test, unit and source are those of `better`.
    """
    claim = f"best({key!r}, {metric})"
    if study.waiting:
        return no_results(claim)
    others = tuple(trial.key for trial in study.trials if trial.key != key)
    return _all_better(study, key, others, metric, claim)


def no_difference(study: StudyPlan, *keys: str, metric: str = "val_loss") -> Verdict:
    """Judge whether no difference is found among values: neither direction is supported.

    That does not claim that they are equal. The reason tells how large a difference would have
    had to be for these seeds (or pictures) to find it four times out of five (`power.POWER`) at
    the level that the correction leaves. For equality within bounds there is `within(…, of=…)`.
    Test, unit and source are those of `better`.

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
    trials = [study.trial(key) for key in named]
    if len(trials) < 2 or study.waiting or not all(trial.records for trial in trials):
        return no_results(claim)
    pairs = [
        compare_values(study, one, other, metric=metric)
        for one, other in itertools.combinations(named, 2)
    ]
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

    The ends must differ (test and unit of `better`), and between them the means over seeds must
    not break the order. Source: the histories' last epoch.

    Args:
        study: The study.
        metric: One of a history's keys, at the last epoch.
        direction: As the values go from first to last.
        keys: The values in order; the study's own where none are given.
    """
    keys = tuple(keys) or tuple(trial.key for trial in study.trials)
    claim = f"ordered({metric}, {direction})"
    trials = [study.trial(key) for key in keys]
    if len(trials) < 2 or not all(trial.records for trial in trials):
        return no_results(claim)
    means = [_mean(trial, metric) for trial in trials]
    steps = np.diff(means) * (1 if direction == "rises" else -1)
    ends = compare_values(study, keys[-1], keys[0], metric=metric)
    reason = f"{metric}: " + ", ".join(
        f"{key} {value:.4g}" for key, value in zip(keys, means, strict=True)
    )
    reason += f"; {ends}"
    forward = (ends.comparison.difference > 0) == (direction == "rises")
    if ends.is_sure and forward and bool((steps > 0).all()):
        return Verdict("supported", claim, reason)
    if ends.is_sure and not forward:
        return Verdict("contradicted", claim, reason)
    return Verdict("inconclusive", claim, reason)


def _all_better(
    study: StudyPlan, key: str, others: Sequence[str], metric: str, claim: str
) -> Verdict:
    trial = study.trial(key)
    rivals = [study.trial(other) for other in others]
    if not rivals or not trial.records or not all(rival.records for rival in rivals):
        return no_results(claim)
    sign = -1 if metric.endswith("loss") else 1
    pairs = [compare_values(study, key, other, metric=metric) for other in others]
    ahead = [sign * pair.comparison.difference > 0 for pair in pairs]
    if all(pair.is_sure and leads for pair, leads in zip(pairs, ahead, strict=True)):
        return Verdict("supported", claim, _listed(pairs))
    if any(pair.is_sure and not leads for pair, leads in zip(pairs, ahead, strict=True)):
        return Verdict("contradicted", claim, _listed(pairs))
    return Verdict("inconclusive", claim, _listed(pairs))


def _listed(pairs: Iterable[PairTest]) -> str:
    return "; ".join(map(str, pairs))


def _keys(first: Trial, second: Trial) -> frozenset[str]:
    return frozenset((first.key, second.key))


def _compare(first: Trial, second: Trial, metric: str) -> Comparison:
    return compare_records(first.records, second.records, history_key(metric))


def _mean(trial: Trial, metric: str) -> float:
    name = history_key(metric)
    return float(np.mean([record.final(name) for record in trial.records]))
