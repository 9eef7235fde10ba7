"""What the disk must offer before anything long begins: folders that can be written, and space.

In: folders and bytes. Out: nothing, or one `MachineError` with all that is missing.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from scenes.errors import MachineError, UserError
from scenes.system.formatting import printable, said_size

SPARE = 2**28
"""Bytes left free beside what is known to be needed: records, figures, the document."""


def require_writable(folders: Iterable[Path]) -> None:
    """Check that files can be made in folders, or the folders themselves; make none of them.

    Raises:
        MachineError: Some cannot; all of them, with the system's answer.
    """
    if problems := [problem for folder in folders if (problem := write_problem(folder))]:
        raise MachineError(
            "Folders cannot be written to; nothing has been trained.",
            problems,
            "Give yourself the right to write there, or name another --store, or copy the report.",
        )


def write_problem(folder: Path) -> str | None:
    """Return why no file can be made in a folder, or nothing."""
    place = nearest_folder(folder)
    try:
        with tempfile.TemporaryFile(dir=place):
            return None
    except OSError as error:
        return f"{folder}: {error.strerror or error}"


def refuse_links(folder: Path, paths: Iterable[Path]) -> None:
    """Check that nothing leads out of a folder in which files are to be written.

    Args:
        folder: That may be anybody's; where it lies itself is up to the user.
        paths: Files below it.

    Raises:
        UserError: A folder on the way to one is a link, all of which are named.
    """
    on_the_way = {
        above for path in paths for above in path.parents if above.is_relative_to(folder)
    } - {folder}
    if links := sorted(path for path in on_the_way if path.is_symlink()):
        raise UserError(
            "Documents are written into the report's own folder only.",
            [f"{path} is a link to {path.readlink()}" for path in links],
            "Remove the link, or copy the report to where its documents are to be.",
        )


def refuse_overwriting(given: Iterable[Path], targets: Iterable[Path], *, option: str) -> None:
    """Check that nothing is written over what is read.

    Args:
        given: Files that a command was given.
        targets: That it writes.
        option: By which they can go elsewhere.

    Raises:
        UserError: Something would be lost; all such files are named.
    """
    known = {found for path in given if (found := _identity(path)) is not None}
    if lost := [path for path in targets if _identity(path) in known]:
        raise UserError(
            "What is written would take the place of what is read.",
            [f"{printable(path)} is one of the files to be read" for path in lost],
            f"Name another place with {option}.",
        )


def _identity(path: Path) -> tuple[int, int] | None:
    """Return which file a path names, links not followed; None where there is none."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def require_space(folder: Path, needed: int, what: str) -> None:
    """Check that a folder's disk has room.

    Args:
        folder: Where it goes; it need not be there yet.
        needed: Bytes.
        what: What they are for, to be read after "for".

    Raises:
        MachineError: There is less.
    """
    free = free_bytes(folder)
    if needed + SPARE > free:
        raise MachineError(
            "The disk has no room for what is to be done; nothing has been trained.",
            [
                f"{folder}: {said_size(needed)} are needed for {what} and {said_size(SPARE)} for "
                f"records and documents, {said_size(free)} are free"
            ],
            "Free some space there, or name another --store.",
        )


def free_bytes(folder: Path) -> int:
    """Return how much is free on the disk of a folder, which need not be there yet."""
    return shutil.disk_usage(nearest_folder(folder)).free


def nearest_folder(path: Path) -> Path:
    """Return the path, or what is above it and exists."""
    return next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())
