"""What a reader of pictures yields, and how what is no file becomes one.

A reader is a function from a path to `Item`s: the pictures of a data set with their labels, and
maybe splits and groups. Items with bytes are kept as files in a folder of their own, with a table
`labels.csv` beside them, once for each content of their source; then they are read as any table.
"""

import csv
import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from scenes.data.image_files import recognise
from scenes.data.parallel import Progress
from scenes.data.scan import unsafe
from scenes.system.files import (
    load_checked,
    make_folder,
    remove_drafts,
    remove_whatever,
    save_checked,
    save_folder,
    writing,
)  # fmt: skip
from scenes.system.formatting import printable
from scenes.system.locks import locked

LABELS = "labels.csv"
VERSION = 2
"""Of what is kept for a source: another version is made anew."""


@dataclass(frozen=True)
class Item:
    """One picture as a reader yields it.

    Attributes:
        picture: A file in the folder of the source; or the content of one; or pixels, uint8
            (height, width) or (height, width, 3).
        label: The name of its class.
        split: "train", "val" or "test"; empty where it is in none.
        group: Of pictures that must not be in two splits; None where there is none.
        name: Path of the file to make of bytes or pixels, relative and with `/`, no two the same;
            numbered where it is empty.
    """

    picture: Path | bytes | npt.NDArray[np.uint8]
    label: str | int
    split: str = ""
    group: str | None = None
    name: str = ""

    @property
    def cells(self) -> tuple[str, str, str]:
        """Label, split and group as a table has them: empty for None, and for nothing else."""
        label, split, group = (
            "" if it is None else str(it) for it in (self.label, self.split, self.group)
        )
        return label, split, group


Reader = Callable[[Path], Iterable[Item]]
"""From what a user names to the pictures in it."""

SUFFIXES = {
    "JPEG": ".jpg", "PNG": ".png", "WebP": ".webp", "BMP": ".bmp", "GIF": ".gif", "TIFF": ".tiff",
    "PPM": ".ppm",
}  # fmt: skip


def suffix_of(data: bytes) -> str:
    """Return the extension of a picture file with this content; `.png` where it is none."""
    return SUFFIXES.get(recognise(data[:32]) or "", ".png")


def as_content(pixels: bytes, height: int, width: int, *, colour: bool) -> bytes:
    """Return a PPM or PGM file: the plainest formats, whose bytes depend on no library.

    Args:
        pixels: One byte a channel, row by row.
        height: Of the picture.
        width: Of the picture.
        colour: Whether there are three channels.
    """
    return (b"P6" if colour else b"P5") + b"\n%d %d\n255\n" % (width, height) + pixels


def content_of(picture: bytes | npt.NDArray[np.uint8]) -> bytes:
    """Return the content of a file for what a reader yields.

    Raises:
        ValueError: It is neither bytes nor pixels.
    """
    if isinstance(picture, bytes):
        return picture
    array = np.asarray(picture)
    if array.dtype.kind == "U":
        raise ValueError(
            f"the path of a picture must be a Path, not a text: {printable(str(array))}"
        )
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or array.shape[2:] not in ((), (3,)):
        what = f"{array.dtype} {array.shape}"
        raise ValueError(f"pixels must be uint8 (height, width) or (height, width, 3); got {what}")
    return as_content(array.tobytes(), *array.shape[:2], colour=array.ndim == 3)


def keep_items(
    items: Iterable[Item], folder: Path, *, total: int, progress: Progress | None = None
) -> None:
    """Write the pictures into an empty folder, and beside them the table with their labels.

    Raises:
        ValueError: What is to be a picture is none, or its name leads elsewhere.
    """
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(("path", "label", "split", "group"))
    above: set[Path] = set()
    for done, item in enumerate(items, start=1):
        if isinstance(item.picture, Path):
            raise ValueError("a reader yields files or contents, not both")
        data = content_of(item.picture)
        name = item.name or f"{done - 1:06d}{suffix_of(data)}"
        if cause := unsafe(name):
            raise ValueError(f"{printable(name)}: {cause}")
        path = folder / name
        if path.parent not in above:
            path.parent.mkdir(parents=True, exist_ok=True)
            above.add(path.parent)
        if path.exists():
            raise ValueError(f"{printable(name)}: is the name of two pictures, or of a folder too")
        path.write_bytes(data)
        rows.writerow((name, *item.cells))
        if progress is not None:
            progress(done, total)
    (folder / LABELS).write_text(text.getvalue(), encoding="utf-8", newline="")


def kept(imports: Path, key: str, make: Callable[[Path], object]) -> Path:
    """Return the folder that is kept for a source; made, whole or not at all, if need be.

    Args:
        imports: Holds the folders of all sources.
        key: Of the source: a hash of its content.
        make: Makes the folder at the path that it gets.

    Raises:
        StorageError: It cannot be written.
    """
    folder = imports / f"{key[:24]}-{VERSION}"
    if _is_whole(folder):
        return folder
    with writing(make_folder(imports)), locked(folder.with_name(f"{folder.name}.lock")):
        if not _is_whole(folder):  # another process may have made it meanwhile
            remove_drafts(folder)
            remove_whatever(folder)
            make(folder)
            save_checked(_listing_path(folder), _listing(folder))
    return folder


def fill(folder: Path, items: Iterable[Item], *, total: int, progress: Progress | None) -> None:
    """Make a folder of items, which appears whole or not at all."""

    def write(draft: Path) -> Path:
        keep_items(items, draft, total=total, progress=progress)
        return draft

    save_folder(folder, write)


def _is_whole(folder: Path) -> bool:
    """Return whether all files are there as they were made, by their sizes and times."""
    return folder.is_dir() and load_checked(_listing_path(folder)) == _listing(folder)


def _listing_path(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.files")


def _listing(folder: Path) -> bytes:
    """Return the hash of the paths, sizes and times of all files below a folder."""
    told = []
    for top, _, names in os.walk(folder):
        above = Path(top)
        for name in names:
            status = (above / name).stat()
            told.append(
                (str((above / name).relative_to(folder)), status.st_size, status.st_mtime_ns)
            )
    return hashlib.sha256(json.dumps(sorted(told)).encode()).hexdigest().encode()
