"""Compares all values of a study at once: seeds of each value in, intervals that hold together out.

The intervals of all pairs cover all true differences together in 95 % of studies, so a verdict is
read off its interval: two values are told apart where the interval excludes zero. Seeds of
different values are independent; nothing is paired.

With two values this is Welch's test (1947, Biometrika 34:28). With more, each variance borrows
from the study: three seeds say little about a variance, and the other values' seeds say something.
How much they say is Satterthwaite's degrees of freedom of the mean variance, which are few where
the variances differ. No variance falls below a value's own, because borrowing from quieter values
is what makes pooled tests fail on real networks. `docs/explanation/statistics.md` has the error
rates and the power beside those of other methods.

The arrays may have any number of leading axes, so that a simulation judges many studies at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

CONFIDENCE = 0.95
ALPHA = 1 - CONFIDENCE
PRIOR_WEIGHT = 8.0
"""Degrees of freedom that the study's mean variance weighs for each value that it is worth.

Chosen by simulation: from 4 upwards error rates and power hardly change; lower, values that by
chance have almost no spread are called different."""


ROUNDING = 1e-12
"""Figures that differ by no more, in units or relatively, are the same."""


@dataclass(frozen=True)
class PairTests:
    """All pairs of a study, in the order of `itertools.combinations`.

    Attributes:
        differences: Mean of the first minus mean of the second: (..., pairs).
        errors: Standard errors of the differences.
        degrees: Degrees of freedom of each error.
        reach: Half of each simultaneous interval; infinite where nothing is known of the error.
        p: Adjusted p-values; below `ALPHA` exactly where the interval excludes zero.
    """

    differences: Array
    errors: Array
    degrees: Array
    reach: Array
    p: Array

    @property
    def told_apart(self) -> NDArray[np.bool_]:
        """Whether each interval excludes zero."""
        return np.abs(self.differences) > self.reach


def compare_pairs(
    means: ArrayLike,
    variances: ArrayLike,
    counts: ArrayLike,
    *,
    resolution: float = 0.0,
    alpha: float = ALPHA,
    family: int | None = None,
    pairs: tuple[NDArray[np.intp], NDArray[np.intp]] | None = None,
) -> PairTests:
    """Test all pairs of values at a level that holds for the family.

    Args:
        means: Over the seeds of each value: (..., values).
        variances: Sample variances, likewise.
        counts: Seeds of each value, two or more: (values,).
        resolution: The step in which the metric is counted, such as 1 / pictures for an accuracy;
            a variance is at least that of rounding to it.
        alpha: How often a study of equal values may yield any difference.
        family: Number of pairs that are tested, where there are more than these.
        pairs: Which are returned, by the places of first and second; all of them by default.
    """
    means, counts = np.asarray(means, np.float64), np.asarray(counts, np.float64)
    floor = resolution**2 / 12
    variances, degrees = shrink_variances(np.maximum(variances, floor), counts - 1)
    values = means.shape[-1]
    first, second = np.triu_indices(values, 1) if pairs is None else pairs
    family = family or values * (values - 1) // 2
    parts = variances / counts
    squares = parts[..., first] + parts[..., second]
    tails = parts**2 / degrees
    smallest = np.finfo(np.float64).tiny  # for values without any spread
    freedom = squares**2 / np.maximum(tails[..., first] + tails[..., second], smallest)
    freedom = np.where(squares > 0, freedom, 1.0)
    differences = means[..., first] - means[..., second]
    return _read(differences, np.sqrt(squares), freedom, pair_level(family, alpha), family)


def _read(
    differences: Array, errors: Array, degrees: Array, level: float, family: int
) -> PairTests:
    from scipy import special  # imported here: it takes a fifth of a second

    known = errors > 0
    safe = np.where(known, errors, 1.0)
    reach = np.where(known, special.stdtrit(degrees, 1 - level / 2) * safe, np.inf)
    single = np.where(known, 2 * special.stdtr(degrees, -np.abs(differences) / safe), 1.0)
    together = -np.expm1(family * np.log1p(-np.minimum(single, 1 - 1e-16)))
    adjusted = np.where(known, together, 1.0)
    return PairTests(differences, errors, degrees, reach, adjusted)


def pair_level(pairs: int, alpha: float = ALPHA) -> float:
    """Return the level of one test of several (Šidák 1967, J. Am. Stat. Assoc. 62:626)."""
    return float(-np.expm1(np.log1p(-alpha) / max(1, pairs)))


def shrink_variances(variances: ArrayLike, degrees: ArrayLike) -> tuple[Array, Array]:
    """Let the variances of a study's values borrow from each other.

    Args:
        variances: Sample variances: (..., values).
        degrees: Their degrees of freedom: (values,), 1 or more.

    Returns:
        Variances, none smaller than it was, and the degrees of freedom that they are worth; both
        unchanged for two values.
    """
    variances = np.asarray(variances, np.float64)
    degrees = np.asarray(degrees, np.float64)
    values = variances.shape[-1]
    weights = degrees / degrees.sum()
    pooled = (variances * weights).sum(axis=-1, keepdims=True)
    tail = (variances**2 / degrees).sum(axis=-1, keepdims=True)
    total = variances.sum(axis=-1, keepdims=True) ** 2
    worth = np.divide(total, tail, out=np.zeros_like(tail), where=tail > 0)
    # Others that a value can lean on: 0 to values - 1, and none of two (Stein's 1 - 2 / values).
    others = (1 - 2 / max(2, values)) * np.maximum(worth / degrees - 1, 0)
    prior = PRIOR_WEIGHT * others
    drawn = (prior * pooled + degrees * variances) / (prior + degrees)
    return np.maximum(variances, drawn), degrees * (1 + others)


@dataclass(frozen=True)
class Difference:
    """One value minus another, with the interval that holds together with all of the study.

    Attributes:
        difference: First minus second.
        low: Lower end of the simultaneous interval; minus infinity where the error is not known.
        high: Its upper end.
        p: Adjusted for all pairs.
        counts: Seeds of each.
        deviation: Between seeds, as the test takes it; NaN where not known.
        values: How many values were compared.
        pairs: How many pairs were tested.
    """

    difference: float
    low: float
    high: float
    p: float
    counts: tuple[int, int]
    deviation: float
    values: int
    pairs: int

    @property
    def is_sure(self) -> bool:
        """Return whether the two are told apart."""
        return self.low > 0 or self.high < 0

    @property
    def turned(self) -> "Difference":
        """The second value minus the first."""
        return replace(
            self,
            difference=-self.difference,
            low=-self.high,
            high=-self.low,
            counts=self.counts[::-1],
        )

    def lies_within(self, margin: float) -> bool:
        """Return whether the two are practically equal: the interval lies within ±margin."""
        return -margin <= self.low and self.high <= margin


def compare_family(
    samples: Mapping[str, Sequence[float]],
    *,
    resolution: float = 0.0,
    family: int | None = None,
    alpha: float = ALPHA,
) -> dict[tuple[str, str], Difference]:
    """Compare every value with every other.

    Args:
        samples: One figure per seed by value. Values of fewer than two seeds, or with a figure
            that is not finite, are left out: nothing is known of their error.
        resolution: See `compare_pairs`.
        family: See `compare_pairs`.
        alpha: See `compare_pairs`; p-values are adjusted for it, so as to be compared with `ALPHA`.

    Returns:
        Each pair in both directions.
    """
    usable = {key: np.asarray(each, float) for key, each in samples.items() if has_error(each)}
    if len(usable) < 2:
        return {}
    counts = [len(each) for each in usable.values()]
    found = compare_pairs(
        [each.mean() for each in usable.values()],
        [_variance(each) for each in usable.values()],
        counts,
        resolution=resolution,
        alpha=alpha,
        family=family,
    )
    pairs = family or len(found.differences)
    result: dict[tuple[str, str], Difference] = {}
    places = combinations(enumerate(usable), 2)
    for index, ((one, first), (other, second)) in enumerate(places):
        n = counts[one], counts[other]
        middle, reach = float(found.differences[index]), float(found.reach[index])
        deviation = float(found.errors[index]) / np.sqrt(1 / n[0] + 1 / n[1])
        p = min(1.0, float(found.p[index]) * ALPHA / alpha)
        rest = (p, n, float(deviation), len(usable), pairs)
        result[first, second] = Difference(middle, middle - reach, middle + reach, *rest)
        result[second, first] = result[first, second].turned
    return result


def _variance(values: Array) -> float:
    """Return the sample variance; 0 where rounding alone keeps the figures apart."""
    close = ROUNDING * max(1.0, float(np.abs(values).max()))
    return float(values.var(ddof=1)) if np.ptp(values) > close else 0.0


def has_error(values: Sequence[float]) -> bool:
    """Return whether the spread between seeds is known: two finite figures or more."""
    return len(values) > 1 and bool(np.isfinite(values).all())
