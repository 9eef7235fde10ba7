"""The health of a run is said in words, and of a run that does well nothing is said."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.live.health import Course, health_of


def course(
    val_loss: Sequence[float] = (), accuracy: Sequence[float] = (), **more: object
) -> Course:
    """Return what is known of a run of fifty epochs on fifteen classes."""
    history = {"loss": list(val_loss), "val_loss": list(val_loss), "val_accuracy": list(accuracy)}
    return Course(history, 50, 15, 1500, **more)  # type: ignore[arg-type]


def texts(one: Course) -> list[str]:
    """Return what is said of a run."""
    return [note.text for note in health_of(one)]


def test_a_run_that_does_well_is_left_alone() -> None:
    """A loss that falls, an accuracy above chance and news just now are worth no word."""
    losses = [2.7 - 0.04 * epoch for epoch in range(30)]
    accuracy = [0.07 + 0.01 * epoch for epoch in range(30)]
    assert texts(course(losses, accuracy, seconds=[4.0] * 30, expected=4.0, silence=3.0)) == []


def test_a_loss_that_is_no_number_is_a_problem() -> None:
    """The first epoch at which it is none is named."""
    found = health_of(course([2.0, 1.9, math.nan, math.nan]))
    assert [(note.level, note.text) for note in found] == [
        ("problem", "training loss is not a number since epoch 3")
    ]


def test_a_rising_loss_is_dated_from_its_lowest_epoch() -> None:
    """It rises for five epochs and by a tenth before it is said."""
    losses = [2.0, 1.5, 1.0, 1.1, 1.2, 1.25, 1.3, 1.35]
    assert texts(course(losses)) == ["validation loss rising since epoch 3"]
    assert texts(course(losses[:7])) == []
    assert texts(course([2.0, 1.5, 1.0, *[1.05] * 9])) == []


def test_a_run_at_chance_is_said_to_be_stuck() -> None:
    """A fifth of the epochs may pass; what is two standard deviations above chance is learning."""
    chance = 1 / 15
    assert texts(course(accuracy=[chance] * 9)) == []
    assert texts(course(accuracy=[chance] * 10)) == ["stuck at chance, 6.7%, after 10 epochs"]
    above = chance + 2.5 * math.sqrt(chance * (1 - chance) / 1500)
    assert texts(course(accuracy=[chance] * 9 + [above])) == []


def test_a_slow_run_is_compared_with_what_was_foreseen() -> None:
    """Half as long again as recorded runs took, or as its own epochs did at first."""
    assert texts(course(seconds=[8.0] * 3, expected=4.0, silence=0.0)) == [
        "slower than foreseen: 2.0 times the time"
    ]
    slower = [4.0] * 10 + [9.0] * 3
    assert texts(course(seconds=slower, silence=0.0))[0].startswith("slower than it was: 2.2 times")
    assert texts(course(seconds=slower)) == []  # it is over: nothing is to be done


@pytest.mark.parametrize(
    ("silence", "expected"), [(59, []), (130, ["no news for 2 min"]), (None, [])]
)
def test_silence_is_worth_a_word(silence: float | None, expected: list[str]) -> None:
    """Five epochs of silence, and a minute at least."""
    assert texts(course(seconds=[2.0], silence=silence)) == expected


def test_slow_epochs_may_be_silent_for_longer() -> None:
    """A run whose epochs take a minute is not stale after four."""
    assert texts(course(seconds=[60.0], silence=240.0)) == []
    assert texts(course(silence=300.0)) == []  # of its first epoch nothing is known


def test_a_lost_process_is_a_problem() -> None:
    """What was trained by a process that is gone needs somebody to start it again."""
    found = health_of(course(seconds=[2.0], is_dead=True))
    assert [note.level for note in found] == ["problem"]


@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=30),
    st.lists(st.floats(0, 1) | st.just(math.nan), max_size=30),
    st.floats(0, 1e9) | st.none(),
)
def test_no_curve_is_too_odd(
    losses: list[float], accuracy: list[float], silence: float | None
) -> None:
    """Any history has a health."""
    for note in health_of(course(losses, accuracy, seconds=[0.0] * len(losses), silence=silence)):
        assert note.text
