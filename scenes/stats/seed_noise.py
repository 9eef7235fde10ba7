"""How much of the spread between seeds is the finite split: who is right where in, two parts out.

Seeds and pictures are crossed: every network of a value is measured on the same pictures. Whether
a network is right about a picture varies from seed to seed even where all networks are equally
good, and on few pictures that does not average out. With (seed, picture) as rows and columns, the
part that more pictures would take away is the residual mean square of a two-way analysis of
variance; what is left is how much networks differ on all pictures that the split stands for
(Jordan 2024, "On the variance of neural network training with respect to test sets and
distributions"; Bouthillier 2021, "Accounting for variance in machine learning benchmarks").
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenes.stats.simultaneous import ALPHA


@dataclass(frozen=True)
class SeedNoise:
    """The variance of an accuracy between seeds, with the part of it that the split brings.

    Attributes:
        total: Mean variance over the values, of shares.
        finite: Of that, what pictures in infinite number would take away.
        degrees: Of freedom of the total (Satterthwaite).
    """

    total: float
    finite: float
    degrees: float

    @property
    def real(self) -> float:
        """The variance that would remain; by chance below 0 where there is none."""
        return self.total - self.finite

    @property
    def share(self) -> float:
        """Share of the total that the split brings, 0 to 1."""
        return min(1.0, self.finite / self.total)

    @property
    def share_interval(self) -> tuple[float, float]:
        """The 95 % interval of the share, from the number of seeds; pictures add little to it."""
        from scipy import special

        ends = (special.chdtri(self.degrees, tail) for tail in (1 - ALPHA / 2, ALPHA / 2))
        low, high = (self.finite / self.total * float(end) / self.degrees for end in ends)
        return min(1.0, low), min(1.0, high)


def split_noise(values: Sequence[NDArray[np.bool_]]) -> SeedNoise | None:
    """Split the variance between seeds, in the mean over the values of a report.

    Args:
        values: For each value whether each network is right: bool (seeds, pictures). Values with
            fewer than two seeds or pictures say nothing.

    Returns:
        None where nothing varies, or nothing can be said.
    """
    known = [right for right in values if min(right.shape) > 1]
    if not known:
        return None
    totals = np.array([right.mean(axis=1).var(ddof=1) for right in known])
    finite = np.array([_finite_part(right) for right in known])
    degrees = np.array([len(right) - 1 for right in known], np.float64)
    weights = degrees / degrees.sum()
    parts = weights * totals
    total = float(parts.sum())
    if not total > 0:
        return None
    freedom = total**2 / float((parts**2 / degrees).sum())
    return SeedNoise(total, float(weights @ finite), freedom)


def _finite_part(right: NDArray[np.bool_]) -> float:
    """Return the residual mean square by pictures, which is unbiased (Jordan 2024)."""
    pictures = int(right.shape[1])
    each = float(right.var(axis=0, ddof=1).mean())
    whole = float(right.mean(axis=1).var(ddof=1))
    return (each - whole) / (pictures - 1)


def deviation(variance: float) -> float:
    """Return the standard deviation; 0 for an estimate that chance made negative."""
    return math.sqrt(max(0.0, variance))
