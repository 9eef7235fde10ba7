"""Pictures are looked at side by side, in threads or in processes, with the same results."""

import contextlib
import operator
import os
import sys
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from scenes.data import arrays, decoding, parallel
from scenes.data.decoding import decode_picture, read_picture
from scenes.data.folder import load_folder
from scenes.data.inspection import inspect_pictures
from scenes.data.parallel import CHUNK, map_pictures
from scenes.errors import DataError


@pytest.fixture(params=["threads", "processes"])
def workers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let threads or processes look at however many there are."""
    kind = str(request.param)
    monkeypatch.setattr(parallel, "MANY", 1 if kind == "processes" else sys.maxsize)
    return kind


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let processes look at however few there are."""
    monkeypatch.setattr(parallel, "MANY", 1)


def save_pictures(folder: Path, n: int) -> list[Path]:
    """Write n small pictures, each of them another."""
    folder.mkdir(parents=True)
    random = np.random.default_rng(0)
    paths = [folder / f"{i:03}.png" for i in range(n)]
    for path in paths:
        Image.fromarray(random.integers(0, 256, (9, 7, 3), dtype=np.uint8)).save(path)
    return paths


def test_the_order_is_kept_and_progress_told(workers: str) -> None:
    """Results come in the order of the items, each with one call of progress."""
    calls: list[tuple[int, int]] = []
    progress = partial(lambda to, *call: to.append(call), calls)
    results = list(map_pictures(operator.neg, range(300), progress=progress))
    assert results == [-i for i in range(300)]
    assert calls == [(i, 300) for i in range(1, 301)]


def test_many_are_looked_at_in_processes(workers: str) -> None:
    """Python runs one thread at a time; only processes use all cores."""
    pids = set(map_pictures(partial(eval, "__import__('os').getpid()", {}), [{}] * 100))
    assert (pids == {os.getpid()}) == (workers == "threads")


def test_what_the_consumer_leaves_is_not_done() -> None:
    """What was not begun when the consumer leaves is not done."""
    begun: list[int] = []
    results = map_pictures(begun.append, range(parallel.MANY - 1))
    next(results)
    results.close()
    assert len(begun) < parallel.MANY / 2


@pytest.mark.usefixtures("processes")
def test_no_process_is_left() -> None:
    """Neither at the end nor where the consumer stops."""
    before = psutil.Process().children()
    for stop in (3, 200):
        results = map_pictures(operator.neg, range(200))
        for _ in zip(range(stop), results, strict=False):
            assert len(psutil.Process().children()) > len(before)
        results.close()
        assert psutil.Process().children() == before


@pytest.mark.usefixtures("processes")
def test_a_deadly_picture_is_told() -> None:
    """A process that dies takes nothing else with it, and the pictures that it had are named."""
    with pytest.raises(DataError, match="ended with code 3") as caught:
        list(map_pictures(os._exit, [3] * 100))
    assert caught.value.problems[1:] == ("3",) * CHUNK


@pytest.mark.usefixtures("processes")
def test_an_error_is_that_of_the_function() -> None:
    """As it is in threads."""
    with pytest.raises(ValueError, match="invalid literal"):
        list(map_pictures(int, ["1"] * 50 + ["x"]))


@pytest.mark.usefixtures("processes")
def test_what_a_function_prints_is_no_answer(capfd: pytest.CaptureFixture[str]) -> None:
    """It goes where errors go."""
    assert list(map_pictures(print, ["odd"])) == [None]
    assert capfd.readouterr() == ("", "odd\n")


@pytest.mark.parametrize("side", [9, 4097])
def test_silence(
    side: int, workers: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Odd EXIF data, of which Pillow warns, does not reach the terminal of a user."""
    path = tmp_path / "a.jpg"
    Image.new("L", (side, side)).save(path, exif=b"Exif\0\0II*\0\x08\0\0\0\x05\0")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        list(map_pictures(decode_picture, [path]))
    assert told == []
    assert capfd.readouterr().err == ""


@pytest.mark.usefixtures("processes")
def test_large_pictures_are_decoded_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many processes there are, memory holds one large picture."""
    side = 4097  # above the square root of `LARGE`
    Image.new("1", (side, side)).save(tmp_path / "large.png")
    Image.new("1", (9, 9)).save(tmp_path / "small.png")
    turns: list[int] = []

    @contextlib.contextmanager
    def turn() -> Iterator[None]:
        turns.append(os.getpid())
        yield

    room = decoding._room_for
    monkeypatch.setattr(
        decoding, "_room_for", lambda image: turn() if image.width == side else room(image)
    )
    paths = [tmp_path / "small.png", tmp_path / "large.png"] * 2
    sizes = list(map_pictures(partial(read_picture, take=operator.attrgetter("image.size")), paths))
    assert sizes == [(9, 9), (side, side)] * 2
    assert turns == [os.getpid()] * 2


def test_inspection_sees_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Good pictures and bad ones, with their causes, in the order of the paths."""
    paths = save_pictures(tmp_path / "set", 40)
    for i, path in enumerate(paths[::3]):
        path.write_bytes(path.read_bytes()[: 20 * i])
    in_threads = inspect_pictures(paths, cache=None)
    monkeypatch.setattr(parallel, "MANY", 1)
    in_processes = inspect_pictures(paths, cache=tmp_path / "cache")
    assert in_processes == in_threads
    assert list(in_processes.seen) == list(in_threads.seen)
    assert list(in_processes.bad) == list(in_threads.bad) == paths[::3]


def test_arrays_are_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the last byte; a picture that changed is reported."""
    for split in ("train/a", "train/b", "val/a", "val/b"):
        save_pictures(tmp_path / "set" / split, 20)
    dataset = load_folder(tmp_path / "set", cache=None)
    for cache, many in ((tmp_path / "threads", sys.maxsize), (tmp_path / "processes", 1)):
        monkeypatch.setattr(parallel, "MANY", many)
        arrays.load_arrays(dataset, 8, cache=cache)
    one, other = (
        {path.name: path.read_bytes() for path in (tmp_path / kind).rglob("*.*") if path.is_file()}
        for kind in ("threads", "processes")
    )
    assert one == other
    path = tmp_path / "set" / "val" / "a" / "003.png"
    path.write_bytes((tmp_path / "set" / "val" / "a" / "004.png").read_bytes())
    with pytest.raises(DataError) as caught:
        arrays.load_arrays(dataset, 9, cache=tmp_path / "processes")
    assert caught.value.problems == (f"{path}: has another content now",)
