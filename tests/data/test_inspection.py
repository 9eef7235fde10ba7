"""The pre-flight sees every picture once, remembers it by content and tells what stands out."""

import hashlib
import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import rewrite
from PIL import Image

from scenes.data import inspection
from scenes.data.decoding import Seen, see_picture
from scenes.data.image_files import open_regular
from scenes.data.inspection import inspect_pictures
from scenes.data.picture_index import CACHE_FILE
from scenes.errors import StorageError
from scenes.system.files import load_checked, save_checked

LONG_AGO = 1_000_000_000


def save_pictures(folder: Path, n: int = 3) -> list[Path]:
    """Write n different pictures that have lain there for long."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    paths = [folder / f"{i}.png" for i in range(n)]
    for path in paths:
        pixels = random.integers(0, 256, (20, 20, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
        os.utime(path, (LONG_AGO, LONG_AGO))
    return paths


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Return the names of the files that were decoded and of those that were hashed."""
    done: dict[str, list[str]] = {"decoded": [], "hashed": []}

    def spy_see(path: Path, *, max_pixels: int) -> Seen:
        done["decoded"].append(path.name)
        return see_picture(path, max_pixels=max_pixels)

    def spy_open(path: Path) -> object:
        done["hashed"].append(path.name)
        return open_regular(path)

    monkeypatch.setattr(inspection, "see_picture", spy_see)
    monkeypatch.setattr(inspection, "open_regular", spy_open)
    return done


def test_good_and_bad_are_told_apart(tmp_path: Path) -> None:
    """Every path is in one of the two, in the order of the paths, bad ones with a cause."""
    paths = save_pictures(tmp_path)
    paths[1].write_bytes(b"")
    result = inspect_pictures(paths, cache=None)
    assert list(result.seen) == [str(paths[0]), str(paths[2])]
    assert result.bad == {paths[1]: "is empty (0 bytes)"}


def test_second_start_reads_no_picture(tmp_path: Path, work: dict[str, list[str]]) -> None:
    """What has not changed by size, time and inode is neither decoded nor hashed again."""
    paths = save_pictures(tmp_path / "data")
    first = inspect_pictures(paths, cache=tmp_path / "cache")
    assert sorted(work["decoded"]) == ["0.png", "1.png", "2.png"]
    work["decoded"].clear()
    assert inspect_pictures(paths, cache=tmp_path / "cache") == first
    assert work == {"decoded": [], "hashed": []}


def test_moved_picture_is_known_by_content(tmp_path: Path, work: dict[str, list[str]]) -> None:
    """A folder at another place is hashed, not decoded."""
    paths = save_pictures(tmp_path / "data")
    first = inspect_pictures(paths, cache=tmp_path / "cache")
    (tmp_path / "data").rename(tmp_path / "moved")
    work["decoded"].clear()
    moved = [tmp_path / "moved" / path.name for path in paths]
    second = inspect_pictures(moved, cache=tmp_path / "cache")
    assert list(second.seen.values()) == list(first.seen.values())
    assert (work["decoded"], sorted(work["hashed"])) == ([], ["0.png", "1.png", "2.png"])


def test_changed_picture_is_read_again(tmp_path: Path, work: dict[str, list[str]]) -> None:
    """One changed byte is seen, even where size and modification time stay."""
    paths = save_pictures(tmp_path / "data")
    inspect_pictures(paths, cache=tmp_path / "cache")
    content = bytearray(paths[1].read_bytes())
    content[60] ^= 0xFF
    paths[1].write_bytes(content)
    os.utime(paths[1], (LONG_AGO, LONG_AGO))
    work["decoded"].clear()
    result = inspect_pictures(paths, cache=tmp_path / "cache")
    assert work["decoded"] == ["1.png"]
    assert paths[1] in result.bad


def test_young_file_is_not_trusted(tmp_path: Path, work: dict[str, list[str]]) -> None:
    """A file of this very second may change within its time stamp: it is hashed again."""
    paths = save_pictures(tmp_path / "data", 2)
    os.utime(paths[0])
    inspect_pictures(paths, cache=tmp_path / "cache")
    work["hashed"].clear()
    inspect_pictures(paths, cache=tmp_path / "cache")
    assert work["hashed"] == ["0.png"]


def test_bad_files_are_not_remembered(tmp_path: Path) -> None:
    """A mended file is good at the next start."""
    paths = save_pictures(tmp_path / "data")
    good = paths[0].read_bytes()
    paths[0].write_bytes(good[:100])
    assert paths[0] in inspect_pictures(paths, cache=tmp_path / "cache").bad
    paths[0].write_bytes(good)
    assert not inspect_pictures(paths, cache=tmp_path / "cache").bad


def test_lower_pixel_limit_holds_for_known_pictures(tmp_path: Path) -> None:
    """What was let through once is refused under a lower limit."""
    paths = save_pictures(tmp_path / "data")
    inspect_pictures(paths, cache=tmp_path / "cache")
    result = inspect_pictures(paths, cache=tmp_path / "cache", max_pixels=100)
    assert set(result.bad) == set(paths)


def test_damaged_cache_is_rewritten(tmp_path: Path) -> None:
    """Cut, changed, another version, no JSON, a folder: ignored, and whole again after."""
    paths = save_pictures(tmp_path / "data")
    cache = tmp_path / "cache"
    first = inspect_pictures(paths, cache=cache)
    whole = (cache / CACHE_FILE).read_bytes()
    other = json.loads(load_checked(cache / CACHE_FILE) or b"") | {"version": -1}
    save_checked(cache / CACHE_FILE, json.dumps(other).encode())
    old = (cache / CACHE_FILE).read_bytes()
    width = whole.index(b'"width": [20') + len(b'"width": [2')
    for damage in (
        b"",
        b"[]",
        b"\x80\x04pickle",
        whole[:-9],
        whole[:width] + b"9" + whole[width + 1 :],
        old,
        hashlib.sha256(b"[]").hexdigest().encode() + b"\n[]",
    ):
        (cache / CACHE_FILE).write_bytes(damage)
        assert inspect_pictures(paths, cache=cache) == first
        assert (cache / CACHE_FILE).read_bytes() == whole
    (cache / CACHE_FILE).unlink()
    (cache / CACHE_FILE / "a folder").mkdir(parents=True)
    assert inspect_pictures(paths, cache=cache) == first
    assert (cache / CACHE_FILE).read_bytes() == whole
    assert [path.name for path in cache.iterdir()] == [CACHE_FILE]


def test_other_data_sets_stay_known(tmp_path: Path, work: dict[str, list[str]]) -> None:
    """Two data sets share one cache without forgetting each other."""
    one, two = save_pictures(tmp_path / "one"), save_pictures(tmp_path / "two", 4)
    for paths in (one, two):
        inspect_pictures(paths, cache=tmp_path / "cache")
    work["hashed"].clear()
    inspect_pictures(one, cache=tmp_path / "cache")
    assert work["hashed"] == []


def test_unwritable_cache_is_one_message(tmp_path: Path) -> None:
    """Where the cache cannot be, its path and the system's answer are reported."""
    paths = save_pictures(tmp_path / "data")
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(StorageError, match="cannot be written") as caught:
        inspect_pictures(paths, cache=tmp_path / "cache")
    assert str(tmp_path / "cache") in str(caught.value)


def test_failed_write_leaves_the_old_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk costs what was new, not what was known, and leaves nothing behind."""
    cache = tmp_path / "cache"
    inspect_pictures(save_pictures(tmp_path / "data"), cache=cache)
    before = (cache / CACHE_FILE).read_bytes()

    def refuse(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageError, match="No space left on device"):
        inspect_pictures(save_pictures(tmp_path / "more", 5), cache=cache)
    assert (cache / CACHE_FILE).read_bytes() == before
    assert [path.name for path in cache.iterdir()] == [CACHE_FILE]


def test_progress_reaches_the_end(tmp_path: Path) -> None:
    """A bar is full after the first start and after the next one, which reads nothing."""
    paths = save_pictures(tmp_path / "data")
    for expected in ([(1, 3), (2, 3), (3, 3)], [(3, 3)]):
        calls: list[tuple[int, int]] = []
        inspect_pictures(
            paths, cache=tmp_path / "cache", progress=lambda *call, to=calls: to.append(call)
        )
        assert calls == expected


def test_tensorflow_is_not_imported() -> None:
    """Checking pictures needs no training library."""
    code = "import sys, scenes.data.arrays; sys.exit('tensorflow' in sys.modules)"
    assert os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c", code]) == 0


def test_bad_picture_does_not_stop_the_others(tmp_path: Path) -> None:
    """All bad files are reported at once, whatever their number."""
    paths = save_pictures(tmp_path, 40)
    for path in paths[::2]:
        path.write_bytes(path.read_bytes()[:50])
    result = inspect_pictures(paths, cache=None)
    assert set(result.bad) == set(paths[::2])


@pytest.mark.parametrize(
    ("module", "old", "new", "looks_again"),
    [
        ("pixels", "NARROW = 8 ", "NARROW = 9 ", True),
        ("decoding", "raise DamagedError(faults.lost)", "pass", True),
        ("pixels", "NARROW = 8 ", "NARROW = 8  ", False),
        ("causes", "is truncated: the file", "is cut: the file", False),
    ],
)
def test_a_change_of_what_sees_looks_again(
    source: Path,
    work: dict[str, list[str]],
    module: str,
    old: str,
    new: str,
    looks_again: bool,
    tmp_path: Path,
) -> None:
    """What other code saw, or let through, is not believed; words and spaces change nothing."""
    paths = save_pictures(tmp_path / "data")
    cache = tmp_path / "cache"
    inspect_pictures(paths, cache=cache)
    work["decoded"].clear()
    rewrite(source / "data" / f"{module}.py", old, new)
    inspect_pictures(paths, cache=cache)
    assert bool(work["decoded"]) == looks_again


def test_preflight_that_is_stopped_goes_on_where_it_was(
    tmp_path: Path, work: dict[str, list[str]]
) -> None:
    """What was seen before Ctrl-C is not decoded again."""
    paths = save_pictures(tmp_path / "set", 6)

    def stop(done: int, _: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        inspect_pictures(paths, cache=tmp_path / "cache", progress=stop)
    work["decoded"].clear()
    assert len(inspect_pictures(paths, cache=tmp_path / "cache").seen) == 6
    assert work["decoded"] == ["4.png", "5.png"]


def test_preflight_that_is_killed_loses_little(
    tmp_path: Path, work: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was seen is saved every now and then, not only at the end."""
    monkeypatch.setattr(inspection, "SAVED_EVERY", 0.0)
    paths, saved = save_pictures(tmp_path / "set", 4), []

    def look(done: int, _: int) -> None:
        body = load_checked(tmp_path / "cache" / CACHE_FILE) or b'{"contents": {"sha256": []}}'
        saved.append((done, len(json.loads(body)["contents"]["sha256"])))

    inspect_pictures(paths, cache=tmp_path / "cache", progress=look)
    assert saved == [(1, 0), (2, 1), (3, 2), (4, 3)]
