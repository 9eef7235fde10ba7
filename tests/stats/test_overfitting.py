"""Overfitting is told from noise, from a gap, and from a rise that does not last."""

import numpy as np
import pytest

from scenes.runs.record import History
from scenes.stats.overfitting import Rise, measure_rise


def history(val_loss: object, *, gap: float = 0.2) -> History:
    """Return a history whose training loss falls throughout."""
    curve = np.asarray(val_loss, np.float64)
    epochs = len(curve)
    accuracy = np.full(epochs, 0.6)
    return {
        "loss": list(np.linspace(2.0, 0.5, epochs)),
        "accuracy": list(accuracy + gap),
        "val_loss": list(curve),
        "val_accuracy": list(accuracy),
    }


def rise(val_loss: object) -> Rise:
    """Return the rise of a validation loss that is long enough to have one."""
    found = measure_rise(history(val_loss))
    assert found is not None
    return found


def flat(random: np.random.Generator, epochs: int, correlation: float) -> list[float]:
    """Return a flat curve with noise of 5 %, each epoch correlated with the last."""
    noise = random.standard_normal(epochs + 50)
    for epoch in range(1, len(noise)):
        fresh = np.sqrt(1 - correlation**2) * noise[epoch]
        noise[epoch] = correlation * noise[epoch - 1] + fresh
    return list(1 + 0.05 * noise[50:])


@pytest.mark.parametrize("epochs", [8, 12, 25, 50, 100])
@pytest.mark.parametrize("correlation", [0.0, 0.5])
def test_noise_on_a_flat_curve_is_no_rise(epochs: int, correlation: float) -> None:
    """At most one flat curve in twenty seems to rise, with one seed; with three, hardly any."""
    random = np.random.default_rng(epochs)
    sure = [rise(flat(random, epochs, correlation)).is_sure for _ in range(900)]
    assert np.mean(sure) <= 0.05
    assert np.mean(np.reshape(sure, (-1, 3)).all(axis=1)) <= 0.005


def test_a_loss_that_turns_is_found_through_its_noise() -> None:
    """A curve that falls, turns and rises by a third is told, at 1 % of noise, nearly always."""
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
