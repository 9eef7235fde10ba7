"""Which runs are trained again is drawn by whoever checks, and worth what is said of it."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.errors import UserError
from scenes.evidence.sampling import catch_probability, check_nonce, draw_runs, new_nonce

IDS = [f"{number:016x}" for number in range(40)]


def test_a_nonce_draws_the_same_runs_again_and_another_draws_others() -> None:
    """In whatever order the document lists them."""
    first = draw_runs(IDS, 5, nonce="a" * 32)
    assert first == draw_runs(IDS[::-1], 5, nonce="a" * 32)
    assert set(first) != set(draw_runs(IDS, 5, nonce="b" * 32))
    assert len({*first}) == 5
    assert sorted(draw_runs(IDS, 99, nonce="a" * 32)) == IDS


def test_every_run_is_drawn_as_often_as_any_other() -> None:
    """Of 2,000 draws of 4 of 40 each meets about 200, and no run is safe."""
    draws = [draw_runs(IDS, 4, nonce=new_nonce()) for _ in range(2000)]
    counts = [sum(one in drawn for drawn in draws) for one in IDS]
    assert 130 < min(counts) <= max(counts) < 270  # five standard deviations


@given(st.integers(1, 40), st.integers(1, 40))
def test_the_chance_is_never_said_to_be_higher_than_it_is(made_up: int, drawn: int) -> None:
    """Drawn without replacement, a sample meets one of the made-up runs at least as often."""
    exact = 1 - comb(40 - made_up, drawn) / comb(40, drawn)
    assert catch_probability(made_up / 40, drawn) <= exact + 1e-12


def test_the_chance_is_that_of_the_formula() -> None:
    """1 - (1 - f)^K."""
    assert catch_probability(0.5, 3) == pytest.approx(7 / 8)
    assert catch_probability(0.1, 0) == 0


@pytest.mark.parametrize("nonce", ["", "1", "A" * 32, "g" * 32, "a" * 65])
def test_what_is_no_nonce_is_refused(nonce: str) -> None:
    """The message says what one looks like."""
    with pytest.raises(UserError, match="hexadecimal"):
        check_nonce(nonce)
    assert check_nonce(new_nonce())
