"""A run that is under way, kept on disk so that it goes on from there after a kill.

In: numbers to note and arrays (weights, optimizer, random state). Out: the same, or nothing where
the file is not whole or is of another run, which then starts over. One file, replaced as a whole:

    a line of JSON: format, run, notes, and name, type and shape of each array
    the bytes of each array in that order
    the SHA-256 of all before, 32 bytes

A run writes none in its first minute, then at most one every 30 seconds, and spends at most a
twentieth of its time on them.
"""

import hashlib
import itertools
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.system.files import atomic_file, read_regular, remove_drafts, remove_whatever, writing
from scenes.training import suspension

FORMAT = 2
FIRST_AFTER = 60.0
"""Seconds before a run's first checkpoint: a short run never pays for one."""
AT_MOST_EVERY = 30.0
"""Seconds between two checkpoints."""
SHARE = 0.05
"""Of a run's time that may go into checkpoints."""
WRITING_RATE = 1e8
"""Bytes a second that a disk takes, until a first checkpoint has been measured."""
DIGEST_BYTES = hashlib.sha256().digest_size

Notes = dict[str, Any]
"""What JSON can hold."""
Tensors = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Snapshot:
    """Where a run was.

    Attributes:
        notes: Numbers and lists.
        arrays: By name.
    """

    notes: Notes
    arrays: Tensors


@dataclass
class Checkpoint:
    """The file of one run, and when it is next to be written.

    Args:
        path: Of the file.
        run: Its id; a file of another run is not used.
    """

    path: Path
    run: str
    _due: float = field(default_factory=lambda: time.monotonic() + FIRST_AFTER, init=False)

    def expect(self, size: int) -> None:
        """Put the first one off where so many bytes take long to write."""
        self._due = max(self._due, time.monotonic() + size / WRITING_RATE / SHARE)

    def is_due(self) -> bool:
        """Return whether it may be written again."""
        return suspension.is_requested() or time.monotonic() >= self._due

    def save(self, snapshot: Snapshot) -> None:
        """Replace the file, and note when the next one is due from how long that took.

        Raises:
            SuspendedRun: It is written, and the run is not to go on in this process.
        """
        started = time.monotonic()
        save_snapshot(self.path, snapshot, run=self.run)
        ended = time.monotonic()
        self._due = ended + max(AT_MOST_EVERY, (ended - started) / SHARE)
        if suspension.is_requested():
            raise suspension.SuspendedRun

    def load(self) -> Snapshot | None:
        """Return where the run was, or None where it starts over."""
        remove_drafts(self.path)  # this process has the run's lock
        return load_snapshot(self.path, run=self.run)

    def remove(self) -> None:
        """Delete the file, or what stands in its place."""
        with writing(self.path):
            remove_whatever(self.path)


def save_snapshot(path: Path, snapshot: Snapshot, *, run: str) -> None:
    """Write a snapshot of a run so that the file is the old one or the new one, never a part."""
    arrays = [
        {"name": name, "dtype": array.dtype.str, "shape": array.shape}
        for name, array in snapshot.arrays.items()
    ]
    head = {"format": FORMAT, "run": run, "notes": snapshot.notes, "arrays": arrays}
    digest = hashlib.sha256()
    with atomic_file(path, is_cache=True) as file:
        parts = (array.tobytes() for array in snapshot.arrays.values())
        for data in itertools.chain([json.dumps(head).encode() + b"\n"], parts):
            digest.update(data)
            file.write(data)
        file.write(digest.digest())


def load_snapshot(path: Path, *, run: str) -> Snapshot | None:
    """Return a snapshot, or None where there is no whole one of this run and format."""
    try:
        data = read_regular(path)
    except OSError:
        return None
    body = memoryview(data)[:-DIGEST_BYTES]
    if hashlib.sha256(body).digest() != data[-DIGEST_BYTES:]:
        return None
    try:
        end = data.index(b"\n") + 1
        head = json.loads(data[:end])
        if (head["format"], head["run"]) != (FORMAT, run):
            return None
        return Snapshot(head["notes"], _arrays_from(body[end:], head["arrays"]))
    except (ValueError, KeyError, TypeError):
        return None


def _arrays_from(data: memoryview, told: list[Mapping[str, Any]]) -> Tensors:
    arrays: Tensors = {}
    start = 0
    for item in told:
        dtype, shape = np.dtype(item["dtype"]), tuple(item["shape"])
        arrays[item["name"]] = np.ndarray(shape, dtype, buffer=data, offset=start)
        start += math.prod(shape) * dtype.itemsize
    return arrays
