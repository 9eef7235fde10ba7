"""Finds the files that tables name: by their whole path, or by the end of it where one fits."""

import os
from functools import cached_property
from pathlib import Path, PurePosixPath

from scenes.data.scan import nfc
from scenes.data.splits import READ_SUFFIXES, is_left_out, split_of


class PictureFinder:
    """Knows all pictures of a folder.

    Args:
        root: The folder of the data set.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def find(self, table: Path, value: str, split: str) -> tuple[Path, ...]:
        """Return the picture that a table means by a value; several where that is unclear."""
        name = PurePosixPath(value.replace("\\", "/"))
        path = Path(os.path.normpath(table.parent / name))
        if path in self.pictures or (self._root / path).is_file():
            return (path,)
        found = tuple(it for it in self._by_name.get(nfc(name.name), ()) if _ends_so(it, name))
        own = tuple(it for it in found if split and any(split_of(one) == split for one in it.parts))
        return own or found

    @cached_property
    def pictures(self) -> set[Path]:
        """All pictures below the root, less what is hidden."""
        found: set[Path] = set()
        for top, folders, names in os.walk(self._root):
            folders[:] = [name for name in folders if not is_left_out(name)]
            above = Path(top).relative_to(self._root)
            found |= {above / name for name in names if may_be_picture(name)}
        return found

    @cached_property
    def _by_name(self) -> dict[str, tuple[Path, ...]]:
        found: dict[str, list[Path]] = {}
        for path in sorted(self.pictures):
            for name in (nfc(path.name), nfc(path.stem)):
                found.setdefault(name, []).append(path)
        return {name: tuple(paths) for name, paths in found.items()}


def _ends_so(path: Path, name: PurePosixPath) -> bool:
    """Return whether the end of a path is what a table says, with or without the extension."""
    end = [nfc(part) for part in path.parts[-len(name.parts) :]]
    wanted = [nfc(part) for part in name.parts]
    return end[:-1] == wanted[:-1] and wanted[-1] in (end[-1], nfc(path.stem))


def may_be_picture(name: str) -> bool:
    """Tell by the name of a file."""
    return Path(name).suffix.lower() in READ_SUFFIXES and not is_left_out(name)
