"""Overfitting is distinguished from noise, from a gap, and from a rise that does not last."""

import numpy as np
import pytest
from overfitting_curves import (
    LAST,
    diverging,
    flat,
    history,
    is_settled,
    overfitting_table,
    real_histories,
    turned,
    verdict,
)

from scenes.stats.overfitting import Rise, measure_rise


def rise(val_loss: object) -> Rise:
    """Return the rise of a validation loss that is long enough to have one."""
    found = measure_rise(history(val_loss))
    assert found is not None
    return found


@pytest.mark.parametrize("epochs", [8, 12, 25, 50, 100])
@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_noise_on_a_flat_curve_is_no_rise(epochs: int, correlation: float) -> None:
    """At most one flat curve in twenty seems to rise, with one seed; with three, hardly any."""
    random = np.random.default_rng(epochs)
    sure = [rise(flat(random, epochs, correlation)).is_sure for _ in range(900)]
    assert np.mean(sure) <= 0.05
    assert np.mean(np.reshape(sure, (-1, 3)).all(axis=1)) <= 0.005


def test_a_loss_that_turns_is_found_through_its_noise() -> None:
    """A curve that falls, turns and rises by a third is nearly always found at 1 % of noise."""
    falls, rises = np.linspace(2.0, 1.0, 20), np.linspace(1.0, 1.35, 20)
    random = np.random.default_rng(1)
    curves = (np.append(falls, rises) + random.normal(0, 0.01, 40) for _ in range(200))
    found = [rise(curve) for curve in curves]
    assert np.mean([each.is_sure for each in found]) > 0.95
    assert {each.loss_falls for each in found} == {True}
    assert all(15 <= each.epoch <= 27 for each in found)


def test_a_curve_that_falls_to_its_end_excludes_a_rise() -> None:
    """The minimum is at the end."""
    found = rise(np.linspace(2.0, 1.0, 30))
    assert (found.share, found.is_sure, found.is_absent) == (0.0, False, True)


def test_one_bad_epoch_at_the_end_is_no_rise() -> None:
    """A rise must last longer than the window forgets."""
    curve = np.full(40, 1.0) + np.random.default_rng(0).normal(0, 0.02, 40)
    curve[-1] += 0.1
    assert not rise(curve).is_sure


def test_short_or_broken_runs_have_no_rise() -> None:
    """Seven epochs are too few, and a loss that is no number has no minimum."""
    assert measure_rise(history([1.0] * 7)) is None
    assert measure_rise(history([1.0] * 20 + [float("nan")])) is None
    assert measure_rise(history([1.0] * 8)) is not None


def test_the_verdict_on_real_runs_does_not_hang_on_the_last_epochs() -> None:
    """It is the same at each of the last five epochs, in nine runs of ten; none overfits."""
    runs = real_histories().values()
    assert len(runs) == 48
    assert np.mean([is_settled(it) for it in runs]) >= 0.9
    assert not any(verdict(it, epochs) == "overfits" for it in runs for epochs in LAST)


@pytest.mark.parametrize(("turn", "steady"), [(9, 0.9), (13, 0.8)])
def test_the_verdict_settles_some_epochs_after_a_loss_turns(turn: int, steady: float) -> None:
    """Real noise on a loss that turns and rises by 60 %: all are found, the sooner the steadier.

    Where the turn lies only a few epochs before the last five, more of the verdicts are still on
    their way.
    """
    runs = turned(turn, 0.6)
    assert {verdict(it, LAST[-1]) for it in runs} == {"overfits"}
    assert np.mean([is_settled(it) for it in runs]) >= steady


def test_a_run_that_diverges_does_not_overfit() -> None:
    """Its training loss rises with that of validation."""
    random = np.random.default_rng(4)
    assert not any(verdict(diverging(random), LAST[-1]) == "overfits" for _ in range(100))


def test_the_table_says_what_these_tests_hold() -> None:
    """A line for each kind of run: seldom said of noise, always where it is so."""
    shares = {line.split(" | ")[0]: line.split(" | ")[1:] for line in overfitting_table(20)[2:]}
    assert len(shares) == 16
    assert all(float(of) <= 7 for name, (of, *_) in shares.items() if "turn" not in name)
    assert {of for name, (of, *_) in shares.items() if "60%" in name} == {"100.0"}
