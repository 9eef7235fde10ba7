"""Arrays of pictures are read like any other data set, one picture at a time."""

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scenes.data import array_files
from scenes.data.folder import load_folder
from scenes.errors import DataError

rng = np.random.default_rng(3)


def pixels(n: int, *shape: int) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return random pictures."""
    return rng.integers(0, 256, (n, *shape), dtype=np.uint8)


def refused(source: Path, imports: Path | None = None) -> str:
    """Return all that is wrong with arrays."""
    with pytest.raises(DataError) as caught:
        load_folder(source, cache=None, imports=imports or source.parent / "imports")
    return str(caught.value)


@pytest.mark.parametrize("shape", [(28, 28), (28, 20, 1), (9, 12, 3)])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_as_keras_gives_them(save: Any, shape: tuple[int, ...], tmp_path: Path) -> None:
    """Each picture has its pixels and its label; test stays test, val is taken from train."""
    x, y = pixels(40, *shape), np.arange(40) % 4
    save(tmp_path / "set.npz", x_train=x, y_train=y, x_test=x[:8][::-1], y_test=y[:8][::-1])
    dataset = load_folder(tmp_path / "set.npz", cache=None, imports=tmp_path / "imports")
    assert (dataset.reader, dataset.name) == ("arrays set.npz", "set")
    assert {split: len(them) for split, them in dataset.splits.items()} == {
        **{"train": 32, "val": 8, "test": 8}
    }
    for one in (*dataset.splits["train"], *dataset.splits["val"]):
        index = int(one.path.stem)
        assert one.label == y[index]
        expected = x[index].reshape(shape[0], shape[1], -1)
        found = np.asarray(dataset.decode(one))
        np.testing.assert_array_equal(found, np.broadcast_to(expected, found.shape))


@pytest.mark.parametrize(
    "names",
    [
        *(("x_train", "y_train"), ("train_images", "train_labels"), ("X", "y")),
        *(("images", "labels"), ("trainX", "trainY"), ("xtrain", "ytrain"), ("Xtrain", "ytrain")),
    ],
)
def test_pairs_of_files(names: tuple[str, str], tmp_path: Path) -> None:
    """A folder with .npy files is one data set, named by the folder or by one of the files."""
    folder = tmp_path / "set"
    folder.mkdir()
    np.save(folder / names[0], pixels(20, 8, 8))
    np.save(folder / names[1], np.array(["cat", "dog"] * 10))
    for source in (folder, folder / f"{names[0]}.npy"):
        dataset = load_folder(source, cache=None, imports=tmp_path / "imports")
        assert dataset.classes == ("cat", "dog")
        assert sum(map(len, dataset.splits.values())) == 20


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (np.arange(6)[:, None] % 2, ("0", "1")),
        (np.eye(2)[np.arange(6) % 2], ("0", "1")),
        ((np.arange(6) % 2).astype(np.float32), ("0", "1")),
        (np.asfortranarray(np.eye(2, dtype=np.uint8)[[0, 1, 0, 1, 0, 1]]), ("0", "1")),
        (np.array([b"a", b"b"] * 3), ("a", "b")),
    ],
)
def test_labels_in_other_shapes(labels: Any, expected: tuple[str, ...], tmp_path: Path) -> None:
    """A column, one-hot rows, whole numbers as floats and bytes are labels."""
    np.savez(tmp_path / "set.npz", x=pixels(6, 8, 8), y=labels)
    dataset = load_folder(tmp_path / "set.npz", cache=None, imports=tmp_path / "imports")
    assert dataset.classes == expected
    assert all(int(one.path.stem) % 2 == one.label for one in dataset.splits["train"])


X, Y = pixels(6, 8, 8, 3), np.arange(6) % 2
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "float": ({"x": X / 255, "y": Y}, "pictures must be uint8"),
    "first": ({"x": X.transpose(0, 3, 1, 2), "y": Y}, "the channels must come last"),
    "flat": ({"x": X.reshape(6, -1), "y": Y}, "pictures must be (n, height, width)"),
    "order": ({"x": np.asfortranarray(X), "y": Y}, "Fortran"),
    "count": ({"x": X, "y": Y[:5]}, "has 5 labels, but x has 6 pictures"),
    "empty": ({"x": X[:0], "y": Y[:0]}, "is empty"),
    "unpaired": ({"x_train": X, "y_train": Y, "x_test": X}, "x_test: there are no labels"),
    "unnamed": ({"x": X, "y": Y, "weights": Y}, "weights: neither pictures nor labels"),
    "twice": ({"x": X, "y": Y, "images": X}, "images, x: two for the same split"),
    "objects": ({"x": X, "y": np.array([{}] * 6, dtype=object)}, "Python objects"),
    "several": ({"x": X, "y": np.ones((6, 2), int)}, "multi-label"),
    "numbers": ({"x": X, "y": Y + 0.5}, "regression"),
    "boxes": ({"x": X, "y": np.ones((6, 4)) * 7}, "regression"),
    "one class": ({"x": X, "y": Y * 0}, "two classes or more"),
}


@pytest.mark.parametrize("name", WRONG)
def test_arrays_that_are_no_labelled_pictures(name: str, tmp_path: Path) -> None:
    """They are refused with what they are and what they must be."""
    arrays, problem = WRONG[name]
    np.savez(tmp_path / "set.npz", **arrays)
    assert problem in refused(tmp_path / "set.npz")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x93NUMPY\x01\x00v\x00{'descr'"])
@pytest.mark.parametrize("name", ["set.npz", "x.npy"])
def test_damaged_files_are_refused(name: str, data: bytes, tmp_path: Path) -> None:
    """Without a traceback, and nothing is kept."""
    (tmp_path / name).write_bytes(data)
    assert name.partition(".")[0] in refused(tmp_path / name)
    assert not [path for path in (tmp_path / "imports").glob("*") if path.is_dir()]


def test_header_that_promises_too_much(tmp_path: Path) -> None:
    """An array that ends before its header says leaves nothing behind."""
    np.save(tmp_path / "y.npy", Y)
    np.save(tmp_path / "x.npy", X)
    data = (tmp_path / "x.npy").read_bytes()
    (tmp_path / "x.npy").write_bytes(data[:-1])
    assert "ends before its header says" in refused(tmp_path / "x.npy")
    assert not [path for path in (tmp_path / "imports").glob("*") if path.is_dir()]


@pytest.mark.parametrize("value", [np.inf, 1e30])
def test_labels_beyond_whole_numbers_are_measurements(value: float, tmp_path: Path) -> None:
    """They do not become the lowest number that an integer holds."""
    np.savez(tmp_path / "set.npz", x=X, y=np.where(np.arange(len(X)) == 0, value, 1.0))
    assert "regression" in refused(tmp_path / "set.npz")


@pytest.mark.parametrize("header", [b"[" * 9000, b"{[]: 1}", b" " * 60_000])
def test_header_that_numpy_cannot_read(header: bytes, tmp_path: Path) -> None:
    """Whatever it raises is told in a line, and once."""
    start = b"\x93NUMPY\x01\x00" + (len(header) + 1).to_bytes(2, "little")
    np.save(tmp_path / "y.npy", Y)
    (tmp_path / "x.npy").write_bytes(start + header + b"\n" + X.tobytes())
    told = refused(tmp_path / "x.npy")
    assert "x: cannot be read: its header: " in told
    assert "allow_pickle" not in told
    assert len(told.splitlines()) == 3


def test_array_longer_than_its_header_says(tmp_path: Path) -> None:
    """A header that was edited, or two arrays in one file, are not read in part."""
    np.save(tmp_path / "y.npy", Y)
    np.save(tmp_path / "x.npy", X)
    with (tmp_path / "x.npy").open("ab") as file:
        file.write(b"more")
    assert "goes on where its header says that it ends" in refused(tmp_path / "x.npy")


@pytest.mark.parametrize("name", ["set.npz", "x.npy"])
def test_files_may_be_links(name: str, tmp_path: Path) -> None:
    """As on many clusters, where the files themselves lie elsewhere."""
    (tmp_path / "set").mkdir()
    np.savez(tmp_path / "set.npz", x=X, y=Y)
    np.save(tmp_path / "x.npy", X)
    np.save(tmp_path / "set/y.npy", Y)
    (tmp_path / "set" / name).symlink_to(tmp_path / name)
    source = tmp_path / "set" / name
    dataset = load_folder(source, cache=None, imports=tmp_path / "imports")
    assert sum(map(len, dataset.splits.values())) == len(X)


def test_one_picture_at_a_time_is_in_memory(tmp_path: Path) -> None:
    """Reading takes far less memory than the array has bytes."""
    np.savez(tmp_path / "set.npz", x=pixels(400, 100, 100), y=np.arange(400) % 2)
    pairs = array_files.read_pairs([tmp_path / "set.npz"])
    tracemalloc.start()
    count = sum(len(item.picture) > 10_000 for item in array_files.items_of(pairs))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 400
    assert most < 1_000_000
