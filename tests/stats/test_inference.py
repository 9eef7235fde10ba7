"""Intervals and p-values agree with SciPy and with references of three lines."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from scenes.stats.inference import (
    compare_pairs,
    holm,
    losses,
    sampling_margin,
    share_interval,
    spread,
)

VALUES = st.floats(-100, 100, width=32)
PAIRS = st.lists(st.tuples(VALUES, VALUES), min_size=2, max_size=8)


@given(PAIRS)
def test_pairs_are_compared_as_scipy_does(pairs: list[tuple[float, float]]) -> None:
    """Difference, interval and p-value are those of the paired t-test."""
    first, second = (np.array(side, np.float64) for side in zip(*pairs, strict=True))
    assume(np.ptp(first - second) > 1e-3)
    found = compare_pairs(first, second, basis="seeds")
    reference = stats.ttest_rel(first, second)
    interval = reference.confidence_interval(0.95)
    assert found.p == pytest.approx(reference.pvalue, rel=1e-6, abs=1e-12)
    assert found.low == pytest.approx(interval.low, rel=1e-6, abs=1e-9)
    assert found.high == pytest.approx(interval.high, rel=1e-6, abs=1e-9)
    assert found.difference == pytest.approx(np.mean(first - second), abs=1e-9)
    assert (found.n, found.basis) == (len(pairs), "seeds")


@given(PAIRS)
def test_a_comparison_is_antisymmetric(pairs: list[tuple[float, float]]) -> None:
    """Turned round, the difference changes its sign and the p-value stays."""
    first, second = zip(*pairs, strict=True)
    forth = compare_pairs(first, second, basis="pictures")
    back = compare_pairs(second, first, basis="pictures")
    assert back.difference == pytest.approx(-forth.difference)
    assert back.p == pytest.approx(forth.p)
    assert back.low == pytest.approx(-forth.high)


@pytest.mark.parametrize(
    ("first", "second", "difference"),
    [
        ([0.5], [0.3], 0.2),
        ([1, 2, 3], [1, 2, 3], 0.0),
        ([0.55, 0.65, 0.75], [0.5, 0.6, 0.7], 0.05),
    ],
    ids=["one pair", "no difference", "the same difference up to rounding"],
)
def test_without_spread_nothing_is_sure(
    first: Sequence[float], second: Sequence[float], difference: float
) -> None:
    """Pairs that say nothing of their error never make a difference significant."""
    found = compare_pairs(first, second, basis="seeds")
    assert found.difference == pytest.approx(difference)
    assert (found.p, found.low, found.high) == (1.0, -math.inf, math.inf)


def test_no_pairs_have_no_difference() -> None:
    """Without pairs there is no number, and no error either."""
    found = compare_pairs([], [], basis="seeds")
    assert math.isnan(found.difference)
    assert (found.p, found.n) == (1.0, 0)


def test_holm_on_a_known_example() -> None:
    """Of R's p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm") and of Holm's own procedure."""
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), max_size=8))
def test_holm_rejects_what_its_steps_reject(p_values: list[float]) -> None:
    """A value is at most 0.05 where the step-down procedure rejects it, and only there."""
    adjusted = holm(p_values)
    rejected = set()
    for position, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        if p_values[index] * (len(p_values) - position) > 0.05:
            break
        rejected.add(index)
    assert {index for index, p in enumerate(adjusted) if p <= 0.05} == rejected
    assert all(p <= it <= 1 for p, it in zip(p_values, adjusted, strict=True))


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
