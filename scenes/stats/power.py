"""What a number of seeds can show at all: counts in, p-values and sizes out.

Everything is two-sided at the level of `statistics.ALPHA`.
"""

import math

from scenes.stats.inference import ALPHA, student_quantile

POWER = 0.8
"""A difference counts as one that can be shown if four studies out of five would show it."""


def smallest_rank_p(n: int) -> float:
    """Return the smallest exact p-value that n pairs can give a sign or signed-rank test.

    All n differences have one sign: 2 of 2**n equally likely patterns are as extreme (Wilcoxon
    1945, Biometrics Bull. 1:80). It is 0.25 for three pairs, and first below 0.05 for six.
    """
    return min(1.0, 2.0 ** (1 - n))


def seeds_for_rank_test(alpha: float = ALPHA) -> int:
    """Return the fewest pairs with which a sign or signed-rank test can reach a level."""
    return math.ceil(1 - math.log2(alpha))


def detectable_difference(
    deviation: float, n: int, *, alpha: float = ALPHA, power: float = POWER
) -> float:
    """Return the smallest true difference that a paired t-test of n pairs would mostly find.

    Args:
        deviation: Standard deviation of the paired differences, in any unit.
        n: Pairs; with fewer than two no test can show anything.
        alpha: Two-sided level of the test.
        power: Share of studies that would find it.

    Returns:
        In the unit of `deviation`, from the noncentral t distribution; for n = 3 it is 3.26
        deviations.
    """
    if n < 2:
        return math.inf
    from scipy import special  # here, as in `statistics`

    threshold = student_quantile(n, alpha)
    noncentrality = special.nctdtrinc(n - 1, 1 - power, threshold)
    return float(noncentrality) * deviation / math.sqrt(n)
