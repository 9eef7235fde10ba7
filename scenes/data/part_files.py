"""Files that are written item by item over minutes, and go on where a killed process left them.

In: the header of a file and items of one size. Out: the whole file with its size and hash. Until it
is whole, a file beside it says how many items are surely on the disk, and the hash up to there.
"""

import hashlib
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Self

from scenes.system.files import load_checked, remove_whatever, save_checked, sync_file

SAVED_EVERY = 20.0
"""Seconds after which what was written is made sure: a killed process loses no more than that."""
CHUNK = 2**20


class PartFile:
    """A file that grows; opened again, it keeps the items that are surely on the disk.

    Args:
        path: Of the file.
        header: What it begins with.
        item: Bytes of each item.
    """

    def __init__(self, path: Path, header: bytes, item: int) -> None:
        self._path, self._header, self._item = path, header, item
        if path.is_symlink() or not path.is_file():  # nothing is written through a link
            remove_whatever(path)
        self.done, self._digest = self._known()
        self._file = path.open("r+b" if self.done else "wb")
        if self.done:
            self._file.truncate(len(header) + self.done * item)
            self._file.seek(0, 2)
        else:
            self._write(header)
        self._saved = time.monotonic()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def extend(self, items: Iterable[bytes]) -> dict[str, object]:
        """Write the items that follow, and return the size and SHA-256 of the whole file."""
        for data in items:
            self._write(data)
            self.done += 1
            if time.monotonic() - self._saved > SAVED_EVERY:
                self._save()
        sync_file(self._file)
        return {"bytes": self._file.tell(), "sha256": self._digest.hexdigest()}

    def _write(self, data: bytes) -> None:
        self._digest.update(data)
        self._file.write(data)

    def _save(self) -> None:
        sync_file(self._file)
        told = {"items": self.done, "sha256": self._digest.hexdigest()}
        save_checked(progress_of(self._path), json.dumps(told).encode("ascii"))
        self._saved = time.monotonic()

    def _known(self) -> "tuple[int, hashlib._Hash]":
        """Return how many items are there, and the hash so far; none where it does not fit."""
        try:
            told = json.loads(load_checked(progress_of(self._path)) or b"{}")
            items, sha256 = int(told["items"]), str(told["sha256"])
            digest, left = hashlib.sha256(self._header), items * self._item
            with self._path.open("rb") as file:
                if file.read(len(self._header)) != self._header:
                    return 0, hashlib.sha256()
                while left and (data := file.read(min(CHUNK, left))):
                    digest.update(data)
                    left -= len(data)
            if digest.hexdigest() == sha256 and not left:
                return items, digest
        except (OSError, ValueError, KeyError, TypeError):
            pass  # as if nothing were there
        return 0, hashlib.sha256()


def progress_of(path: Path) -> Path:
    """Return the file that says how far another one is."""
    return path.with_name(f"{path.name}.progress")
