"""Data sets that mark places in pictures, by the files that lie beside the pictures.

In: a folder. Out: which of the usual forms of object detection it has; None where it has none.

======  =============================================================================
COCO    a .json that holds `images` and `annotations`, with a box for each of these
VOC     an .xml for each picture, with objects and their boxes
YOLO    a .txt for each picture, with a class and four numbers between 0 and 1 a line
======  =============================================================================
"""

import json
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path

from scenes.data.columns import DETECTION
from scenes.data.splits import READ_SUFFIXES, resembled, split_of
from scenes.system.files import read_regular
from scenes.system.formatting import printable

GENERAL = frozenset(("images", "image", "imgs", "img", "jpegimages", "pictures", "data"))
"""Folders that are named after what is in them, and not after a class."""
COCO_NAMES = re.compile(r"(instances|person_keypoints|panoptic|stuff)_|\.coco\.", re.IGNORECASE)
YOLO_LINE = re.compile(r"\d+(\s+(0|1|0?\.\d+|1\.0*)(e-\d+)?){4,}")
DEPTH = 3
"""How deep files are looked for."""
LOOKED_AT = 20
"""Files of a kind that are opened."""
HEAD = 2**16
LARGEST = 2**26
"""Bytes of a .json that is read; a larger one is judged by its name."""


def marks_places(root: Path) -> str | None:
    """Return why a folder is a data set of object detection; None where it is none.

    Folders that are named after classes come before: what lies beside them is left alone.

    Args:
        root: The folder.
    """
    files = _files(root)
    if not any(_is_picture(path.name) for path in files):
        return None
    for form, suffix, fits in (
        ("COCO", ".json", is_coco),
        ("VOC", ".xml", _is_voc),
        ("YOLO", ".txt", _is_yolo),
    ):
        some = islice((path for path in files if path.suffix.lower() == suffix), LOOKED_AT)
        if found := next((path for path in some if fits(path)), None):
            name = printable(found.relative_to(root))
            return f"{name} (as {form} has it) {DETECTION}"
    return None


def _files(root: Path) -> list[Path]:
    """Return the files of a folder and those below it; none where a folder may be a class."""
    found: list[Path] = []
    waiting = [root]
    while waiting:
        folder = waiting.pop(0)
        is_general = _is_general(folder.relative_to(root))
        with suppress(OSError), os.scandir(folder) as entries:
            for entry in entries:
                if not is_general and _is_picture(entry.name):
                    return []
                if entry.is_dir(follow_symlinks=False):
                    deep = len(folder.relative_to(root).parts) >= DEPTH
                    waiting += [] if deep else [folder / entry.name]
                else:
                    found.append(folder / entry.name)
    return sorted(found)


def _is_picture(name: str) -> bool:
    return Path(name).suffix.lower() in READ_SUFFIXES


def _is_general(folder: Path) -> bool:
    return all(
        part.casefold() in GENERAL or split_of(part) or resembled(part) for part in folder.parts
    )


def _head(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(HEAD).decode("utf-8", errors="replace")
    except OSError:
        return ""


def is_coco(path: Path) -> bool:
    """Return whether a .json marks places in pictures, as COCO does."""
    try:
        if path.stat().st_size > LARGEST:
            return bool(COCO_NAMES.search(path.name))
        told = json.loads(read_regular(path, limit=LARGEST))
    except (OSError, ValueError, RecursionError):
        return False
    found = told.get("annotations") if isinstance(told, dict) else None
    return isinstance(found, list) and any(_has_place(one) for one in found[:LOOKED_AT])


def _has_place(annotation: object) -> bool:
    return isinstance(annotation, dict) and not annotation.keys().isdisjoint(
        ("bbox", "segmentation", "keypoints")
    )


def _is_voc(path: Path) -> bool:
    head = _head(path)
    return "<annotation" in head and ("<bndbox" in head or "<object" in head)


def _is_yolo(path: Path) -> bool:
    lines = [line.strip() for line in _head(path).splitlines() if line.strip()]
    return bool(lines) and _all_match(lines[:LOOKED_AT])


def _all_match(lines: Iterable[str]) -> bool:
    return all(YOLO_LINE.fullmatch(line) for line in lines)
