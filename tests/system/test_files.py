"""A file is written whole or not at all, and an array is the one that was saved or none."""

import errno
import hashlib
import os
import pickle
import stat
from pathlib import Path

import numpy as np
import pytest
from faults import ERRORS, faults
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenes.errors import StorageError
from scenes.system.files import (
    atomic_file,
    load_array,
    load_checked,
    make_folder,
    remove_drafts,
    save_array,
    save_atomically,
    save_checked,
    save_folder,
    writing,
)

VALUES = np.arange(12, dtype=np.float32).reshape(3, 4)


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_a_failed_write_keeps_the_old_file(error: int, tmp_path: Path) -> None:
    """A file is replaced whole or stays as it was, and nothing is left beside it."""
    root = tmp_path / "root"
    path = root / "file"
    save_atomically(path, b"old")
    steps = 0
    for step, has_failed, (told, killed) in faults(
        root, lambda: save_atomically(path, b"new"), error
    ):
        steps += 1
        assert has_failed
        # To clear up is the one step after the new file is in its place.
        wanted = b"new" if "unlink" in step else b"old"
        assert {item.name: item.read_bytes() for item in told.iterdir()} == {"file": wanted}
        assert (killed / "file").read_bytes() == wanted
    assert steps == 4


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_an_array_is_the_one_that_was_saved(error: int, tmp_path: Path) -> None:
    """Whichever step of writing it fails, there is the old array, the new one, or none."""
    root = tmp_path / "root"
    path = root / "a.npy"
    save_array(path, VALUES)
    for _, has_failed, left in faults(root, lambda: save_array(path, VALUES + 1), error):
        assert has_failed
        for folder in left:
            found = load_array(folder / "a.npy", VALUES.shape, np.float32)
            assert found is None or found.tolist() in (VALUES.tolist(), (VALUES + 1).tolist())
        save_array(path, VALUES)
        np.testing.assert_array_equal(load_array(path, VALUES.shape, np.float32), VALUES)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["a.npy", "a.npy.sha256"]), st.integers(0), st.integers(0, 255))
def test_a_damaged_array_is_none(tmp_path: Path, name: str, place: int, change: int) -> None:
    """A byte flipped or an end cut off, in the array or in its hash."""
    path = tmp_path / "a.npy"
    save_array(path, VALUES)
    data = bytearray((tmp_path / name).read_bytes())
    place %= len(data)
    data[place] ^= change
    (tmp_path / name).write_bytes(data if change else data[:place])
    assert load_array(path, VALUES.shape, np.float32) is None


def test_another_array_is_none(tmp_path: Path) -> None:
    """One of another shape or kind does not answer, nor one that is not there."""
    save_array(tmp_path / "a.npy", VALUES)
    assert load_array(tmp_path / "a.npy", (4, 3), np.float32) is None
    assert load_array(tmp_path / "a.npy", VALUES.shape, np.float64) is None
    assert load_array(tmp_path / "b.npy", VALUES.shape, np.float32) is None


class Bomb:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        """Run code, as a pickle may."""
        return Path.touch, (self.mark,)


def test_a_planted_pickle_is_never_opened(tmp_path: Path) -> None:
    """Not even with a fitting hash: an array of objects is refused as it is."""
    mark, path = tmp_path / "mark", tmp_path / "a.npy"
    objects = np.array([Bomb(mark)], dtype=object)
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        save_array(path, objects)
    with path.open("wb") as file:
        np.save(file, objects, allow_pickle=True)
    planted = [path.read_bytes(), pickle.dumps(Bomb(mark))]
    save_array(tmp_path / "b.npy", VALUES)
    for content in planted:
        save_atomically(path, content)
        save_atomically(path.with_name("a.npy.sha256"), _digest(content))
        assert load_array(path, (1,), np.float32) is None
    assert not mark.exists()


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


@pytest.mark.skipif(os.name != "posix", reason="groups are POSIX's")
def test_a_folder_is_its_groups(tmp_path: Path) -> None:
    """What a group shares, it shares with all that is made in it; the world gets nothing."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o2777)
    inner = make_folder(shared / "a" / "b")
    for folder in (inner, inner.parent):
        assert stat.S_IMODE(folder.stat().st_mode) & 0o2072 == 0o2070
    own = make_folder(tmp_path / "own" / "c")
    assert stat.S_IMODE(own.stat().st_mode) & 0o022 == stat.S_IMODE(tmp_path.stat().st_mode) & 0o020


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    """Its path, what the system says, and the next step."""
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match=r"a/b cannot be written: .*another --store"):
        save_atomically(tmp_path / "file" / "a" / "b", b"")


def fill(draft: Path) -> Path:
    """Fill a folder as archives do: what is to appear is one folder down."""
    inner = draft / "inner"
    inner.mkdir()
    (inner / "file").write_bytes(b"new")
    return inner


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_a_folder_appears_whole_or_not_at_all(error: int, tmp_path: Path) -> None:
    """Whichever step fails, there is the whole folder or none, and no draft of it."""
    root = tmp_path / "root"
    root.mkdir()

    def save() -> None:
        with writing(root):
            save_folder(root / "a", fill)

    steps = 0
    for _, has_failed, (told, _) in faults(root, save, error):
        steps += has_failed
        names = [path.relative_to(told).as_posix() for path in sorted(told.rglob("*"))]
        assert names in ([], ["a", "a/file"]) or not has_failed
    assert steps >= 1


def test_a_folder_that_is_taken_stays(tmp_path: Path) -> None:
    """An empty one is replaced; one that holds something is an error and stays as it was."""
    (tmp_path / "empty").mkdir()
    save_folder(tmp_path / "empty", fill)
    assert (tmp_path / "empty" / "file").read_bytes() == b"new"
    (tmp_path / "empty" / "file").write_bytes(b"old")
    with pytest.raises(OSError, match="not empty"):
        save_folder(tmp_path / "empty", fill)
    assert (tmp_path / "empty" / "file").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["empty"]


def test_what_killed_processes_left_is_removed(tmp_path: Path) -> None:
    """Drafts of this very file or folder, whatever is in its name, and nothing else."""
    (tmp_path / ".a[1].7.tmp").mkdir()
    (tmp_path / ".a[1].7.tmp" / "part").touch()
    for name in (".a[1].8.tmp", ".a1.8.tmp", "a[1]"):
        (tmp_path / name).touch()
    remove_drafts(tmp_path / "a[1]")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".a1.8.tmp", "a[1]"]


def test_an_error_while_a_file_is_written_keeps_the_old_one(tmp_path: Path) -> None:
    """What the caller raises is raised, and the draft is gone."""
    path = tmp_path / "file"
    save_atomically(path, b"old")

    def write_in_part() -> None:
        with atomic_file(path) as file:
            file.write(b"ne")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_in_part()
    assert {item.name: item.read_bytes() for item in tmp_path.iterdir()} == {"file": b"old"}


def put_folder(path: Path) -> None:
    """Put a folder that is not empty where a file goes."""
    (path / "inside").mkdir(parents=True)
    (path / "inside" / "file").write_bytes(b"x")


def test_a_folder_in_place_of_a_cached_file_is_replaced(tmp_path: Path) -> None:
    """What a cache holds can be made again: the file, the array, and the hash beside it."""
    put_folder(tmp_path / "known")
    save_checked(tmp_path / "known", b"data")
    assert load_checked(tmp_path / "known") == b"data"
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    for name in ("a.npy", "a.npy.sha256"):
        put_folder(tmp_path / name)
    save_array(tmp_path / "a.npy", values)
    known = load_array(tmp_path / "a.npy", (2, 3), np.float32)
    np.testing.assert_array_equal(known, values)
    assert sorted(it.name for it in tmp_path.iterdir()) == ["a.npy", "a.npy.sha256", "known"]


def test_a_folder_in_place_of_a_document_is_left_alone(tmp_path: Path) -> None:
    """It may be somebody's: one message that names it."""
    put_folder(tmp_path / "report.pdf")
    with pytest.raises(StorageError, match=r"report\.pdf cannot be written"):
        save_atomically(tmp_path / "report.pdf", b"data")
    assert (tmp_path / "report.pdf" / "inside" / "file").read_bytes() == b"x"
    assert [it.name for it in tmp_path.iterdir()] == ["report.pdf"]


def test_a_folder_that_cannot_be_removed_is_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the place and the reason."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    put_folder(tmp_path / "known")
    monkeypatch.setattr("scenes.system.files.shutil.rmtree", refuse)
    with pytest.raises(StorageError, match="known cannot be written: Permission denied"):
        save_checked(tmp_path / "known", b"data")
    assert [it.name for it in tmp_path.iterdir()] == ["known"]
