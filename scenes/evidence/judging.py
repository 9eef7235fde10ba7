"""Whether a run that was trained again is the recorded one: both in, a finding out.

On the same stack they are equal to the last bit, or the recorded one is not what was trained.
Elsewhere sums are taken in another order: differences of the size of rounding grow from step to
step. How far they may have grown by an epoch is bounded by what was measured
(docs/explanation/evidence.md); another seed, or made-up figures, lie beyond it in the first epochs.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from scenes.evidence.findings import Finding, State
from scenes.evidence.recorded_runs import RecordedRun, stack_of
from scenes.runs.identity_diff import find_changes, said_value
from scenes.runs.record import METRICS, Record
from scenes.spec.settings import Settings

COMPARED = ("run equal", "run judged", "run differs")
"""Kinds of findings on a run that was trained again."""
FIRST_LOSS, LARGEST_LOSS = 1e-3, 0.5
"""By how much a loss may be off after the first steps, and at the end."""
FIRST_SHARE, LARGEST_SHARE = 0.01, 0.15
"""The same of an accuracy; beside it, two pictures may always come out otherwise."""
STEPS = 28
"""The first steps: an epoch of what was measured. It is steps that make rounding grow."""
SLOW_GROWTH, FAST_GROWTH = 1.5, 8.0
"""By what a bound grows with each further `STEPS`: plain SGD with small steps forgets rounding
slowly, while Adam turns 3e-7 after 28 steps into 0.02 after 112."""
SMALL_STEP = 0.01
LOOSE_PICTURES = 2


@dataclass(frozen=True)
class Distance:
    """How far two runs are apart in a metric after an epoch, counted from 1."""

    metric: str
    epoch: int
    value: float
    allowed: float

    @property
    def part(self) -> float:
        """Of what is allowed; infinite where a figure is no number."""
        return self.value / self.allowed if math.isfinite(self.value) else math.inf

    def __str__(self) -> str:
        return (
            f"{self.metric} is {self.value:.2g} off after epoch {self.epoch}, where "
            f"{self.allowed:.2g} is allowed"
        )


def judge_run(recorded: RecordedRun, again: Record, *, title: str) -> Finding:
    """Return what a run that was trained again says of the recorded one.

    Args:
        recorded: As a document carries it.
        again: With the same settings, seed and pictures.
        title: Of the run.
    """
    others = stack_differences(recorded, again)
    if is_equal(recorded, again):
        where = f", though {'; '.join(others)}" if others else ""
        text = f"{title}: trained again it is equal to the bit{where}"
        return _finding("holds", "run equal", text)
    distances = list(measure_distances(recorded, again))
    if not others:
        first = next((str(one) for one in distances if one.value), "its probabilities differ")
        text = (
            f"{title}: it is not equal to the bit on the same code, libraries and machine: {first}"
        )
        return _finding("fails", "run differs", text)
    reason = "; ".join(others)
    problems = [*_length_problems(recorded, again), *(str(it) for it in distances if it.part > 1)]
    if problems:
        state: State = "fails" if is_rounding_alone(recorded, again) else "unknown"
        more = f" (and {len(problems) - 1} more such)" if problems[1:] else ""
        return _finding(state, "run differs", f"{title}: {problems[0]}{more}; {reason}")
    nearest = max(distances, key=lambda it: it.part)
    text = f"{title}: not equal to the bit, and within bounds in every epoch; {nearest}; {reason}"
    return _finding("holds", "run judged", text)


def _finding(state: State, kind: str, text: str) -> Finding:
    return Finding("retrained", state, kind, text)


def is_equal(recorded: RecordedRun, again: Record) -> bool:
    """Return whether two runs are equal to the last bit: history and probabilities."""
    predicted = np.ascontiguousarray(again.predictions.probabilities, "<f4").tobytes()
    same_history = recorded.history == {name: again.history[name] for name in METRICS}
    return same_history and recorded.probabilities_data == predicted


def stack_differences(recorded: RecordedRun, again: Record) -> list[str]:
    """Return what of code, libraries and machine differs, as texts."""
    changes = [str(change) for change in find_changes(recorded.identity, again.identity)]
    here = stack_of(again.environment)
    flat, own = _flat(recorded.stack), _flat(here)
    return changes + [
        f"{name} {said_value(flat.get(name))}, here {said_value(own.get(name))}"
        for name in own
        if flat.get(name) != own[name] and name not in (recorded.identity.get("versions") or {})
    ]


def _flat(stack: Mapping[str, Any]) -> dict[str, Any]:
    libraries = stack.get("libraries")
    others = {name: value for name, value in stack.items() if name != "libraries"}
    return {**others, **(libraries if isinstance(libraries, Mapping) else {})}


def is_rounding_alone(recorded: RecordedRun, again: Record) -> bool:
    """Return whether all that differs is how processors round: bounds were measured for that.

    GPUs were not measured, and other code or libraries may do something else altogether.
    """
    has_gpu = bool(recorded.stack.get("devices") or again.environment.get("devices"))
    return not has_gpu and not find_changes(recorded.identity, again.identity)


def _length_problems(recorded: RecordedRun, again: Record) -> Iterator[str]:
    epochs = len(recorded.history["loss"])
    if epochs != again.epochs and not recorded.parsed_settings.patience:
        yield f"it has {epochs} epochs, and {again.epochs} were trained"


def measure_distances(recorded: RecordedRun, again: Record) -> Iterator[Distance]:
    """Yield how far two runs are apart, epoch by epoch and metric by metric."""
    growth = growth_of(recorded.parsed_settings)
    counts = again.environment["pictures"]
    steps = math.ceil(counts["train"] / recorded.parsed_settings.batch_size)
    for epoch in range(min(len(recorded.history["loss"]), again.epochs)):
        for name in METRICS:
            value = abs(recorded.history[name][epoch] - again.history[name][epoch])
            pictures = counts["val" if name.startswith("val") else "train"]
            allowed = allowed_distance(name, (epoch + 1) * steps, growth=growth, pictures=pictures)
            yield Distance(name, epoch + 1, value, allowed)


def growth_of(settings: Settings) -> float:
    """Return by what the bounds of a run grow with each further `STEPS`."""
    is_plain = settings.optimizer == "sgd" and not settings.momentum
    return SLOW_GROWTH if is_plain and settings.learning_rate <= SMALL_STEP else FAST_GROWTH


def allowed_distance(metric: str, steps: int, *, growth: float, pictures: int) -> float:
    """Return how far a metric may be off after so many steps.

    Args:
        metric: A key of a history.
        steps: From the beginning of the training.
        growth: With each further `STEPS`.
        pictures: On which the metric is a mean.
    """
    # Far on, the power would be no number any more.
    factor = math.pow(growth, min(max(0.0, steps / STEPS - 1), 50))
    if not metric.endswith("accuracy"):
        return min(LARGEST_LOSS, FIRST_LOSS * factor)
    return max(min(LARGEST_SHARE, FIRST_SHARE * factor), LOOSE_PICTURES / pictures)
