"""Looking again and again keeps the error of one look, and saves seeds where values differ."""

import numpy as np
import pytest
from numpy.typing import NDArray
from simulation import ALIKE, DEVIATIONS

from scenes.stats.sequential import Look, plan_looks, take_look
from scenes.stats.simultaneous import ALPHA

LOOKS = plan_looks(10)


def replay(figures: NDArray[np.float64], *, reference: str | None = None) -> Look:
    """Take recorded seeds in their order until a look decides or is the last."""
    names = [f"v{index}" for index in range(len(figures))]
    for seeds in LOOKS:
        samples = {name: list(row[:seeds]) for name, row in zip(names, figures, strict=True)}
        look = take_look(
            samples, seeds=seeds, looks=LOOKS, lower_is_better=True, reference=reference
        )
        if look.is_decided or look.is_last:
            break
    return look


@pytest.mark.parametrize(
    ("most", "looks"),
    [(2, (2,)), (3, (3,)), (4, (3, 4)), (10, (3, 4, 6, 9, 10)), (20, (3, 4, 6, 9, 14, 20))],
)
def test_looks_end_at_the_most_seeds(most: int, looks: tuple[int, ...]) -> None:
    """They begin with three seeds and grow by half."""
    assert plan_looks(most) == looks


def test_one_seed_allows_no_look() -> None:
    """There must be a spread to go by."""
    with pytest.raises(ValueError, match="max_seeds of 2 or more, got 1"):
        plan_looks(1)


@pytest.mark.parametrize("name", ["normal", "exponential", "ReLU, loss", "tanh, loss"])
def test_values_that_are_alike_are_seldom_decided(name: str) -> None:
    """Over all looks together, at most one study in twenty finds a difference."""
    studies = ALIKE[name](np.random.default_rng(1), 250, 4, 10)
    choices = [replay(each).is_decided for each in studies]
    against = [len(replay(each, reference="v0").open) < 3 for each in studies]
    assert np.mean(choices) <= 0.05
    assert np.mean(against) <= 0.05


@pytest.mark.parametrize("name", DEVIATIONS)
def test_seeds_are_saved_where_one_value_leads(name: str) -> None:
    """A lead of four deviations is found rightly with far fewer seeds than ten."""
    studies = ALIKE[name](np.random.default_rng(2), 100, 4, 10)
    studies[:, 2] -= 4 * DEVIATIONS[name]
    looks = [replay(each) for each in studies]
    assert {look.leader for look in looks if look.is_decided} == {"v2"}
    assert np.mean([look.is_decided for look in looks]) > 0.9
    assert np.mean([look.seeds for look in looks]) < 7


def test_a_look_spends_its_share() -> None:
    """All looks together spend the level of one comparison."""
    look = take_look({"a": [1, 2, 3], "b": [2, 3, 4]}, seeds=3, looks=LOOKS, lower_is_better=True)
    assert look.alpha * len(LOOKS) == pytest.approx(ALPHA)
    assert (look.leader, look.open, look.is_last) == ("a", ("b",), False)
    turned = take_look(
        {"a": [1, 2, 3], "b": [2, 3, 4]}, seeds=3, looks=LOOKS, lower_is_better=False
    )
    assert turned.leader == "b"


def test_a_value_without_a_known_spread_stays_open() -> None:
    """A failed seed leaves its value undecided instead of dropping it."""
    samples = {"a": [1.0, 1.1, 1.05], "b": [9.0, 9.1, 9.05], "c": [5.0]}
    look = take_look(samples, seeds=3, looks=(3,), lower_is_better=True)
    assert look.open == ("c",)
    assert look.is_last
    assert not look.is_decided


def test_what_more_seeds_cannot_help_is_left_out() -> None:
    """No run finished, or one diverged: the others are decided without it."""
    samples = {"a": [1.0, 1.1, 1.05], "b": [9.0, 9.1, 9.05], "c": [], "d": [1.0, np.nan, 1.0]}
    look = take_look(samples, seeds=3, looks=(3, 4), lower_is_better=True)
    assert (look.out, look.stop) == (("c", "d"), "decided")
    del samples["b"]
    look = take_look(samples, seeds=3, looks=(3, 4), lower_is_better=True)
    assert look.stop == "nothing"
    against = {"a": [1.0, 1.1], "b": [2.0, 2.1], "r": []}
    look = take_look(against, seeds=3, looks=(3, 4), lower_is_better=True, reference="r")
    assert look.stop == "nothing"
