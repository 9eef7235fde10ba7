"""The files that decide how a report is written: when they changed, and what is in them."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from scenes.report.figures.own_picture import ENDINGS as PICTURES
from scenes.system.files import read_regular

ENDINGS = (".toml", ".html", ".css", ".bib", ".csl", ".py")
DEPTH = 2
"""Levels at which an author's own pictures are watched: data sets of thousands lie deeper."""
LARGEST = 10 * 2**20
"""Bytes of a file that is hashed."""
Stamps = Mapping[Path, tuple[int, int]]
"""Time and size of each file."""


def stamps(folders: tuple[Path, ...]) -> Stamps:
    """Return time and size of every file that decides how a report is written."""
    return dict(_stamps(folders))


def _stamps(folders: tuple[Path, ...]) -> Iterator[tuple[Path, tuple[int, int]]]:
    for path in _files(folders):
        try:
            found = path.stat()
        except OSError:  # an editor is replacing it
            continue
        yield path, (found.st_mtime_ns, found.st_size)


def hashes(folders: tuple[Path, ...]) -> Mapping[Path, str]:
    """Return a hash of every file that decides how a report is written."""
    return {path: _hash(path) for path in _files(folders)}


def _hash(path: Path) -> str:
    try:
        return hashlib.sha256(read_regular(path, limit=LARGEST)).hexdigest()
    except OSError as error:
        return str(error)


def _files(folders: tuple[Path, ...]) -> Iterator[Path]:
    for folder in folders:
        for path in folder.rglob("*"):
            if _is_watched(path, path.relative_to(folder).parts):
                yield path


def _is_watched(path: Path, parts: tuple[str, ...]) -> bool:
    is_own_picture = path.suffix.lower() in PICTURES and len(parts) <= DEPTH
    # What the program writes itself is in `out`.
    return (path.suffix in ENDINGS or is_own_picture) and parts[0] != "out"


def changed(before: Mapping[Path, Any], after: Mapping[Path, Any]) -> set[Path]:
    """Return the files that are new, gone or other than they were."""
    return {path for path, _ in before.items() ^ after.items()}
