"""Pairs of a study's values with the difference between them and its interval.

All values that were measured on the same validation pictures are compared at once (see
`scenes.stats.simultaneous`), whichever of them a text goes on to name: it may choose after it has
seen the results. A value with one seed, or with a figure that is not finite, is described and
never told apart. Where a report has folds, values are paired by fold (`scenes.stats.folds`).
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import permutations

from scenes.plan.plan import StudyPlan, Trial
from scenes.stats.folds import are_folds, by_fold, compare_folds
from scenes.stats.metrics import mean, value_of
from scenes.stats.paired import PictureDifference, compare_pictures, metric_key
from scenes.stats.power import detectable_lead, detectable_over_folds
from scenes.stats.simultaneous import ALPHA, Difference, compare_family, has_error
from scenes.system.formatting import said_count

COUNTED = ("accuracy", "val_accuracy")
"""Metrics that are shares of pictures, so that they move in steps."""

Samples = Mapping[str, list[float]]


@dataclass(frozen=True)
class PairTest:
    """Two values of a study, compared as one pair among all.

    Attributes:
        first: Key of the value whose metric is the minuend.
        second: Key of the other.
        found: The difference over seeds with its simultaneous interval.
        failed: How many runs of the two failed.
        pictures: The difference by picture, where each value has one seed.
        alpha: Level of the study's comparison.
        is_by_fold: Whether the two are paired by fold, not compared over seeds.
    """

    first: str
    second: str
    found: Difference
    failed: int = 0
    pictures: PictureDifference | None = None
    alpha: float = ALPHA
    is_by_fold: bool = False

    @property
    def is_sure(self) -> bool:
        """Return whether the results tell the two values apart."""
        return self.found.is_sure

    @property
    def detectable(self) -> float:
        """The smallest true difference that such a comparison would find four times out of five."""
        found = self.found
        if math.isnan(found.deviation):
            return math.inf
        if self.is_by_fold:
            lead = detectable_over_folds(found.counts[0], found.pairs, alpha=self.alpha)
            return lead * found.deviation
        return detectable_lead(min(found.counts), found.values, alpha=self.alpha) * found.deviation

    def is_equal(self, margin: float) -> bool:
        """Return whether the two are practically equal."""
        return self.found.lies_within(margin)

    def __str__(self) -> str:
        """Say the numbers that decide."""
        found = self.found
        text = f"{self.first} − {self.second}: {found.difference:+.4g} ("
        return text + ", ".join([*self._error(), *_failed(self.failed)]) + ")"

    def _error(self) -> Iterator[str]:
        found = self.found
        one, other = found.counts
        if math.isfinite(found.low):
            yield f"{found.low:+.4g} to {found.high:+.4g} with all pairs, p {found.p:.3g}"
        elif self.pictures is not None and math.isfinite(self.pictures.margin):
            yield f"±{self.pictures.margin:.3g} by {self.pictures.n} pictures, of these networks"
        what = "fold|folds" if self.is_by_fold else "seed|seeds"
        yield said_count(one, what) if one == other else f"{one} and {other} seeds"


def _failed(count: int) -> Iterator[str]:
    if count:
        yield f"{said_count(count, 'run|runs')} failed"


def compare_values(study: StudyPlan, first: str, second: str, *, metric: str) -> PairTest:
    """Compare two values with finished runs as one pair of all pairs of the study."""
    return compare_study(study, metric)[first, second]


def compare_study(study: StudyPlan, metric: str) -> dict[tuple[str, str], PairTest]:
    """Compare every value that has finished runs with every other: each pair both ways.

    Raises:
        KeyError: There is no such metric.
    """
    key = metric_key(metric)
    done = {trial.key: trial for trial in study.trials if trial.records}
    samples = {name: [value_of(record, key) for record in it.records] for name, it in done.items()}
    if any(are_folds(trial.records) for trial in done.values()):
        return _compare_folds(study, done, samples, key)
    groups = _groups(done, samples)
    family = sum(math.comb(len(group), 2) for group in groups)
    found: dict[tuple[str, str], Difference] = {}
    for group in groups:
        step = _resolution(done[group[0]], key)
        of_group = tuple((name, tuple(samples[name])) for name in group)
        found |= _compare_once(of_group, step, family, study.alpha)
    return {
        pair: _pair_test(done[pair[0]], done[pair[1]], found.get(pair), samples, key, study.alpha)
        for pair in permutations(done, 2)
    }


@lru_cache(maxsize=256)
def _compare_once(
    samples: tuple[tuple[str, tuple[float, ...]], ...], step: float, family: int, alpha: float
) -> dict[tuple[str, str], Difference]:
    """Return what `compare_family` does: a document asks some hundred times about few families."""
    return compare_family(dict(samples), resolution=step, family=family, alpha=alpha)


def _compare_folds(
    study: StudyPlan, done: Mapping[str, Trial], samples: Samples, key: str
) -> dict[tuple[str, str], PairTest]:
    found = compare_folds(
        {name: by_fold(trial.records, samples[name]) for name, trial in done.items()},
        resolution=max(_resolution(trial, key) for trial in done.values()),
        family=math.comb(len(done), 2),
        alpha=study.alpha,
    )
    pairs = {
        pair: _pair_test(done[pair[0]], done[pair[1]], found.get(pair), samples, key, study.alpha)
        for pair in permutations(done, 2)
    }
    return {pair: replace(test, is_by_fold=True) for pair, test in pairs.items()}


def _groups(done: Mapping[str, Trial], samples: Samples) -> list[list[str]]:
    """Group the values whose error is known by the pictures that they were measured on."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for name, trial in done.items():
        if has_error(samples[name]):
            groups.setdefault(trial.records[0].predictions.pictures, []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def _resolution(trial: Trial, key: str) -> float:
    pictures = len(trial.records[0].predictions.truth)
    return 1 / pictures if key == "val_accuracy" and pictures else 0.0


def _pair_test(
    first: Trial,
    second: Trial,
    found: Difference | None,
    samples: Samples,
    key: str,
    alpha: float,
) -> PairTest:
    failed = len(first.failures) + len(second.failures)
    if found is not None:
        return PairTest(first.key, second.key, found, failed, alpha=alpha)
    sides = samples[first.key], samples[second.key]
    difference = mean(sides[0]) - mean(sides[1])
    counts = len(sides[0]), len(sides[1])
    unknown = Difference(difference, -math.inf, math.inf, 1.0, counts, math.nan, 0, 0)
    pictures = None
    if counts == (1, 1):
        pictures = compare_pictures(first.records[0], second.records[0], key)
    return PairTest(first.key, second.key, unknown, failed, pictures)
