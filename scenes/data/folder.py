"""From a folder of pictures to a `Dataset`: what is in it, in which split, of which class.

In: a folder that `scenes.data.layout` understands. Out: a checked, immutable `Dataset`, or one
`DataError` with all that is wrong. Class folders without splits are split here.

Sub-folders of a class belong to it. Hidden files and folders, and what systems leave behind
(`Thumbs.db`, `__MACOSX`), are left out; where they look like pictures, a finding says so.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

from PIL import Image

from scenes.data.album import Album, Bitmap, Shape
from scenes.data.decoding import CHECKED, MAX_PIXELS, Seen, decode_picture
from scenes.data.division import Picture, divide, in_order, torn_groups
from scenes.data.duplicates import Place, copy_findings
from scenes.data.findings import (
    EXAMPLES,
    FINDINGS,
    Finding,
    balance_findings,
    picture_findings,
)
from scenes.data.inspection import inspect_pictures
from scenes.data.known_findings import find_once
from scenes.data.layout import CLASS_FOLDERS, LAYOUT, layout_problems
from scenes.data.loaders import Loader, scan_loader
from scenes.data.parallel import Progress
from scenes.data.scan import UNSPLIT, Parts, bad_files
from scenes.data.sources import scan_source
from scenes.data.tables import TABLE_SUFFIXES
from scenes.errors import DataError
from scenes.system.formatting import natural_order, printable

REMEMBERED = 10_000
"""Pictures from which on it is remembered what stands out: fewer are searched in a moment."""
SKIP_HINT = "Mend or remove the files, or go on without the bad ones: --skip-bad."


@dataclass(frozen=True)
class Skipped:
    """A bad file that was left out on request.

    Attributes:
        path: Relative to the folder of the data set, printable.
        cause: What is wrong with it.
    """

    path: str
    cause: str


@dataclass(frozen=True)
class Dataset:
    """Pictures with their classes, split, checked and in a fixed order.

    Attributes:
        name: Of the folder.
        source: "synthetic" where the program painted the pictures.
        root: The folder.
        classes: In natural order: 2 before 10.
        splits: "train", "val" and maybe "test"; each sorted by class and path.
        reader: What it was read as, in words.
        notes: Findings that the pictures do not show by themselves: of the folder, of a choice.
        skipped: Bad files that were left out on request.
        seen: What each content showed, by SHA-256.
        cache: Remembers what stood out in large sets; None remembers nothing.
        album: The pictures as a document prints them.
    """

    name: str
    source: Literal["folder", "synthetic"]
    root: Path
    classes: tuple[str, ...]
    splits: Mapping[str, tuple[Picture, ...]]
    reader: str = CLASS_FOLDERS
    notes: tuple[Finding, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    seen: Mapping[str, Seen] = field(default_factory=dict, repr=False, compare=False)
    cache: Path | None = field(default=None, repr=False, compare=False)
    album: Album = field(default_factory=Album, repr=False, compare=False)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of all that a run depends on: it never sees the pictures of test."""
        return self.fingerprint_of("train", "val")

    def fingerprint_of(self, *splits: str) -> str:
        """Return the SHA-256 of classes, and of the paths, labels and contents of some splits.

        It does not depend on where the folder is, on times, on the file system's order, or on how
        it encodes accents.
        """
        pictures = {
            split: [(one.name, one.label, one.sha256) for one in self.splits[split]]
            for split in splits
        }
        text = json.dumps({"classes": self.classes, "splits": pictures}, sort_keys=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What stands out and does not stop a study, worst first."""
        if self.cache is not None and sum(map(len, self.splits.values())) >= REMEMBERED:
            found = find_once(self.cache, self._key(), self._search)
        else:
            found = self._search()
        return tuple(sorted((*self.notes, *found), key=lambda one: list(FINDINGS).index(one.kind)))

    def _search(self) -> tuple[Finding, ...]:
        """Return what the pictures themselves show."""
        places = self.places()
        shown = {it.path: self.seen[it.sha256] for it in places if it.sha256 in self.seen}
        return (
            *picture_findings(shown),
            *copy_findings(places),
            *balance_findings({split: self.counts(split) for split in self.splits}),
        )

    def _key(self) -> str:
        """Return a hash of all that `_search` looks at; a content decides what it showed."""
        digest = hashlib.sha256(json.dumps(self.classes).encode())
        for split, members in self.splits.items():
            rows = [
                f"{one.path}\0{one.label}\0{one.sha256}\0{one.sha256 in self.seen}\0"
                for one in members
            ]
            told = f"\0{split}\0{len(rows)}\0{''.join(rows)}"
            digest.update(told.encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def examples(self) -> tuple[Picture, ...]:
        """Return the first training picture of each class."""
        firsts = {picture.label: picture for picture in reversed(self.splits["train"])}
        return tuple(firsts[label] for label in range(len(self.classes)))

    def decode(self, picture: Picture) -> Image.Image:
        """Return one of the pictures as RGB.

        Raises:
            PictureError: The file is no longer what it was when it was checked.
        """
        return decode_picture(self.root / picture.path, max_pixels=CHECKED)

    def printed(self, name: str, side: int, shape: Shape = "fitted") -> Bitmap:
        """Return one of the pictures as a document prints it: uint8 (height, width, 3).

        Args:
            name: Its path, relative to the folder, with `/`.
            side: Of the square, in pixels.
            shape: Whether it fits the square or fills it.

        Raises:
            PictureError: The file is no longer what it was when it was checked.
            OSError: It cannot be read.
        """
        return self.album.take(
            (name, side, shape),
            lambda: decode_picture(self.root / name, max_pixels=CHECKED),
        )

    def places(self) -> list[Place]:
        """Return where each picture stands."""
        return [
            Place(
                split,
                picture.label,
                picture.path.as_posix(),
                picture.sha256,
                self.seen[picture.sha256].likeness if picture.sha256 in self.seen else None,
            )
            for split, members in self.splits.items()
            for picture in members
        ]

    def counts(self, split: str) -> dict[str, int]:
        """Return how many pictures of each class a split has."""
        found = Counter(picture.label for picture in self.splits[split])
        return {name: found[label] for label, name in enumerate(self.classes)}


def load_folder(
    root: Path,
    *,
    cache: Path | None,
    seed: int = 0,
    val_share: float = 0.2,
    source: Literal["folder", "synthetic"] = "folder",
    skip_bad: bool = False,
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
    imports: Path | None = None,
    loader: Loader | None = None,
    is_whole: bool = False,
) -> Dataset:
    """Check the pictures that a user names and return what is there.

    Args:
        root: A folder, or a file that `scenes.data.sources` can read.
        cache: Where to remember what was seen in the pictures; None remembers nothing.
        seed: Of the assignment to train and val, where the folder does not split by itself.
        val_share: Share of each class that goes to val then, between 0 and 1.
        source: Who made the pictures.
        skip_bad: Leave bad files out and list them instead of refusing the folder.
        max_pixels: Pictures above are bad.
        progress: Called after each picture with (done, all).
        imports: Where what is in archives and arrays is kept as files; None refuses those.
        loader: Reads the source in place of the built-in readers.
        is_whole: Leave val empty and all but the test split in train, for folds to be made of it.

    Raises:
        DataError: The folder cannot be used; all that is wrong with it, by path and cause.
        StorageError: The cache cannot be written.
    """
    if not 0 < val_share < 1:
        raise DataError("The share of val must lie between 0 and 1.", [f"got {val_share}"])
    if loader is None:
        scan = scan_source(root, imports=imports, progress=progress)
    else:
        scan = scan_loader(root, loader, imports=imports)
    found = inspect_pictures(
        scan.paths(), root=scan.root, cache=cache, max_pixels=max_pixels, progress=progress
    )
    seen, bad = found.seen, {**found.bad, **scan.bad}
    parts = scan.without(bad) if skip_bad else scan.parts
    problems = [*scan.problems, *torn_groups(parts, scan.groups)]
    if any(parts.values()) or not scan.problems:  # of what could not be read nothing follows
        problems += layout_problems(parts)
    _refuse(root, problems, {} if skip_bad else bad)
    classes = tuple(sorted(next(iter(parts.values())), key=natural_order))
    pictures = _pictures(parts, classes, seen, scan.groups)
    splits, notes = (
        _unite(root, pictures, is_painted=source == "synthetic")
        if is_whole
        else _split(pictures, seed=seed, val_share=val_share)
    )
    return Dataset(
        name=_name_of(root),
        source=source,
        reader=scan.reader,
        root=scan.root,
        classes=classes,
        splits=splits,
        notes=(*scan.findings(), *_grouped(splits), *notes),
        skipped=tuple(Skipped(printable(path), cause) for path, cause in sorted(bad.items())),
        seen={one.sha256: one for one in seen.values()},
        cache=cache,
    )


def _name_of(source: Path) -> str:
    """Return the name of a folder, or of an archive or an array without its extension."""
    path = source.resolve()
    if path.is_dir():
        return path.name
    if path.suffix.lower() in TABLE_SUFFIXES:
        return path.parent.name
    return path.name.partition(".")[0] or path.name


def _refuse(root: Path, layout: Sequence[str], bad: Mapping[Path, str]) -> None:
    """Raise one DataError with all that is wrong, if anything is."""
    if layout or bad:
        hints = [LAYOUT] * bool(layout) + [SKIP_HINT] * bool(bad)
        heading = f"{printable(root)} cannot be used as it is."
        raise DataError(heading, [*layout, *bad_files(bad)], "\n".join(hints))


def _pictures(
    parts: Parts, classes: Sequence[str], seen: Mapping[str, Seen], groups: Mapping[Path, str]
) -> dict[str, tuple[Picture, ...]]:
    labels = {name: label for label, name in enumerate(classes)}
    return {
        split: in_order(
            Picture(
                path, labels[name], seen[str(path)].sha256, groups.get(path) if groups else None
            )
            for name, paths in members.items()
            for path in paths
        )
        for split, members in parts.items()
    }


def _grouped(splits: Mapping[str, Sequence[Picture]]) -> Iterator[Finding]:
    """Yield how many groups there are, where there are any."""
    groups = sorted({one.group for part in splits.values() for one in part if one.group})
    if groups:
        yield Finding("grouped", len(groups), tuple(map(printable, groups[:EXAMPLES])))


def _unite(
    root: Path, splits: Mapping[str, tuple[Picture, ...]], *, is_painted: bool
) -> tuple[dict[str, tuple[Picture, ...]], list[Finding]]:
    """Put all pictures but those of test into train.

    Raises:
        DataError: The user has split the pictures.
    """
    if "val" in splits and not is_painted:
        raise DataError(
            f"{printable(root)} has a val split of its own, which folds would dissolve.",
            ["[data] folds makes each picture a validation picture once"],
            "Remove folds from [data], or move the pictures of val into train.",
        )
    test = {split: members for split, members in splits.items() if split == "test"}
    rest = [one for split, members in splits.items() if split not in test for one in members]
    return {"train": in_order(rest), "val": (), **test}, []


def _split(
    splits: dict[str, tuple[Picture, ...]], *, seed: int, val_share: float
) -> tuple[dict[str, tuple[Picture, ...]], list[Finding]]:
    """Make train and val out of one part, where the folder has no val."""
    if "val" in splits:
        return splits, []
    whole = splits.get(UNSPLIT) or splits["train"]
    train, val = divide(whole, seed=seed, val_share=val_share)
    shown = tuple(printable(picture.path) for picture in val[:EXAMPLES])
    told = [] if UNSPLIT in splits else [Finding("val_from_train", len(val), shown)]
    rest = {split: members for split, members in splits.items() if split == "test"}
    return {"train": train, "val": val, **rest}, told
