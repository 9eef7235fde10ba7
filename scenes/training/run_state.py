"""How far a run is: what a checkpoint holds of it, and a run's state from a checkpoint.

In: variables of a model and its optimizer, and what the run has found so far. Out: the same, after
the process that had them has ended.
"""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.runs.record import METRICS, History
from scenes.training.checkpoint import Checkpoint, Snapshot

Weights = dict[str, NDArray[Any]]
"""What a model has learned, by name."""


@dataclass
class RunState:
    """How far a run is.

    Attributes:
        probabilities: Of the validation pictures after the epoch that is kept so far.
        history: Of the epochs that are over.
        learning_rates, epoch_seconds: Of the same epochs.
        weights: After the epoch that is kept so far, where a later one may not be.
        steps: What the steps of the epoch under way returned.
        epoch_began: Wall time at which the epoch under way began, of all that the run took.
        seconds: Wall time before the last checkpoint from which it went on.
        resumed: How often it went on from one.
    """

    probabilities: NDArray[np.float32]
    history: History = field(default_factory=lambda: {name: [] for name in METRICS})
    learning_rates: list[float] = field(default_factory=list)
    epoch_seconds: list[float] = field(default_factory=list)
    weights: Weights | None = None
    steps: list[tuple[Any, Any]] = field(default_factory=list)
    epoch_began: float = 0.0
    seconds: float = 0.0
    resumed: int = 0

    @property
    def epoch(self) -> int:
        """Index of the epoch under way."""
        return len(self.history["loss"])


NOTED = ("history", "learning_rates", "epoch_seconds", "epoch_began", "seconds", "resumed")
KEPT = "kept "


def take_snapshot(state: RunState, variables: list[Any]) -> Snapshot:
    """Return what a checkpoint holds of a run."""
    notes = {name: getattr(state, name) for name in NOTED}
    arrays = {f"variable {index}": np.asarray(value) for index, value in enumerate(variables)}
    arrays |= {KEPT + name: value for name, value in (state.weights or {}).items()}
    arrays["probabilities"] = state.probabilities
    arrays["steps"] = np.array(state.steps, np.float32).reshape(-1, 2)
    return Snapshot(notes, arrays)


def resume(checkpoint: Checkpoint, variables: list[Any], classes: int) -> RunState:
    """Put everything back as a checkpoint has it, or begin."""
    checkpoint.expect(sum(4 * math.prod(value.shape) for value in variables))
    snapshot = checkpoint.load()
    if snapshot is None or not _fits(snapshot, variables):
        return RunState(np.empty((0, classes), np.float32))
    for index, variable in enumerate(variables):
        variable.assign(snapshot.arrays[f"variable {index}"])
    weights = {
        name.removeprefix(KEPT): value
        for name, value in snapshot.arrays.items()
        if name.startswith(KEPT)
    }
    state = RunState(
        probabilities=snapshot.arrays["probabilities"],
        weights=weights or None,
        steps=[(loss, right) for loss, right in snapshot.arrays["steps"]],
        **{name: snapshot.notes[name] for name in NOTED},
    )
    state.resumed += 1
    return state


def _fits(snapshot: Snapshot, variables: list[Any]) -> bool:
    arrays = [snapshot.arrays.get(f"variable {index}") for index in range(len(variables))]
    return all(
        array is not None and array.shape == tuple(variable.shape) and array.dtype == variable.dtype
        for array, variable in zip(arrays, variables, strict=True)
    )
