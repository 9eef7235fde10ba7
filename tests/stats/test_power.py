"""What a number of seeds can show agrees with Welch's power and with studies drawn afresh."""

import math

import numpy as np
import pytest
from scipy import stats
from simulation import ALIKE, ours

from scenes.stats.inference import sampling_margin
from scenes.stats.power import POWER, detectable_lead, seeds_for_equality, share_found
from scenes.stats.simultaneous import compare_family


@pytest.mark.parametrize(("seeds", "values"), [(3, 2), (3, 4), (5, 6), (10, 3)])
def test_what_is_promised_is_found(seeds: int, values: int) -> None:
    """Of studies with that true difference of two values, four out of five tell them apart."""
    lead = detectable_lead(seeds, values)
    figures = ALIKE["normal"](np.random.default_rng(9), 10_000, values, seeds)
    figures[:, 0] += lead / 2
    figures[:, 1] -= lead / 2
    assert ours(figures)[:, 0].mean() == pytest.approx(POWER, abs=0.025)


def test_the_power_of_two_values_is_welchs() -> None:
    """With two values and many seeds it is that of the t-test, by the noncentral t."""
    seeds, lead = 20, 1.0
    noncentrality, degrees = lead * math.sqrt(seeds / 2), 2 * seeds - 2
    threshold = stats.t.isf(0.025, degrees)
    expected = stats.nct.sf(threshold, degrees, noncentrality)
    assert share_found(lead, seeds, 2) == pytest.approx(expected, abs=0.02)


def test_one_seed_shows_nothing() -> None:
    """No difference is large enough for one seed, and more values ask for more."""
    assert math.isinf(detectable_lead(1, 4))
    assert share_found(100.0, 1, 4) == 0
    assert detectable_lead(3, 4) > detectable_lead(5, 4) > detectable_lead(10, 4)
    assert detectable_lead(5, 6) > detectable_lead(5, 2)


def test_the_seeds_that_equality_takes_are_enough() -> None:
    """With so many seeds, about four studies out of five find two given values equal."""
    deviation, margin, values = 0.02, 0.02, 3
    seeds = seeds_for_equality(deviation, margin, values)
    assert seeds is not None
    random, found = np.random.default_rng(0), 0
    for _ in range(300):
        figures = {name: list(random.normal(0.5, deviation, seeds)) for name in "abc"}
        found += compare_family(figures)["a", "b"].lies_within(margin)
    assert found / 300 == pytest.approx(POWER, abs=0.08)


def test_equality_takes_more_seeds_the_wider_they_spread() -> None:
    """Twice the spread takes about four times the seeds, and some margins are out of reach."""
    few, many = (seeds_for_equality(deviation, 0.02, 4) for deviation in (0.01, 0.04))
    assert few is not None
    assert many is not None
    assert 8 * few < many < 16 * few
    assert seeds_for_equality(1.0, 0.001, 4) is None
    assert seeds_for_equality(0.0, 0.02, 4) == 2


def test_half_right_on_2985_pictures_is_known_to_1_8_points() -> None:
    """The sampling error that the size of Scene-15's validation split brings by itself."""
    assert sampling_margin(0.5, 2985) == pytest.approx(0.018, abs=1e-4)
