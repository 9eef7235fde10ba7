"""Compares the values of a study over folds: a figure per fold in, simultaneous intervals out.

Each fold's networks are trained on pictures most of which they share with those of other folds, so
that the figures of folds are not independent, and the usual error of their mean is too small. The
corrected resampled t-test (Nadeau & Bengio 2003, Machine Learning 52:239) takes the variance of the
mean of n folds as s² (1/n + test/train pictures). Values are paired by fold, since they are
measured on the same pictures; all pairs of a study hold together (Šidák), as they do over seeds.
`docs/explanation/statistics.md` has error rates and power.
"""

import math
from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.runs.record import Predictions, Record
from scenes.stats.simultaneous import ALPHA, Difference, pair_level

FEWEST = 2
"""Folds that both of a pair must have finished."""


def are_folds(records: Sequence[Record]) -> bool:
    """Return whether the runs of a value were measured on different pictures: each on its fold."""
    return len({record.predictions.pictures for record in records}) > 1


def overlap_factor(folds: int) -> float:
    """Return by how much the error of a mean of folds exceeds that of independent figures."""
    return math.sqrt(1 + folds / (folds - 1))


def whole_predictions(records: Sequence[Record]) -> list[Predictions]:
    """Return what the runs of a value say of pictures; of folds, each picture once, as one whole.

    Every picture is then judged by the network that was not trained on it.
    """
    return join_folds([record.predictions for record in records])


def join_folds(each: Sequence[Predictions]) -> list[Predictions]:
    """Return predictions as they are where all are of the same pictures, else joined as one."""
    if len({one.pictures for one in each}) < 2:
        return [*each]
    whole = Predictions(
        pictures=tuple(name for one in each for name in one.pictures),
        truth=np.concatenate([one.truth for one in each]),
        predicted=np.concatenate([one.predicted for one in each]),
        confidence=np.concatenate([one.confidence for one in each]),
        truth_probability=np.concatenate([one.truth_probability for one in each]),
        probabilities=np.concatenate([one.probabilities for one in each]),
    )
    return [whole]


def by_fold(records: Sequence[Record], figures: Sequence[float]) -> dict[Hashable, float]:
    """Return the figure of each fold, which is known by its pictures."""
    return {
        record.predictions.pictures: figure for record, figure in zip(records, figures, strict=True)
    }


def compare_folds(
    samples: Mapping[str, Mapping[Any, float]],
    *,
    resolution: float = 0.0,
    family: int | None = None,
    alpha: float = ALPHA,
) -> dict[tuple[str, str], Difference]:
    """Compare every value with every other.

    Args:
        samples: One figure per fold by value; folds go by any name (`by_fold`). A value with a
            figure that is not finite is left out, and of a pair the folds count that both have.
        resolution: The step in which the metric is counted, such as 1 / pictures of a fold; a
            variance is at least that of rounding both figures to it.
        family: Number of pairs that are tested, where there are more than these.
        alpha: How often a study of equal values may yield any difference.

    Returns:
        Each pair in both directions.
    """
    usable = {key: each for key, each in samples.items() if np.isfinite([*each.values()]).all()}
    pairs = family or math.comb(len(usable), 2)
    result: dict[tuple[str, str], Difference] = {}
    for first, second in combinations(usable, 2):
        shared = [fold for fold in usable[first] if fold in usable[second]]
        if len(shared) < FEWEST:
            continue
        apart = np.array([usable[first][fold] - usable[second][fold] for fold in shared])
        found = _difference(apart, resolution, len(usable), pairs, alpha)
        result[first, second], result[second, first] = found, found.turned
    return result


def _difference(
    apart: NDArray[np.float64], resolution: float, values: int, pairs: int, alpha: float
) -> Difference:
    from scipy import special  # imported here: it takes a fifth of a second

    folds = len(apart)
    error = fold_errors(apart, resolution)
    middle = float(apart.mean())
    reach, p = math.inf, 1.0
    if error > 0:
        level = pair_level(pairs, alpha)
        reach = float(special.stdtrit(folds - 1, 1 - level / 2)) * float(error)
        single = 2 * float(special.stdtr(folds - 1, -abs(middle) / float(error)))
        p = min(1.0, -math.expm1(pairs * math.log1p(-min(single, 1 - 1e-16))) * ALPHA / alpha)
    deviation = float(error) / math.sqrt(2 / folds)
    return Difference(
        middle, middle - reach, middle + reach, p, (folds, folds), deviation, values, pairs
    )


def fold_errors(apart: NDArray[np.float64], resolution: float = 0.0) -> NDArray[np.float64]:
    """Return the corrected error of mean differences: of (..., folds), (...)."""
    folds = apart.shape[-1]
    variance = np.maximum(apart.var(axis=-1, ddof=1), 2 * resolution**2 / 12)
    return np.asarray(np.sqrt(variance / folds) * overlap_factor(folds))
