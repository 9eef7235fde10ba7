"""From a folder of pictures to a `Dataset`: what is in it, in which split, of which class.

In: `train/<class>/*` and `val/<class>/*` (and `test/<class>/*`), or class folders alone, which are
split here. Out: a checked, immutable `Dataset`, or one `DataError` with all that is wrong.

Sub-folders of a class belong to it. Hidden files and folders, and what systems leave behind
(`Thumbs.db`, `__MACOSX`), are left out; where they look like pictures, a finding says so.
"""

import hashlib
import json
import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Literal

from scenes.dataset.decoding import (
    FORMATS,
    MAX_PIXELS,
    UNREAD_SUFFIXES,
    Progress,
    Seen,
    printable,
    sniff,
)
from scenes.dataset.inspection import (
    EXAMPLES,
    Finding,
    duplicate_findings,
    inspect_pictures,
    picture_findings,
)
from scenes.errors import DataError

SPLIT_NAMES: Mapping[str, tuple[str, ...]] = {
    "train": ("train", "training"),
    "val": ("val", "validation", "valid"),
    "test": ("test", "testing"),
}
"""The folders that hold a split, in any case."""

LEFT_BEHIND = frozenset(("__macosx", "@eadir", "$recycle.bin", "lost+found", "thumbs.db"))
READ_SUFFIXES = frozenset(suffix for suffixes in FORMATS.values() for suffix in suffixes)

LAYOUT = (
    "Expected DIR/train/CLASS/*.jpg and DIR/val/CLASS/*.jpg, or DIR/CLASS/*.jpg alone,"
    " with two classes or more."
)
SKIP_HINT = "Mend or remove the files, or go on without the bad ones: --skip-bad."


@dataclass(frozen=True)
class Picture:
    """One picture of a data set.

    Attributes:
        path: Relative to the folder of the data set.
        label: Index into `Dataset.classes`.
        sha256: Of the bytes of the file.
    """

    path: Path
    label: int
    sha256: str


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
        classes: Sorted.
        splits: "train", "val" and maybe "test"; each sorted by class and path.
        findings: What stands out and does not stop a study.
        skipped: Bad files that were left out on request.
        seen: What each content showed, by SHA-256.
    """

    name: str
    source: Literal["folder", "synthetic"]
    root: Path
    classes: tuple[str, ...]
    splits: Mapping[str, tuple[Picture, ...]]
    findings: tuple[Finding, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    seen: Mapping[str, Seen] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of classes, splits, paths, labels and contents.

        It does not depend on where the folder is, on times, or on the file system's order.
        """
        pictures = {
            split: [(picture.path.as_posix(), picture.label, picture.sha256) for picture in members]
            for split, members in self.splits.items()
        }
        text = json.dumps({"classes": self.classes, "splits": pictures}, sort_keys=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()

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
) -> Dataset:
    """Check a folder of pictures and return what is in it.

    Args:
        root: The folder, laid out as the module says.
        cache: Where to remember what was seen in the pictures; None remembers nothing.
        seed: Of the assignment to train and val, where the folder does not split by itself.
        val_share: Share of each class that goes to val then, between 0 and 1.
        source: Who made the pictures.
        skip_bad: Leave bad files out and list them instead of refusing the folder.
        max_pixels: Pictures above are bad.
        progress: Called after each picture with (done, all).

    Raises:
        DataError: The folder cannot be used; all that is wrong with it, by path and cause.
        MachineError: The cache cannot be written.
    """
    if not 0 < val_share < 1:
        raise DataError("The share of val must lie between 0 and 1.", [f"got {val_share}"])
    scan = _scan(root)
    inspection = inspect_pictures(
        [root / path for path in scan.paths()],
        cache=cache,
        max_pixels=max_pixels,
        progress=progress,
    )
    seen = {path.relative_to(root): one for path, one in inspection.seen.items()}
    bad = scan.bad | {path.relative_to(root): cause for path, cause in inspection.bad.items()}
    parts = scan.without(bad) if skip_bad else scan.parts
    _refuse(root, [*scan.problems, *_layout_problems(parts)], {} if skip_bad else bad)
    classes = tuple(sorted(next(iter(parts.values()))))
    splits, findings = _split(_pictures(parts, classes, seen), seed=seed, val_share=val_share)
    dataset = Dataset(
        name=root.resolve().name,
        source=source,
        root=root,
        classes=classes,
        splits=splits,
        skipped=tuple(Skipped(printable(path), cause) for path, cause in sorted(bad.items())),
        seen={one.sha256: one for one in seen.values()},
    )
    return replace(dataset, findings=_all_findings(dataset, [*scan.findings(), *findings]))


def _refuse(root: Path, layout: Sequence[str], bad: Mapping[Path, str]) -> None:
    """Raise one DataError with all that is wrong, if anything is."""
    if layout or bad:
        files = [f"{printable(path)}: {cause}" for path, cause in sorted(bad.items())]
        hints = [LAYOUT] * bool(layout) + [SKIP_HINT] * bool(bad)
        heading = f"{printable(root)} cannot be used as it is."
        raise DataError(heading, [*layout, *files], "\n".join(hints))


def take_per_class(
    dataset: Dataset, *, train: int | None, val: int | None, seed: int = 0
) -> Dataset:
    """Return a data set with at most so many pictures of each class.

    The choice is seeded, depends on contents and paths alone, and grows: a smaller one is a
    subset of a larger one. A test split stays whole.

    Args:
        dataset: What to choose from.
        train: How many of each class in train; None takes all.
        val: How many of each class in val; None takes all.
        seed: Another seed, another choice.

    Raises:
        DataError: Fewer than one picture is asked for.
    """
    wanted = {"train": train, "val": val}
    if wrong := [f"{split}: got {n}" for split, n in wanted.items() if n is not None and n < 1]:
        raise DataError("At least one picture of each class must be taken.", wrong)
    splits = {
        split: _take(members, wanted.get(split), seed) for split, members in dataset.splits.items()
    }
    short = [
        f"{split}/{name}: {count} of {n}"
        for split, n in wanted.items()
        for name, count in dataset.counts(split).items()
        if n is not None and count < n
    ]
    kept = [one for one in dataset.findings if one.kind in FOLDER_KINDS]
    if short:
        kept.append(Finding("fewer_than_asked", len(short), tuple(map(printable, short))))
    smaller = replace(dataset, splits=splits)
    return replace(smaller, findings=_all_findings(smaller, kept))


FOLDER_KINDS = ("left_out", "case_twins", "val_from_train")  # what single pictures do not show


def _all_findings(dataset: Dataset, others: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings of a data set's pictures after the others."""
    shown = {
        picture.path.as_posix(): dataset.seen[picture.sha256]
        for members in dataset.splits.values()
        for picture in members
        if picture.sha256 in dataset.seen
    }
    placed = {
        split: [(picture.path.as_posix(), picture.label, picture.sha256) for picture in members]
        for split, members in dataset.splits.items()
    }
    return (*others, *picture_findings(shown), *duplicate_findings(placed))


def _take(members: Sequence[Picture], n: int | None, seed: int) -> tuple[Picture, ...]:
    chosen = [
        picture
        for of_class in _by_label(members).values()
        for picture in sorted(of_class, key=lambda one: _draw(seed, one))[:n]
    ]
    return _in_order(chosen)


def _draw(seed: int, picture: Picture) -> tuple[str, str]:
    """Return what to sort by: random in the seed, equal for copies, at home in any folder."""
    drawn = hashlib.sha256(f"{seed} {picture.sha256}".encode("ascii")).hexdigest()
    return drawn, picture.path.as_posix()


def _by_label(members: Iterable[Picture]) -> dict[int, list[Picture]]:
    labels: dict[int, list[Picture]] = {}
    for picture in members:
        labels.setdefault(picture.label, []).append(picture)
    return labels


def _in_order(members: Iterable[Picture]) -> tuple[Picture, ...]:
    return tuple(sorted(members, key=lambda one: (one.label, one.path.as_posix())))


def _pictures(
    parts: "Parts", classes: Sequence[str], seen: Mapping[Path, Seen]
) -> dict[str, tuple[Picture, ...]]:
    labels = {name: label for label, name in enumerate(classes)}
    return {
        split: _in_order(
            Picture(path, labels[name], seen[path].sha256)
            for name, paths in members.items()
            for path in paths
        )
        for split, members in parts.items()
    }


def _split(
    splits: dict[str, tuple[Picture, ...]], *, seed: int, val_share: float
) -> tuple[dict[str, tuple[Picture, ...]], list[Finding]]:
    """Make train and val out of one part, where the folder has no val."""
    if "val" in splits:
        return splits, []
    whole = splits.get(UNSPLIT) or splits["train"]
    train, val = stratified_split(whole, seed=seed, val_share=val_share)
    shown = tuple(printable(picture.path) for picture in val[:EXAMPLES])
    told = [] if UNSPLIT in splits else [Finding("val_from_train", len(val), shown)]
    rest = {split: members for split, members in splits.items() if split == "test"}
    return {"train": train, "val": val, **rest}, told


def stratified_split(
    members: Sequence[Picture], *, seed: int, val_share: float
) -> tuple[tuple[Picture, ...], tuple[Picture, ...]]:
    """Assign the pictures of every class to train and val, at least one to each.

    Where a picture goes depends on the seed and the contents alone. Copies of one content within
    a class stay together, so that splitting makes no leakage; the share gives way to that.
    """
    train: list[Picture] = []
    val: list[Picture] = []
    for of_class in _by_label(members).values():
        drawn = sorted(of_class, key=lambda one: _draw(seed, one))
        n = min(max(1, round(len(drawn) * val_share)), len(drawn) - 1)
        while n < len(drawn) - 1 and drawn[n - 1].sha256 == drawn[n].sha256:
            n += 1
        val += drawn[:n]
        train += drawn[n:]
    return _in_order(train), _in_order(val)


Parts = Mapping[str, Mapping[str, Sequence[Path]]]
"""Split -> class -> paths relative to the folder."""
UNSPLIT = ""  # the part of a folder that holds class folders alone


@dataclass
class _Scan:
    """What a walk through the folder found; paths are relative to the folder.

    Attributes:
        parts: The pictures to look at.
        bad: Files that are known to be unusable without a look.
        problems: What is wrong with the layout.
        left_out: What looks like a picture and is not used.
    """

    parts: dict[str, dict[str, list[Path]]] = field(default_factory=dict)
    bad: dict[Path, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    left_out: list[Path] = field(default_factory=list)

    def paths(self) -> list[Path]:
        """Return every picture to look at."""
        return [path for part in self.parts.values() for paths in part.values() for path in paths]

    def without(self, bad: Mapping[Path, str]) -> Parts:
        """Return the parts less the bad files."""
        return {
            split: {name: [path for path in paths if path not in bad] for name, paths in it.items()}
            for split, it in self.parts.items()
        }

    def findings(self) -> list[Finding]:
        """Return what does not stop a study."""
        twins = [name for part in self.parts.values() for name in _case_twins(part)]
        kinds = {"left_out": [*map(printable, self.left_out)], "case_twins": sorted(set(twins))}
        return [
            Finding(kind, len(what), tuple(what[:EXAMPLES])) for kind, what in kinds.items() if what
        ]


def _scan(root: Path) -> _Scan:
    """Walk through the folder without reading a picture.

    Raises:
        DataError: There is no such folder, or no class folder in it.
    """
    if not root.is_dir():
        got = "is a file, not a folder" if root.exists() else "there is no such folder"
        raise DataError("The pictures cannot be found.", [f"{printable(root)}: {got}"], LAYOUT)
    scan = _Scan()
    folders, loose = _children(root, root, scan)
    named = {split: _named(folders, names) for split, names in SPLIT_NAMES.items()}
    if any(named.values()):
        scan.problems += _split_problems(named)
        parts = {split: paths[0] for split, paths in named.items() if paths}
        strays = [path for path in folders if path not in parts.values()]
        scan.left_out += [
            *loose,
            *(path for stray in strays for path in _below(root / stray, root)),
        ]
    else:
        parts = {UNSPLIT: Path()}
    for split, part in parts.items():
        scan.parts[split] = _classes(root, part, scan)
    return scan


def _named(folders: Iterable[Path], names: Sequence[str]) -> list[Path]:
    return [path for path in folders if path.name.casefold() in names]


def _split_problems(named: Mapping[str, Sequence[Path]]) -> Iterator[str]:
    for split, paths in named.items():
        if len(paths) > 1:
            several = ", ".join(printable(path) for path in paths)
            yield f"{several}: several folders for {split}; keep one"
    if not named["train"]:
        yield "train: there is no such folder beside " + ", ".join(
            printable(path) for paths in named.values() for path in paths
        )


def _classes(root: Path, part: Path, scan: _Scan) -> dict[str, list[Path]]:
    """Return class -> pictures of one split, and note what else is there."""
    folders, loose = _children(root, root / part, scan)
    if loose and not folders:
        where = "in the folder itself" if part == Path() else f"in {printable(part)} itself"
        scan.problems.append(f"{len(loose)} pictures lie {where}, in no class folder")
    scan.left_out += loose
    above = frozenset((_identity(root), _identity(root / part)))
    return {path.name: list(_walk(root / path, root, above, scan)) for path in folders}


def _children(root: Path, folder: Path, scan: _Scan) -> tuple[list[Path], list[Path]]:
    """Return the folders in a folder and the pictures that lie beside them, not hidden."""
    folders: list[Path] = []
    loose: list[Path] = []
    for path in _entries(folder, root, scan):
        if path.is_dir():
            folders.append(path.relative_to(root))
        elif _looks_like_picture(path):
            loose.append(path.relative_to(root))
    return folders, loose


def _walk(
    folder: Path, root: Path, above: frozenset[tuple[int, int]], scan: _Scan
) -> Iterator[Path]:
    """Yield the pictures below a class folder, and note what cannot be one of them."""
    identity = _identity(folder)
    if identity in above:
        scan.bad[folder.relative_to(root)] = "is a link to a folder above it"
        return
    for path in _entries(folder, root, scan):
        suffix, short = path.suffix.lower(), path.relative_to(root)
        if path.is_dir():
            yield from _walk(path, root, above | {identity}, scan)
        elif suffix in READ_SUFFIXES:
            yield short
        elif suffix in UNREAD_SUFFIXES:
            scan.bad[short] = f"is a {suffix} picture, which is not read; save it as JPEG or PNG"
        elif kind := sniff(path):
            scan.bad[short] = f"is a {kind} picture without its extension; rename it"


def _entries(folder: Path, root: Path, scan: _Scan) -> Iterator[Path]:
    """Yield what a folder holds, sorted, less what is hidden or has no name in UTF-8."""
    try:
        paths = sorted(folder.iterdir())
    except OSError as error:
        shown = printable(folder.relative_to(root))
        scan.problems.append(f"{shown}: the folder cannot be read: {error.strerror}")
        return
    for path in paths:
        name = path.name
        if name.startswith(".") or name.casefold() in LEFT_BEHIND:
            scan.left_out += _below(path, root)
        elif not _is_utf8(name):
            scan.bad[path.relative_to(root)] = "has a name that is not valid UTF-8; rename it"
        else:
            yield path


def _below(path: Path, root: Path) -> list[Path]:
    """Return what looks like a picture at or below a path, links not followed."""
    inside = [Path(top) / name for top, _, names in os.walk(path) for name in names]
    return sorted(one.relative_to(root) for one in [path, *inside] if _looks_like_picture(one))


def _looks_like_picture(path: Path) -> bool:
    return path.suffix.lower() in READ_SUFFIXES | UNREAD_SUFFIXES and not path.is_dir()


def _is_utf8(name: str) -> bool:
    return not any("\ud800" <= char <= "\udfff" for char in name)


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def _layout_problems(parts: Parts) -> Iterator[str]:
    """Yield what makes these classes and splits no data set."""
    for split, part in parts.items():
        for name, paths in part.items():
            if not paths:
                yield f"{_shown(split, name)}: a class without pictures"
    everything = sorted({name for part in parts.values() for name in part})
    if not everything:
        yield "there must be two classes or more; found no class folder"
    if len(everything) == 1:
        yield f"there must be two classes or more; found only {printable(everything[0])}"
        yield from _one_too_high(everything[0], parts)
    for split, part in parts.items():
        yield from _missing(split, part, parts)
        if split == UNSPLIT or (split == "train" and "val" not in parts):
            for name, paths in part.items():
                if len(paths) == 1:
                    yield f"{_shown(split, name)}: one picture cannot be split into train and val"


def _one_too_high(name: str, parts: Parts) -> Iterator[str]:
    """Yield a guess where the only "class" holds the splits: an archive in a folder of its own."""
    below = {path.parts[1].casefold() for path in parts.get(UNSPLIT, {}).get(name, ())}
    if below & set(SPLIT_NAMES["train"]):
        yield f"{printable(name)}: has a folder train in it; name this folder as the data"


def _missing(split: str, part: Mapping[str, Sequence[Path]], parts: Parts) -> Iterator[str]:
    """Yield the classes of other splits that this one lacks."""
    folded = {_folded(name): name for name in part}
    for other, its in parts.items():
        for name in sorted(set(its) - set(part)):
            twin = folded.get(_folded(name))
            if twin is None:
                yield f"{_shown(split, name)}: no such class folder, but {other} has it"
            elif split < other:  # once for the two of them
                twins = f"{_shown(split, twin)}, {_shown(other, name)}"
                yield f"{twins}: classes that differ only in case or accents' encoding"


def _case_twins(part: Iterable[str]) -> list[str]:
    times = Counter(map(_folded, part))
    return [printable(name) for name in part if times[_folded(name)] > 1]


def _folded(name: str) -> str:
    """Return what macOS and Windows take for the same name."""
    return unicodedata.normalize("NFC", name).casefold()


def _shown(split: str, name: str) -> str:
    return printable(Path(split) / name)
