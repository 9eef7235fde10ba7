"""The learning rate of an epoch is what its schedule says."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.spec.registry import BUILT_IN
from scenes.spec.settings import Settings
from scenes.training.schedules import learning_rate_at


def rates(**changed: object) -> list[float]:
    """Return the rate of each epoch."""
    settings = Settings.model_validate({"learning_rate": 0.1, "epochs": 4, **changed})
    return [learning_rate_at(settings, epoch) for epoch in range(settings.epochs)]


def test_every_schedule_begins_at_the_full_rate() -> None:
    """Each name that a description can use leads to a function."""
    for name in BUILT_IN.schedules:
        assert rates(learning_rate_schedule=name)[0] == 0.1


def test_constant_stays() -> None:
    """Without a schedule the rate is the setting."""
    assert rates() == [0.1] * 4


def test_cosine_goes_down_to_its_floor() -> None:
    """Half a cosine: full at first, half way in the middle, the floor after the last epoch."""
    root = math.sqrt(0.5)
    expected = [0.1, 0.1 * (1 + root) / 2, 0.05, 0.1 * (1 - root) / 2]
    assert rates(learning_rate_schedule="cosine") == pytest.approx(expected)
    floored = rates(learning_rate_schedule="cosine", schedule_floor=0.5, epochs=1000)
    assert floored[500] == pytest.approx(0.075)
    assert floored[-1] == pytest.approx(0.05, rel=1e-3)


def test_steps_and_their_smooth_kin_meet() -> None:
    """Both have multiplied the rate by the factor once in so many epochs."""
    options = {"schedule_factor": 0.25, "schedule_every": 2, "epochs": 5}
    steps = rates(learning_rate_schedule="step", **options)
    smooth = rates(learning_rate_schedule="exponential", **options)
    assert steps == pytest.approx([0.1, 0.1, 0.025, 0.025, 0.00625])
    assert smooth == pytest.approx([0.1, 0.05, 0.025, 0.0125, 0.00625])


@given(
    st.sampled_from(sorted(BUILT_IN.schedules)),
    st.floats(0.01, 0.99),
    st.integers(1, 20),
    st.floats(0, 0.99),
    st.integers(1, 50),
)
def test_no_schedule_rises_or_reaches_zero(
    name: str, factor: float, every: int, floor: float, epochs: int
) -> None:
    """Every rate is above zero and at most the one before it."""
    found = rates(
        learning_rate_schedule=name,
        schedule_factor=factor,
        schedule_every=every,
        schedule_floor=floor,
        epochs=epochs,
    )
    assert found[0] == 0.1
    assert min(found) > 0
    assert all(later <= rate * (1 + 1e-12) for rate, later in pairwise(found))
