"""What a user names is read by the reader that fits, and each reader gives the same data set."""

import os
import shutil
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenes.data.folder import Dataset, load_folder
from scenes.data.sources import scan_source
from scenes.errors import DataError


def paint(root: Path) -> Path:
    """Write twelve different pictures into two class folders of two splits."""
    random = np.random.default_rng(0)
    for split in ("train", "val"):
        for name in ("cat", "dog"):
            (root / split / name).mkdir(parents=True)
            for i in range(3):
                pixels = random.integers(0, 256, (16, 16, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(root / split / name / f"{i}.png")
    return root


def pack(root: Path, archive: Path, *, inside: str = "") -> Path:
    """Write a folder into an archive."""
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive, "w") as target:
            for path in sorted(root.rglob("*.*")):
                target.write(path, Path(inside) / path.relative_to(root))
    else:
        with tarfile.open(archive, "w:gz") as tar:
            tar.add(root, inside or ".")
    return archive


def load(source: Path, tmp_path: Path) -> Dataset:
    """Load a data set, whatever it comes from."""
    return load_folder(source, cache=None, imports=tmp_path / "imports")


@pytest.mark.parametrize("inside", ["", "set"])
@pytest.mark.parametrize("name", ["set.zip", "set.tar.gz", "set.tgz"])
def test_archive_is_the_folder_that_is_in_it(name: str, inside: str, tmp_path: Path) -> None:
    """Same name, same pictures, same fingerprint: a run is none the wiser."""
    folder = paint(tmp_path / "set")
    archive = pack(folder, tmp_path / name, inside=inside)
    found, expected = load(archive, tmp_path), load(folder, tmp_path)
    assert found.reader == f"class folders in {name}"
    assert (found.name, found.fingerprint) == (expected.name, expected.fingerprint)
    assert found.splits == expected.splits


def test_archive_is_unpacked_once_for_each_content(tmp_path: Path) -> None:
    """A second start and a copy elsewhere take what is there; another content does not."""
    archive = pack(paint(tmp_path / "set"), tmp_path / "set.zip")
    roots = [load(archive, tmp_path).root]
    times = [path.stat().st_mtime_ns for path in roots[0].rglob("*.png")]
    shutil.copy(archive, tmp_path / "copy.zip")
    roots += [load(archive, tmp_path).root, load(tmp_path / "copy.zip", tmp_path).root]
    assert len(set(roots)) == 1
    assert [path.stat().st_mtime_ns for path in roots[0].rglob("*.png")] == times
    (tmp_path / "set/train/cat/0.png").unlink()
    pack(tmp_path / "set", archive)
    assert load(archive, tmp_path).root != roots[0]


@pytest.mark.parametrize("damage", ["delete", "change", "add", "killed"])
def test_what_was_unpacked_and_damaged_is_unpacked_anew(damage: str, tmp_path: Path) -> None:
    """Files that are missing, changed or too many in the cache never become another data set."""
    archive = pack(paint(tmp_path / "set"), tmp_path / "set.zip")
    before = load(archive, tmp_path)
    victim = before.root / "train/cat/0.png"
    if damage == "delete":
        victim.unlink()
    elif damage == "change":
        shutil.copy(before.root / "train/dog/0.png", victim)
    elif damage == "add":
        shutil.copy(victim, victim.with_name("9.png"))
    else:  # before the list of files was written
        before.root.with_name(f"{before.root.name}.files").unlink()
        victim.unlink()
    after = load(archive, tmp_path)
    assert after.splits == before.splits


def test_hostile_archive_leaves_nothing(tmp_path: Path) -> None:
    """It is refused by the rules of archives."""
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr("../evil.png", b"x")
    with pytest.raises(DataError, match="not safe"):
        load(tmp_path / "set.zip", tmp_path)
    assert not (tmp_path / "evil.png").exists()
    assert not [path for path in (tmp_path / "imports").iterdir() if path.is_dir()]


def test_archive_may_hold_a_table_or_arrays(tmp_path: Path) -> None:
    """What is in it is read by the same readers."""
    folder = paint(tmp_path / "set")
    rows = [f"{it.relative_to(folder)},{it.parent.name}" for it in sorted(folder.rglob("*.png"))]
    (folder / "labels.csv").write_text("\n".join(["path,label", *rows]))
    pictures = load(pack(folder, tmp_path / "set.zip"), tmp_path)
    assert pictures.reader == "table labels.csv in set.zip"
    arrays = tmp_path / "arrays"
    arrays.mkdir()
    x = np.random.default_rng(0).integers(0, 255, (8, 9, 9), dtype=np.uint8)
    np.savez(arrays / "a.npz", x=x, y=[0, 1] * 4)
    assert load(pack(arrays, tmp_path / "a.zip"), tmp_path).reader == "arrays a.npz in a.zip"


def test_table_by_a_known_name_comes_before_class_folders(tmp_path: Path) -> None:
    """What a user wrote down is meant; a table of another name, or without labels, is not."""
    folder = paint(tmp_path / "set")
    rows = [f"{it.relative_to(folder)},x{it.stem}" for it in sorted(folder.rglob("*.png"))]
    table = "\n".join(["path,label", *rows])
    (folder / "scores.csv").write_text(table)
    (folder / "metadata.csv").write_text("file_name,camera\ntrain/cat/0.png,Z5\n")
    assert load(folder, tmp_path).reader == "class folders"
    (folder / "labels.csv").write_text(table)
    dataset = load(folder, tmp_path)
    assert (dataset.reader, dataset.classes) == ("table labels.csv", ("x0", "x1", "x2"))
    assert "metadata.csv" in next(it for it in dataset.findings if it.kind == "left_out").pictures


def test_pictures_that_must_be_kept_need_a_place(tmp_path: Path) -> None:
    """Without one, an archive is refused and not unpacked somewhere."""
    with pytest.raises(DataError, match="must be kept as files"):
        scan_source(pack(paint(tmp_path / "set"), tmp_path / "set.zip"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes")
def test_pipes_do_not_hang(tmp_path: Path) -> None:
    """What is no regular file is refused unopened."""
    os.mkfifo(tmp_path / "labels.csv")
    for name in ("a.zip", "a.npz", "a.csv"):
        os.mkfifo(tmp_path / name)
        with pytest.raises(DataError):
            load(tmp_path / name, tmp_path)
    with pytest.raises(DataError):
        load(tmp_path, tmp_path)
