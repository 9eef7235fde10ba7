"""Two networks are described by picture, and a curve's swing is distinguished from its trend."""

import math

import numpy as np
import pytest
from conftest import MakeRecord
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from scenes.stats.paired import (
    SWING_EPOCHS,
    compare_paired,
    compare_pictures,
    history_key,
    swing,
)

FIGURES = st.floats(-100, 100, width=32)
PAIRS = st.lists(st.tuples(FIGURES, FIGURES), min_size=2, max_size=8)
CURVES = st.lists(st.floats(0, 10, width=32), min_size=3, max_size=12)


@given(PAIRS)
def test_the_margin_is_that_of_the_paired_t_test(pairs: list[tuple[float, float]]) -> None:
    """Difference and margin are SciPy's, and only the sign changes with the order."""
    first, second = (np.array(side, np.float64) for side in zip(*pairs, strict=True))
    assume(np.ptp(first - second) > 1e-3)
    found, turned = compare_paired(first, second), compare_paired(second, first)
    interval = stats.ttest_rel(first, second).confidence_interval(0.95)
    low, high = found.difference - found.margin, found.difference + found.margin
    assert (low, high) == pytest.approx((interval.low, interval.high), rel=1e-6, abs=1e-9)
    assert (turned.difference, turned.margin) == pytest.approx((-found.difference, found.margin))


def test_pictures_without_spread_have_no_known_margin() -> None:
    """One picture, or none, or the same difference everywhere, say nothing of the error."""
    assert math.isinf(compare_paired([0.5], [0.3]).margin)
    assert math.isinf(compare_paired([1, 2, 3], [1, 2, 3]).margin)
    assert math.isnan(compare_paired([], []).difference)


def test_only_the_same_pictures_are_compared(make_record: MakeRecord) -> None:
    """Networks measured on other pictures, or training figures, have no difference by picture."""
    right, wrong = (make_record(right=[each] * 3 + [True]) for each in (True, False))
    found = compare_pictures(right, wrong, "val_accuracy")
    assert found is not None
    assert (found.difference, found.n) == (0.75, 4)
    assert compare_pictures(right, make_record(right=[True] * 9), "val_accuracy") is None
    assert compare_pictures(right, wrong, "loss") is None


@given(CURVES, st.floats(-3, 3, width=32), st.floats(-9, 9, width=32))
def test_a_steady_trend_is_no_swing(curve: list[float], slope: float, shift: float) -> None:
    """What a curve learns, epoch by epoch, does not count as its noise."""
    moved = [value + slope * epoch + shift for epoch, value in enumerate(curve)]
    found = swing({"val_loss": curve}, "val_loss")
    assert swing({"val_loss": moved}, "val_loss") == pytest.approx(found, abs=1e-4)


def test_swing_counts_the_last_epochs_only() -> None:
    """A wild start is forgotten; one step up and down is the swing."""
    curve = [9.0, 1.0, 5.0, *[1.0] * SWING_EPOCHS]
    assert swing({"val_loss": curve}, "val_loss") == pytest.approx(0)
    assert swing({"val_loss": [1.0, 1.0, 2.0, 1.0, 1.0]}, "val_loss") == pytest.approx(1.0)


def test_two_epochs_have_no_known_swing() -> None:
    """Two points always lie on a line, so that no difference exceeds what they swing by."""
    assert math.isinf(swing({"val_loss": [1.0, 0.9]}, "val_loss"))


def test_metrics_go_by_either_name() -> None:
    """A report's name of a training figure is understood; another is refused with the choices."""
    assert history_key("train_accuracy") == history_key("accuracy") == "accuracy"
    with pytest.raises(KeyError, match=r"no metric 'test_loss'; the metrics are loss, accuracy"):
        history_key("test_loss")
