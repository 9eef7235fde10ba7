"""Writes files and folders whole or not at all: a crash or a full disk leaves the old or the new.

Failed writes raise one `StorageError` that names the place and the next step.
"""

import contextlib
import errno
import glob
import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO, Literal

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
    """Write a file of a cache; its first line holds the SHA-256 of the rest and the file's name.

    The name is the key of what is cached: a file copied over another one is noticed.

    Raises:
        StorageError: It cannot be written.
    """
    with atomic_file(path, is_cache=True) as file:
        file.write(_hash_line(hashlib.sha256(data), path) + data)


def load_checked(path: Path) -> bytes | None:
    """Return what `save_checked` wrote under this name; None where it is missing or damaged."""
    try:
        line, _, data = read_regular(path).partition(b"\n")
    except OSError:
        return None
    return data if line + b"\n" == _hash_line(hashlib.sha256(data), path) else None


def _hash_line(digest: "hashlib._Hash", path: Path) -> bytes:
    """Return a line as `sha256sum` writes it: hash and name of a file."""
    return f"{digest.hexdigest()}  {path.name}\n".encode()


class NotRegularError(OSError):
    """A pipe, device, folder or link stands where a regular file is expected."""

    def __init__(self, path: Path) -> None:
        super().__init__(errno.EINVAL, "not a regular file", str(path))


def what_is_at(path: Path) -> Literal["file", "folder", "other", "nothing"]:
    """Return what a path leads to; nothing, where it cannot even be looked at.

    A link to a name that is too long is such a path, as is one in a folder that is closed.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return "nothing"
    if stat.S_ISREG(mode):
        return "file"
    return "folder" if stat.S_ISDIR(mode) else "other"


@contextlib.contextmanager
def open_regular(path: Path) -> Iterator[BufferedReader]:
    """Open a regular file for reading; never block on a pipe, touch a device or follow a link.

    Only the last part of the path is looked at: the folders above may be links.

    Raises:
        NotRegularError: Something else stands there.
        OSError: It is missing or cannot be read.
    """
    if not stat.S_ISREG(path.lstat().st_mode):
        raise NotRegularError(path)
    with open(path, "rb", opener=_open_without_blocking) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):  # replaced in between
            raise NotRegularError(path)
        yield file


def _open_without_blocking(path: str, flags: int) -> int:
    # Systems without these flags have no such files either.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))


def read_regular(path: Path, *, limit: int | None = None) -> bytes:
    """Return the content of a regular file.

    Args:
        path: Of the file.
        limit: Bytes; a larger file is refused. None for no limit.

    Raises:
        OSError: It is missing, not a regular file, larger than the limit or cannot be read.
    """
    with open_regular(path) as file:
        if limit is not None and (size := os.fstat(file.fileno()).st_size) > limit:
            raise OSError(errno.EFBIG, f"larger than {limit:,} bytes ({size:,})", str(path))
        return file.read()


def remove_whatever(path: Path) -> None:
    """Delete a file, link, pipe or folder with all that is in it; a missing one is no error.

    Raises:
        OSError: It cannot be deleted.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextlib.contextmanager
def atomic_file(path: Path, *, is_cache: bool = False) -> Iterator[BinaryIO]:
    """Open a new file for writing, which takes the place of `path` once it is on the disk.

    Args:
        path: Of the file.
        is_cache: Whether what it holds can be made again: a folder that stands in its place is
            deleted. Otherwise it may be somebody's, and is left alone.

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
            if is_cache and path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
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

    @property
    def hash(self) -> "hashlib._Hash":
        return self._hash


def save_array(path: Path, values: NDArray[Any]) -> None:
    """Write an array of a cache as .npy, with its SHA-256 and name in a file beside it.

    Raises:
        StorageError: It cannot be written.
    """
    with atomic_file(path, is_cache=True) as file:
        hashing = _Hashing(file)
        np.save(hashing, values, allow_pickle=False)
    # Until the hash is there too, the array is none that a reader takes.
    with atomic_file(_hash_path(path), is_cache=True) as file:
        file.write(_hash_line(hashing.hash, path))


def load_array(path: Path, shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any] | None:
    """Return a saved array, mapped; None where it is missing, damaged or another kind of array."""
    try:
        wanted = read_regular(_hash_path(path), limit=10_000)
        with open_regular(path) as file:
            digest = hashlib.file_digest(file, "sha256")
        if _hash_line(digest, path) != wanted:
            return None
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return values if values.shape == shape and values.dtype == dtype else None


def _hash_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")
