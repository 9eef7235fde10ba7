"""Chooses a value of a study by its rule: finished runs in, a ranking with its numbers out.

The rule ranks by a metric's mean over seeds. A value is within the noise of the best one where the
difference of the two is no larger than what seeds (or, with one seed, epochs and pictures) make of
it:

* with several seeds, half the simultaneous interval of the difference, by which claims judge too
  (`scenes.stats.simultaneous`);
* with folds, half the interval of the difference over folds (`scenes.stats.folds`);
* with one, the larger swing of the two curves over their last epochs, or the margin of the
  pictures where that is larger (for a metric that no history holds, half the interval that the
  number of pictures gives it): a convention, for one seed decides nothing between values;
* on other pictures, or after two epochs, it is not known, and no difference exceeds it.

The metrics are of the validation split; no rule can name one of a test split (`spec.Metric`).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scenes.plan.cost import expected_cost
from scenes.runs.record import Record
from scenes.spec.registry import find_metric
from scenes.spec.settings import Settings
from scenes.spec.study import Choice
from scenes.stats.folds import are_folds, by_fold, compare_folds
from scenes.stats.metrics import interval_in, rank, score_of
from scenes.stats.paired import compare_pictures, swing
from scenes.stats.simultaneous import ALPHA, compare_family

PICTURES_PER_CLASS = 100
"""For the cost of a run that takes all pictures; their number is the same for each such value."""


@dataclass(frozen=True)
class Candidate:
    """A value as its rule sees it.

    Attributes:
        key: Of the value.
        score: The metric, mean over seeds.
        behind: How much worse than the best value, 0 or more.
        noise: How large a difference from the best value may be without meaning anything.
        cost: Seconds of a run on a nominal core, roughly; for comparison only.
        runs: Ids of the runs behind the score.
    """

    key: str
    score: float
    behind: float
    noise: float
    cost: float
    runs: tuple[str, ...]

    @property
    def is_within_noise(self) -> bool:
        """Return whether the results do not tell it from the best value."""
        return self.behind <= self.noise


@dataclass(frozen=True)
class Ranking:
    """What a rule makes of the results: every value with results, from best to worst."""

    candidates: tuple[Candidate, ...]
    taken: str
    """The key of the value that the rule takes."""

    @property
    def best(self) -> Candidate:
        """The value with the best score."""
        return self.candidates[0]

    @property
    def equals(self) -> tuple[Candidate, ...]:
        """The values within the noise of the best, itself included."""
        return tuple(item for item in self.candidates if item.is_within_noise)


def rank_values(
    choice: Choice,
    values: Mapping[str, tuple[Settings, Sequence[Record]]],
    *,
    alpha: float = ALPHA,
) -> Ranking | None:
    """Rank the values of a study and take one of them; None where none has a result.

    Args:
        choice: The rule.
        values: Settings and finished runs by key.
        alpha: Level of the study's comparison.
    """
    finished = {key: value for key, value in values.items() if value[1]}
    scores = {
        key: [score_of(record, choice.by, choice.epoch) for record in records]
        for key, (_, records) in finished.items()
    }
    order = rank(scores, choice.by)
    if not order:
        return None
    best = order[0]
    noise = _noise(choice, best, {key: finished[key][1] for key in order}, scores, alpha)
    candidates = tuple(
        Candidate(
            key=key,
            score=float(np.mean(scores[key])),
            behind=abs(float(np.mean(scores[key]) - np.mean(scores[best]))),
            noise=noise[key],
            cost=_cost(*finished[key]),
            runs=tuple(record.id for record in finished[key][1]),
        )
        for key in order
    )
    return Ranking(candidates, _take(choice, candidates))


def _take(choice: Choice, candidates: Sequence[Candidate]) -> str:
    if choice.take == "best":
        return candidates[0].key
    # Of equal costs the first is the better one.
    return min((it for it in candidates if it.is_within_noise), key=lambda it: it.cost).key


def _noise(
    choice: Choice,
    best: str,
    records: Mapping[str, Sequence[Record]],
    scores: Mapping[str, Sequence[float]],
    alpha: float,
) -> dict[str, float]:
    """Return how large a difference from the best value may be without meaning anything."""
    steps = {len(each[0].predictions.truth) for each in records.values()}
    step = 1 / min(steps) if choice.by == "val_accuracy" and min(steps) else 0.0
    has_folds = any(map(are_folds, records.values()))
    if has_folds:
        folds = {key: by_fold(records[key], scores[key]) for key in records}
        found = compare_folds(folds, resolution=step, alpha=alpha)
    else:
        found = compare_family(scores, resolution=step, alpha=alpha)
    noise = {best: 0.0}
    for key in records:
        if key == best:
            continue
        same = records[key][0].predictions.pictures == records[best][0].predictions.pictures
        if not (same or has_folds):
            noise[key] = math.inf
        elif (key, best) in found:
            noise[key] = found[key, best].high - found[key, best].difference
        else:
            noise[key] = _single_noise(choice, records[key], records[best])
    return noise


def _single_noise(choice: Choice, records: Sequence[Record], best: Sequence[Record]) -> float:
    if len(records) > 1 or len(best) > 1:
        return math.inf
    if not find_metric(choice.by).is_per_epoch:
        return max(_picture_noise(choice, each[0]) for each in (records, best))
    swings = (swing(each[0].kept_history, choice.by) for each in (records, best))
    pictures = compare_pictures(records[0], best[0], choice.by)
    margin = pictures.margin if pictures and math.isfinite(pictures.margin) else 0.0
    return max(*swings, margin)


def _picture_noise(choice: Choice, record: Record) -> float:
    low, high = interval_in(choice.by, record.classes, record.predictions)
    return (high - low) / 2


def _cost(settings: Settings, records: Sequence[Record]) -> float:
    truth = records[0].predictions.truth
    classes = len(np.unique(truth))
    per_class = settings.train_per_class or PICTURES_PER_CLASS
    return expected_cost(settings, per_class * classes, len(truth))
