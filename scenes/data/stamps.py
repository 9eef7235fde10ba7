"""Finds out whether a file may have changed, from what the system knows, and hashes it if so."""

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from scenes.data.image_files import open_regular
from scenes.system.files import load_checked, save_checked

SETTLED_NS = 2_000_000_000  # FAT keeps times to two seconds: a younger file may change unseen


class Stamp(NamedTuple):
    """What changes when a file does; no text where there is no file."""

    text: str
    mtime_ns: int


def stamp_of(path: Path) -> Stamp:
    """Return the stamp of a file."""
    try:
        status = path.stat()
    except OSError:
        return Stamp("", 0)
    mtime = status.st_mtime_ns
    return Stamp(f"{status.st_size}-{mtime}-{status.st_ctime_ns}-{status.st_ino}", mtime)


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
        if not stamp.text or known.get(name, ("", ""))[0] != stamp.text:
            with open_regular(path) as stream:
                found[path] = hashlib.file_digest(stream, "sha256").hexdigest()
            settled = stamp.mtime_ns < time.time_ns() - SETTLED_NS
            known[name] = (stamp.text if settled else "", found[path])
        found[path] = known[name][1]
    save_checked(memory, json.dumps(known).encode("ascii"))
    return [found[path] for path in paths]


def _load(memory: Path) -> dict[str, tuple[str, str]]:
    try:
        body = json.loads(load_checked(memory) or b"{}")
        return {str(path): (str(stamp), str(sha256)) for path, (stamp, sha256) in body.items()}
    except (ValueError, TypeError, AttributeError):
        return {}
