"""A large set is searched once for what stands out; one that has changed is searched again."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import rewrite
from PIL import Image

from scenes.data import folder, known_findings
from scenes.data.duplicates import copy_findings
from scenes.data.folder import Dataset, load_folder
from scenes.data.known_findings import FINDINGS_FILE, KEPT, find_once

LONG_AGO = 1_000_000_000


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the searches; every set is large."""
    done: list[int] = []

    def spy(places: list[folder.Place]) -> object:
        done.append(len(places))
        return copy_findings(places)

    monkeypatch.setattr(folder, "copy_findings", spy)
    monkeypatch.setattr(folder, "REMEMBERED", 1)
    return done


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return two classes of three pictures, one of them twice."""
    random = np.random.default_rng(0)
    for name in ("train/á", "train/b", "val/á", "val/b"):
        (tmp_path / "set" / name).mkdir(parents=True)
        for number in range(3):
            pixels = random.integers(0, 256, (64, 64, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "set" / name / f"{number}.png")
    (tmp_path / "set/val/b/0.png").write_bytes((tmp_path / "set/train/b/0.png").read_bytes())
    for path in tmp_path.rglob("*.png"):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return tmp_path / "set"


def opened(root: Path) -> Dataset:
    """Return the set as a new process would have it."""
    return load_folder(root, cache=root.parent / "cache")


def test_a_set_is_searched_once(root: Path, searches: list[int]) -> None:
    """The next start finds the same without a search, with all that a page prints of it."""
    first = opened(root).findings
    assert [one.kind for one in first] == ["leakage"]
    second = opened(root).findings
    assert searches == [12]
    assert second == first
    assert [one.paths for one in second] == [one.paths for one in first]


def test_a_changed_set_is_searched_again(root: Path, searches: list[int]) -> None:
    """Another content, name or split is another set; and so is one whose pictures are not known."""
    assert opened(root).findings
    (root / "val/b/0.png").write_bytes((root / "val/b/1.png").read_bytes())
    assert [one.kind for one in opened(root).findings] == ["duplicates_in_split"]
    (root / "val/b/0.png").rename(root / "val/b/9.png")
    assert opened(root).findings[0].pictures == ("val/b/9.png = val/b/1.png",)
    part = opened(root)
    assert replace(part, splits={**part.splits, "val": ()}).findings == ()
    assert replace(part, seen={}).findings[0].kind == "duplicates_in_split"
    assert len(searches) == 5


def test_what_is_damaged_or_of_other_code_is_searched_again(
    root: Path, searches: list[int], source: Path
) -> None:
    """Cut, empty, a folder, or what another search found: the file is made again."""
    first, file = opened(root).findings, root.parent / "cache" / FINDINGS_FILE
    whole = file.read_bytes()
    for damage in (b"", whole[:-5], b"[]", whole.replace(b"leakage", b"dropped")):
        file.write_bytes(damage)
        assert opened(root).findings == first
        assert file.read_bytes() == whole
    rewrite(source / "data" / "duplicates.py", "> 1:", "> 2:")
    known_findings._version.cache_clear()
    assert opened(root).findings == first
    assert len(searches) == 6
    known_findings._version.cache_clear()


def test_few_sets_are_kept(tmp_path: Path) -> None:
    """The file does not grow with each choice of pictures: the oldest are searched again."""
    done: list[str] = []

    def find(key: str) -> None:
        find_once(tmp_path, key, lambda: done.append(key) or ())  # type: ignore[func-returns-value]

    for number in range(KEPT + 1):
        find(str(number))
    done.clear()
    find(str(KEPT))
    find("0")
    assert done == ["0"]


def test_a_cache_that_cannot_be_written_changes_no_finding(
    root: Path, searches: list[int], tmp_path: Path
) -> None:
    """What cannot be remembered is searched again."""
    blocked = tmp_path / "a file"
    blocked.write_text("")
    for _ in range(2):
        assert [one.kind for one in replace(opened(root), cache=blocked).findings] == ["leakage"]
    assert len(searches) == 2
