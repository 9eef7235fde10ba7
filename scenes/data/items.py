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

from filelock import FileLock

from scenes.data.parallel import Progress
from scenes.system.files import (
    load_checked,
    make_folder,
    remove_drafts,
    remove_whatever,
    save_checked,
    save_folder,
    writing,
)  # fmt: skip

LABELS = "labels.csv"
VERSION = 1
"""Of what is kept for a source: another version is made anew."""


@dataclass(frozen=True)
class Item:
    """One picture as a reader yields it.

    Attributes:
        picture: The content of a picture file.
        label: The name of its class.
        split: "train", "val" or "test"; empty where it is in none.
        group: Of pictures that must not be in two splits; None where there is none.
        name: Path of the file to make, relative and with `/`; no two have the same.
    """

    picture: bytes
    label: str
    split: str = ""
    group: str | None = None
    name: str = ""


def keep_items(
    items: Iterable[Item], folder: Path, *, total: int, progress: Progress | None = None
) -> None:
    """Write the pictures into an empty folder, and beside them the table with their labels."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(("path", "label", "split", "group"))
    above: set[Path] = set()
    for done, item in enumerate(items, start=1):
        path = folder / item.name
        if path.parent not in above:
            path.parent.mkdir(parents=True, exist_ok=True)
            above.add(path.parent)
        with path.open("xb") as file:
            file.write(item.picture)
        rows.writerow((item.name, item.label, item.split, item.group or ""))
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
    with writing(make_folder(imports)), FileLock(f"{folder}.lock"):
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
    """Tell whether all files are there as they were made, by their sizes and times."""
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
