"""The index of known pictures: what each content showed, and which files have that content.

In and out: one file of the cache. It holds columns, not rows: for 100,000 pictures a list of
numbers is read in a tenth of the time that as many small lists take. The size, times and inode of
each file stand beside its content, so that a file that has not changed is not read again.
"""

import json
import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import PIL

from scenes.data.decoding import Seen
from scenes.data.pixel_code import sight_digest
from scenes.data.stamps import MTIME, SETTLED_NS, Stamp
from scenes.system.files import load_checked, save_checked

CACHE_FILE = "pictures.json"
FORMAT = 8
"""Of the index; one of another format, or by other code, counts as empty."""


@dataclass(frozen=True)
class Index:
    """What the cache knows.

    Attributes:
        contents: SHA-256 to what the content showed.
        files: Absolute path to the stamp of the file and its SHA-256.
    """

    contents: Mapping[str, Seen] = field(default_factory=dict)
    files: Mapping[str, tuple[Stamp, str]] = field(default_factory=dict)

    def find(self, file: str, stamp: Stamp | None) -> Seen | None:
        """Return what a file showed that is as it was; None where it is not known or changed."""
        known = self.files.get(file)
        return self.contents[known[1]] if known is not None and known[0] == stamp else None

    def extended(self, new: Iterable[tuple[str, Stamp | None, Seen]]) -> "Index":
        """Return an index that also knows these files: absolute path, stamp and what they showed.

        The stamp of a file that has just been written does not count: it may change again unseen.
        """
        settled = time.time_ns() - SETTLED_NS
        contents, files = dict(self.contents), dict(self.files)
        for path, stamp, one in new:
            contents[one.sha256] = one
            if stamp is not None and stamp[MTIME] < settled:
                files[path] = (stamp, one.sha256)
        return Index(contents, files)


def load_index(cache: Path | None) -> Index:
    """Read the index; a missing or damaged one, or one by other code, is empty."""
    try:
        body = json.loads((cache and load_checked(cache / CACHE_FILE)) or b"{}")
        if body["version"] != _version():
            return Index()
        return Index(
            _contents_of(body["contents"]), _files_of(body["files"], body["contents"]["sha256"])
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        return Index()


def save_index(cache: Path, index: Index) -> None:
    """Write the index, whole or not at all.

    Raises:
        StorageError: The cache cannot be written.
    """
    contents = index.contents.values()
    body = {
        "version": _version(),
        "contents": {
            "sha256": list(index.contents),
            "format": [one.format for one in contents],
            "width": [one.width for one in contents],
            "height": [one.height for one in contents],
            "notes": [" ".join(one.notes) for one in contents],
            "likeness": [one.likeness for one in contents],
        },
        "files": _columns_of(index),
    }
    save_checked(cache / CACHE_FILE, json.dumps(body).encode("ascii"))


def _version() -> str:
    return f"{FORMAT} {PIL.__version__} {sight_digest()}"


def _contents_of(columns: Mapping[str, list[Any]]) -> dict[str, Seen]:
    notes = {text: tuple(text.split()) for text in set(columns["notes"])}
    columns = {**columns, "notes": [notes[text] for text in columns["notes"]]}
    rows = zip(*(columns[name] for name in Seen._fields), strict=True)
    return dict(zip(columns["sha256"], map(Seen._make, rows), strict=True))


def _columns_of(index: Index) -> dict[str, object]:
    """Return the files as columns: a path as the number of its folder and its name."""
    split = [_split(path) for path in index.files]
    folders = {folder: number for number, folder in enumerate(dict.fromkeys(it[0] for it in split))}
    contents = {sha256: number for number, sha256 in enumerate(index.contents)}
    stamps = zip(*(stamp for stamp, _ in index.files.values()), strict=True)
    return {
        "folders": list(folders),
        "folder": [folders[folder] for folder, _ in split],
        "name": [name for _, name in split],
        "stamp": list(stamps) or [()] * 4,
        "content": [contents[sha256] for _, sha256 in index.files.values()],
    }


def _split(path: str) -> tuple[str, str]:
    at = path.rfind(os.sep) + 1
    return path[:at], path[at:]


def _files_of(
    columns: Mapping[str, list[Any]], contents: Sequence[str]
) -> dict[str, tuple[Stamp, str]]:
    folders = columns["folders"]
    paths = [
        folders[at] + name for at, name in zip(columns["folder"], columns["name"], strict=True)
    ]
    stamps = zip(*columns["stamp"], strict=True)
    sha256s = [contents[number] for number in columns["content"]]
    return dict(zip(paths, zip(stamps, sha256s, strict=True), strict=True))
