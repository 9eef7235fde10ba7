"""A reader that a user brings is checked like any other; its errors are reported by its name."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from scenes.data.folder import Dataset, load_folder
from scenes.data.items import Item
from scenes.data.loaders import Loader
from scenes.errors import DataError

PIXELS = np.random.default_rng(0).integers(0, 255, (12, 9, 8, 3), dtype=np.uint8)


def load(read: Any, source: Path, tmp_path: Path) -> Dataset:
    """Load a data set with a loader."""
    loader = Loader("mine", read)
    return load_folder(source, cache=None, imports=tmp_path / "imports", loader=loader)


def test_pixels_with_splits_and_groups(tmp_path: Path) -> None:
    """They are kept as files, once, and have the pixels that were yielded."""

    def read(source: Path) -> Iterator[Item]:
        assert source == tmp_path / "set.bin"
        for i, pixels in enumerate(PIXELS):
            split = "val" if i > 7 else "train"
            yield Item(pixels if i % 3 else pixels[:, :, 0], i % 2, split, group=f"g{i}")

    dataset = load(read, tmp_path / "set.bin", tmp_path)
    assert dataset.reader == "loader mine"
    assert dataset.classes == ("0", "1")
    assert {one.group for one in dataset.splits["val"]} == {"g8", "g9", "g10", "g11"}
    for one in dataset.splits["train"]:
        i = int(one.path.stem)
        expected = PIXELS[i] if i % 3 else np.repeat(PIXELS[i, :, :, :1], 3, axis=2)
        np.testing.assert_array_equal(np.asarray(dataset.decode(one)), expected)
    again = load(read, tmp_path / "set.bin", tmp_path)
    assert (again.root, again.splits) == (dataset.root, dataset.splits)
    kept = [path for path in (tmp_path / "imports").iterdir() if path.is_dir()]
    assert kept == [dataset.root]


def test_files_stay_where_they_are(tmp_path: Path) -> None:
    """A loader may only say which file is what."""
    for i in range(4):
        Image.fromarray(PIXELS[i]).save(tmp_path / f"{'ab'[i % 2]}{i}.png")

    def read(source: Path) -> Iterator[Item]:
        for path in sorted(source.glob("*.png")):
            yield Item(path, path.name[0])

    dataset = load(read, tmp_path, tmp_path)
    assert (dataset.root, dataset.classes) == (tmp_path, ("a", "b"))
    assert not (tmp_path / "imports").exists()


@pytest.mark.parametrize("with_files", [True, False])
def test_group_zero_is_a_group_and_none_is_no_label(with_files: bool, tmp_path: Path) -> None:
    """Whatever is yielded besides None is a value, as text."""
    for i in range(6):
        Image.fromarray(PIXELS[i]).save(tmp_path / f"{i}.png")

    def picture(i: int) -> Any:
        return tmp_path / f"{i}.png" if with_files else PIXELS[i]

    groups: Any = (0, 0, 1, 1, None, None)
    found = load(lambda _: [Item(picture(i), i % 2, "", groups[i]) for i in range(6)],
                 tmp_path, tmp_path)  # fmt: skip
    assert {one.group for split in found.splits.values() for one in split} == {"0", "1", None}
    nothing: Any = None
    with pytest.raises(DataError) as caught:
        load(lambda _: [Item(picture(i), nothing) for i in range(6)], tmp_path, tmp_path)
    assert "has no label" in str(caught.value)


def _raises(source: Path) -> Iterator[Item]:
    yield Item(PIXELS[0], "a")
    raise KeyError(f"nothing in {source.name}")


WRONG: dict[str, tuple[Any, str]] = {
    "raises": (_raises, "after 1 pictures: KeyError: 'nothing in set'"),
    "other things": (lambda _: [PIXELS[0]], "yielded ndarray, not scenes.data.items.Item"),
    "floats": (lambda _: [Item(PIXELS[0] / 255, "a")], "pixels must be uint8"),
    "nothing": (lambda _: [], "has no rows"),
    "both": (lambda _: [Item(PIXELS[0], "a"), Item(Path("a.png"), "b")], "not both"),
    "outside": (lambda _: [Item(Path("../a.png"), "a")], "leads out of the folder"),
    "not there": (lambda _: [Item(Path("a.png"), "a")], "a.png: does not exist"),
    "same name": (lambda _: [Item(PIXELS[0], "a", name="x.ppm")] * 2, "x.ppm: is the name of two"),
    "text": (lambda _: [Item("a.png", "a")], "must be a Path, not a text: a.png"),  # type: ignore[arg-type]
    "ends": (lambda _: sys.exit(3), "after 0 pictures: SystemExit: 3"),
    "elsewhere": (lambda _: [Item(PIXELS[0], "a", name="../x.ppm")], "leads out of the folder"),
    "numbers": (lambda _: [Item(one, "0.5") for one in PIXELS], "regression"),
}


@pytest.mark.parametrize("name", WRONG)
def test_loaders_that_fail_are_named(name: str, tmp_path: Path) -> None:
    """Nothing that they did stays behind."""
    (tmp_path / "set").mkdir()
    read, problem = WRONG[name]
    with pytest.raises(DataError) as caught:
        load(read, tmp_path / "set", tmp_path)
    assert problem in str(caught.value)
