"""The spread between seeds is split into what few pictures bring and what networks differ by."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from scenes.stats.seed_noise import SeedNoise, deviation, split_noise

SEEDS, PICTURES = 5, 200
REPORTS, VALUES = 150, 6


def simulated(random: np.random.Generator, luck: float) -> list[NDArray[np.bool_]]:
    """Draw the values of a report.

    Args:
        random: The generator.
        luck: Standard deviation between seeds of how able a network is, in probits.
    """
    ease = random.normal(0.3, 1.0, (VALUES, 1, PICTURES))
    skill = luck * random.standard_normal((VALUES, SEEDS, 1))
    return list(random.random((VALUES, SEEDS, PICTURES)) < special.ndtr(ease + skill))


def known_real(luck: float) -> float:
    """Return the variance between seeds of the accuracy on all pictures there could be."""
    # A picture with probit N(0.3, 1) is right with probability ndtr((0.3 + skill) / sqrt 2).
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    accuracy = special.ndtr((0.3 + luck * nodes) / np.sqrt(2))
    weights = weights / weights.sum()
    return float(weights @ accuracy**2 - (weights @ accuracy) ** 2)


def noises(luck: float) -> list[SeedNoise]:
    """Return the split of each of many simulated reports."""
    random = np.random.default_rng(7)
    found = [split_noise(simulated(random, luck)) for _ in range(REPORTS)]
    return [noise for noise in found if noise is not None]


@pytest.mark.parametrize("luck", [0.0, 0.05, 0.2])
def test_both_parts_are_found_in_the_mean(luck: float) -> None:
    """Whether networks differ not at all, as much as the split makes them, or far more."""
    found = noises(luck)
    assert len(found) == REPORTS
    real = np.array([noise.real for noise in found])
    error = real.std(ddof=1) / np.sqrt(REPORTS)
    assert abs(real.mean() - known_real(luck)) < 3 * error
    # 0.155 is the mean of p (1 - p) where p = ndtr(N(0.3, 1)).
    assert np.mean([noise.finite for noise in found]) == pytest.approx(0.155 / PICTURES, rel=0.05)


@pytest.mark.parametrize("luck", [0.0, 0.05, 0.2])
def test_the_interval_of_the_share_holds(luck: float) -> None:
    """It covers the true share in about 95 % of reports, and never leaves 0 to 1."""
    found = noises(luck)
    finite = float(np.mean([noise.finite for noise in found]))
    true = min(1.0, finite / (finite + known_real(luck)))
    ends = [noise.share_interval for noise in found]
    assert all(0 <= low <= high <= 1 for low, high in ends)
    assert np.mean([low <= true <= high for low, high in ends]) > 0.9


def test_networks_that_agree_bring_no_finite_part() -> None:
    """A seed that is right where another is, and about more pictures besides, is simply better."""
    right = np.arange(100) < np.array([[40], [50], [60]])
    noise = split_noise([right])
    assert noise is not None
    assert noise.total == pytest.approx(0.01)
    assert noise.share < 0.06


def test_nothing_to_split() -> None:
    """One seed, one picture, or seeds that are all alike."""
    random = np.random.default_rng(0)
    assert split_noise([random.random((1, 50)) < 0.5, random.random((5, 1)) < 0.5]) is None
    assert split_noise([np.ones((3, 20), bool)]) is None
    assert split_noise([]) is None


def test_a_negative_variance_is_no_deviation() -> None:
    """Chance may take more away than there is."""
    assert deviation(-1e-6) == 0.0
    assert deviation(0.0004) == pytest.approx(0.02)
