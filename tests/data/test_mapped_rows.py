"""Rows of a mapped file are those of the array, and those of a batch are fetched and no others."""

import mmap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenes.data import mapped_rows
from scenes.data.mapped_rows import MappedRows, open_rows

VALUES = np.random.default_rng(0).integers(0, 256, (9, 40, 50, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file of nine pictures of 6,000 bytes."""
    path = tmp_path_factory.mktemp("rows") / "train.npy"
    np.save(path, VALUES)
    return path


@pytest.fixture
def rows(file: Path, monkeypatch: pytest.MonkeyPatch) -> NDArray[Any]:
    """Return it as a large file is opened."""
    monkeypatch.setattr(mapped_rows, "LARGE", 1)
    return open_rows(file)


@given(
    index=st.one_of(
        st.lists(st.integers(-9, 8), max_size=12).map(lambda it: np.array(it, np.int64)),
        st.slices(9),
        st.integers(-9, 8),
        st.just(np.arange(9) % 2 == 0),
        st.just((slice(None), 3)),
    )
)
def test_any_index_gives_what_the_array_gives(index: Any, file: Path) -> None:
    """Lists of rows, slices, single rows, masks: the same values, as plain arrays."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mapped_rows, "LARGE", 1)
        found = open_rows(file)[index]
    assert type(found) is np.ndarray
    np.testing.assert_array_equal(found, VALUES[index])


def test_the_rows_of_a_batch_are_fetched(
    rows: NDArray[Any], monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    """Each by the place of its bytes in the file, before they are read."""
    asked: list[bytes] = []
    content = file.read_bytes()

    def spy(_file: mmap.mmap, start: int, size: int) -> None:
        asked.append(content[start : start + size])

    monkeypatch.setattr(mapped_rows, "fetch", spy)
    assert rows[np.array([7, 2])].shape == (2, 40, 50, 3)
    assert asked == [VALUES[7].tobytes(), VALUES[2].tobytes()]
    assert len(rows[2:5]) == 3
    assert len(rows.copy()[np.array([1])]) == 1
    assert len(asked) == 2


def test_what_is_asked_begins_with_a_page(file: Path) -> None:
    """The system takes no other place, and none outside the file."""
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as held:
        mapped_rows.fetch(held, mmap.PAGESIZE + 900, 100)
        with pytest.raises(ValueError, match="out of bounds"):
            mapped_rows.fetch(held, 10**9, 1)


def test_rows_that_are_not_there_are_an_error(rows: NDArray[Any]) -> None:
    """As of any array; and nothing can be written."""
    with pytest.raises(IndexError):
        rows[np.array([1, 9])]
    with pytest.raises(ValueError, match="read-only"):
        rows[0] = 0


def test_small_files_are_mapped_as_numpy_does(file: Path) -> None:
    """They are in memory after a few reads, and asking takes time."""
    assert isinstance(open_rows(file), np.memmap)
    assert not isinstance(open_rows(file), MappedRows)
