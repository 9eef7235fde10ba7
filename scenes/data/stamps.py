"""Finds out whether a file may have changed, from what the system knows, and hashes it if so."""

import hashlib
import json
import os
import time
from collections.abc import Sequence
from operator import attrgetter
from pathlib import Path

from scenes.data.image_files import open_regular
from scenes.system.files import load_checked, save_checked

SETTLED_NS = 2_000_000_000  # FAT keeps times to two seconds: a younger file may change unseen


Stamp = tuple[int, int, int, int]
"""What changes when a file does: size, time of its content, time of its inode, inode."""
MTIME = 1
"""Place of the time of the content in a stamp, in nanoseconds."""
_stamp = attrgetter("st_size", "st_mtime_ns", "st_ctime_ns", "st_ino")


def stamp_of(path: Path | str) -> Stamp | None:
    """Return the stamp of a file; None where there is none."""
    try:
        # Not Path.stat: to make a Path of each of 100,000 names takes a second.
        stamp: Stamp = _stamp(os.stat(path))  # noqa: PTH116
    except OSError:
        return None
    return stamp


def hashes_of(paths: Sequence[Path], memory: Path) -> list[str]:
    """Return the SHA-256 of each file; of those that are as they were, from memory.

    Args:
        paths: Regular files.
        memory: The file that remembers.

    Raises:
        PictureError: One is no file, or cannot be read.
        StorageError: The memory cannot be written.
    """
    known = _load(memory)
    found = {}
    for path in paths:
        stamp, name = stamp_of(path), str(path.absolute())
        if stamp is None or known.get(name, (None, ""))[0] != stamp:
            with open_regular(path) as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            settled = stamp is not None and stamp[MTIME] < time.time_ns() - SETTLED_NS
            known[name] = (stamp if settled else None, sha256)
        found[path] = known[name][1]
    save_checked(memory, json.dumps(known).encode("ascii"))
    return [found[path] for path in paths]


def _load(memory: Path) -> dict[str, tuple[Stamp | None, str]]:
    try:
        body = json.loads(load_checked(memory) or b"{}")
        return {
            str(path): (stamp and tuple(stamp), str(sha256))
            for path, (stamp, sha256) in body.items()
        }
    except (ValueError, TypeError, AttributeError):
        return {}
