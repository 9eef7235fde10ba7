"""Trials are paired by seed, else by picture, and one seed's swing is measured."""

import math

import pytest
from conftest import MakeRecord
from hypothesis import given
from hypothesis import strategies as st

from scenes.stats.paired import (
    SWING_EPOCHS,
    compare_records,
    history_key,
    shared_seeds,
    swing,
)

CURVES = st.lists(st.floats(0, 10, width=32), min_size=2, max_size=12)


@given(CURVES)
def test_swing_is_the_range_of_the_last_epochs(curve: list[float]) -> None:
    """Only the last epochs count, all of them where there are fewer."""
    last = sorted(curve[-SWING_EPOCHS:])
    assert swing({"val_loss": curve}, "val_loss") == last[-1] - last[0]


def test_one_epoch_has_no_known_swing() -> None:
    """What a curve of one epoch moves by is not known, so that no difference exceeds it."""
    assert math.isinf(swing({"val_loss": [1.0]}, "val_loss"))


def test_the_wider_swing_of_two_curves_counts(make_record: MakeRecord) -> None:
    """A steady curve does not make its rival's swing smaller; several seeds need no swing."""
    steady = make_record(history={"val_loss": [1.0, 1.0]})
    restless = make_record(history={"val_loss": [1.4, 1.0]})
    assert compare_records([steady], [restless], "val_loss").swing == pytest.approx(0.4)
    assert compare_records([restless], [steady], "val_loss").swing == pytest.approx(0.4)
    seeds = [make_record(seed=seed, history={"val_loss": [9.0, seed]}) for seed in range(3)]
    assert compare_records(seeds, seeds[::-1], "val_loss").swing == 0.0


def test_other_pictures_are_not_paired(make_record: MakeRecord) -> None:
    """The same seed on other validation pictures is no pair."""
    assert shared_seeds([make_record()], [make_record(right=[True] * 9)]) == []


def test_metrics_go_by_either_name() -> None:
    """A report's name of a training figure is understood; another is refused with the choices."""
    assert history_key("train_accuracy") == history_key("accuracy") == "accuracy"
    with pytest.raises(KeyError, match=r"no metric 'test_loss'; the metrics are loss, accuracy"):
        history_key("test_loss")
