"""`scenes dataset` checks a folder, shows it, and ends with a code that says how it went."""

import re
import shutil
import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from conftest import Command
from PIL import Image


@pytest.fixture
def dataset(command: Command) -> Command:
    """Return what runs `scenes dataset`: its words in; its code, output and errors out."""
    return partial(command, "dataset")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder of two classes with one picture in train and val alike."""
    root = tmp_path / "a set"
    random = np.random.default_rng(0)
    for where in ("train/a", "train/b", "val/a", "val/b"):
        (root / where).mkdir(parents=True)
        for i in range(2):
            pixels = random.integers(0, 256, (20, 20, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / where / f"{i}.png")
    shutil.copy(root / "train/a/0.png", root / "val/a/copy.png")
    return root


def test_a_folder_is_checked(dataset: Command, folder: Path) -> None:
    """Counts and findings are reported; results stay in the user's cache."""
    code, output, _ = dataset(folder)
    assert code == 0
    assert "1 picture outside train that is in train as well" in output
    assert re.search(r"^fingerprint [0-9a-f]{64}$", output, re.MULTILINE)
    remembered = list(folder.parent.glob("user/scenes/**/pictures.json"))
    assert len(remembered) == 1 or sys.platform != "linux"


def test_the_reader_is_named(dataset: Command, folder: Path, tmp_path: Path) -> None:
    """A table beside the pictures, or an archive, is a data set, and the command says which."""
    assert "read as class folders" in dataset(folder)[1]
    rows = [f"{path.relative_to(folder)},{path.parent.name}" for path in folder.rglob("*.png")]
    (folder / "labels.csv").write_text("\n".join(["path,label", *rows]))
    assert "read as table labels.csv" in dataset(folder)[1]
    archive = shutil.make_archive(str(tmp_path / "set"), "zip", folder)
    assert "read as table labels.csv in set.zip" in dataset(archive)[1]


def test_a_store_remembers_as_a_report_does(dataset: Command, folder: Path, tmp_path: Path) -> None:
    """With the store of a report, the report need not look again."""
    assert dataset(folder, "--store", tmp_path / "store")[0] == 0
    assert (tmp_path / "store" / "cache" / "pictures" / "pictures.json").is_file()


def test_leaked_pictures_are_dropped(dataset: Command, folder: Path) -> None:
    """One picture less in train, told as such."""
    code, output, _ = dataset("--drop-duplicates", folder)
    assert code == 0
    assert "1 left out of train, being or looking like a picture outside it" in output
    assert "in train as well" not in output


def test_a_limit_refuses_and_nothing_is_written(
    dataset: Command, folder: Path, tmp_path: Path
) -> None:
    """All pictures above the limit are named, the code is 2, and there is no page."""
    page = tmp_path / "page.html"
    code, output, errors = dataset(folder, "--max-pixels", 399, "--html", page)
    assert (code, output) == (2, "")
    assert errors.count("claims 400 pixels; the limit is 399") == 9
    assert not page.exists()
    assert dataset(folder, "--max-pixels", 400)[0] == 0


def test_a_page_is_written(dataset: Command, folder: Path, tmp_path: Path) -> None:
    """The page is in the language that is asked for, and its place is reported."""
    page = tmp_path / "out" / "page.html"
    code, output, _ = dataset(folder, "--html", page, "--language", "es")
    assert code == 0
    assert f"HTML  {page}" in output
    assert 'lang="es"' in page.read_text("utf-8")


def test_an_unknown_language_is_told_before_pictures_are_looked_at(
    dataset: Command, tmp_path: Path
) -> None:
    """There may be many; here there are none."""
    code, output, errors = dataset(tmp_path / "none", "--html", "x.html", "--language", "fr")
    assert (code, output) == (2, "")
    assert "language 'fr' is not known" in errors


def test_help_names_the_commands(dataset: Command) -> None:
    """Without a folder the help comes, not a folder named --help."""
    code, output, _ = dataset("--help")
    assert code == 0
    assert "check" in output


def test_an_archive_is_fetched(
    dataset: Command, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it is and how to view it are reported; a mistake ends with 2 and leaves nothing."""
    monkeypatch.chdir(tmp_path)
    packed = shutil.make_archive(str(tmp_path / "packed"), "zip", folder.parent, folder.name)
    code, output, _ = dataset("fetch", packed, "--into", "d e")
    assert (code, output) == (0, "unpacked into d e; look at it with: scenes dataset 'd e'\n")
    assert dataset("d e")[0] == 0
    code, _, errors = dataset("fetch", packed, "--into", "other", "--max-members", "2")
    assert code == 2
    assert "has more than 2 members" in errors
    code, _, errors = dataset("fetch", packed, "--into", "other", "--as", "scene15")
    assert code == 2
    assert "This is not Scene-15" in errors
    assert not Path("other").exists()
