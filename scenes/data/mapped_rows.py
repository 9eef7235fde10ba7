"""Arrays that are mapped from a file: what is to be read at random is asked from the disk first.

In: a `.npy` file. Out: an array whose rows are read from it as they are used. Left to itself, the
system reads what lies around a missing page, often some megabytes of which one picture is used. To
name the rows of a batch has them read together, and nothing else.
"""

import contextlib
import mmap
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGE = 2**28
"""Bytes of a file from which on this pays: a smaller one is in memory after a few reads."""


class MappedRows(np.ndarray[Any, np.dtype[Any]]):
    """An array in a mapped file; a list of row numbers as index fetches these rows at once."""

    _file: mmap.mmap | None = None
    _start: int = 0

    def __getitem__(self, index: Any) -> Any:
        """Return rows as plain arrays."""
        if isinstance(index, np.ndarray) and index.ndim == 1 and index.dtype.kind in "iu":
            self._fetch(index.tolist())
        found = super().__getitem__(index)
        return found.view(np.ndarray) if isinstance(found, MappedRows) else found

    def _fetch(self, rows: list[int]) -> None:
        if self._file is None:  # a copy or a view, which is not where the file is
            return
        size = self.nbytes // len(self)
        for row in rows:
            if 0 <= row < len(self):
                fetch(self._file, self._start + row * size, size)


def open_rows(path: Path) -> NDArray[Any]:
    """Return the array of a `.npy` file, read-only and mapped.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no array, or one of objects.
    """
    plain: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    if plain.nbytes < LARGE or not plain.flags.c_contiguous or not hasattr(mmap, "MADV_WILLNEED"):
        return plain
    with path.open("rb") as opened:
        file = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    start = path.stat().st_size - plain.nbytes
    rows = MappedRows(plain.shape, plain.dtype, file, start)
    rows._file, rows._start = file, start
    return rows


def fetch(file: mmap.mmap, start: int, size: int) -> None:
    """Ask the system to read a part of a mapped file; it goes on while that is under way."""
    page = start // mmap.PAGESIZE * mmap.PAGESIZE
    with contextlib.suppress(OSError):  # a hint: without it the same bytes come later
        file.madvise(mmap.MADV_WILLNEED, page, start + size - page)
