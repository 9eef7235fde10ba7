"""What a number of seeds can show, before anything is trained: counts in, sizes out.

Power is found by judging simulated studies with the test that judges real ones, so that it is the
power of that test and not of a formula near it. Seeds are normal, values are equally noisy, and
the draws are always the same.
"""

import math
from functools import lru_cache

import numpy as np

from scenes.stats.inference import normal_quantile, student_quantile
from scenes.stats.simultaneous import ALPHA, compare_pairs, pair_level

POWER = 0.8
"""A difference counts as one that can be shown if four studies out of five would show it."""
STUDIES = 4000
"""Simulated for one figure; its standard error is then 0.6 %."""
MOST_SEEDS = 10_000
"""Beyond this the answer to "how many seeds" is that no number in reach will do."""


@lru_cache(maxsize=256)
def share_found(lead: float, seeds: int, values: int, alpha: float = ALPHA) -> float:
    """Return how often two given values of a study are told apart.

    Args:
        lead: True difference of the two, in standard deviations between seeds.
        seeds: Of each value.
        values: How many the study compares; all others lie between the two.
        alpha: Level of the study's comparison.

    Returns:
        A share of studies, 0 to 1; 0 for fewer than two seeds.
    """
    if seeds < 2 or values < 2:
        return 0.0
    # Means and variances of normal seeds are independent: no need to draw the seeds themselves.
    random = np.random.default_rng(0)
    means = random.standard_normal((STUDIES, values)) / math.sqrt(seeds)
    means[:, 0] += lead / 2
    means[:, 1] -= lead / 2
    variances = random.chisquare(seeds - 1, (STUDIES, values)) / (seeds - 1)
    pair = np.array([0]), np.array([1])
    found = compare_pairs(means, variances, np.full(values, seeds), alpha=alpha, pairs=pair)
    return float(found.told_apart[:, 0].mean())


@lru_cache(maxsize=256)
def detectable_lead(seeds: int, values: int, *, alpha: float = ALPHA) -> float:
    """Return the smallest true difference that is mostly found, in deviations between seeds.

    Infinite for fewer than two seeds.
    """
    if seeds < 2 or values < 2:
        return math.inf
    low, high = 0.0, 1.0
    while share_found(high, seeds, values, alpha) < POWER:
        low, high = high, 2 * high
    while high - low > 0.01 * high:
        middle = (low + high) / 2
        is_short = share_found(middle, seeds, values, alpha) < POWER
        low, high = (middle, high) if is_short else (low, middle)
    return high


@lru_cache(maxsize=256)
def detectable_over_folds(folds: int, pairs: int, *, alpha: float = ALPHA) -> float:
    """Return the smallest true difference that folds mostly show, in deviations.

    A deviation is that of `scenes.stats.folds.compare_folds`, from which the error of a difference
    follows as from independent figures. Infinite for fewer than two folds.
    """
    from scipy import special  # imported here: it takes a fifth of a second

    if folds < 2:
        return math.inf
    limit = float(special.stdtrit(folds - 1, 1 - pair_level(pairs, alpha) / 2))
    errors = float(special.nctdtrinc(folds - 1, 1 - POWER, limit))
    return errors * math.sqrt(2 / folds)


def seeds_for_equality(deviation: float, margin: float, values: int) -> int | None:
    """Return how many seeds it mostly takes to show that equal values are practically equal.

    Args:
        deviation: Between seeds, in the unit of the margin.
        margin: Differences below this count as none.
        values: How many the study compares.

    Returns:
        Seeds of each value, two or more; None where more than `MOST_SEEDS` are needed.
    """
    level = pair_level(math.comb(values, 2))
    chance = normal_quantile(1 - POWER)  # four observed differences out of five are smaller

    def is_enough(seeds: int) -> bool:
        error = deviation * math.sqrt(2 / seeds)
        return (student_quantile(2 * seeds - 1, level) + chance) * error <= margin

    low, high = 1, 2
    while not is_enough(high):
        low, high = high, 2 * high
        if low >= MOST_SEEDS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
