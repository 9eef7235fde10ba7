"""Curves of which it is known whether they overfit, made up and real, and the table of verdicts."""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenes.runs.record import History
from scenes.stats.overfitting import measure_rise

REAL_EPOCHS = 25
LAST = range(REAL_EPOCHS - 4, REAL_EPOCHS + 1)
"""Where a verdict should have settled: at each of the last five epochs."""


def history(val_loss: object, *, gap: float = 0.2, ends: float = 0.5) -> History:
    """Return a history whose training loss goes from 2 to its end in a line."""
    curve = np.asarray(val_loss, np.float64)
    epochs = len(curve)
    accuracy = np.full(epochs, 0.6)
    return {
        "loss": list(np.linspace(2.0, ends, epochs)),
        "accuracy": list(accuracy + gap),
        "val_loss": list(curve),
        "val_accuracy": list(accuracy),
    }


def flat(random: np.random.Generator, epochs: int, correlation: float) -> list[float]:
    """Return a flat curve with noise of 5 %, each epoch correlated with the last."""
    noise = random.standard_normal(epochs + 50)
    for epoch in range(1, len(noise)):
        fresh = np.sqrt(1 - correlation**2) * noise[epoch]
        noise[epoch] = correlation * noise[epoch - 1] + fresh
    return list(1 + 0.05 * noise[50:])


def real_histories() -> dict[str, History]:
    """Return the curves of real networks, of 25 epochs each, with their gap as accuracy.

    The tutorial network at 32×32 pixels, SGD, 750 + 300 painted pictures: 24 seeds with ReLU and
    24 with tanh. None overfits.
    """
    found: dict[str, History] = {}
    with (Path(__file__).parent / "real_curves.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            known = found.setdefault(
                f"{row['network']} {row['seed']}", {"val_accuracy": [0.0] * REAL_EPOCHS}
            )
            name = "accuracy" if row["curve"] == "gap" else row["curve"]
            known[name] = [float(row[str(epoch)]) for epoch in range(1, REAL_EPOCHS + 1)]
    return found


def turned(turn: int, rise: float) -> list[History]:
    """Return real noise on a loss that falls to 1 until an epoch, and rises by a share from there.

    Each real curve, less its own smooth course, is laid on the made-up one.
    """
    after = REAL_EPOCHS - turn
    course = np.append(np.linspace(2.0, 1.0, turn), np.linspace(1 + rise / after, 1 + rise, after))
    basis = np.polynomial.legendre.legvander(np.linspace(-1, 1, REAL_EPOCHS), 6)
    found = []
    for curves in real_histories().values():
        real = np.asarray(curves["val_loss"])
        found.append(history(course + real - basis @ np.linalg.lstsq(basis, real, rcond=None)[0]))
    return found


def diverging(random: np.random.Generator) -> History:
    """Return a history of which both losses rise, the validation loss with noise of 5 %."""
    curve = np.linspace(1.0, 2.0, REAL_EPOCHS) * (1 + 0.05 * random.standard_normal(REAL_EPOCHS))
    return history(curve, ends=4.0)


def verdict(history: History, epochs: int) -> str:
    """Return what is said of a run that ends after so many epochs, its gap beyond 5 points."""
    found = measure_rise({name: curve[:epochs] for name, curve in history.items()})
    if found is None:
        return "too short"
    if found.is_sure and found.loss_falls and found.gap > 0.05:
        return "overfits"
    return "does not" if found.is_absent else "open"


def is_settled(history: History) -> bool:
    """Return whether the verdict is the same at each of the last five epochs."""
    return len({verdict(history, epochs) for epochs in LAST}) == 1


def overfitting_table(studies: int) -> list[str]:
    """Return of what share of runs overfitting is said, and of how many the verdict is settled.

    Args:
        studies: Of made-up curves, each with three seeds, of which the first is one seed alone.
    """
    lines = [
        "| runs | said of one seed, % | of all of three, % | settled in the last five epochs |"
    ]
    lines.append("|---|---|---|---|")
    for correlation in (0.0, 0.5):
        for epochs in (8, 12, 25, 50, 100):
            random = np.random.default_rng(epochs)
            made = [
                history(flat(random, epochs, correlation)) for _ in range(3 * studies)
            ]  # three seeds of a study in a row
            name = f"flat, {epochs} epochs, 5 % noise, correlation {correlation:g}"
            lines.append(f"| {name} | {_shares(made)} | – |")
    random = np.random.default_rng(0)
    lines.append(
        f"| both losses rise | {_shares([diverging(random) for _ in range(3 * studies)])} | – |"
    )
    real = {"real networks that do not overfit": [*real_histories().values()]}
    turns = {
        f"real noise, turn at epoch {turn}, rise of {rise:.0%}": turned(turn, rise)
        for turn, rise in ((9, 0.6), (13, 0.6), (15, 0.6), (13, 0.3))
    }
    for name, runs in {**real, **turns}.items():
        settled = sum(map(is_settled, runs))
        lines.append(f"| {name} | {_shares(runs)} | {settled} of {len(runs)} |")
    return lines


def _shares(runs: list[History]) -> str:
    said = np.array([verdict(run, len(run["loss"])) == "overfits" for run in runs])
    every: NDArray[np.bool_] = said.reshape(-1, 3).all(axis=1)
    return f"{100 * said.mean():.1f} | {100 * every.mean():.1f}"
