"""How a folder of pictures is laid out: a walk through it, and what is wrong with it.

In: `train/<class>/*` and `val/<class>/*` (and `test/<class>/*`), or class folders alone. Out: a
`Scan` with the paths of what looks like pictures, by split and class; no picture is read.
"""

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scenes.data.decoding import FORMATS
from scenes.data.findings import EXAMPLES, Finding
from scenes.data.image_files import UNREAD_SUFFIXES, printable, sniff
from scenes.errors import DataError
from scenes.system.formatting import said_count

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

Parts = Mapping[str, Mapping[str, Sequence[Path]]]
"""Split -> class -> paths relative to the folder."""
UNSPLIT = ""  # the part of a folder that holds class folders alone


@dataclass
class Scan:
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


def scan_folder(root: Path) -> Scan:
    """Walk through the folder without reading a picture.

    Raises:
        DataError: There is no such folder, or no class folder in it.
    """
    if not root.is_dir():
        got = "is a file, not a folder" if root.exists() else "there is no such folder"
        raise DataError("The pictures cannot be found.", [f"{printable(root)}: {got}"], LAYOUT)
    scan = Scan()
    folders, loose = _children(root, Path(), scan)
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


def _classes(root: Path, part: Path, scan: Scan) -> dict[str, list[Path]]:
    """Return class -> pictures of one split, and note what else is there."""
    folders, loose = _children(root, part, scan)
    if loose and not folders:
        where = "in the folder itself" if part == Path() else f"in {printable(part)} itself"
        scan.problems.append(
            f"{said_count(len(loose), 'picture|pictures lies|lie')} {where}, in no class folder"
        )
    scan.left_out += loose
    above = frozenset((_identity(root), _identity(root / part)))
    return {path.name: list(_walk(path, root, above, scan)) for path in folders}


def _children(root: Path, folder: Path, scan: Scan) -> tuple[list[Path], list[Path]]:
    """Return the folders in a folder and the pictures that lie beside them, not hidden."""
    folders: list[Path] = []
    loose: list[Path] = []
    for path, is_folder in _entries(folder, root, scan):
        if is_folder:
            folders.append(path)
        elif _looks_like_picture(root / path):
            loose.append(path)
    return folders, loose


def _walk(
    folder: Path, root: Path, above: frozenset[tuple[int, int]], scan: Scan
) -> Iterator[Path]:
    """Yield the pictures below a class folder, and note what cannot be one of them."""
    identity = _identity(root / folder)
    if identity in above:
        scan.bad[folder] = "is a link to a folder above it"
        return
    for path, is_folder in _entries(folder, root, scan):
        suffix = path.suffix.lower()
        if is_folder:
            yield from _walk(path, root, above | {identity}, scan)
        elif suffix in READ_SUFFIXES:
            yield path
        elif suffix in UNREAD_SUFFIXES:
            scan.bad[path] = f"is a {suffix} picture, which is not read; save it as JPEG or PNG"
        elif kind := sniff(root / path):
            scan.bad[path] = f"is a {kind} picture without its extension; rename it"


def _entries(folder: Path, root: Path, scan: Scan) -> Iterator[tuple[Path, bool]]:
    """Yield what a folder holds, sorted, and whether it is a folder.

    What is hidden, or has no name in UTF-8, is left out. Paths are relative to the root.
    """
    try:
        with os.scandir(root / folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except OSError as error:
        shown = printable(folder)
        scan.problems.append(f"{shown}: the folder cannot be read: {error.strerror}")
        return
    for entry in entries:
        name, path = entry.name, folder / entry.name
        if name.startswith(".") or name.casefold() in LEFT_BEHIND:
            scan.left_out += _below(root / path, root)
        elif not _is_utf8(name):
            scan.bad[path] = "has a name that is not valid UTF-8; rename it"
        else:
            # The system has told what an entry is; where a link leads has to be asked.
            yield path, (root / path).is_dir() if entry.is_symlink() else entry.is_dir()


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


def layout_problems(parts: Parts) -> Iterator[str]:
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
