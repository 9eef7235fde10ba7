"""What a number of pairs can show: exact figures, and Student's power against simulation."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from scenes.stats.inference import ALPHA, sampling_margin
from scenes.stats.power import (
    POWER,
    detectable_difference,
    seeds_for_rank_test,
    smallest_rank_p,
)


@pytest.mark.parametrize("n", range(2, 9))
def test_the_smallest_rank_p_is_that_of_scipy(n: int) -> None:
    """No order of n differences gives the exact signed-rank test a smaller p than all positive."""
    differences = np.arange(1.0, n + 1)
    smallest = min(
        stats.wilcoxon(differences * signs, method="exact").pvalue
        for signs in itertools.product((1, -1), repeat=n)
    )
    assert smallest_rank_p(n) == pytest.approx(smallest)
    assert smallest_rank_p(n) == pytest.approx(stats.binomtest(n, n).pvalue)


def test_three_seeds_reach_a_quarter_and_six_the_level() -> None:
    """With three pairs the smallest p is 0.25; six are the fewest that reach 0.05."""
    assert smallest_rank_p(3) == 0.25
    assert smallest_rank_p(1) == 1.0
    assert seeds_for_rank_test() == 6
    assert smallest_rank_p(6) <= ALPHA < smallest_rank_p(5)


@pytest.mark.parametrize(("n", "effect"), [(3, 3.26), (5, 1.68), (20, 0.66)])
def test_detectable_difference_is_that_of_power_tables(n: int, effect: float) -> None:
    """Effects that a paired t-test finds with power 0.8 at 0.05, in standard deviations."""
    assert detectable_difference(1.0, n) == pytest.approx(effect, abs=0.01)
    assert detectable_difference(0.02, n) == pytest.approx(0.02 * effect, abs=2e-4)


def test_detectable_difference_is_found_that_often() -> None:
    """Of simulated studies with that true difference, four out of five are told apart."""
    draws = np.random.default_rng(0).normal(detectable_difference(1.0, 4), 1.0, (20_000, 4))
    found = stats.ttest_1samp(draws, 0.0, axis=1).pvalue < ALPHA
    assert np.mean(found) == pytest.approx(POWER, abs=0.01)


def test_one_pair_shows_nothing() -> None:
    """Without a second pair no difference is large enough, and a stricter level asks for more."""
    assert math.isinf(detectable_difference(0.1, 1))
    assert detectable_difference(1, 3, alpha=ALPHA / 6) > detectable_difference(1, 3)


def test_half_right_on_2985_pictures_is_known_to_1_8_points() -> None:
    """The sampling error that the size of Scene-15's validation split brings by itself."""
    assert sampling_margin(0.5, 2985) == pytest.approx(0.018, abs=1e-4)
