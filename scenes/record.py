"""What a finished run leaves on disk: the only bridge from the training to the writing half.

A run folder holds plain files. Its manifest is written last and lists the SHA-256 of each of them,
so a folder is either whole or not a record at all; readers check the hashes again. Nothing is
unpickled. This is the only module that knows the file names.
"""

import csv
import hashlib
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

MANIFEST = "manifest.json"
IDENTITY = "identity.json"
HISTORY = "history.csv"
PREDICTIONS = "predictions.csv"
SUMMARY = "summary.json"
ENVIRONMENT = "environment.json"
PREVIEW = "preview.png"
FAILURE = "failure.json"

PREVIEW_SIZE = 96
"""Side of each picture in a preview, in pixels."""

METRICS = ("loss", "accuracy", "val_loss", "val_accuracy")
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
        identity: All that could have changed the result (`scenes.identity`).
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


class DamagedRecordError(Exception):
    """A record's files are not those that its manifest lists."""


@dataclass(frozen=True)
class Store:
    """The folder in which runs are kept, shared by the reports beside it."""

    root: Path

    @property
    def runs(self) -> Path:
        """The folder that holds one folder per run."""
        return self.root / "runs"

    @property
    def cache(self) -> Path:
        """The folder of what can be made again: arrays, features, painted pictures."""
        return self.root / "cache"

    @property
    def log(self) -> Path:
        """The file that takes what worker processes write to stderr."""
        return self.root / "workers.log"

    def load(self, run_id: str) -> Record | None:
        """Return a finished run, or None where it is not recorded.

        Raises:
            DamagedRecordError: The folder's content does not match its manifest.
        """
        folder = self.runs / run_id
        if not self.holds(run_id):
            return None
        content = _read_checked(folder)
        try:
            return Record(
                id=run_id,
                identity=json.loads(content[IDENTITY]),
                history=_history_from(content[HISTORY]),
                predictions=_predictions_from(content[PREDICTIONS]),
                summary=json.loads(content[SUMMARY]),
                environment=json.loads(content[ENVIRONMENT]),
                preview=content.get(PREVIEW),
            )
        except (ValueError, StopIteration, csv.Error) as error:
            raise DamagedRecordError(f"{folder}: not in today's format: {error}") from None

    def holds(self, run_id: str) -> bool:
        """Tell whether a finished run is recorded, without checking it."""
        return (self.runs / run_id / MANIFEST).is_file()

    def lock(self, run_id: str, *, timeout: float = -1) -> FileLock:
        """Return the lock of a run, which one process holds at a time.

        It is the operating system's: a process that dies frees it.

        Args:
            run_id: Of the run.
            timeout: Seconds to wait for it; a negative number waits for ever.
        """
        self.runs.mkdir(parents=True, exist_ok=True)
        return FileLock(self.runs / f".{run_id}.lock", timeout=timeout)

    def failure(self, run_id: str) -> Failure | None:
        """Return why a run failed, or None where it did not."""
        path = self.runs / run_id / FAILURE
        try:
            return Failure(run_id, str(json.loads(path.read_text(encoding="utf-8"))["reason"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def ids(self) -> list[str]:
        """Return the ids of all finished runs, sorted."""
        names = (path.parent.name for path in self.runs.glob(f"*/{MANIFEST}"))
        # What is partial or was set aside has a dot in its name.
        return sorted(name for name in names if "." not in name)

    def identities(self) -> dict[str, dict[str, Any]]:
        """Return the identity of every finished run that can be read, by id."""
        found = {}
        for run_id in self.ids():
            try:
                found[run_id] = json.loads((self.runs / run_id / IDENTITY).read_text("utf-8"))
            except (OSError, ValueError):
                continue
        return found

    def forget_failure(self, run_id: str) -> None:
        """Take a failed run off the record, so that it is tried again."""
        shutil.rmtree(self.runs / run_id, ignore_errors=True)

    def set_aside(self, run_id: str) -> Path:
        """Move a damaged record out of the way, and return where it is now."""
        number = 1
        while (target := self.runs / f"{run_id}.damaged-{number}").exists():
            number += 1
        (self.runs / run_id).rename(target)
        return target

    def live_history(self, run_id: str) -> History:
        """Return what a run that is training has reached (an empty history before epoch 1)."""
        try:
            data = (self.partial(run_id) / HISTORY).read_bytes()
            # The last line may be half written.
            return _history_from(data[: data.rfind(b"\n") + 1])
        except (OSError, ValueError, StopIteration):
            return {metric: [] for metric in METRICS}

    def partial(self, run_id: str) -> Path:
        """Return the folder in which a run works until it is whole."""
        return self.runs / f"{run_id}.partial"

    def begin(self, run_id: str) -> Path:
        """Make an empty folder for a run to work in."""
        folder = self.partial(run_id)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def save(self, record: Record) -> None:
        """Write a finished run: all of it, or nothing that a reader would take for it."""
        folder = self.partial(record.id)
        folder.mkdir(parents=True, exist_ok=True)
        content = {
            IDENTITY: _json(record.identity),
            HISTORY: _history_text(record.history),
            PREDICTIONS: _predictions_text(record.predictions),
            SUMMARY: _json(record.summary),
            ENVIRONMENT: _json(record.environment),
        }
        if record.preview is not None:
            content[PREVIEW] = record.preview
        for name, data in content.items():
            save_atomically(folder / name, data)
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
        save_atomically(folder / MANIFEST, _json({"files": hashes}))
        self._publish(record.id)

    def save_failure(self, run_id: str, reason: str, trace: str = "") -> None:
        """Record that a run failed: its reason in a line, and where it was raised."""
        folder = self.partial(run_id)
        folder.mkdir(parents=True, exist_ok=True)
        save_atomically(folder / FAILURE, _json({"reason": reason, "trace": trace}))
        self._publish(run_id)

    def _publish(self, run_id: str) -> None:
        target = self.runs / run_id
        shutil.rmtree(target, ignore_errors=True)
        self.partial(run_id).replace(target)
        _sync_folder(self.runs)


def save_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part."""
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`; what is there at the end takes the place of `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def append_epoch(folder: Path, values: Mapping[str, float]) -> None:
    """Add an epoch to the history of a run that is training, for whoever watches it."""
    path = folder / HISTORY
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(METRICS)
        writer.writerow([repr(values[metric]) for metric in METRICS])


def _sync_folder(folder: Path) -> None:
    """Make a rename durable, where the system can (Windows cannot open a folder)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _read_checked(folder: Path) -> dict[str, bytes]:
    try:
        hashes = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]
        content = {name: (folder / name).read_bytes() for name in hashes}
        wanted = [hashes[name] for name in content]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedRecordError(f"{folder}: {error}") from None
    for (name, data), digest in zip(content.items(), wanted, strict=True):
        if hashlib.sha256(data).hexdigest() != digest:
            raise DamagedRecordError(f"{folder / name}: its content is not what was recorded")
    missing = {IDENTITY, HISTORY, PREDICTIONS, SUMMARY, ENVIRONMENT} - content.keys()
    if missing:
        raise DamagedRecordError(f"{folder}: {', '.join(sorted(missing))} missing")
    return content


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def _rows(data: bytes) -> Iterator[Sequence[str]]:
    return csv.reader(io.StringIO(data.decode("utf-8"), newline=""))


def _history_text(history: History) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(METRICS)
    # repr is the shortest text that reads back as the same float.
    rows = zip(*(history[metric] for metric in METRICS), strict=True)
    writer.writerows([repr(value) for value in row] for row in rows)
    return text.getvalue().encode()


def _history_from(data: bytes) -> History:
    rows = _rows(data)
    if tuple(next(rows)) != METRICS:
        raise ValueError(f"a history has the columns {', '.join(METRICS)}")
    epochs = [[float(value) for value in row] for row in rows]
    columns = zip(METRICS, *epochs, strict=True)
    return {metric: list(values) for metric, *values in columns}


PREDICTION_COLUMNS = ("picture", "truth", "predicted", "confidence", "truth_probability")


def _predictions_text(predictions: Predictions) -> bytes:
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


def _predictions_from(data: bytes) -> Predictions:
    rows = list(_rows(data))[1:]
    pictures, truth, predicted, confidence, probability = (
        zip(*rows, strict=True) if rows else ((),) * len(PREDICTION_COLUMNS)
    )
    return Predictions(
        pictures=tuple(pictures),
        truth=np.array(truth, dtype=np.int64),
        predicted=np.array(predicted, dtype=np.int64),
        confidence=np.array(confidence, dtype=np.float64),
        truth_probability=np.array(probability, dtype=np.float64),
    )
