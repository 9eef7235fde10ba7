"""What is handed in to be graded: paths in, how their sheets are called out, or what is wrong."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from scenes.errors import UserError
from scenes.system.formatting import printable

LONGEST_NAME = 200
"""Bytes; file systems allow 255."""
MOST = 2000
"""Submissions of a class."""
TAKEN = ("overview", "grades")
"""Names of files that are no sheets."""


def check_files(files: Sequence[Path]) -> None:
    """Check that there is something to grade.

    Raises:
        UserError: Nothing was named, too much, or something that is not there.
    """
    problems = [
        f"{printable(path)}: there is no file here" for path in files if not os.path.lexists(path)
    ]
    if len(files) > MOST:
        problems = [f"{len(files):,} files were named; at most {MOST:,} are graded at a time"]
    if not files or problems:
        hint = "Name PDFs: scenes grade assignment.toml submissions/*.pdf"
        raise UserError("There is nothing to grade.", problems or ["no submission was named"], hint)


def short_paths(files: Sequence[Path]) -> list[Path]:
    """Return the paths of files below the folder that all of them lie in.

    Where each lies in a folder of its own, as learning platforms hand them out, the name of a file
    alone says nothing.
    """
    whole = [path.parent.resolve() / path.name for path in files]
    common = os.path.commonpath([path.parent for path in whole])
    return [path.relative_to(common) for path in whole]


def sheet_names(files: Sequence[Path]) -> list[str]:
    """Return a name for the sheet of each file: of plain characters, and no name twice."""
    often = Counter(path.stem.casefold() for path in files)
    names: list[str] = []
    taken = set(TAKEN)
    numbers: Counter[str] = Counter()
    for path, short in zip(files, short_paths(files), strict=True):
        said = path.stem if often[path.stem.casefold()] == 1 else f"{short.parent}/{path.stem}"
        plain = _cut(re.sub(r"[^\w.-]+", "-", said).strip("-.")) or "submission"
        name = plain
        while name.casefold() in taken:
            numbers[plain.casefold()] += 1
            name = f"{plain}-{numbers[plain.casefold()] + 1}"
        taken.add(name.casefold())
        names.append(name)
    return names


def _cut(name: str) -> str:
    """Return a name that leaves room for a number and an ending in what file systems allow."""
    return name.encode()[:LONGEST_NAME].decode(errors="ignore")
