"""The plain files of a record: a `Record` in, content by file name out, and back.

    identity.json       all that could have changed the result; the run's id is its hash
    classes.json        names of the classes, in the order of their indices
    history.csv         a row per epoch: loss and accuracy on both splits, learning rate, seconds
    outcome.json        the epoch that was kept, counted from 1, and whether the run stopped early
    pictures.csv        a row per validation picture: path and class index
    probabilities.npz   `probabilities`, float32 (pictures, classes), in the same order
    summary.json        layers and parameter counts
    environment.json    machine, libraries, when, how long
    preview.png         augmented pictures, where there is augmentation

Nothing is unpickled, and nothing that is read back is believed before it is checked.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from scenes.runs import record_checks
from scenes.runs.identity import run_id
from scenes.runs.record import METRICS, History, Pace, Record, derive_predictions
from scenes.runs.record_checks import check_json
from scenes.runs.sealed import encode_json, load_json
from scenes.system.npz import decode_npz, encode_npz

IDENTITY = "identity.json"
CLASSES = "classes.json"
HISTORY = "history.csv"
OUTCOME = "outcome.json"
PICTURES = "pictures.csv"
PROBABILITIES = "probabilities.npz"
SUMMARY = "summary.json"
ENVIRONMENT = "environment.json"
PREVIEW = "preview.png"
NEEDED = (IDENTITY, CLASSES, HISTORY, OUTCOME, PICTURES, PROBABILITIES, SUMMARY, ENVIRONMENT)

HISTORY_COLUMNS = (*METRICS, "learning_rate", "seconds")
PICTURE_COLUMNS = ("picture", "truth")


ROUNDING = 1e-3
"""How far float32 probabilities may add up to something other than 1."""

LARGEST = 1e30
"""No loss, rate or time comes near; sums of such numbers are still finite."""

Value = TypeVar("Value")


def encode_record(record: Record) -> dict[str, bytes]:
    """Return the files of a record: name -> content."""
    outcome = {"kept_epoch": record.kept + 1, "stopped_early": record.stopped_early}
    predictions = record.predictions
    pictures = zip(predictions.pictures, predictions.truth.tolist(), strict=True)
    content = {
        IDENTITY: encode_json(record.identity),
        CLASSES: encode_json(list(record.classes)),
        HISTORY: encode_history(record.history, record.pace),
        OUTCOME: encode_json(outcome),
        PICTURES: encode_rows(PICTURE_COLUMNS, pictures),
        PROBABILITIES: encode_npz({"probabilities": predictions.probabilities}),
        SUMMARY: encode_json(record.summary),
        ENVIRONMENT: encode_json(record.environment),
    }
    return content if record.preview is None else {**content, PREVIEW: record.preview}


def decode_record(name: str, content: Mapping[str, bytes]) -> Record:
    """Return the record of a run that files hold.

    Args:
        name: The run's id.
        content: By file name.

    Raises:
        ValueError: A file is missing, cannot be read or holds what no record holds, or the files
            are of another run; with the file's name and the reason.
    """
    if missing := [name for name in NEEDED if name not in content]:
        raise ValueError(f"{', '.join(missing)}: missing")

    def read(file: str, decode: Callable[[bytes], Value]) -> Value:
        try:
            return decode(content[file])
        except (ValueError, csv.Error) as error:
            raise ValueError(f"{file}: {error}") from None

    identity = read(IDENTITY, lambda data: _decode_identity(data, name))
    classes = read(CLASSES, _json(record_checks.CLASSES))
    history, pace = read(HISTORY, _decode_finished)
    outcome = read(OUTCOME, _json(record_checks.OUTCOME))
    if outcome["kept_epoch"] > len(pace.seconds):
        raise ValueError(f"{OUTCOME}: epoch {outcome['kept_epoch']} of {len(pace.seconds)}")
    pictures, truth = read(PICTURES, lambda data: _decode_pictures(data, len(classes)))
    shape = (len(pictures), len(classes))
    probabilities = read(PROBABILITIES, lambda data: decode_probabilities(data, shape))
    return Record(
        id=name,
        identity=identity,
        classes=tuple(classes),
        history=history,
        pace=pace,
        kept=outcome["kept_epoch"] - 1,
        stopped_early=outcome["stopped_early"],
        predictions=derive_predictions(pictures, truth, probabilities),
        summary=read(SUMMARY, _json(record_checks.SUMMARY)),
        environment=read(ENVIRONMENT, _json(record_checks.ENVIRONMENT)),
        preview=content.get(PREVIEW),
    )


def _json(expected: "TypeAdapter[Any]") -> Callable[[bytes], Any]:
    return lambda data: check_json(load_json(data), expected)


def _decode_identity(data: bytes, name: str) -> dict[str, Any]:
    identity: dict[str, Any] = check_json(load_json(data), record_checks.IDENTITY)
    if run_id(identity) != name:
        raise ValueError(f"it is that of run {run_id(identity)}")
    return identity


def encode_history(history: History, pace: Pace) -> bytes:
    """Return a history as CSV; every number reads back as the same float."""
    columns = (*(history[metric] for metric in METRICS), pace.learning_rate, pace.seconds)
    return encode_rows(HISTORY_COLUMNS, zip(*columns, strict=True))


def decode_history(data: bytes) -> tuple[History, Pace]:
    """Return the history that a CSV file holds.

    Raises:
        ValueError: Its columns or its numbers are not those of a history.
    """
    epochs = [[float(value) for value in row] for row in decode_rows(data, HISTORY_COLUMNS)]
    columns = dict(zip(HISTORY_COLUMNS, zip(*epochs, strict=True), strict=True)) if epochs else {}
    history = {metric: list(columns.get(metric, ())) for metric in METRICS}
    return history, Pace(columns.get("learning_rate", ()), columns.get("seconds", ()))


def _decode_finished(data: bytes) -> tuple[History, Pace]:
    """Return the history of a run that has ended: of an epoch or more, in true figures."""
    history, pace = decode_history(data)
    if not pace.seconds:
        raise ValueError("it has no epoch")
    for name, values in {**history, **vars(pace)}.items():
        highest = 1.0 if name.endswith("accuracy") else LARGEST
        if not all(0 <= value <= highest for value in values):
            raise ValueError(f"{name} is not always a number from 0 to {highest:g}")
    return history, pace


def encode_rows(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> bytes:
    """Return a table as CSV."""
    text = io.StringIO()
    # With line ends of its own choice, csv leaves a name with "\r" in it without quotes. It
    # writes a float as `repr`, the shortest text that reads back as the same float.
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def decode_rows(data: bytes, columns: Sequence[str]) -> Iterator[list[str]]:
    """Yield the rows of a table that must have these columns.

    Raises:
        ValueError: It has others, or a row has more or fewer cells.
    """
    rows = csv.reader(io.StringIO(data.decode("utf-8"), newline=""))
    if next(rows, []) != list(columns):
        raise ValueError(f"the columns {', '.join(columns)} are expected")
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"a row has {len(row)} cells, not {len(columns)}")
        yield row


def _decode_pictures(data: bytes, classes: int) -> tuple[list[str], NDArray[np.int64]]:
    """Return paths and class indices of the validation pictures."""
    rows = list(decode_rows(data, PICTURE_COLUMNS))
    # NumPy itself reads numbers from texts ten times as slowly.
    labels = [int(truth) for _, truth in rows]
    if not labels:
        raise ValueError("it has no picture")
    if not 0 <= min(labels) <= max(labels) < classes:
        raise ValueError(f"a class is not one of 0 to {classes - 1}")
    return [picture for picture, _ in rows], np.array(labels, np.int64)


def decode_probabilities(data: bytes, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return the probabilities in a file, float32 (pictures, classes).

    Raises:
        ValueError: They are not of this shape, or are no probabilities.
    """
    layout = (shape, np.dtype("<f4"))
    probabilities = decode_npz(data, {"probabilities": layout})["probabilities"]
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise ValueError("a probability is not a number from 0 to 1")
    if np.abs(probabilities.sum(axis=1, dtype=np.float64) - 1).max() > ROUNDING:
        raise ValueError("the probabilities of a picture do not add up to 1")
    return probabilities
