"""Pictures are decoded once per size; what is read back is what was decoded."""

import io
import json
import multiprocessing
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import rewrite
from filelock import FileLock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image

from scenes.data import arrays, part_files
from scenes.data.arrays import INTERPOLATIONS, MANIFEST, Arrays, bytes_to_prepare, load_arrays
from scenes.data.decoding import Decoded, decode_picture, read_picture
from scenes.data.folder import Dataset, load_folder
from scenes.data.subsets import take_per_class
from scenes.errors import DataError, StorageError


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Return a checked data set of seven pictures of many shapes and kinds."""
    random = np.random.default_rng(0)
    shapes = {"train/a": [(20, 30), (64, 64), (9, 50)], "train/b": [(31, 17)]}
    shapes |= {"val/a": [(40, 40)], "val/b": [(12, 90), (16, 16)]}
    modes = iter(["RGB", "L", "RGBA", "P", "RGB", "LA", "RGB"])
    for folder, sizes in shapes.items():
        (tmp_path / "set" / folder).mkdir(parents=True)
        for i, (width, height) in enumerate(sizes):
            pixels = random.integers(0, 256, (height, width, 4), dtype=np.uint8)
            image = Image.fromarray(pixels).convert("RGB").convert(next(modes))
            image.save(tmp_path / "set" / folder / f"{i}.png")
    return load_folder(tmp_path / "set", cache=None)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return the files that are decoded from now on."""
    done: list[Path] = []

    def spy(path: Path, take: Callable[[Decoded], object], *, max_pixels: int) -> object:
        done.append(path)
        return read_picture(path, take, max_pixels=max_pixels)

    monkeypatch.setattr(arrays, "read_picture", spy)
    return done


def prepared(cache: Path) -> Path:
    """Return the folder of the only preparation."""
    (folder,) = (path for path in cache.iterdir() if path.is_dir())
    return folder


def same(one: dict[str, Arrays], two: dict[str, Arrays]) -> bool:
    """Return whether two preparations hold the same pictures and labels."""
    return list(one) == list(two) and all(
        np.array_equal(one[split].images, two[split].images)
        and np.array_equal(one[split].labels, two[split].labels)
        for split in one
    )


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_arrays_are_the_decoded_and_resized_pictures(
    interpolation: str, dataset: Dataset, tmp_path: Path
) -> None:
    """Each row is one picture by the policy, stretched to the square, in the data set's order."""
    loaded = load_arrays(dataset, 24, cache=tmp_path / "cache", interpolation=interpolation)
    assert list(loaded) == ["train", "val"]
    for split, members in dataset.splits.items():
        images, labels = loaded[split].images, loaded[split].labels
        assert images.dtype == np.uint8
        assert images.shape == (len(members), 24, 24, 3)
        assert labels.dtype == np.int64
        assert labels.tolist() == [one.label for one in members]
        for row, picture in zip(images, members, strict=True):
            image = decode_picture(dataset.root / picture.path)
            filter_ = Image.Resampling[interpolation.upper()]
            assert np.array_equal(row, np.asarray(image.resize((24, 24), filter_)))


def test_shrinking_takes_all_pixels_into_account(tmp_path: Path) -> None:
    """Stripes of one pixel become grey, not black or white: the filters avoid aliasing."""
    stripes = np.zeros((64, 64, 3), dtype=np.uint8)
    stripes[:, ::2] = 255
    for i, folder in enumerate(["train/a", "train/b", "val/a", "val/b"]):
        (tmp_path / "set" / folder).mkdir(parents=True)
        stripes[0, 0] = i
        Image.fromarray(stripes).save(tmp_path / "set" / folder / "0.png")
    dataset = load_folder(tmp_path / "set", cache=None)
    images = load_arrays(dataset, 8, cache=tmp_path / "cache")["val"].images
    assert np.abs(images[:, 2:, 2:-2].astype(int) - 128).max() <= 4


def test_arrays_are_mapped_and_read_only(dataset: Dataset, tmp_path: Path) -> None:
    """Pictures stay on disk until they are used, and nobody can change them."""
    train = load_arrays(dataset, 8, cache=tmp_path / "cache")["train"]
    assert isinstance(train.images, np.memmap)
    for array in (train.images, train.labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 0


def test_second_load_decodes_nothing(dataset: Dataset, tmp_path: Path, decoded: list[Path]) -> None:
    """Two loads share one preparation; another size, filter or set of pictures has its own."""
    first = load_arrays(dataset, 8, cache=tmp_path / "cache")
    assert len(decoded) == 7
    assert same(load_arrays(dataset, 8, cache=tmp_path / "cache"), first)
    assert len(decoded) == 7
    load_arrays(dataset, 9, cache=tmp_path / "cache")
    load_arrays(dataset, 8, cache=tmp_path / "cache", interpolation="nearest")
    load_arrays(take_per_class(dataset, train=1, val=1), 8, cache=tmp_path / "cache")
    assert len(decoded) == 7 * 3 + 4


def test_moved_folder_shares_its_preparation(
    dataset: Dataset, tmp_path: Path, decoded: list[Path]
) -> None:
    """What counts is the content: the pictures need not even be there any more."""
    first = load_arrays(dataset, 8, cache=tmp_path / "cache")
    (tmp_path / "set").rename(tmp_path / "moved")
    moved = load_folder(tmp_path / "moved", cache=None)
    assert same(load_arrays(moved, 8, cache=tmp_path / "cache"), first)
    assert len(decoded) == 7


def cut(path: Path) -> None:
    """Take a byte off the end."""
    path.write_bytes(path.read_bytes()[:-1])


def lengthen(path: Path) -> None:
    """Put a byte to the end."""
    path.write_bytes(path.read_bytes() + b"\0")


def empty(path: Path) -> None:
    """Leave nothing in the file."""
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [cut, lengthen, empty, Path.unlink])
@pytest.mark.parametrize("name", ["train.npy", "val.npy", "val-labels.npy", MANIFEST])
def test_damage_is_prepared_anew(
    name: str, damage: Callable[[Path], None], dataset: Dataset, tmp_path: Path
) -> None:
    """A file that is gone or has another length is never used, and whole again after."""
    first = load_arrays(dataset, 8, cache=tmp_path / "cache")
    kept = {split: np.array(one.images) for split, one in first.items()}
    path = prepared(tmp_path / "cache") / name
    whole = path.read_bytes()
    damage(path)
    again = load_arrays(dataset, 8, cache=tmp_path / "cache")
    assert all(np.array_equal(again[split].images, kept[split]) for split in kept)
    assert path.read_bytes() == whole


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.floats(0, 1, exclude_max=True), name=st.sampled_from(["train.npy", "val-labels.npy"]))
def test_any_changed_byte_is_found(at: float, name: str, dataset: Dataset, tmp_path: Path) -> None:
    """The hashes are compared: a changed byte anywhere is prepared anew."""
    first = load_arrays(dataset, 8, cache=tmp_path / "cache")
    kept = {split: np.array(one.images) for split, one in first.items()}
    path = prepared(tmp_path / "cache") / name
    whole = path.read_bytes()
    place = int(at * len(whole))
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
    again = load_arrays(dataset, 8, cache=tmp_path / "cache")
    assert all(np.array_equal(again[split].images, kept[split]) for split in kept)
    assert path.read_bytes() == whole


def test_planted_pickle_is_never_loaded(dataset: Dataset, tmp_path: Path) -> None:
    """An object array with a fitting manifest is refused and prepared anew."""
    first = load_arrays(dataset, 8, cache=tmp_path / "cache")
    folder = prepared(tmp_path / "cache")
    labels = first["val"].labels.tolist()
    np.save(folder / "val-labels.npy", np.array(labels, dtype=object), allow_pickle=True)
    manifest = json.loads((folder / MANIFEST).read_text())
    size = (folder / "val-labels.npy").stat().st_size
    manifest["files"]["val-labels.npy"]["bytes"] = size
    (folder / MANIFEST).write_text(json.dumps(manifest))
    assert load_arrays(dataset, 8, cache=tmp_path / "cache")["val"].labels.dtype == np.int64


def test_dead_process_leaves_no_rubbish(dataset: Dataset, tmp_path: Path) -> None:
    """What a killed preparation left is swept by the next one."""
    load_arrays(dataset, 8, cache=tmp_path / "cache")
    folder = prepared(tmp_path / "cache")
    folder.rename(folder.with_name(f".{folder.name}.1.tmp"))
    load_arrays(dataset, 8, cache=tmp_path / "cache")
    assert prepared(tmp_path / "cache") == folder


def test_interrupted_preparation_leaves_nothing(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is one message; no half preparation stays, and the next try succeeds."""
    sync = os.fsync
    calls: list[int] = []

    def refuse(descriptor: int) -> None:
        calls.append(descriptor)
        if len(calls) == 3:
            raise OSError(28, "No space left on device")
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageError, match="cannot be written: No space left on device"):
        load_arrays(dataset, 8, cache=tmp_path / "cache")
    assert [path for path in (tmp_path / "cache").iterdir() if path.is_dir()] == []
    assert len(load_arrays(dataset, 8, cache=tmp_path / "cache")["train"].labels) == 4


def test_stopped_preparation_goes_on_where_it_was(
    dataset: Dataset, tmp_path: Path, decoded: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After Ctrl-C or a kill, what is surely on the disk is not decoded again; the end is equal."""
    expected = load_arrays(dataset, 8, cache=tmp_path / "whole")
    count = len(decoded)
    monkeypatch.setattr(part_files, "SAVED_EVERY", 0.0)
    seen: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_arrays(dataset, 8, cache=tmp_path / "cut", progress=stop)
    decoded.clear()
    arrays = load_arrays(
        dataset, 8, cache=tmp_path / "cut", progress=lambda done, total: seen.append((done, total))
    )
    assert len(decoded) == count - 2
    assert (seen[0], seen[-1]) == ((3, count), (count, count))
    for split, them in expected.items():
        np.testing.assert_array_equal(arrays[split].images, them.images)
    (folder,) = (path for path in (tmp_path / "cut").iterdir() if path.is_dir())
    whole = next(path for path in (tmp_path / "whole").iterdir() if path.is_dir())
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        path.name: path.read_bytes() for path in whole.iterdir()
    }


def test_unwritable_cache_is_one_message(dataset: Dataset, tmp_path: Path) -> None:
    """Where the cache cannot be, its path is reported."""
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(StorageError, match=re.escape(str(tmp_path / "cache"))):
        load_arrays(dataset, 8, cache=tmp_path / "cache")


def test_pictures_that_changed_since_are_told_at_once(dataset: Dataset, tmp_path: Path) -> None:
    """A data set is used as it was checked or not at all."""
    paths = [dataset.root / one.path for one in dataset.splits["train"]]
    shutil.copy(paths[0], paths[1])
    paths[2].unlink()
    with pytest.raises(DataError, match="changed since they were checked") as caught:
        load_arrays(dataset, 8, cache=tmp_path / "cache")
    assert caught.value.problems == (
        f"{paths[1]}: has another content now",
        f"{paths[2]}: does not exist",
    )
    assert [path for path in (tmp_path / "cache").iterdir() if path.is_dir()] == []


def test_size_and_interpolation_are_checked_together(dataset: Dataset, tmp_path: Path) -> None:
    """Both mistakes come at once, with the choices."""
    with pytest.raises(DataError) as caught:
        load_arrays(dataset, 0, cache=tmp_path, interpolation="cubic")
    assert caught.value.problems == (
        "the size must be at least 1 pixel; got 0",
        "the interpolation must be one of nearest, bilinear, bicubic, lanczos; got 'cubic'",
    )


def test_progress_tells_every_picture(dataset: Dataset, tmp_path: Path) -> None:
    """Progress runs over all splits to the end."""
    calls: list[tuple[int, int]] = []
    load_arrays(dataset, 8, cache=tmp_path / "cache", progress=lambda *call: calls.append(call))
    assert calls == [(i, 7) for i in range(1, 8)]


def load_and_tell(dataset: Dataset, cache: Path, told: "multiprocessing.Queue[int]") -> None:
    """Load in a process of its own and tell how many pictures it decoded."""
    calls: list[int] = []
    load_arrays(dataset, 8, cache=cache, progress=lambda done, _: calls.append(done))
    told.put(len(calls))


def test_two_processes_prepare_once(dataset: Dataset, tmp_path: Path) -> None:
    """Of two that start together one decodes and the other waits for it."""
    cache = tmp_path / "cache"
    cache.mkdir()
    context = multiprocessing.get_context("spawn")
    told: multiprocessing.Queue[int] = context.Queue()
    workers = [context.Process(target=load_and_tell, args=(dataset, cache, told)) for _ in range(2)]
    for worker in workers:
        worker.start()
    counts = sorted(told.get(timeout=120) for _ in workers)
    for worker in workers:
        worker.join(timeout=30)
    assert counts == [0, 7]


def test_waiting_process_uses_what_the_other_made(
    dataset: Dataset, tmp_path: Path, decoded: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever gets the lock second looks again before it decodes."""
    first = load_arrays(dataset, 8, cache=tmp_path / "cache")
    folder = prepared(tmp_path / "cache")
    folder.rename(tmp_path / "made by another")
    acquire = FileLock.acquire

    def arrive_late(self: FileLock, **options: float) -> object:
        (tmp_path / "made by another").rename(folder)
        return acquire(self, **options)

    monkeypatch.setattr(FileLock, "acquire", arrive_late)
    assert same(load_arrays(dataset, 8, cache=tmp_path / "cache"), first)
    assert len(decoded) == 7


def odd_pictures() -> dict[str, tuple[bytes, tuple[int, int, int]]]:
    """Return one file of each odd kind, with what its upper left quarter is."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 3
    half = Image.new("RGB", (32, 32), "blue")
    half.paste("red", (16, 16, 32, 32))  # upper left once turned by 180 degrees
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    kinds: dict[str, tuple[Image.Image, str, dict[str, Any], tuple[int, int, int]]] = {
        "alpha": (Image.new("RGBA", (32, 32), (255, 0, 0, 0)), "PNG", {}, (255, 255, 255)),
        "half alpha": (Image.new("RGBA", (32, 32), (0, 0, 0, 128)), "PNG", {}, (127, 127, 127)),
        "16 bits": (Image.new("I;16", (32, 32), 40_000), "PNG", {}, (156, 156, 156)),
        "CMYK": (Image.new("CMYK", (32, 32), (0, 255, 255, 0)), "TIFF", {}, (255, 0, 0)),
        "grey": (Image.new("L", (32, 32), 77), "PNG", {}, (77, 77, 77)),
        "1 bit": (Image.new("1", (32, 32), 1), "PNG", {}, (255, 255, 255)),
        "turned": (half, "PNG", {"exif": exif}, (255, 0, 0)),
        "frames": (frames[0], "GIF", {"save_all": True, "append_images": frames[1:]}, (255, 0, 0)),
    }
    made = {}
    for name, (image, kind, options, colour) in kinds.items():
        stream = io.BytesIO()
        image.save(stream, kind, **options)
        made[f"{name}.{kind.lower()}"] = stream.getvalue(), colour
    return made


def test_every_path_decodes_by_one_policy(tmp_path: Path) -> None:
    """Training, previews and figures see the same pixels, those that the policy says."""
    odd = odd_pictures()
    for split in ("train", "val"):
        for kind in ("a", "b"):
            (tmp_path / "set" / split / kind).mkdir(parents=True)
            for name, (content, _) in odd.items():
                (tmp_path / "set" / split / kind / name).write_bytes(content)
    dataset = load_folder(tmp_path / "set", cache=None)
    images = load_arrays(dataset, 32, cache=tmp_path / "cache")["train"].images
    for picture, row in zip(dataset.splits["train"], images, strict=True):
        assert tuple(row[2, 2]) == odd[picture.path.name][1], picture.path.name
        assert np.array_equal(row, np.asarray(dataset.decode(picture)))


def test_room_is_known_before(dataset: Dataset, tmp_path: Path) -> None:
    """A preparation takes what was said, but for the heads of its files; and then nothing."""
    cache = tmp_path / "cache"
    folder, needed = bytes_to_prepare(dataset, 24, cache=cache)
    load_arrays(dataset, 24, cache=cache)
    assert folder == prepared(cache)
    taken = sum(path.stat().st_size for path in folder.glob("*.npy"))
    assert 0 <= taken - needed <= 4 * 128
    assert bytes_to_prepare(dataset, 24, cache=cache) == (folder, 0)


@pytest.mark.parametrize(
    ("module", "old", "new", "is_stale"),
    [
        ("decoding", "3: Image.Transpose.ROTATE_180", "3: Image.Transpose.ROTATE_90", True),
        ("decoding", "plain.transpose(turn)", "plain", True),
        ("arrays", "as_rgb(decoded.image.resize(", "as_rgb(decoded.image.crop(", True),
        ("decoding", "3: Image.Transpose.ROTATE_180", "3:  Image.Transpose.ROTATE_180", False),
        ("causes", "is truncated: the file", "is cut: the file", False),
        ("arrays", "remove_whatever(folder)  # damaged", "folder.unlink()", False),
    ],
)
def test_a_changed_decoder_line_prepares_anew(
    source: Path, module: str, old: str, new: str, is_stale: bool, dataset: Dataset, tmp_path: Path
) -> None:
    """Pixels that another code made are not used; what only stores or tells makes none stale."""
    cache = tmp_path / "cache"
    load_arrays(dataset, 8, cache=cache)
    rewrite(source / "data" / f"{module}.py", old, new)
    _, needed = bytes_to_prepare(dataset, 8, cache=cache)
    assert bool(needed) == is_stale
