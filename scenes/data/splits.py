"""Which folders are the splits of a data set: by their names, and by what lies in them.

In: a folder. Out: where each split is, or what makes that unclear. Nobody's own split is dissolved
and no split is taken for a class: what could be either is refused.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from scenes.data.decoding import FORMATS
from scenes.data.image_files import UNREAD_SUFFIXES
from scenes.system.formatting import printable

SPLIT_NAMES: Mapping[str, tuple[str, ...]] = {
    "train": ("train", "training"),
    "val": ("val", "validation", "valid", "eval", "evaluation", "dev"),
    "test": ("test", "testing"),
}
"""The folders that hold a split, in any case; `seg_train` or `val_images` resemble one."""

READ_SUFFIXES = frozenset(suffix for suffixes in FORMATS.values() for suffix in suffixes)
LEFT_BEHIND = frozenset(("__macosx", "@eadir", "$recycle.bin", "lost+found", "thumbs.db"))
"""What systems leave in folders, in lower case."""

_SPLIT_OF = {name: split for split, names in SPLIT_NAMES.items() for name in names}


@dataclass(frozen=True)
class Inside:
    """What lies directly in a folder.

    Attributes:
        folders: The names of the folders in it in which pictures are, at any depth.
        has_pictures: Whether pictures lie beside them.
    """

    folders: frozenset[str]
    has_pictures: bool

    @property
    def is_bare(self) -> bool:
        """Return whether there is no picture at all."""
        return not (self.folders or self.has_pictures)


@dataclass(frozen=True)
class Splits:
    """Where the splits of a folder are.

    Attributes:
        named: For each split its folders; more than one is a problem.
        problems: What makes it unclear whether folders are splits or classes.
    """

    named: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


def split_of(name: str) -> str | None:
    """Return the split that a folder of this name holds, None where it is the name of none."""
    return _SPLIT_OF.get(name.casefold())


def resembled(name: str) -> str | None:
    """Return the split that is one of the words of a name: `seg_train`, `train2017`."""
    words = re.split(r"[\W_\d]+", name.casefold())
    return next((_SPLIT_OF[word] for word in words if word in _SPLIT_OF), None)


def find_splits(root: Path, folders: Iterable[Path]) -> Splits:
    """Tell which of the folders are splits.

    Args:
        root: Of the data set.
        folders: Those in it, relative to it.
    """
    inside = {path: look_inside(root / path) for path in folders}
    exact = {path: split for path in inside if (split := split_of(path.name))}
    like = {path: split for path in inside if (split := resembled(path.name))}
    others = [path for path, it in inside.items() if path not in like and not it.is_bare]
    if exact:
        # A class may be called train, beside car and bus: it holds pictures, as they do.
        if others and not any(inside[path].folders for path in exact):
            return Splits()
        missing = {
            path: split
            for path, split in like.items()
            if split not in exact.values() and inside[path].folders
        }
        return Splits(_by_split(exact | missing))
    like = {path: split for path, split in like.items() if not inside[path].is_bare}
    nested = [path for path in like if inside[path].folders and not inside[path].has_pictures]
    if like and len(nested) == len(like) and (not others or len(set(like.values())) > 1):
        return Splits(_by_split(like))
    if nested or (like and not others):
        return Splits(problems=(_unclear(like, others),))
    return Splits()


def innermost(root: Path, folder: Path, split: str) -> Path:
    """Return the folder with the classes of a split: of seg_train it may be seg_train/seg_train."""
    inside = look_inside(root / folder)
    names = [name for name in inside.folders if resembled(name) == split]
    if inside.has_pictures or len(inside.folders) != 1 or not names:
        return folder
    return innermost(root, folder / names[0], split)


def unclear_classes(root: Path, folders: Iterable[Path]) -> Iterator[str]:
    """Yield what speaks against folders being classes: that all hold folders of the same names.

    Where that is one folder, as in `amazon/images/mug`, those in it count.
    """
    inside = {path: it for path in folders if not (it := look_inside(root / path)).is_bare}
    names = {it.folders for it in inside.values()}
    if len(inside) < 2 or len(names) > 1 or any(it.has_pictures for it in inside.values()):
        return
    (shared,) = names
    if len(shared) == 1:
        yield from unclear_classes(root, [path / name for path in inside for name in shared])
    if len(shared) > 1:
        yield (
            f"{_listed(inside)}: each holds the folders {_listed(map(Path, sorted(shared)))}, so"
            " these may be the classes and those above the splits; name splits train, val, test,"
            " or lay the pictures of a class directly into its folder"
        )


def look_inside(folder: Path) -> Inside:
    """Return what lies in a folder; nothing where it cannot be read."""
    try:
        with os.scandir(folder) as found:
            entries = [entry for entry in found if not is_left_out(entry.name)]
    except OSError:
        return Inside(frozenset(), has_pictures=False)
    folders = [Path(entry.path) for entry in entries if _is_folder(entry)]
    return Inside(
        frozenset(path.name for path in folders if holds_pictures(path)),
        any(_has_picture_suffix(entry.name) and not _is_folder(entry) for entry in entries),
    )


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    # The directory listing gives the kind of an entry; where a link leads must be looked up.
    return Path(entry.path).is_dir() if entry.is_symlink() else entry.is_dir()


def _has_picture_suffix(name: str) -> bool:
    return suffix_of(name) in _picture_suffixes()


def suffix_of(name: str) -> str:
    """Return the extension of a file's name in lower case, with its dot; empty without one."""
    dot = name.rfind(".")
    return name[dot:].lower() if dot > 0 else ""


def holds_pictures(folder: Path) -> bool:
    """Return whether there is a picture at any depth; links are followed no further than here."""
    return any(
        _has_picture_suffix(name) and not is_left_out(name)
        for _, _, names in os.walk(folder)
        for name in names
    )


def is_left_out(name: str) -> bool:
    """Tell what is hidden, or left behind by a system."""
    return name.startswith(".") or name.casefold() in LEFT_BEHIND


def looks_like_picture(path: Path) -> bool:
    """Tell by the extension."""
    return path.suffix.lower() in _picture_suffixes() and not path.is_dir()


@cache
def _picture_suffixes() -> frozenset[str]:
    return READ_SUFFIXES | UNREAD_SUFFIXES


def _by_split(folders: Mapping[Path, str]) -> dict[str, tuple[Path, ...]]:
    return {
        split: tuple(path for path, its in folders.items() if its == split)
        for split in SPLIT_NAMES
        if split in folders.values()
    }


def _unclear(like: Iterable[Path], others: Iterable[Path]) -> str:
    beside = f" beside {_listed(others)}" if others else ""
    return (
        f"{_listed(like)}: named like splits{beside}, but not laid out as such; splits"
        " hold a folder for each class, and classes of such names have to be renamed"
    )


def _listed(paths: Iterable[Path]) -> str:
    shown = [printable(path) for path in paths]
    return ", ".join(shown[:4]) + (f" and {len(shown) - 4} more" if len(shown) > 4 else "")
