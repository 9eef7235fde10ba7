"""The embedded data set: what a picture depends on, and that a set is saved whole or not at all."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from scenes.data.synthetic import generate
from scenes.data.synthetic.generate import CLASSES, PAINTERS, paint_picture, save_synthetic
from scenes.errors import DataError

Progress = Callable[[int, int], None]


def save(folder: Path, *, seed: int = 0, size: int = 16, progress: Progress | None = None) -> Path:
    """Save a set of one picture to learn from and one to validate with per class."""
    return save_synthetic(folder, seed=seed, train=1, val=1, size=size, progress=progress)


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a whole set that no test changes."""
    return save(tmp_path_factory.mktemp("painted") / "made" / "data")


@pytest.fixture
def own(painted: Path, tmp_path: Path) -> Path:
    """The folder of a whole set that the test may change."""
    return Path(shutil.copytree(painted, tmp_path / "data"))


def paint(kind: str, seed: int, size: int = 32) -> np.ndarray:
    """Paint with a generator made from a seed."""
    return paint_picture(kind, np.random.default_rng(seed), size)


def contents(folder: Path) -> dict[str, bytes]:
    """Return the bytes of each file by its path below the folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_classes_are_those_of_scene_15() -> None:
    """Fifteen sorted names, each with its painter."""
    assert CLASSES == (
        "Bedroom", "Coast", "Forest", "Highway", "Industrial", "InsideCity", "Kitchen",
        "LivingRoom", "Mountain", "Office", "OpenCountry", "Store", "Street", "Suburb",
        "TallBuilding",
    )  # fmt: skip
    assert set(CLASSES) == set(PAINTERS)


@pytest.mark.parametrize("kind", CLASSES)
def test_a_picture_is_decided_by_its_generator(kind: str) -> None:
    """The same seed paints the same picture, another seed another one."""
    assert np.array_equal(paint(kind, 3), paint(kind, 3))
    assert not np.array_equal(paint(kind, 3), paint(kind, 4))


@settings(max_examples=30, deadline=None)
@given(kind=st.sampled_from(CLASSES), seed=st.integers(0, 2**32), size=st.integers(16, 96))
def test_a_picture_is_grey_and_of_the_size_asked(kind: str, seed: int, size: int) -> None:
    """Whatever the size, a picture is uint8 RGB, its three channels equal."""
    picture = paint(kind, seed, size)
    assert picture.shape == (size, size, 3)
    assert picture.dtype == np.uint8
    assert (picture == picture[:, :, :1]).all()


@pytest.mark.parametrize("kind", CLASSES)
def test_a_picture_shows_something(kind: str) -> None:
    """No picture is flat, black or white."""
    for seed in range(3):
        picture = paint(kind, seed, 48)
        assert picture.std() > 20
        assert 40 < picture.mean() < 215


@pytest.mark.parametrize("kind", CLASSES)
def test_the_size_does_not_change_the_scene(kind: str) -> None:
    """A large picture made small looks like the picture painted small."""
    large = Image.fromarray(paint(kind, 5, 96)).resize((16, 16), Image.Resampling.BOX)
    small = Image.fromarray(paint(kind, 5, 48)).resize((16, 16), Image.Resampling.BOX)
    likeness = np.corrcoef(np.asarray(large).ravel(), np.asarray(small).ravel())[0, 1]
    assert likeness > 0.9


def test_pictures_of_a_class_differ() -> None:
    """Two pictures of a class are about as unlike as any two pictures."""
    pictures = [paint("Kitchen", seed).astype(float).ravel() for seed in range(6)]
    likeness = np.corrcoef(pictures)[np.triu_indices(6, 1)]
    assert likeness.max() < 0.9


def test_an_unknown_class_is_refused_with_the_choices() -> None:
    """The message says what came and what may come."""
    with pytest.raises(DataError, match=r"Bedroom, Coast, .*TallBuilding; 'Beach' came"):
        paint("Beach", 0)


def test_the_folder_has_one_file_per_picture(painted: Path) -> None:
    """Files lie in split and class folders, numbered from 1, as grey JPEGs of the size asked."""
    expected = {f"{split}/{kind}/{kind}_0001.jpg" for split in ("train", "val") for kind in CLASSES}
    assert set(contents(painted)) == expected
    with Image.open(painted / "val" / "Coast" / "Coast_0001.jpg") as picture:
        assert (picture.format, picture.mode, picture.size) == ("JPEG", "RGB", (16, 16))
    assert [path.name for path in painted.parent.iterdir()] == ["data"]


def test_no_picture_comes_twice(painted: Path) -> None:
    """Splits and classes lead to different pictures."""
    files = contents(painted)
    assert len(set(files.values())) == len(files)


def test_a_smaller_set_is_the_beginning_of_a_larger_one(painted: Path, tmp_path: Path) -> None:
    """Pictures keep their number and content when more are asked for, and none comes twice."""
    larger = contents(save_synthetic(tmp_path / "data", train=2, val=1, size=16))
    assert contents(painted).items() <= larger.items()
    assert "train/Coast/Coast_0002.jpg" in larger
    assert len(set(larger.values())) == len(larger) == 45


def test_another_seed_paints_another_set(painted: Path, tmp_path: Path) -> None:
    """No picture of one seed is a picture of another."""
    other = contents(save(tmp_path / "data", seed=1))
    assert not set(contents(painted).values()) & set(other.values())


def test_several_processes_paint_what_one_paints(
    painted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """How the work is shared changes no picture."""
    monkeypatch.setattr(generate, "PIXELS_WORTH_A_PROCESS", 1000)
    monkeypatch.setattr(generate, "usable_cores", lambda: 2)
    assert contents(save(tmp_path / "data")) == contents(painted)


def test_painting_goes_on_alone_when_processes_fail(
    painted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pool that breaks costs time, not pictures."""

    def break_down(*_: object, **__: object) -> Iterator[None]:
        yield None
        raise DataError("a process has ended")

    monkeypatch.setattr(generate, "PIXELS_WORTH_A_PROCESS", 1000)
    monkeypatch.setattr(generate, "usable_cores", lambda: 2)
    monkeypatch.setattr(generate, "map_in_processes", break_down)
    assert contents(save(tmp_path / "data")) == contents(painted)


def test_progress_counts_every_picture(tmp_path: Path) -> None:
    """The caller hears of each picture, the last time with all of them done."""
    heard: list[tuple[int, int]] = []
    save(tmp_path / "data", progress=lambda done, total: heard.append((done, total)))
    assert heard == [(number, 30) for number in range(1, 31)]


def test_a_failure_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither a part of the set nor a draft of it stays when painting stops in the middle."""

    def stop(done: int, total: int) -> None:
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        save(tmp_path / "data", progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_a_whole_set_is_not_painted_again(own: Path) -> None:
    """A second call leaves every file as it is and reports no progress."""
    before = {path: path.stat().st_mtime_ns for path in own.rglob("*")}
    assert save(own, progress=lambda done, total: pytest.fail("painted again")) == own
    assert {path: path.stat().st_mtime_ns for path in own.rglob("*")} == before


def test_a_folder_that_holds_something_else_is_refused(own: Path) -> None:
    """Missing and foreign files are named, and nothing is overwritten."""
    (own / "val" / "Coast" / "Coast_0001.jpg").rename(own / "notes.jpg")
    before = contents(own)
    with pytest.raises(DataError, match=r"1 of 30 .*Coast_0001[\s\S]*notes\.jpg[\s\S]*Delete"):
        save(own)
    assert contents(own) == before


@pytest.mark.parametrize(("seed", "size"), [(1, 16), (0, 24)])
def test_a_set_of_another_seed_or_size_is_refused(painted: Path, seed: int, size: int) -> None:
    """The same file names do not make the same set."""
    with pytest.raises(DataError, match="another seed, size or version"):
        save(painted, seed=seed, size=size)


def test_a_race_ends_with_one_whole_set(painted: Path, tmp_path: Path) -> None:
    """Whoever comes second takes the set that the first has put there."""

    def overtake(done: int, total: int) -> None:
        if done == total:
            shutil.copytree(painted, tmp_path / "data")

    save(tmp_path / "data", progress=overtake)
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    assert contents(tmp_path / "data") == contents(painted)


def test_numbers_out_of_range_are_refused_together(tmp_path: Path) -> None:
    """Every wrong number is named in one message, before anything is made."""
    with pytest.raises(DataError, match=r"train must[\s\S]*at least 1; 0 came[\s\S]*size must"):
        save_synthetic(tmp_path / "data", train=0, size=2)
    assert list(tmp_path.iterdir()) == []
