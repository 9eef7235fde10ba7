"""What own components import shows in their text, before any of it is executed."""

from pathlib import Path

import pytest
from own_code import write_own

from scenes.errors import UserError
from scenes.spec.component_sources import digest_of, find_origin, read_files


def problems_of(folder: Path, code: str, **others: str) -> list[str]:
    """Return what is wrong with the text of components."""
    origin = find_origin(write_own(folder, code, **others))
    assert origin is not None
    try:
        read_files(origin)
    except UserError as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("import keras", 1),
        ("\nimport tensorflow as tf", 2),
        ("from keras.layers import Dense", 1),
        ("import os, tensorflow.data", 1),
        ("try:\n    import keras\nexcept ImportError:\n    pass", 2),
        ("try:\n    import os\nexcept ImportError:\n    import keras", 4),
        ("if True:\n    pass\nelse:\n    import torch", 4),
        ("class A:\n    import keras", 2),
        ("match 1:\n    case 1:\n        import keras", 3),
        ("with open('x'):\n    import keras", 2),
    ],
)
def test_tensorflow_at_the_top_is_refused_with_line_and_way_out(
    code: str, line: int, tmp_path: Path
) -> None:
    """Whatever stands around the import, if importing the file executes it."""
    (problem,) = problems_of(tmp_path, code)
    assert problem.startswith(f"components.py:{line}: ")
    assert "import it inside of the functions that use it" in problem


@pytest.mark.parametrize(
    "code",
    [
        "def build():\n    import keras",
        "class A:\n    def build(self):\n        import keras",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import keras",
        "if __name__ == '__main__':\n    import keras",
        "import keras_like",
    ],
)
def test_an_import_that_is_not_executed_is_allowed(code: str, tmp_path: Path) -> None:
    """Inside of functions, for type checkers, and where a file is run as a program."""
    assert problems_of(tmp_path, code) == []


def test_files_that_are_imported_are_read_too(tmp_path: Path) -> None:
    """Through several files and inside of functions, and nothing else of the folder."""
    code = "def build():\n    from .one import x\n"
    others = {"one": "from . import two", "two": "import keras", "three": "import keras"}
    (problem,) = problems_of(tmp_path, code, **others)
    assert problem.startswith("two.py:1: ")


def test_a_neighbour_is_imported_with_a_dot(tmp_path: Path) -> None:
    """Without it, the file would be found from one folder and not from another."""
    (problem,) = problems_of(tmp_path, "def f():\n    from blocks import residual\n")
    assert problem == (
        "components.py:2: blocks is a file of this folder: write `from .blocks import …`, with a "
        "dot in front"
    )


def test_a_neighbour_is_not_taken_for_a_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The current folder is on Python's path, and changes nothing; a library of its name does."""
    monkeypatch.syspath_prepend(str(tmp_path))
    assert len(problems_of(tmp_path, "import blocks")) == 1
    assert problems_of(tmp_path, "import random", random="x = 1") == []


def test_all_files_are_told_what_is_wrong_with_them(tmp_path: Path) -> None:
    """A mistake in one hides none in another."""
    found = problems_of(tmp_path, "from .one import x\nfrom .two import y", one="def", two="\0")
    assert [problem.partition(":")[0] for problem in found] == ["one.py", "two.py"]


def test_a_report_without_components_has_none(tmp_path: Path) -> None:
    """Neither a folder without a file, nor an empty one."""
    assert find_origin(tmp_path) is None
    assert find_origin(tmp_path / "missing") is None


@pytest.mark.parametrize(
    "name", ["../mine.py", "/etc/mine.py", "mine.txt", "my-nets.py", "1.py", "missing.py", "a.b.py"]
)
def test_files_that_cannot_be_modules_are_refused(name: str, tmp_path: Path) -> None:
    """What `[components]` names lies in the folder, and is named as Python names modules."""
    (tmp_path / "report.toml").write_text(f'[components]\nfiles = ["{name}"]')
    with pytest.raises(UserError, match=name.replace(".", r"\.")):
        find_origin(tmp_path)


def test_the_hash_is_of_all_that_is_read(tmp_path: Path) -> None:
    """A change in an imported file, or a moved line between two, shows in it."""

    def digest(**files: str) -> str:
        origin = find_origin(write_own(tmp_path, "from .one import x", **files))
        assert origin is not None
        return digest_of(read_files(origin))

    hashes = {digest(one="x = 1"), digest(one="x = 2"), digest(one="from .two import x", two="x=1")}
    assert len(hashes) == 3
    assert digest(one="x = 1", two="unused") == digest(one="x = 1")
