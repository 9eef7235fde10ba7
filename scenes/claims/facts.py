"""Numbers that may be printed: a trial's records in, named facts out.

A fact knows its value, what kind of number it is, over how many runs it is the mean, how far they
spread, and which runs they are. How it looks in a language is the writing half's affair.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from scenes.plan.plan import Trial
from scenes.runs.record import Record
from scenes.spec.registry import find_metric
from scenes.stats.folds import are_folds, overlap_factor
from scenes.stats.inference import half_width, spread
from scenes.stats.metrics import best_epoch, gap, mean, value_of

Kind = Literal["integer", "decimal", "loss", "percent", "points", "seconds", "hours"]

UNITS: dict[Kind, str] = {
    "integer": "", "decimal": "", "loss": "", "percent": "%", "points": "points", "seconds": "s",
    "hours": "h",
}  # fmt: skip
"""The unit in which each kind of number is printed."""

DIGITS: dict[Kind, int] = {
    "integer": 0, "decimal": 2, "loss": 3, "percent": 1, "points": 1, "seconds": 1, "hours": 1
}  # fmt: skip
"""Decimals with which each kind of number is printed."""


@dataclass(frozen=True)
class Fact:
    """A number with all that a reader may ask of it.

    Attributes:
        name: Where it comes from, such as `batch_size.8.val_accuracy`.
        value: The mean over the runs; NaN where there is none.
        kind: Decides unit and precision. Percent and points hold shares, from 0 to 1.
        spread: Sample standard deviation over the runs; None for fewer than two.
        runs: Ids of the runs behind it.
        overlap: By how much the error of the mean exceeds that of independent runs, where they are
            folds (`scenes.stats.folds.overlap_factor`).
    """

    name: str
    value: float
    kind: Kind
    spread: float | None = None
    runs: tuple[str, ...] = ()
    overlap: float = 1.0

    @property
    def n(self) -> int:
        """How many runs it is the mean of."""
        return len(self.runs)

    @property
    def unit(self) -> str:
        """The unit in which it is printed; empty for a mere count or a loss."""
        return UNITS[self.kind]

    @property
    def digits(self) -> int:
        """The decimals with which it is printed."""
        return DIGITS[self.kind]

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval of the mean over runs (Student's t); None for fewer than two."""
        if self.spread is None:
            return None
        reach = half_width(self.spread, self.n) * self.overlap
        return self.value - reach, self.value + reach


def _last(metric: str) -> Callable[[Record], float]:
    return lambda record: record.final(metric)


def _best(metric: str) -> Callable[[Record], float]:
    return lambda record: record.history[metric][best_epoch(record.history)]


MEASURES: dict[str, tuple[Kind, Callable[[Record], float]]] = {
    "parameters": ("integer", lambda record: record.summary["parameters"]),
    "trainable": ("integer", lambda record: record.summary["trainable"]),
    "frozen": ("integer", lambda record: record.summary["frozen"]),
    "train_accuracy": ("percent", _last("accuracy")),
    "train_loss": ("loss", _last("loss")),
    "val_accuracy": ("percent", _last("val_accuracy")),
    "val_loss": ("loss", _last("val_loss")),
    "best_epoch": ("integer", lambda record: best_epoch(record.history) + 1),
    "best_train_accuracy": ("percent", _best("accuracy")),
    "best_train_loss": ("loss", _best("loss")),
    "best_val_accuracy": ("percent", _best("val_accuracy")),
    "best_val_loss": ("loss", _best("val_loss")),
    "gap": ("points", lambda record: gap(record.kept_history)),
    "seconds": ("seconds", lambda record: record.seconds),
}
"""What is measured of each run. `best_…` is at the epoch of the lowest validation loss."""


def measure_of(name: str) -> tuple[Kind, Callable[[Record], float]]:
    """Return kind and function of a measure, or of a metric of the registry.

    Raises:
        KeyError: There is neither; the choices are listed.
    """
    if name in MEASURES:
        return MEASURES[name]
    try:
        kind = find_metric(name).kind
    except KeyError as error:
        raise KeyError(f"{error.args[0]}; the measures are {', '.join(MEASURES)}") from None
    return kind, lambda record: value_of(record, name)


def trial_fact(study: str, trial: Trial, measure: str) -> Fact:
    """Return one measure of a trial: the mean over its finished runs."""
    kind, function = measure_of(measure)
    values = [float(function(record)) for record in trial.records]
    return Fact(
        name=f"{study}.{trial.key}.{measure}",
        value=mean(values) if values else math.nan,
        kind=kind,
        spread=None if measure in ("parameters", "trainable", "frozen") else spread(values),
        runs=tuple(record.id for record in trial.records),
        overlap=overlap_factor(len(values)) if are_folds(trial.records) else 1.0,
    )
