"""Lists what lies in a store: finished, failed and damaged runs, and those under way.

A store goes in, a `StoredRun` for each folder of a run comes out. Nothing is moved or mended here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from scenes.errors import StorageError
from scenes.runs import record_checks
from scenes.runs.identity import run_id
from scenes.runs.record import History
from scenes.runs.record_checks import check_json
from scenes.runs.record_files import IDENTITY
from scenes.runs.sealed import DamagedRecordError, load_json
from scenes.runs.store import LARGEST_TEXT, Store
from scenes.system.files import read_regular

State = Literal["recorded", "failed", "damaged", "running", "interrupted"]


@dataclass(frozen=True)
class StoredRun:
    """A folder of a run.

    Attributes:
        id: Of the run.
        state: What became of it.
        identity: What the run is; None where that is unknown.
        history: As far as the run came.
        kept: Index of the epoch that a finished run kept; -1, the last, of any other.
        seconds: Of training; None where it has not finished.
        started: When it began or, where that is not known, when its folder was last written.
        size: On disk, in bytes.
        note: Why it failed, what is damaged.
    """

    id: str
    state: State
    identity: dict[str, Any] | None
    history: History
    seconds: float | None
    started: datetime
    size: int
    note: str = ""
    kept: int = -1


def load_inventory(store: Store) -> list[StoredRun]:
    """Return what is in a store, the newest first."""
    return sorted(_entries(store), key=lambda entry: entry.started, reverse=True)


def _entries(store: Store) -> Iterator[StoredRun]:
    if not store.runs.is_dir():
        return
    for folder in sorted(store.runs.iterdir()):
        try:
            if folder.is_dir():
                yield _entry(store, folder)
        except FileNotFoundError:  # a run under way has just ended
            continue


def _entry(store: Store, folder: Path) -> StoredRun:
    name, _, suffix = folder.name.partition(".")
    if suffix == "partial":
        running = _is_held(store, name)
        state: State = "running" if running else "interrupted"
        return _unfinished(folder, name, state, store.live_history(name))
    if suffix:
        return _unfinished(folder, name, "damaged", note=_why_aside(store, folder, name))
    failure = store.failure(name)
    if failure is not None and not store.holds(name):
        return _unfinished(folder, name, "failed", note=failure.reason)
    try:
        record = store.load(name)
    except DamagedRecordError as error:
        return _unfinished(folder, name, "damaged", note=str(error))
    if record is None:
        return _unfinished(folder, name, "damaged", note="it has neither a manifest nor a reason")
    started = datetime.fromisoformat(str(record.environment["started"])).astimezone()
    size = folder_size(folder)
    return StoredRun(
        name,
        "recorded",
        record.identity,
        record.history,
        record.seconds,
        started,
        size,
        kept=record.kept,
    )


def _why_aside(store: Store, folder: Path, name: str) -> str:
    """Say why a folder was set aside: what is damaged is still in it."""
    try:
        store.load_from(folder, name)
    except DamagedRecordError as error:
        return f"set aside as {folder.name}: {error}"
    return f"set aside as {folder.name}"


def _unfinished(
    folder: Path, name: str, state: State, history: History | None = None, note: str = ""
) -> StoredRun:
    written = datetime.fromtimestamp(folder.stat().st_mtime).astimezone()
    known = _identity(folder, name)
    return StoredRun(name, state, known, history or {}, None, written, folder_size(folder), note)


def _identity(folder: Path, name: str) -> dict[str, Any] | None:
    """Return the identity that a folder holds, if it is the one that its name stands for."""
    try:
        data = read_regular(folder / IDENTITY, limit=LARGEST_TEXT)
        known: dict[str, Any] = check_json(load_json(data), record_checks.IDENTITY)
        return known if run_id(known) == name else None
    except (OSError, ValueError):
        return None


def _is_held(store: Store, name: str) -> bool:
    """Return whether a process is at a run."""
    try:
        with store.lock(name, timeout=0):
            return False
    except TimeoutError:
        return True
    except StorageError:  # not one's own to lock
        return False


def folder_size(folder: Path) -> int:
    """Return the size of all files under a folder, in bytes."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # gone meanwhile
            continue
    return total
