"""Intervals of single figures agree with SciPy and with references of three lines."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from scenes.stats.inference import (
    losses,
    sampling_margin,
    share_interval,
    spread,
)


def test_spread_is_the_sample_deviation() -> None:
    """It divides by n - 1, and one value has none."""
    assert spread([1, 2, 3, 4]) == pytest.approx(math.sqrt(5 / 3))
    assert spread([1.0]) is None
    assert spread([]) is None


def test_sampling_margin_is_the_normal_one() -> None:
    """Half of 400 pictures are right: 1.96 · sqrt(0.25 / 400) = 0.049."""
    assert sampling_margin(0.5, 400) == pytest.approx(0.049, abs=1e-4)
    assert sampling_margin(0.5, 1600) == pytest.approx(sampling_margin(0.5, 400) / 2)


def test_all_right_is_not_without_error() -> None:
    """Ten pictures of ten are within what 72 % would give too (Wilson's interval)."""
    assert sampling_margin(1.0, 10) == pytest.approx(0.278, abs=1e-3)
    assert sampling_margin(0.0, 10) == pytest.approx(0.278, abs=1e-3)


@given(st.lists(st.floats(0, 1, width=32), min_size=1))
def test_losses_are_cross_entropies_and_finite(shares: list[float]) -> None:
    """-log p of the true class; a probability of zero counts as the smallest float32."""
    found = losses(np.array(shares, np.float64))
    assert np.isfinite(found).all()
    for share, loss in zip(shares, found, strict=True):
        assert loss == pytest.approx(-math.log(max(share, 2.0**-126)), abs=1e-6)


@given(st.integers(1, 500), st.data())
def test_the_interval_of_a_share_is_wilsons(n: int, data: st.DataObject) -> None:
    """It is SciPy's, and it never leaves 0 to 1."""
    right = data.draw(st.integers(0, n))
    reference = stats.binomtest(right, n).proportion_ci(method="wilson")
    low, high = share_interval(right / n, n)
    assert (low, high) == pytest.approx((reference.low, reference.high), abs=1e-9)
    assert 0 <= low <= high <= 1


def test_a_share_of_nothing_can_be_anything() -> None:
    """Without pictures nothing is known."""
    assert share_interval(0.5, 0) == (0.0, 1.0)
