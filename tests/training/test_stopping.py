"""A run with patience stops when nothing gets better, and keeps what it was told to keep."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.runs.record import METRICS, History
from scenes.spec.settings import Settings
from scenes.training.stopping import has_stalled, kept_epoch


def history(**given: list[float]) -> History:
    """Return a history in which some metrics are given."""
    length = max(map(len, given.values()))
    return {name: given.get(name, [0.5] * length) for name in METRICS}


@pytest.mark.parametrize(
    ("losses", "patience", "stalled"),
    [
        ([3.0], 1, False),
        ([3.0, 2.0], 1, False),
        ([3.0, 3.0], 1, True),
        ([3.0, 2.0, 2.5], 2, False),
        ([3.0, 2.0, 2.5, 2.0], 2, True),
        ([3.0, 2.0, 2.5, 1.9], 2, False),
    ],
)
def test_patience_counts_epochs_without_a_better_one(
    losses: list[float], patience: int, stalled: bool
) -> None:
    """An equal value is not a better one."""
    assert has_stalled(history(val_loss=losses), Settings(patience=patience)) == stalled


def test_a_run_that_has_not_begun_goes_on() -> None:
    """Before the first epoch there is nothing to judge."""
    assert not has_stalled({name: [] for name in METRICS}, Settings(patience=1))


def test_accuracy_is_better_when_it_is_higher() -> None:
    """The measure that is watched decides, and which way is up."""
    one = history(val_loss=[1.0, 2.0, 3.0], val_accuracy=[0.1, 0.2, 0.3])
    watched = Settings(patience=2, stop_by="val_accuracy", restore_best=True)
    assert not has_stalled(one, watched)
    assert kept_epoch(one, watched) == 2
    other = watched.model_copy(update={"stop_by": "val_loss"})
    assert has_stalled(one, other)
    assert kept_epoch(one, other) == 0
    assert kept_epoch(one, other.model_copy(update={"restore_best": False})) == 2


@given(st.lists(st.integers(0, 5), min_size=1, max_size=20), st.integers(1, 6))
def test_a_run_stops_as_keras_would(values: list[int], patience: int) -> None:
    """A counter of epochs without improvement, written out, stops at the same epoch."""
    losses = [float(value) for value in values]
    best, waited, expected = float("inf"), 0, len(losses)
    for number, loss in enumerate(losses, start=1):
        best, waited = (loss, 0) if loss < best else (best, waited + 1)
        if waited >= patience:
            expected = number
            break
    settings = Settings(patience=patience)
    stops = (
        n for n in range(1, len(losses)) if has_stalled(history(val_loss=losses[:n]), settings)
    )
    assert next(stops, len(losses)) == expected
