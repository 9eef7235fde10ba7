"""Writes files and folders whole or not at all: a crash or a full disk leaves the old or the new.

Whatever cannot be written is one `StorageError` that names the place and the next step.
"""

import contextlib
import glob
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from scenes.errors import StorageError

GROUP = stat.S_IRWXG | stat.S_ISGID
"""The permissions that a folder has in common with the one that it lies in."""


def save_atomically(path: Path, data: bytes) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part.

    Raises:
        StorageError: It cannot be written; what was there is as it was.
    """
    with atomic_file(path) as file:
        file.write(data)


def save_checked(path: Path, data: bytes) -> None:
    """Write a file atomically, with the SHA-256 of its content in the first line.

    Raises:
        StorageError: It cannot be written.
    """
    save_atomically(path, hashlib.sha256(data).hexdigest().encode() + b"\n" + data)


def load_checked(path: Path) -> bytes | None:
    """Return what `save_checked` wrote; None where it is missing or damaged."""
    try:
        digest, _, data = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    return data if digest == hashlib.sha256(data).hexdigest().encode() else None


@contextlib.contextmanager
def atomic_file(path: Path) -> Iterator[BinaryIO]:
    """Open a new file for writing, which takes the place of `path` once it is on the disk.

    Raises:
        StorageError: It cannot be written; what was there is as it was.
    """
    draft = _draft_of(path)
    with writing(path):
        make_folder(path.parent)
        try:
            with draft.open("wb") as file:
                yield file
                sync_file(file)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


@contextlib.contextmanager
def durable_file(path: Path) -> Iterator[BinaryIO]:
    """Open a file that does not exist yet, and have it on the disk when the block ends."""
    with path.open("xb") as file:
        yield file
        sync_file(file)


def save_folder(path: Path, fill: Callable[[Path], Path]) -> None:
    """Make a folder that appears whole or not at all.

    Args:
        path: Where it goes; there must be nothing, or an empty folder.
        fill: Fills the empty folder that it gets, and returns it, or the folder in it that is to
            appear.

    Raises:
        OSError: It cannot be written, or `path` is taken; nothing is left behind.
    """
    draft = _draft_of(path)
    shutil.rmtree(draft, ignore_errors=True)  # of a killed process whose number was the same
    make_folder(draft)
    try:
        fill(draft).replace(path)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def remove_drafts(path: Path) -> None:
    """Delete what killed processes left of `path`; the caller must hold its lock."""
    for draft in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
        if draft.is_dir():
            shutil.rmtree(draft)
        else:
            draft.unlink()


def _draft_of(path: Path) -> Path:
    return path.with_name(f".{path.name}.{os.getpid()}.tmp")


@contextlib.contextmanager
def writing(place: Path) -> Iterator[None]:
    """Convert an OSError of the block to a `StorageError` about this place."""
    try:
        yield
    except TimeoutError:
        raise  # of a lock that another process holds
    except OSError as error:
        raise StorageError(place, error) from error


def make_folder(path: Path) -> Path:
    """Make a folder in which the same group may write as in the one that it lies in."""
    if not path.is_dir():
        parent = make_folder(path.parent)
        with contextlib.suppress(FileExistsError):  # another process was faster
            path.mkdir()
            share_as(parent, path)
    return path


def share_as(model: Path, folder: Path) -> None:
    """Copy the group's permissions from `model`, where both belong to one group."""
    wanted, given = model.stat(), folder.stat()
    if os.name == "posix" and wanted.st_gid == given.st_gid:
        folder.chmod(stat.S_IMODE(given.st_mode) | wanted.st_mode & GROUP)


def sync_folder(folder: Path) -> None:
    """Make a rename durable, where the system can (Windows cannot open a folder)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def sync_file(file: BinaryIO) -> None:
    """Have what was written on the disk."""
    file.flush()
    os.fsync(file.fileno())


class _Hashing:
    """A file for writing that hashes what passes."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._hash = file, hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        return self._file.write(data)

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def save_array(path: Path, values: NDArray[Any]) -> None:
    """Write an array as .npy, with its SHA-256 in a file beside it.

    Raises:
        StorageError: It cannot be written.
    """
    with atomic_file(path) as file:
        hashing = _Hashing(file)
        np.save(hashing, values, allow_pickle=False)
    # Until the hash is there too, the array is none that a reader takes.
    save_atomically(_hash_path(path), hashing.hexdigest().encode())


def load_array(path: Path, shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any] | None:
    """Return a saved array, mapped; None where it is missing, damaged or another kind of array."""
    try:
        wanted = _hash_path(path).read_bytes()
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        if digest.encode() != wanted:
            return None
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return values if values.shape == shape and values.dtype == dtype else None


def _hash_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
