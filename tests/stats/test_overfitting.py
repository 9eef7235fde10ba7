"""Overfitting is told from noise, from a gap, and from a rise that does not last."""

import csv
from pathlib import Path

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


def real_histories() -> dict[str, History]:
    """Return the curves of real networks, of 25 epochs each, with their gap as accuracy.

    The tutorial network at 32×32 pixels, SGD, 750 + 300 painted pictures: 24 seeds with ReLU and
    24 with tanh. None overfits.
    """
    found: dict[str, History] = {}
    with (Path(__file__).parent / "real_curves.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            known = found.setdefault(
                f"{row['network']} {row['seed']}", {"val_accuracy": [0.0] * 25}
            )
            name = "accuracy" if row["curve"] == "gap" else row["curve"]
            known[name] = [float(row[str(epoch)]) for epoch in range(1, 26)]
    return found


def verdict(history: History, epochs: int) -> str:
    """Return what is said of a run that ends after so many epochs, its gap beyond 5 points."""
    found = measure_rise({name: curve[:epochs] for name, curve in history.items()})
    assert found is not None
    if found.is_sure and found.loss_falls and found.gap > 0.05:
        return "overfits"
    return "does not" if found.is_absent else "open"


def test_the_verdict_on_real_runs_does_not_hang_on_the_last_epochs() -> None:
    """It is the same at each of the last five epochs, in nine runs of ten; none overfits."""
    runs = real_histories()
    verdicts = [{verdict(it, epochs) for epochs in range(21, 26)} for it in runs.values()]
    assert len(runs) == 48
    assert np.mean([len(each) == 1 for each in verdicts]) >= 0.9
    assert not any("overfits" in each for each in verdicts)


@pytest.mark.parametrize(("turn", "steady"), [(9, 0.9), (13, 0.8)])
def test_the_verdict_settles_some_epochs_after_a_loss_turns(turn: int, steady: float) -> None:
    """Real noise on a loss that turns and rises by 60 %: all are found, the sooner the steadier.

    Each real curve, less its own smooth course, is laid on the made-up one. Where the turn lies
    only a few epochs before the last five, more of the verdicts are still on their way.
    """
    course = np.append(np.linspace(2.0, 1.0, turn), np.linspace(1.05, 1.6, 25 - turn))
    basis = np.polynomial.legendre.legvander(np.linspace(-1, 1, 25), 6)
    verdicts = []
    for curves in real_histories().values():
        real = np.asarray(curves["val_loss"])
        made = history(course + real - basis @ np.linalg.lstsq(basis, real, rcond=None)[0])
        verdicts.append([verdict(made, epochs) for epochs in range(21, 26)])
    assert {each[-1] for each in verdicts} == {"overfits"}
    assert np.mean([len({*each}) == 1 for each in verdicts]) >= steady
