"""The folder of recorded runs: each is there whole, or not at all.

A run works in a folder of its own name with `.partial`; its manifest is written last
(`scenes.runs.sealed`), and one rename makes it a record. Readers check hashes, identity and content
again. A failed run is a folder with its reason.

    runs/<id>/        a record, or a failure with its reason
    runs/<id>.*       .partial: at work, .checkpoint: to go on from, .damaged-N: set aside
    weights/<id>/     what the model of a run has learned; may be deleted at any time
    openings/<id>/    what runs say of a test set, each time that it is opened
    status/           what runs and programs are doing now (`scenes.runs.status`)
    cache/            what can be made again
"""

import csv
import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenes.runs import record_checks
from scenes.runs.identity import run_id as id_of
from scenes.runs.record import METRICS, Failure, History, Record
from scenes.runs.record_checks import check_json
from scenes.runs.record_files import (
    ENVIRONMENT,
    HISTORY,
    HISTORY_COLUMNS,
    IDENTITY,
    decode_history,
    decode_record,
    encode_record,
)
from scenes.runs.sealed import (
    MANIFEST,
    DamagedRecordError,
    encode_json,
    load_json,
    open_sealed,
    seal,
)
from scenes.system.files import (
    make_folder,
    read_regular,
    remove_whatever,
    save_atomically,
    sync_folder,
    writing,
)
from scenes.system.locks import Holder, holder_of, locked
from scenes.system.processes import Owner

FAILURE = "failure.json"
EXPECTED = {IDENTITY: record_checks.IDENTITY, ENVIRONMENT: record_checks.ENVIRONMENT}
"""The files that are read without the rest of the record."""
CACHES = ("arrays", "dask", "features", "figures", "fonts", "imports", "pictures", "synthetic")
"""The folders of the cache."""
LARGEST_TEXT = 2**26
"""Bytes of a file that is read without its manifest."""


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

    def clear_caches(self) -> None:
        """Delete what stands where a folder of the cache belongs: all of it can be made again."""
        for folder in (self.cache, *(self.cache / name for name in CACHES)):
            if not folder.is_dir():
                with suppress(OSError):  # what cannot be deleted is reported when it is written
                    remove_whatever(folder)

    @property
    def weights(self) -> Path:
        """The folder of what the models of runs have learned."""
        return self.root / "weights"

    @property
    def openings(self) -> Path:
        """The folder that holds one folder per opening of a test set."""
        return self.root / "openings"

    @property
    def status(self) -> Path:
        """The folder in which runs and programs say what they are doing."""
        return self.root / "status"

    @property
    def log(self) -> Path:
        """The file that takes what worker processes write to stderr."""
        return self.root / "workers.log"

    def load(self, run_id: str) -> Record | None:
        """Return a finished run, or None where it is not recorded.

        Raises:
            DamagedRecordError: The folder does not hold this run as it was recorded; with the
                reason.
        """
        return self.load_from(self.runs / run_id, run_id) if self.holds(run_id) else None

    def load_from(self, folder: Path, run_id: str) -> Record:
        """Return the run that a folder holds, wherever it lies.

        Raises:
            DamagedRecordError: It does not hold this run as it was recorded; with the reason.
        """
        content = open_sealed(folder, kind="run", run_id=run_id)
        try:
            return decode_record(run_id, content)
        except ValueError as error:
            raise DamagedRecordError(str(error)) from None

    def holds(self, run_id: str) -> bool:
        """Return whether there is a folder that says it is a finished run, without checking it."""
        return os.path.lexists(self.runs / run_id / MANIFEST)

    @contextmanager
    def lock(
        self,
        run_id: str,
        *,
        timeout: float = -1,
        program: Owner | None = None,
        lost: Callable[[], None] = lambda: None,
    ) -> Iterator[None]:
        """Hold the lock of a run, which one process has at a time.

        Args:
            run_id: Of the run.
            timeout: Seconds to wait for it; a negative number waits as long as its holder lives.
            program: The process on whose behalf this one works.
            lost: Called where the lock was taken away (`scenes.system.locks`).

        Raises:
            TimeoutError: Another process has it.
            StorageError: The lock cannot be written.
        """
        path = self._lock_path(run_id)
        with ExitStack() as held:
            with writing(path):
                # Whoever may make runs in the folder may take their locks.
                mode = 0o644 | make_folder(self.runs).stat().st_mode & stat.S_IWGRP
                held.enter_context(
                    locked(path, timeout=timeout, mode=mode, program=program, lost=lost)
                )
            yield

    def holder(self, run_id: str) -> Holder | None:
        """Return the process that is at a run, or None where none is known."""
        return holder_of(self._lock_path(run_id))

    def _lock_path(self, run_id: str) -> Path:
        return self.runs / f".{run_id}.lock"

    def failure(self, run_id: str) -> Failure | None:
        """Return why a run failed, or None where it did not."""
        try:
            told = load_json(read_regular(self.runs / run_id / FAILURE, limit=LARGEST_TEXT))
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
        known = {run_id: self._read(run_id, IDENTITY) for run_id in self.ids()}
        return {name: found for name, found in known.items() if found and id_of(found) == name}

    def provenance(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Yield identity and environment of every finished run that can be read, unchecked."""
        for run_id, identity in self.identities().items():
            if environment := self._read(run_id, ENVIRONMENT):
                yield identity, environment

    def _read(self, run_id: str, name: str) -> dict[str, Any] | None:
        try:
            data = read_regular(self.runs / run_id / name, limit=LARGEST_TEXT)
            content: dict[str, Any] = check_json(load_json(data), EXPECTED[name])
            return content
        except (OSError, ValueError):
            return None

    def forget_failure(self, run_id: str) -> None:
        """Delete a recorded failure, so that the run is tried again.

        Where another process is at that run, or has finished it, there is nothing to take off.

        Raises:
            StorageError: It cannot be removed.
        """
        folder = self.runs / run_id
        with suppress(TimeoutError), self.lock(run_id, timeout=0), writing(folder):
            if self.failure(run_id) is not None and not self.holds(run_id):
                remove_whatever(folder)

    def set_aside(self, run_id: str) -> Path:
        """Move a damaged record out of the way, and return where it is now.

        Raises:
            StorageError: It cannot be moved.
        """
        number = 1
        while os.path.lexists(target := self.runs / f"{run_id}.damaged-{number}"):
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
            data = read_regular(self.partial(run_id) / HISTORY, limit=LARGEST_TEXT)
            # The last line may be half written.
            return decode_history(data[: data.rfind(b"\n") + 1])[0]
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
            remove_whatever(folder)
            make_folder(folder)
        if identity is not None:
            save_atomically(folder / IDENTITY, encode_json(identity))
        return folder

    def save(self, record: Record) -> None:
        """Write a finished run: all of it, or nothing that a reader would take for it."""
        seal(self.partial(record.id), encode_record(record), kind="run", run_id=record.id)
        self._publish(record.id)

    def adopt(self, run_id: str, content: Mapping[str, bytes]) -> None:
        """Take in what another machine has recorded of a run; caller holds the run's lock.

        Args:
            run_id: Of the run.
            content: The files of its folder: a record, or a failure.

        Raises:
            DamagedRecordError: It is not the record of this run; nothing was taken in.
        """
        folder = self.begin(run_id)
        for name in sorted(content, key=MANIFEST.__eq__):  # which comes last
            if Path(name).name != name:
                raise DamagedRecordError(f"{name!r}: a file outside the record")
            save_atomically(folder / name, content[name])
        if MANIFEST in content:
            self.load_from(folder, run_id)
        self._publish(run_id)

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
            remove_whatever(target)
            self.partial(run_id).replace(target)
            sync_folder(self.runs)


def append_epoch(folder: Path, values: Mapping[str, float]) -> None:
    """Add an epoch to the history of a run that is training, for whoever watches it.

    Args:
        folder: In which the run works.
        values: A number for each of `HISTORY_COLUMNS`.
    """
    path = folder / HISTORY
    is_new = not path.exists()
    with writing(path), path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(HISTORY_COLUMNS)
        writer.writerow([values[column] for column in HISTORY_COLUMNS])
