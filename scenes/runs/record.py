"""What a finished run found, and the plain files that hold it: the bridge to the writing half.

A `Record` goes in and the content of its files comes out, or the other way round. Numbers and text
only: nothing is unpickled. This is the only module that knows the file names; `scenes.runs.store`
puts them on the disk.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

IDENTITY = "identity.json"
HISTORY = "history.csv"
PREDICTIONS = "predictions.csv"
SUMMARY = "summary.json"
ENVIRONMENT = "environment.json"
PREVIEW = "preview.png"

PREVIEW_SIZE = 96
"""Side of each picture in a preview, in pixels."""

METRICS = ("loss", "accuracy", "val_loss", "val_accuracy")
PREDICTION_COLUMNS = ("picture", "truth", "predicted", "confidence", "truth_probability")

History = dict[str, list[float]]
"""Keras' keys, one value per epoch."""


@dataclass(frozen=True)
class Predictions:
    """What the model of the last epoch says of each validation picture.

    Attributes:
        pictures: Path of each picture, relative to the data folder.
        truth: Class index, int64 (n,).
        predicted: Class index, int64 (n,).
        confidence: Probability of the predicted class, float64 (n,).
        truth_probability: Probability of the true class, float64 (n,).
    """

    pictures: tuple[str, ...]
    truth: NDArray[np.int64]
    predicted: NDArray[np.int64]
    confidence: NDArray[np.float64]
    truth_probability: NDArray[np.float64]


@dataclass(frozen=True)
class Record:
    """One finished run.

    Attributes:
        id: The run's id, which is the name of its folder.
        identity: All that could have changed the result (`scenes.runs.identity`).
        history: One value per epoch and metric; training figures are means over the epoch.
        predictions: Of the validation split, after the last epoch.
        summary: The model's layers and parameter counts as data.
        environment: Machine, versions, when, how long.
        preview: PNG of an augmented picture of each class, side by side, each `PREVIEW_SIZE`
            pixels wide and high; None without augmentation.
    """

    id: str
    identity: dict[str, Any]
    history: History
    predictions: Predictions
    summary: dict[str, Any]
    environment: dict[str, Any]
    preview: bytes | None = None

    @property
    def seconds(self) -> float:
        """Wall time of the training, validation included."""
        return float(self.environment["seconds"])


@dataclass(frozen=True)
class Failure:
    """A run that did not finish, and why."""

    id: str
    reason: str


def encode_record(record: Record) -> dict[str, bytes]:
    """Return the files of a record: name -> content."""
    content = {
        IDENTITY: encode_json(record.identity),
        HISTORY: encode_history(record.history),
        PREDICTIONS: _encode_predictions(record.predictions),
        SUMMARY: encode_json(record.summary),
        ENVIRONMENT: encode_json(record.environment),
    }
    return content if record.preview is None else {**content, PREVIEW: record.preview}


def decode_record(run_id: str, content: Mapping[str, bytes]) -> Record:
    """Return the record that files hold.

    Raises:
        ValueError: A file is missing or not in today's format.
    """
    missing = {IDENTITY, HISTORY, PREDICTIONS, SUMMARY, ENVIRONMENT} - content.keys()
    if missing:
        raise ValueError(f"{', '.join(sorted(missing))} missing")
    try:
        return Record(
            id=run_id,
            identity=json.loads(content[IDENTITY]),
            history=decode_history(content[HISTORY]),
            predictions=_decode_predictions(content[PREDICTIONS]),
            summary=json.loads(content[SUMMARY]),
            environment=json.loads(content[ENVIRONMENT]),
            preview=content.get(PREVIEW),
        )
    except csv.Error as error:
        raise ValueError(str(error)) from None


def encode_json(value: Any) -> bytes:
    """Return a value as JSON for people: indented, keys in order."""
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _rows(data: bytes) -> Iterator[Sequence[str]]:
    return csv.reader(io.StringIO(data.decode("utf-8"), newline=""))


def encode_history(history: History) -> bytes:
    """Return a history as CSV; every number reads back as the same float."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(METRICS)
    # repr is the shortest text that reads back as the same float.
    rows = zip(*(history[metric] for metric in METRICS), strict=True)
    writer.writerows([repr(value) for value in row] for row in rows)
    return text.getvalue().encode()


def decode_history(data: bytes) -> History:
    """Return the history that a CSV file holds.

    Raises:
        ValueError: Its columns or its numbers are not those of a history.
    """
    rows = _rows(data)
    if tuple(next(rows, ())) != METRICS:
        raise ValueError(f"a history has the columns {', '.join(METRICS)}")
    epochs = [[float(value) for value in row] for row in rows]
    columns = zip(METRICS, *epochs, strict=True)
    return {metric: list(values) for metric, *values in columns}


def _encode_predictions(predictions: Predictions) -> bytes:
    text = io.StringIO()
    # With line ends of its own choice, csv leaves a name with "\r" in it without quotes.
    writer = csv.writer(text)
    writer.writerow(PREDICTION_COLUMNS)
    columns = (
        predictions.pictures,
        predictions.truth.tolist(),
        predictions.predicted.tolist(),
        [f"{value:.6g}" for value in predictions.confidence],
        [f"{value:.6g}" for value in predictions.truth_probability],
    )
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue().encode()


def _decode_predictions(data: bytes) -> Predictions:
    rows = list(_rows(data))[1:]
    pictures, truth, predicted, confidence, probability = (
        zip(*rows, strict=True) if rows else ((),) * len(PREDICTION_COLUMNS)
    )
    return Predictions(
        pictures=tuple(pictures),
        # NumPy itself reads numbers from texts ten times as slowly.
        truth=np.array([*map(int, truth)], dtype=np.int64),
        predicted=np.array([*map(int, predicted)], dtype=np.int64),
        confidence=np.array([*map(float, confidence)], dtype=np.float64),
        truth_probability=np.array([*map(float, probability)], dtype=np.float64),
    )
