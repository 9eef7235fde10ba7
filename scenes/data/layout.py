"""How a folder of pictures is laid out: a walk through it, and what is wrong with it.

In: `train/<class>/*` and `val/<class>/*` (and `test/<class>/*`), `<class>/train/*`, or class
folders alone. Out: a `Scan` with the paths of what looks like pictures, by split and class; no
picture is read. Names are compared and given in Unicode's form NFC, whichever the disk has.
"""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from scenes.data.image_files import UNREAD_SUFFIXES, sniff
from scenes.data.other_forms import way_forward
from scenes.data.scan import UNSPLIT, Parts, Scan, first_of, folded, nfc
from scenes.data.splits import (
    READ_SUFFIXES,
    find_splits,
    innermost,
    is_left_out,
    looks_like_picture,
    resembled,
    split_of,
    suffix_of,
    unclear_classes,
)
from scenes.errors import DataError
from scenes.system.formatting import natural_order, printable, said_count

LAYOUT = (
    "Expected DIR/train/CLASS/*.jpg and DIR/val/CLASS/*.jpg, or DIR/CLASS/*.jpg alone,"
    " with two classes or more; or labels.csv beside the pictures, with columns path and label."
)

CLASS_FOLDERS = "class folders"
SHOWN = 4
"""Folders that a message lists."""


def scan_folder(root: Path) -> Scan:
    """Walk through the folder without reading a picture.

    Raises:
        DataError: There is no such folder, or no class folder in it.
    """
    if not root.is_dir():
        got = way_forward(root) if root.is_file() else None
        raise DataError("The pictures cannot be found.", [got or _not_there(root)], LAYOUT)
    scan = Scan(root, CLASS_FOLDERS)
    folders, loose = _children(root, Path(), scan)
    splits = find_splits(root, folders)
    scan.problems += splits.problems
    if splits.named:
        scan.problems += _split_problems(splits.named)
        scan.left_out += loose
        _leave_out_strays(root, folders, splits.named, scan)
        for split, (first, *_) in splits.named.items():
            scan.parts[split] = _classes(root, innermost(root, first, split), scan)
        _leave_out_unlabelled(scan)
    else:
        classes = _classes(root, Path(), scan)
        scan.parts.update(_split_by_class(classes, scan))
        if UNSPLIT in scan.parts and not splits.problems:
            scan.problems += unclear_classes(root, folders)
    _leave_out_bare(scan)
    if not scan.is_data_set:
        bare = [f"{printable(it)}: a folder without pictures" for it in scan.bare]
        scan.problems += first_of(bare, "folders")
    return scan


def _not_there(root: Path) -> str:
    got = "is a file, not a folder" if root.exists() else "there is no such folder"
    return f"{printable(root)}: {got}"


def _split_problems(named: Mapping[str, Sequence[Path]]) -> Iterator[str]:
    for split, paths in named.items():
        if len(paths) > 1:
            several = ", ".join(printable(path) for path in paths)
            yield f"{several}: several folders for {split}; keep one"
    if "train" not in named:
        yield "train: there is no such folder beside " + ", ".join(
            printable(path) for paths in named.values() for path in paths
        )


def _leave_out_strays(
    root: Path, folders: Iterable[Path], named: Mapping[str, Sequence[Path]], scan: Scan
) -> None:
    """Note the pictures of folders that stand beside the splits and are none."""
    used = {folder for paths in named.values() for folder in paths}
    for stray in (path for path in folders if path not in used):
        scan.left_out += _below(root / stray, root)


def _leave_out_unlabelled(scan: Scan) -> None:
    """Take out a split without any class, where others have some: a problem, reported once."""
    empty = [split for split, classes in scan.parts.items() if not classes]
    for split in empty if len(empty) < len(scan.parts) and scan.problems else ():
        del scan.parts[split]


def _leave_out_bare(scan: Scan) -> None:
    """Take the folders without any picture, good or bad, out of the classes of all splits."""
    full = {name for part in scan.parts.values() for name, paths in part.items() if paths}
    full |= {nfc(part) for path in scan.bad for part in path.parts}
    for split, part in scan.parts.items():
        for name in [name for name in part if name not in full]:
            del part[name]
            scan.bare.append(Path(split, name))


def _split_by_class(classes: dict[str, list[Path]], scan: Scan) -> dict[str, dict[str, list[Path]]]:
    """Return the splits where each class holds its own, CLASS/train/*; else the classes as one."""
    splits: dict[str, dict[str, list[Path]]] = {}
    for name, paths in classes.items():
        for path in paths:
            split = (len(path.parts) > 2 and split_of(path.parts[1])) or UNSPLIT
            splits.setdefault(split, {}).setdefault(name, []).append(path)
    if set(splits) <= {UNSPLIT} or sum(map(bool, classes.values())) < 2:
        return {UNSPLIT: classes}
    if UNSPLIT in splits or "train" not in splits:
        inside = next(paths[0] for split in splits if split for paths in splits[split].values())
        scan.problems.append(
            f"{printable(Path(*inside.parts[:2]))}: a split inside a class, but there are pictures"
            " in no split or none in train; lay out every class so, or none"
        )
    return splits


def _classes(root: Path, part: Path, scan: Scan) -> dict[str, list[Path]]:
    """Return class -> pictures of one split, and note what else is there."""
    folders, loose = _children(root, part, scan)
    if loose and not folders:
        where = "in the folder itself" if part == Path() else f"in {printable(part)} itself"
        scan.problems.append(
            f"{said_count(len(loose), 'picture|pictures lies|lie')} {where}, in no class folder;"
            " a label is the name of a folder, not a part of a file's name; or write it into"
            " labels.csv, a line path,label for each picture"
        )
    scan.left_out += loose
    above = frozenset((_identity(root), _identity(root / part)))
    classes: dict[str, list[Path]] = {}
    for path in folders:
        if (name := nfc(path.name)) in classes:
            scan.problems.append(
                f"{printable(path)}: there are two folders of this name, which differ only in how"
                " their accents are encoded; merge them"
            )
        classes.setdefault(name, []).extend(_walk(path, root, above, scan))
    return classes


def _children(root: Path, folder: Path, scan: Scan) -> tuple[list[Path], list[Path]]:
    """Return the folders in a folder and the pictures that lie beside them, not hidden."""
    folders: list[Path] = []
    loose: list[Path] = []
    for path, is_folder in _entries(folder, root, scan):
        if is_folder:
            folders.append(path)
        elif looks_like_picture(root / path):
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
        suffix = suffix_of(path.name)
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
            entries = sorted(found, key=lambda entry: nfc(entry.name))
    except OSError as error:
        shown = printable(folder)
        scan.problems.append(f"{shown}: the folder cannot be read: {error.strerror}")
        return
    for entry in entries:
        name, path = entry.name, folder / entry.name
        if is_left_out(name):
            scan.left_out += _below(root / path, root)
        elif not _is_utf8(name):
            scan.bad[path] = "has a name that is not valid UTF-8; rename it"
        else:
            # The listing gives the kind of an entry; where a link leads must be looked up.
            yield path, (root / path).is_dir() if entry.is_symlink() else entry.is_dir()


def _below(path: Path, root: Path) -> list[Path]:
    """Return what looks like a picture at or below a path, links not followed."""
    inside = [Path(top) / name for top, _, names in os.walk(path) for name in names]
    return sorted(one.relative_to(root) for one in [path, *inside] if looks_like_picture(one))


def _is_utf8(name: str) -> bool:
    return name.isascii() or not any("\ud800" <= char <= "\udfff" for char in name)


def _identity(folder: Path) -> tuple[int, int]:
    status = folder.stat()
    return status.st_dev, status.st_ino


def layout_problems(parts: Parts) -> Iterator[str]:
    """Yield what makes these classes and splits no data set; of many such classes the first."""
    bare = [(split, name) for split, part in parts.items() for name in part if not part[name]]
    yield from first_of([f"{_shown(*it)}: a class without pictures" for it in bare], "classes")
    everything = sorted({name for part in parts.values() for name in part}, key=natural_order)
    if not everything:
        yield "there must be two classes or more; found no class folder"
    if len(everything) == 1:
        yield f"there must be two classes or more; found only {printable(everything[0])}"
        yield from _one_too_high(everything[0], parts)
    for split, part in parts.items():
        yield from first_of([*_missing(split, part, parts)], "classes")
        if split == UNSPLIT or (split == "train" and "val" not in parts):
            single = [_shown(split, name) for name, paths in part.items() if len(paths) == 1]
            said = [f"{name}: one picture cannot be split into train and val" for name in single]
            yield from first_of(said, "classes")


def _one_too_high(name: str, parts: Parts) -> Iterator[str]:
    """Yield a guess where the data set lies deeper: an archive in a folder of its own."""
    folders = {path.parent for path in parts.get(UNSPLIT, {}).get(name, ())}
    if len(folders) > 1:
        shared = Path(os.path.commonpath(folders))
        # A split that stands alone is one folder too far down.
        shared = next((it.parent for it in (*shared.parents, shared) if resembled(it.name)), shared)
        below = {it.parts[len(shared.parts)] for it in folders if it != shared}
        names = sorted(below, key=lambda it: (resembled(it) != "train", it))
        found = ", ".join(map(printable, names[:SHOWN])) + ", …" * (len(names) > SHOWN)
        yield (
            f"{printable(shared)}: has {found} in it; where these are the splits or classes, name"
            " this folder as the data"
        )


def _missing(split: str, part: Mapping[str, Sequence[Path]], parts: Parts) -> Iterator[str]:
    """Yield the classes of other splits that this one lacks."""
    twins = {folded(name): name for name in part}
    for other, its in parts.items():
        for name in sorted(set(its) - set(part), key=natural_order):
            twin = twins.get(folded(name))
            if twin is None:
                yield f"{_shown(split, name)}: no such class folder, but {other} has it"
            elif split < other:  # once for the two of them
                both = f"{_shown(split, twin)}, {_shown(other, name)}"
                yield f"{both}: classes that differ only in case"


def _shown(split: str, name: str) -> str:
    return printable(Path(split) / name)
