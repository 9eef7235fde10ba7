"""Decode each picture once per size and keep it as a memory-mapped array.

In: a `Dataset`, a size, a way to interpolate. Out: for each split, `Arrays` that are read from
disk as they are used. A folder of the cache holds one preparation:

    <size>-<interpolation>-<key>/
        train.npy, val.npy                  uint8 (n, size, size, 3)
        train-labels.npy, val-labels.npy    int64 (n,)
        manifest.json                       size and SHA-256 of each of them

It appears whole or not at all, and is prepared by one process while others wait. Pictures that are
not square are stretched to the square, as Keras' `flow_from_directory` does. Where a picture
shrinks, Pillow's filters take all of its pixels into account (antialiasing), except "nearest".
"""

import contextlib
import hashlib
import io
import json
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import PIL
from PIL import Image

from scenes.data.decoding import CHECKED, Decoded, read_picture
from scenes.data.division import Picture
from scenes.data.folder import Dataset
from scenes.data.image_files import PictureError
from scenes.data.mapped_rows import open_rows
from scenes.data.parallel import Progress, map_in_threads, map_pictures
from scenes.data.part_files import PartFile, progress_of
from scenes.data.pixel_code import pixel_digest
from scenes.data.pixels import as_rgb
from scenes.errors import DataError, StorageError
from scenes.system.files import (
    make_folder,
    open_regular,
    read_regular,
    remove_drafts,
    remove_whatever,
    save_atomically,
    writing,
)
from scenes.system.formatting import printable
from scenes.system.locks import locked

INTERPOLATIONS: Mapping[str, Image.Resampling] = {
    name: Image.Resampling[name.upper()] for name in ("nearest", "bilinear", "bicubic", "lanczos")
}
MANIFEST = "manifest.json"
SETTLED = 2 * 10**9
"""Nanoseconds after which a change of a file shows in its time, on any file system."""
_verified: set[tuple[Path, int, int, str]] = set()
"""The files that this process has checked, each with its size, time and hash."""


@dataclass(frozen=True)
class Arrays:
    """The pictures and labels of one split, read-only, in the data set's order.

    Attributes:
        images: uint8 (n, size, size, 3), memory-mapped.
        labels: int64 (n,), indices into the classes.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int64]


def load_arrays(
    dataset: Dataset,
    size: int,
    *,
    cache: Path,
    interpolation: str = "bilinear",
    verify: bool = True,
    progress: Progress | None = None,
) -> dict[str, Arrays]:
    """Return the arrays of every split, prepared if they are not in the cache.

    Args:
        dataset: Whose pictures.
        size: Side of the square in pixels, 1 or more.
        cache: The folder that keeps preparations, made if need be.
        interpolation: A key of `INTERPOLATIONS`.
        verify: Check the SHA-256 of prepared files, once in this process as long as they stay as
            they are; otherwise their sizes have to fit.
        progress: Called while preparing, after each picture, with (done, all).

    Raises:
        DataError: The size or the interpolation is none, or pictures have changed or gone since
            the data set was checked: all of them, by path.
        StorageError: The cache cannot be written: no space, no permission.
    """
    _check(size, interpolation)
    folder = cache / _folder_name(dataset, size, interpolation)
    with writing(cache):
        arrays = _open(folder, dataset, size, verify=verify)
        if arrays is not None:
            return arrays
        mode = 0o644 | make_folder(cache).stat().st_mode & stat.S_IWGRP
        with locked(folder.with_name(f"{folder.name}.lock"), mode=mode):
            # Another process may have prepared it while this one waited.
            arrays = _open(folder, dataset, size, verify=verify)
            if arrays is None:
                _prepare(folder, dataset, size, interpolation, progress)
                arrays = _open(folder, dataset, size, verify=False)
    if arrays is None:
        raise StorageError(folder, "the prepared pictures cannot be read back")
    return arrays


def bytes_to_prepare(
    dataset: Dataset, size: int, *, cache: Path, interpolation: str = "bilinear"
) -> tuple[Path, int]:
    """Return the folder of a preparation, and how many bytes it takes; 0 where it is there."""
    folder = cache / _folder_name(dataset, size, interpolation)
    if (folder / MANIFEST).is_file():
        return folder, 0
    pictures = sum(map(len, dataset.splits.values()))
    return folder, pictures * (size * size * 3 + np.dtype(np.int64).itemsize)


def _check(size: int, interpolation: str) -> None:
    problems = []
    if size < 1:
        problems.append(f"the size must be at least 1 pixel; got {size}")
    if interpolation not in INTERPOLATIONS:
        names = ", ".join(INTERPOLATIONS)
        problems.append(f"the interpolation must be one of {names}; got {interpolation!r}")
    if problems:
        raise DataError("The pictures cannot be resized.", problems)


def _folder_name(dataset: Dataset, size: int, interpolation: str) -> str:
    """Return a name that changes with all that changes a pixel or its place."""
    pictures = dataset.fingerprint_of(*dataset.splits)
    what = [pixel_digest(), PIL.__version__, pictures, size, interpolation]
    key = hashlib.sha256(json.dumps(what).encode("ascii")).hexdigest()
    return f"{size}-{interpolation}-{key[:24]}"


def _open(folder: Path, dataset: Dataset, size: int, *, verify: bool) -> dict[str, Arrays] | None:
    """Return the prepared arrays, or None where they are missing or damaged."""
    try:
        manifest = json.loads(read_regular(folder / MANIFEST))
        if manifest["key"] != folder.name:  # moved or copied over another one
            return None
        files = manifest["files"]
        told = [(folder / name, files[name]) for name in _names(dataset)]
        if not all(map_in_threads(partial(_is_intact, verify=verify), told)):
            return None
        arrays = {split: _open_split(folder, split) for split in dataset.splits}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    fits = (
        arrays[split].images.shape == (len(members), size, size, 3)
        and arrays[split].labels.tolist() == [picture.label for picture in members]
        for split, members in dataset.splits.items()
    )
    return arrays if all(fits) else None


def _names(dataset: Dataset) -> list[str]:
    return [name for split in dataset.splits for name in (f"{split}.npy", f"{split}-labels.npy")]


def _is_intact(file: tuple[Path, Mapping[str, Any]], *, verify: bool) -> bool:
    path, told = file
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode) or status.st_size != told["bytes"]:
        return False
    seen = (path, status.st_size, status.st_mtime_ns, told["sha256"])
    if not verify or seen in _verified:
        return True
    with open_regular(path) as stream:
        intact = bool(hashlib.file_digest(stream, "sha256").hexdigest() == told["sha256"])
    # A file that has just been written may change again within one tick of the system's clock.
    if intact and time.time_ns() - status.st_mtime_ns > SETTLED:
        _verified.add(seen)
    return intact


def _open_split(folder: Path, split: str) -> Arrays:
    images = open_rows(folder / f"{split}.npy")
    labels = np.load(folder / f"{split}-labels.npy", allow_pickle=False)
    if images.dtype != np.uint8 or labels.dtype != np.int64:
        raise ValueError("another kind of array")
    labels.setflags(write=False)
    return Arrays(images, labels)


def _prepare(
    folder: Path, dataset: Dataset, size: int, interpolation: str, progress: Progress | None
) -> None:
    """Write one preparation beside its place and move it there; the caller holds the lock."""
    remove_drafts(folder)
    remove_whatever(folder)  # damaged

    part = folder.with_name(f"{folder.name}.part")  # as far as a killed process came
    if part.is_symlink() or not part.is_dir():
        remove_whatever(part)
    make_folder(part)
    try:
        files = _write_splits(part, dataset, size, interpolation, progress)
    except Exception:
        remove_whatever(part)
        raise
    manifest = {
        "key": folder.name,
        "fingerprint": dataset.fingerprint_of(*dataset.splits),
        "size": size,
        "interpolation": interpolation,
        "pillow": PIL.__version__,
        "files": files,
    }
    for name in files:
        progress_of(part / name).unlink(missing_ok=True)
    save_atomically(part / MANIFEST, json.dumps(manifest, indent=2).encode("ascii"))
    part.replace(folder)


def _write_splits(
    folder: Path, dataset: Dataset, size: int, interpolation: str, progress: Progress | None
) -> dict[str, dict[str, object]]:
    """Write the arrays of every split and return the manifest's entries.

    Raises:
        DataError: Pictures are not what they were when the data set was checked.
    """
    square = partial(_square, size=size, filter_=INTERPOLATIONS[interpolation])
    files: dict[str, dict[str, object]] = {}
    changed: list[PictureError] = []
    with contextlib.ExitStack() as stack:
        parts = {
            split: stack.enter_context(_part(folder / f"{split}.npy", len(members), size))
            for split, members in dataset.splits.items()
        }
        left = {split: members[parts[split].done :] for split, members in dataset.splits.items()}
        paths = [dataset.root / one.path for members in left.values() for one in members]
        squares = stack.enter_context(
            contextlib.closing(map_pictures(square, paths, progress=_onwards(progress, parts)))
        )
        for split, members in left.items():
            good = _unchanged(dataset.root, members, squares, changed)
            files[f"{split}.npy"] = parts[split].extend(good)
            labels = np.array([one.label for one in dataset.splits[split]], dtype=np.int64)
            files[f"{split}-labels.npy"] = _write_labels(folder / f"{split}-labels.npy", labels)
    if changed:
        problems = [f"{printable(one.path)}: {one.cause}" for one in changed]
        hint = "Start again: the folder is checked first."
        raise DataError("Pictures have changed since they were checked.", problems, hint)
    return files


Square = tuple[str, bytes] | PictureError
"""The SHA-256 of a file with its pixels, uint8 (size, size, 3), or why there are none."""


def _square(path: Path, *, size: int, filter_: Image.Resampling) -> Square:
    """Return one picture, stretched to the square."""

    def resized(decoded: Decoded) -> tuple[str, bytes]:
        # Of three equal channels one is enough to resize.
        image = as_rgb(decoded.image.resize((size, size), filter_))
        return decoded.sha256, image.tobytes()

    try:
        return read_picture(path, resized, max_pixels=CHECKED)
    except PictureError as error:
        return error


def _unchanged(
    root: Path, members: Iterable[Picture], squares: Iterator[Square], errors: list[PictureError]
) -> Iterator[bytes]:
    """Yield the pixels of the pictures that are as they were checked, and note the others."""
    for picture, square in zip(members, squares, strict=False):  # the rest is of other splits
        if isinstance(square, PictureError):
            errors.append(square)
        elif square[0] != picture.sha256:
            errors.append(PictureError(root / picture.path, "has another content now"))
        elif not errors:  # after one that is missing, no other is at its place
            yield square[1]


def _part(path: Path, n: int, size: int) -> PartFile:
    """Open the array of a split, which may have been begun.

    The file is an ordinary one: on a full disk that is an error that can be reported, while a
    memory-mapped one would end the process.
    """
    shape = (n, size, size, 3)
    return PartFile(path, _header(np.dtype(np.uint8), shape), size * size * 3)


def _write_labels(path: Path, labels: npt.NDArray[np.int64]) -> dict[str, object]:
    """Write the labels of a split as .npy and return the size and SHA-256 of the file."""
    data = _header(labels.dtype, labels.shape) + labels.tobytes()
    save_atomically(path, data)
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def _header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    header = io.BytesIO()
    layout = {"descr": dtype.str, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(header, layout)
    return header.getvalue()


def _onwards(progress: Progress | None, parts: Mapping[str, PartFile]) -> Progress | None:
    """Return a progress that counts what had been done before as well."""
    done = sum(part.done for part in parts.values())
    return None if progress is None else lambda more, left: progress(done + more, done + left)
