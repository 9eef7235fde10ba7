"""Whether two means over runs, some of which both may share, lie further apart than seeds bring.

For runs that differ in nothing but their seeds, such as those of one setting in two documents.
"""

import math
from collections.abc import Mapping, Sequence

ROUNDING = 1e-12
"""Share of the variance that counts as none."""


def seeds_p_value(first: Mapping[str, float], second: Mapping[str, float]) -> float | None:
    """Return how likely seeds alone move a mean as far as from one set of runs to another.

    Both sets are draws from one distribution unless something else has changed, so that every
    distinct run tells of its spread. The difference of the means is then a contrast over all of
    them, in which a shared run counts once, and its t test is exact for normal values (without
    shared runs it is Student's). Where each set is constant in itself no spread can be estimated;
    the p-value is then that of the permutation test.

    Args:
        first: A figure of each run, by id.
        second: The same; a run with the same id and figure is shared.

    Returns:
        The p-value, two-sided; None for fewer than three distinct runs.
    """
    weights: dict[tuple[str, float], float] = {}
    for sign, runs in ((1, first), (-1, second)):
        for run in runs.items():
            weights[run] = weights.get(run, 0.0) + sign / len(runs)
    if len(weights) < 3:
        return None
    values = [value for _, value in weights]
    mean = math.fsum(values) / len(values)
    total = math.fsum((value - mean) ** 2 for value in values)
    move = math.fsum(weight * value for (_, value), weight in weights.items())
    if not total or abs(move) <= ROUNDING * max(map(abs, values)):
        return 1.0
    explained = move**2 / (math.fsum(weight**2 for weight in weights.values()) * total)
    if explained > 1 - ROUNDING:
        return _separation_p_value(values)
    from scipy import special

    freedom = len(values) - 2
    t = math.sqrt(freedom * explained / (1 - explained))
    return float(2 * special.stdtr(freedom, -t))


def _separation_p_value(values: Sequence[float]) -> float:
    """Return how likely chance parts some values into two constant groups, as they are."""
    n, low = len(values), sum(value == min(values) for value in values)
    ways = 2 if 2 * low == n else 1
    return ways / math.comb(n, low)


def adjust(p_values: Sequence[float]) -> list[float]:
    """Return p-values that keep the error of all of them together (Holm 1979)."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted
