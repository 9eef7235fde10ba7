"""The pictures that a document lists are found by path and content, or named as missing."""

import hashlib
import shutil
from pathlib import Path

import pytest
from conftest import save_pictures

from scenes.app.listed_pictures import MOST_PAINTED, find_pictures
from scenes.data.folder import Dataset, load_folder
from scenes.data.synthetic.generate import CLASSES, save_synthetic
from scenes.errors import DataError
from scenes.evidence.recorded_runs import ListedPicture, PictureSet
from scenes.runs.store import Store


def listed_of(data: Dataset, *, is_painted: bool = False) -> PictureSet:
    """Return what a document says of a data set."""
    splits = {
        split: tuple(
            ListedPicture(path=one.path.as_posix(), label=one.label, sha256=one.sha256)
            for one in data.splits[split]
        )
        for split in ("train", "val")
    }
    return PictureSet(
        is_painted=is_painted, seed=7, has_own_loader=False, classes=data.classes, **splits
    )


@pytest.fixture
def data(tmp_path: Path) -> Dataset:
    """Return a few pictures of two colours."""
    save_pictures(tmp_path / "pictures")
    return load_folder(tmp_path / "pictures", cache=None)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return an empty store."""
    return Store(tmp_path / "store")


def test_pictures_are_found_in_another_folder_and_in_an_archive(
    data: Dataset, store: Store, tmp_path: Path
) -> None:
    """The data set has the same fingerprint, and so gives the same runs."""
    moved = tmp_path / "a b" / "ñ"
    shutil.copytree(data.root, moved)
    archive = Path(shutil.make_archive(str(tmp_path / "packed"), "zip", data.root))
    for source in (moved, archive):
        assert find_pictures(listed_of(data), source, store=store).fingerprint == data.fingerprint


def test_missing_and_changed_pictures_are_named(data: Dataset, store: Store) -> None:
    """By path, with how many there are."""
    (data.root / "train/green/0.png").unlink()
    changed = data.root / "val/red/1.png"
    changed.write_bytes(changed.read_bytes() + b"\0")
    with pytest.raises(DataError, match=r"2 pictures are not here as listed") as error:
        find_pictures(listed_of(data), data.root, store=store)
    assert "train/green/0.png is missing; val/red/1.png has another content" in str(error.value)


@pytest.mark.parametrize("path", ["../secret.png", "/etc/hostname", "train/../../secret.png"])
def test_no_file_outside_of_the_folder_is_opened(
    path: str, data: Dataset, store: Store, tmp_path: Path
) -> None:
    """A path that a stranger wrote is looked up among what is there, and never followed."""
    (tmp_path / "secret.png").write_bytes(b"secret")
    sha256 = hashlib.sha256(b"secret").hexdigest()
    one = ListedPicture(path=path, label=0, sha256=sha256)
    listed = listed_of(data)
    with pytest.raises(DataError, match="is missing"):
        find_pictures(listed.model_copy(update={"val": (one,)}), data.root, store=store)


def test_pictures_without_a_folder_or_with_a_loader_of_their_authors_are_not_found(
    data: Dataset, store: Store
) -> None:
    """The message says what to do; code of authors is not run."""
    with pytest.raises(DataError, match="--data DIR"):
        find_pictures(listed_of(data), None, store=store)
    listed = listed_of(data).model_copy(update={"has_own_loader": True})
    with pytest.raises(DataError, match="not run"):
        find_pictures(listed, data.root, store=store)


def test_painted_pictures_are_painted_again(store: Store, tmp_path: Path) -> None:
    """As many as are listed; not a stranger's million."""
    # In so small pictures nothing but the size would differ; 224 is that of the program.
    painted = load_folder(save_synthetic(tmp_path / "set", seed=7, train=1, val=1), cache=None)
    listed = listed_of(painted, is_painted=True)
    found = find_pictures(listed, None, store=store)
    assert found.fingerprint == painted.fingerprint
    assert (found.source, found.classes) == ("synthetic", CLASSES)
    name = f"train/Bedroom/Bedroom_{MOST_PAINTED + 1:04d}.jpg"
    many = ListedPicture(path=name, label=0, sha256="0" * 64)
    with pytest.raises(DataError, match="would be painted"):
        find_pictures(listed.model_copy(update={"train": (many,)}), None, store=store)
