"""A file that is written over minutes goes on where a killed process left it, or begins anew."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from scenes.data import part_files
from scenes.data.part_files import PartFile, progress_of

ITEMS = [bytes([i]) * 10 for i in range(8)]
WHOLE = b"head" + b"".join(ITEMS)


@pytest.fixture(autouse=True)
def always_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make sure of each item at once."""
    monkeypatch.setattr(part_files, "SAVED_EVERY", 0.0)


def broken_off(path: Path, after: int) -> None:
    """Write some items and stop as a killed process does."""

    def items() -> Iterator[bytes]:
        yield from ITEMS[:after]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), PartFile(path, b"head", 10) as part:
        part.extend(items())


@pytest.mark.parametrize("after", [0, 1, 5, 8])
def test_it_goes_on_where_it_was(after: int, tmp_path: Path) -> None:
    """The file in the end is the one that was never broken off, with its hash."""
    path = tmp_path / "x.npy"
    broken_off(path, after)
    with PartFile(path, b"head", 10) as part:
        assert part.done == after
        told = part.extend(ITEMS[after:])
    assert path.read_bytes() == WHOLE
    assert told == {"bytes": len(WHOLE), "sha256": hashlib.sha256(WHOLE).hexdigest()}


def test_what_was_not_made_sure_of_is_written_again(tmp_path: Path) -> None:
    """Half an item at the end, of a power cut, is cut off."""
    path = tmp_path / "x.npy"
    broken_off(path, 3)
    with path.open("ab") as file:
        file.write(b"\0" * 17)
    with PartFile(path, b"head", 10) as part:
        assert part.done == 3
        part.extend(ITEMS[3:])
    assert path.read_bytes() == WHOLE


@pytest.mark.parametrize("damage", ["content", "short", "progress", "no progress", "header"])
def test_damage_begins_anew(damage: str, tmp_path: Path) -> None:
    """What does not fit its hash is not gone on with."""
    path = tmp_path / "x.npy"
    broken_off(path, 5)
    if damage == "content":
        path.write_bytes(path.read_bytes().replace(b"\2", b"\7"))
    elif damage == "short":
        path.write_bytes(path.read_bytes()[:30])
    elif damage == "progress":
        progress_of(path).write_bytes(b"{}")
    elif damage == "no progress":
        progress_of(path).unlink()
    header = b"HEAD" if damage == "header" else b"head"
    with PartFile(path, header, 10) as part:
        assert part.done == 0
        part.extend(ITEMS)
    assert path.read_bytes() == header + WHOLE[4:]


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    """A link in its place is replaced."""
    (tmp_path / "other").write_bytes(b"mine")
    (tmp_path / "x.npy").symlink_to(tmp_path / "other")
    with PartFile(tmp_path / "x.npy", b"head", 10) as part:
        part.extend(ITEMS)
    assert (tmp_path / "other").read_bytes() == b"mine"
    assert (tmp_path / "x.npy").read_bytes() == WHOLE
