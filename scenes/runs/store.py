"""The folder of recorded runs: each is there whole, or not at all.

A run works in a folder of its own name with `.partial`; its manifest is written last and lists the
SHA-256 of each file, and one rename makes it a record. Readers check the hashes again. A failed run
is a folder with its reason. Locks are the operating system's.
"""

import csv
import hashlib
import json
import shutil
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from scenes.runs.record import (
    ENVIRONMENT,
    HISTORY,
    IDENTITY,
    METRICS,
    Failure,
    History,
    Record,
    decode_history,
    decode_record,
    encode_json,
    encode_record,
)
from scenes.system.files import make_folder, save_atomically, sync_folder, writing

MANIFEST = "manifest.json"
FAILURE = "failure.json"


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
            return decode_record(run_id, content)
        except ValueError as error:
            raise DamagedRecordError(f"{folder}: not in today's format: {error}") from None

    def holds(self, run_id: str) -> bool:
        """Tell whether a finished run is recorded, without checking it."""
        return (self.runs / run_id / MANIFEST).is_file()

    @contextmanager
    def lock(self, run_id: str, *, timeout: float = -1) -> Iterator[None]:
        """Hold the lock of a run, which one process has at a time.

        It is the operating system's: a process that dies frees it.

        Args:
            run_id: Of the run.
            timeout: Seconds to wait for it; a negative number waits for ever.

        Raises:
            TimeoutError: Another process has it.
            StorageError: The lock cannot be written.
        """
        path = self.runs / f".{run_id}.lock"
        with writing(path):
            # Whoever may make runs in the folder may take their locks.
            mode = 0o644 | make_folder(self.runs).stat().st_mode & stat.S_IWGRP
            lock = FileLock(path, timeout=timeout, mode=mode)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def failure(self, run_id: str) -> Failure | None:
        """Return why a run failed, or None where it did not."""
        try:
            told = json.loads((self.runs / run_id / FAILURE).read_bytes())
            is_whole = told["sha256"] == hashlib.sha256(encode_json(told["failure"])).hexdigest()
            return Failure(run_id, str(told["failure"]["reason"])) if is_whole else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def ids(self) -> list[str]:
        """Return the ids of all finished runs, sorted."""
        names = (path.parent.name for path in self.runs.glob(f"*/{MANIFEST}"))
        # What is partial or was set aside has a dot in its name.
        return sorted(name for name in names if "." not in name)

    def identities(self) -> dict[str, dict[str, Any]]:
        """Return the identity of every finished run that can be read, by id."""
        return {run_id: known for run_id in self.ids() if (known := self._read(run_id, IDENTITY))}

    def provenance(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Yield identity and environment of every finished run that can be read, unchecked."""
        for run_id, identity in self.identities().items():
            if environment := self._read(run_id, ENVIRONMENT):
                yield identity, environment

    def _read(self, run_id: str, name: str) -> dict[str, Any] | None:
        try:
            content = json.loads((self.runs / run_id / name).read_bytes())
            return content if isinstance(content, dict) else None
        except (OSError, ValueError):
            return None

    def forget_failure(self, run_id: str) -> None:
        """Take a failed run off the record, so that it is tried again.

        Where another process is at that run, or has finished it, there is nothing to take off.

        Raises:
            StorageError: It cannot be removed.
        """
        folder = self.runs / run_id
        with suppress(TimeoutError), self.lock(run_id, timeout=0), writing(folder):
            if self.failure(run_id) is not None and not self.holds(run_id):
                shutil.rmtree(folder)

    def set_aside(self, run_id: str) -> Path:
        """Move a damaged record out of the way, and return where it is now.

        Raises:
            StorageError: It cannot be moved.
        """
        number = 1
        while (target := self.runs / f"{run_id}.damaged-{number}").exists():
            number += 1
        with writing(target):
            (self.runs / run_id).rename(target)
        return target

    def set_aside_damage(self, run_id: str) -> Path | None:
        """Set a record aside if it is damaged, and return where it is now, else None.

        Whoever calls it holds the run's lock: another process may have mended it meanwhile.
        """
        try:
            self.load(run_id)
        except DamagedRecordError:
            return self.set_aside(run_id)
        return None

    def live_history(self, run_id: str) -> History:
        """Return what a run that is training has reached (an empty history before epoch 1)."""
        try:
            data = (self.partial(run_id) / HISTORY).read_bytes()
            # The last line may be half written.
            return decode_history(data[: data.rfind(b"\n") + 1])
        except (OSError, ValueError):
            return {metric: [] for metric in METRICS}

    def partial(self, run_id: str) -> Path:
        """Return the folder in which a run works until it is whole."""
        return self.runs / f"{run_id}.partial"

    def checkpoint(self, run_id: str) -> Path:
        """Return the file from which a run that was cut off goes on."""
        return self.runs / f"{run_id}.checkpoint"

    def begin(self, run_id: str, identity: Mapping[str, Any] | None = None) -> Path:
        """Make a folder for a run to work in, empty but for what the run is."""
        folder = self.partial(run_id)
        with writing(folder):
            if folder.exists():
                shutil.rmtree(folder)
            make_folder(folder)
        if identity is not None:
            save_atomically(folder / IDENTITY, encode_json(identity))
        return folder

    def save(self, record: Record) -> None:
        """Write a finished run: all of it, or nothing that a reader would take for it."""
        folder = self.partial(record.id)
        content = encode_record(record)
        for name, data in content.items():
            save_atomically(folder / name, data)
        hashes = {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
        save_atomically(folder / MANIFEST, encode_json({"files": hashes}))
        self._publish(record.id)

    def save_failure(self, run_id: str, reason: str, trace: str = "") -> None:
        """Record that a run failed: its reason in a line, and where it was raised."""
        folder = self.partial(run_id)
        with writing(folder):
            # What is left of an attempt to record it would make the folder look like a record.
            (folder / MANIFEST).unlink(missing_ok=True)
        failure = {"reason": reason, "trace": trace}
        digest = hashlib.sha256(encode_json(failure)).hexdigest()
        save_atomically(folder / FAILURE, encode_json({"failure": failure, "sha256": digest}))
        self._publish(run_id)

    def _publish(self, run_id: str) -> None:
        """Make a run's folder visible: one rename, after all that is in it is on the disk."""
        target = self.runs / run_id
        with writing(target):
            sync_folder(self.partial(run_id))
            if target.exists():
                shutil.rmtree(target)
            self.partial(run_id).replace(target)
            sync_folder(self.runs)


def append_epoch(folder: Path, values: Mapping[str, float]) -> None:
    """Add an epoch to the history of a run that is training, for whoever watches it."""
    path = folder / HISTORY
    is_new = not path.exists()
    with writing(path), path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(METRICS)
        writer.writerow([repr(values[metric]) for metric in METRICS])


def _read_checked(folder: Path) -> dict[str, bytes]:
    try:
        hashes = json.loads((folder / MANIFEST).read_bytes())["files"]
        if foreign := [name for name in hashes if Path(name).name != name]:
            raise ValueError(f"it lists a file that is not its own: {foreign[0]!r}")
        content = {name: (folder / name).read_bytes() for name in hashes}
        wanted = [hashes[name] for name in content]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedRecordError(f"{folder}: {error}") from None
    for (name, data), digest in zip(content.items(), wanted, strict=True):
        if hashlib.sha256(data).hexdigest() != digest:
            raise DamagedRecordError(f"{folder / name}: its content is not what was recorded")
    return content
