"""Intervals of single figures: a share, a mean over seeds, a loss.

Everything is two-sided. Differences between the values of a study are judged together, by
`scenes.stats.simultaneous`.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scenes.stats.simultaneous import ALPHA


def half_width(deviation: float, n: int, *, alpha: float = ALPHA) -> float:
    """Return half of Student's interval of a mean of n values with this sample deviation."""
    if n < 2:
        return math.inf
    return student_quantile(n, alpha) * deviation / math.sqrt(n)


# SciPy is imported in functions: it takes a fifth of a second, and most plans do without it.


def student_quantile(n: int, alpha: float = ALPHA) -> float:
    """Return the t beyond which, on both sides, Student's distribution of n values has alpha."""
    from scipy import special

    return float(special.stdtrit(n - 1, 1 - alpha / 2))


def normal_quantile(alpha: float = ALPHA) -> float:
    """Return the z beyond which, on both sides, the normal distribution has alpha."""
    from scipy import special

    return float(special.ndtri(1 - alpha / 2))


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
