"""Finds the pictures that a document lists: paths and hashes in, a `Dataset` of files here out."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from scenes.data.division import Picture
from scenes.data.folder import Dataset
from scenes.data.image_files import PictureError, open_regular
from scenes.data.pictures import PAINTED_SIZE
from scenes.data.scan import nfc
from scenes.data.sources import scan_source
from scenes.data.synthetic.generate import save_synthetic
from scenes.errors import DataError
from scenes.evidence.recorded_runs import ListedPicture, PictureSet
from scenes.runs.store import Store
from scenes.system.formatting import printable, said_count

SHOWN = 3
"""Pictures that are named."""
MOST_PAINTED = 5_000
"""Pictures of each class and split that are painted at a stranger's word: half an hour's work."""
_NUMBER = re.compile(r"_([0-9]{1,6})\.jpg$")

Known = Mapping[str, Path]
"""The files that are here, by their paths as every system writes them."""


def find_pictures(listed: PictureSet, source: Path | None, *, store: Store) -> Dataset:
    """Return the pictures that a run took, each with the content that it had.

    Args:
        listed: What the document says of them.
        source: Where they are: a folder, table, archive, …; pictures that the program paints need
            none.
        store: Keeps what is painted or unpacked.

    Raises:
        DataError: They are not here: which, and why.
    """
    if listed.has_own_loader:
        raise DataError("its pictures are read by code of its authors, which is not run")
    if source is None and not listed.is_painted:
        raise DataError("its pictures are needed: name where they are with --data DIR")
    root, known = _paint(listed, store) if source is None else _scan(source, store)
    splits = {"train": listed.train, "val": listed.val}
    if problems := list(_differences(root, known, [*listed.train, *listed.val])):
        count = said_count(len(problems), "picture|pictures is|are")
        shown = "; ".join(problems[:SHOWN]) + ("; …" if len(problems) > SHOWN else "")
        raise DataError(f"{count} not here as listed ({shown})")
    return Dataset(
        name="listed",
        source="synthetic" if listed.is_painted else "folder",
        root=root,
        classes=listed.classes,
        splits={
            split: tuple(Picture(known[nfc(one.path)], one.label, one.sha256) for one in members)
            for split, members in splits.items()
        },
    )


def _scan(source: Path, store: Store) -> tuple[Path, Known]:
    scan = scan_source(source.resolve(), imports=store.cache / "imports")
    return scan.root, {nfc(path.as_posix()): path for path in scan.paths()}


def _paint(listed: PictureSet, store: Store) -> tuple[Path, Known]:
    """Paint the set of which the listed pictures are the beginning."""
    numbers = {"train": 1, "val": 1}
    for one in (*listed.train, *listed.val):
        # What was held out of a split keeps the path that it was painted at.
        split, found = one.path.partition("/")[0], _NUMBER.search(one.path)
        if split in numbers and found:
            numbers[split] = max(numbers[split], int(found[1]))
    if max(numbers.values()) > MOST_PAINTED:
        most = f"more than {MOST_PAINTED:,} pictures of each class would be painted"
        raise DataError(f"{most}; name a folder of them with --data DIR")
    root = store.cache / f"painted-{listed.seed}-{numbers['train']}+{numbers['val']}"
    train, val = numbers["train"], numbers["val"]
    save_synthetic(root, seed=listed.seed, train=train, val=val, size=PAINTED_SIZE)
    paths = (path.relative_to(root) for path in root.rglob("*.jpg"))
    return root, {path.as_posix(): path for path in paths}


def _differences(root: Path, known: Known, listed: Sequence[ListedPicture]) -> Iterator[str]:
    """Yield the listed pictures that are not here, or have other contents."""
    for one in listed:
        path = known.get(nfc(one.path))
        if path is None:
            yield f"{printable(one.path)} is missing"
            continue
        try:
            with open_regular(root / path) as stream:
                sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        except PictureError as error:
            yield f"{printable(one.path)} {error.cause}"
            continue
        if sha256 != one.sha256:
            yield f"{printable(one.path)} has another content"
