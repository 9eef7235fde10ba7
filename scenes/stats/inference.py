"""How sure a difference is: paired samples in, an interval and a p-value out.

Everything is two-sided and paired: by seed where there are several, else by picture. A comparison
by picture speaks of the trained networks at hand; only a comparison over seeds speaks of the way
in which they are trained.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

CONFIDENCE = 0.95
ALPHA = 1 - CONFIDENCE
ROUNDING = 1e-12
"""Differences that spread no wider are the same: shares such as 0.55 - 0.5 and 0.65 - 0.6."""

Basis = Literal["seeds", "pictures"]


@dataclass(frozen=True)
class Comparison:
    """The mean of paired differences, with what is known of its error.

    Attributes:
        difference: Mean of first minus second.
        low: Lower end of the 95 % interval.
        high: Upper end.
        p: Two-sided p-value of "no difference".
        n: Pairs.
        basis: What the pairs are.
        deviation: Sample standard deviation of the differences; NaN for fewer than two.
        swing: How far the curves of one seed move by themselves; a difference that is no larger
            is not told apart, whatever its p-value. Zero over seeds, whose spread holds it.
    """

    difference: float
    low: float
    high: float
    p: float
    n: int
    basis: Basis
    deviation: float = math.nan
    swing: float = 0.0

    @property
    def is_beyond_swing(self) -> bool:
        """Tell whether the difference is larger than what a curve moves by itself."""
        return abs(self.difference) > self.swing


def compare_pairs(first: ArrayLike, second: ArrayLike, *, basis: Basis) -> Comparison:
    """Compare paired samples with Student's t.

    Fewer than two pairs, or pairs that all differ by the same amount (up to rounding), say nothing
    of the error: the interval is then without bounds and p is 1.
    """
    differences = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    n = len(differences)
    mean = float(differences.mean()) if n else math.nan
    if n < 2 or np.ptp(differences) <= ROUNDING:
        return Comparison(mean, -math.inf, math.inf, 1.0, n, basis)
    deviation = float(differences.std(ddof=1))
    error = deviation / math.sqrt(n)
    reach = half_width(deviation, n)
    p = 2 * student_share(-abs(mean) / error, n)
    return Comparison(mean, mean - reach, mean + reach, p, n, basis, deviation)


def half_width(deviation: float, n: int, *, alpha: float = ALPHA) -> float:
    """Return half of Student's interval of a mean of n values with this sample deviation."""
    if n < 2:
        return math.inf
    return student_quantile(n, alpha) * deviation / math.sqrt(n)


# SciPy is imported where it is needed: that takes a fifth of a second, and most plans do without.
# Its statistics module takes half a second more.


def student_share(t: float, n: int) -> float:
    """Return the share of Student's distribution of n values that lies below t."""
    from scipy import special

    return float(special.stdtr(n - 1, t))


def student_quantile(n: int, alpha: float = ALPHA) -> float:
    """Return the t beyond which, on both sides, Student's distribution of n values has alpha."""
    from scipy import special

    return float(special.stdtrit(n - 1, 1 - alpha / 2))


def normal_quantile(alpha: float = ALPHA) -> float:
    """Return the z beyond which, on both sides, the normal distribution has alpha."""
    from scipy import special

    return float(special.ndtri(1 - alpha / 2))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values for being several (Holm 1979, Scand. J. Statist. 6:65)."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for position, index in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - position) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def spread(values: Sequence[float]) -> float | None:
    """Return the sample standard deviation; None for fewer than two values."""
    return float(np.std(values, ddof=1)) if len(values) > 1 else None


def sampling_margin(share: float, n: int) -> float:
    """Return half the 95 % interval of a share that is measured on n pictures.

    By the normal approximation; with fewer than five pictures of either kind, where that shrinks to
    nothing, as far as Wilson's interval reaches.
    """
    if n * min(share, 1 - share) < 5:
        low, high = share_interval(share, n)
        return max(share - low, high - share)
    return normal_quantile() * math.sqrt(share * (1 - share) / n)


def losses(truth_probability: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cross-entropy of each picture from the probability of its true class."""
    smallest = float(np.finfo(np.float32).tiny)
    return np.asarray(-np.log(np.maximum(truth_probability, smallest)), np.float64)


def share_interval(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share that is measured on n pictures (Wilson 1927).

    It stays within 0 and 1, also for few pictures and for shares near the ends.
    """
    if n == 0:
        return 0.0, 1.0
    square = normal_quantile() ** 2
    middle = (share + square / (2 * n)) / (1 + square / n)
    reach = math.sqrt(square * (share * (1 - share) / n + square / (4 * n * n))) / (1 + square / n)
    return max(0.0, middle - reach), min(1.0, middle + reach)
