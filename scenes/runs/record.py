"""What a finished run found: the bridge from training to the writing half.

`scenes.runs.record_files` turns a `Record` into plain files and back, `scenes.runs.store` keeps
them. What a record may still need has its place already:

* predictions of a test set, once opened: a sealed folder of its own beside the runs, so that a run
  is the same run before and after (`scenes.runs.sealed`);
* cross-validation: fold and number of folds become settings, and with them part of the identity,
  of runs that use them; other runs keep their ids;
* more seeds, looked at one after the other: each seed is a run, the looks belong to the report.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PREVIEW_SIZE = 96
"""Side of each picture in a preview, in pixels."""

METRICS = ("loss", "accuracy", "val_loss", "val_accuracy")

History = dict[str, list[float]]
"""Keras' keys, one value per epoch."""


@dataclass(frozen=True)
class Predictions:
    """What the model that a run kept says of each validation picture.

    Recorded are pictures, truth and probabilities; `derive_predictions` computes the rest.

    Attributes:
        pictures: Path of each picture, relative to the data folder.
        truth: Class index, int64 (n,).
        predicted: Class index, the first of ties, int64 (n,).
        confidence: Probability of the predicted class, float64 (n,).
        truth_probability: Probability of the true class, float64 (n,).
        probabilities: Of every class, float32 (n, classes).
    """

    pictures: tuple[str, ...]
    truth: NDArray[np.int64]
    predicted: NDArray[np.int64]
    confidence: NDArray[np.float64]
    truth_probability: NDArray[np.float64]
    probabilities: NDArray[np.float32]


def derive_predictions(
    pictures: Sequence[str], truth: NDArray[np.int64], probabilities: NDArray[np.float32]
) -> Predictions:
    """Return what probabilities float32 (n, classes) say of pictures with these class indices."""
    predicted = probabilities.argmax(axis=1).astype(np.int64)
    rows = np.arange(len(truth))
    return Predictions(
        pictures=tuple(pictures),
        truth=truth,
        predicted=predicted,
        confidence=probabilities[rows, predicted].astype(np.float64),
        truth_probability=probabilities[rows, truth].astype(np.float64),
        probabilities=probabilities,
    )


@dataclass(frozen=True)
class Pace:
    """How each epoch was trained; one value per epoch.

    Attributes:
        learning_rate: With which it began.
        seconds: Wall time of training and validation.
    """

    learning_rate: tuple[float, ...]
    seconds: tuple[float, ...]


@dataclass(frozen=True)
class Record:
    """One finished run.

    Attributes:
        id: The run's id, which is the name of its folder and the hash of its identity.
        identity: All that could have changed the result (`scenes.runs.identity`).
        classes: Names, in the order of the class indices.
        history: One value per epoch trained and metric; training figures are means over the epoch.
        pace: Learning rate and time of each epoch.
        kept: Index of the epoch whose model was kept: the best one where the settings restore it,
            else the last.
        stopped_early: Whether it ended before the epochs that its settings allow.
        predictions: Of the validation split, by the model that was kept.
        summary: The model's layers and parameter counts as data.
        environment: Machine, libraries, when, how long (`scenes.runs.record_checks`).
        preview: PNG of an augmented picture of each class, side by side, each `PREVIEW_SIZE`
            pixels wide and high; None without augmentation.
    """

    id: str
    identity: dict[str, Any]
    classes: tuple[str, ...]
    history: History
    pace: Pace
    kept: int
    stopped_early: bool
    predictions: Predictions
    summary: dict[str, Any]
    environment: dict[str, Any]
    preview: bytes | None = None

    @property
    def seconds(self) -> float:
        """Wall time of the training, validation included."""
        return float(self.environment["seconds"])

    @property
    def epochs(self) -> int:
        """How many epochs it trained."""
        return len(self.history["loss"])

    @property
    def kept_history(self) -> History:
        """The history up to the epoch that was kept: its last figures are those of the model."""
        return {metric: values[: self.kept + 1] for metric, values in self.history.items()}

    def final(self, metric: str) -> float:
        """Return a metric of the model that was kept."""
        return self.history[metric][self.kept]


@dataclass(frozen=True)
class Failure:
    """A run that did not finish, and why."""

    id: str
    reason: str
