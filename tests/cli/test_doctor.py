"""The doctor looks at everything, names what is missing, and says what to do."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scenes.cli import doctor
from scenes.cli.doctor import Check, examine
from scenes.errors import RenderError
from scenes.report.output.test_page import render_test_page

NAMES = [
    "Python", "packages", "processor", "memory", "store", "cache",
    "libraries", "limits", "poppler", "weights", "drawing", "TensorFlow",
]  # fmt: skip


@pytest.fixture
def fine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the two slow checks find what they look for."""
    monkeypatch.setattr(doctor, "render_test_page", lambda: b"%PDF")
    monkeypatch.setattr(doctor, "training_versions", lambda: {"tensorflow": "2.21.0"})
    monkeypatch.setattr(doctor.subprocess, "run", answer('["2.21.0", "3.15.1", ["/GPU:0"]]'))


def answer(output: str, errors: str = "", code: int = 0) -> Callable[..., Any]:
    """Return a child process that says this."""
    return lambda command, **_: subprocess.CompletedProcess(command, code, output, errors)


def found(store: Path) -> dict[str, Check]:
    """Return every check by its name."""
    return {check.name: check for check in examine(store)}


@pytest.mark.usefixtures("fine")
def test_everything_is_looked_at(tmp_path: Path) -> None:
    """Each check says what it found; nothing is missing where the tests run."""
    checks = found(tmp_path / "store")
    assert list(checks) == NAMES
    assert not [check for check in checks.values() if check.state == "missing"]
    assert all(check.told for check in checks.values())
    assert checks["TensorFlow"].told == "2.21.0, Keras 3.15.1; GPUs: /GPU:0"
    assert list(tmp_path.iterdir()) == []


LACK = {
    "libraries": ("missing_libraries", lambda: ["pango-1.0"], "cannot be loaded: pango-1.0"),
    "store": ("write_problem", lambda folder: f"{folder}: Read-only file system", "Read-only"),
    "cache": ("write_problem", lambda folder: f"{folder}: Read-only file system", "Read-only"),
    "packages": ("requires", lambda _: ["no-such-package>=1", "click>=8"], "no-such-package"),
}


@pytest.mark.usefixtures("fine")
@pytest.mark.parametrize("name", LACK)
def test_what_is_missing_is_named_with_what_to_do(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One check fails, the others go on."""
    what, instead, told = LACK[name]
    monkeypatch.setattr(doctor, what, instead)
    checks = found(tmp_path)
    assert checks[name].state == "missing"
    assert told in checks[name].told
    assert checks[name].hint
    assert list(checks) == NAMES


NOTES = {
    "limits": ("scenes.cli.doctor.find_library", lambda: None),
    "poppler": ("shutil.which", lambda _: None),
    "store": ("scenes.cli.doctor.free_bytes", lambda _: 10**9),
    "memory": ("scenes.cli.doctor.WORKER_MEMORY", 2**60),
    "processor": ("scenes.cli.doctor._features", lambda: ["sse"]),
    "TensorFlow": ("scenes.cli.doctor.training_versions", lambda: None),
}


@pytest.mark.usefixtures("fine")
@pytest.mark.parametrize("name", NOTES)
def test_what_can_be_done_without_is_a_note(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report can be made all the same."""
    if name == "limits" and sys.platform != "linux":
        pytest.skip("only Linux has a kernel that refuses")
    monkeypatch.setattr(*NOTES[name])
    assert found(tmp_path)[name].state == "note"


@pytest.mark.usefixtures("fine")
@pytest.mark.parametrize(
    ("child", "told"),
    [
        (answer("", "ImportError: libcuda.so", 1), "cannot be imported: ImportError: libcuda.so"),
        (answer("", "", -4), "it ended with code -4"),
        (answer("nonsense"), "cannot be imported"),
    ],
)
def test_tensorflow_that_crashes_is_told(
    child: Callable[..., Any], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An illegal instruction ends the child, not the doctor."""
    monkeypatch.setattr(doctor.subprocess, "run", child)
    check = found(tmp_path)["TensorFlow"]
    assert check.state == "missing"
    assert told in check.told


@pytest.mark.usefixtures("fine")
def test_a_page_that_cannot_be_drawn_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reason stands on one line, the next step below."""

    def crash() -> bytes:
        raise RenderError("WeasyPrint's libraries crashed\n  - no font at all can be found")

    monkeypatch.setattr(doctor, "render_test_page", crash)
    check = found(tmp_path)["drawing"]
    assert check.state == "missing"
    assert check.told == "WeasyPrint's libraries crashed no font at all can be found"


def test_a_page_is_really_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check draws with what a report is drawn with."""
    monkeypatch.setattr(doctor.subprocess, "run", answer('["2", "3", []]'))
    assert found(tmp_path)["drawing"].state == "ok"


NO_PANGO = """
raise OSError("cannot load library 'libpango-1.0-0': cannot open shared object file")
"""


@pytest.mark.usefixtures("fine")
def test_a_missing_pango_is_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where WeasyPrint cannot load it, the check that draws says so and the others go on."""
    (tmp_path / "weasyprint").mkdir()
    (tmp_path / "weasyprint" / "__init__.py").write_text(NO_PANGO, encoding="utf-8")
    paths = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    monkeypatch.setattr(doctor, "render_test_page", render_test_page)
    checks = found(tmp_path / "store")
    drawing = checks["drawing"]
    assert drawing.state == "missing"
    assert "libraries are missing" in drawing.told
    assert "cannot load library 'libpango-1.0-0'" in drawing.told
    assert "Traceback" not in drawing.told
    assert "no Python frame" not in drawing.told
    assert list(checks) == NAMES


@pytest.mark.usefixtures("fine")
def test_foreign_settings_of_keras_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keras.json that would build another network is noted, and what a run goes by."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    told = '{"image_data_format": "channels_first", "floatx": "float32"}'
    (tmp_path / "keras.json").write_text(told, encoding="utf-8")
    check = found(tmp_path / "store")["keras.json"]
    assert check.state == "note"
    assert "image_data_format = 'channels_first'" in check.told
    assert "floatx" not in check.told
    assert "channels_last" in check.hint


@pytest.mark.usefixtures("fine")
@pytest.mark.parametrize("is_off", [True, False])
def test_python_that_keeps_nothing_compiled_is_a_note(
    is_off: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report starts several processes; each would compile the whole program."""
    monkeypatch.setattr(sys, "dont_write_bytecode", is_off)
    check = found(tmp_path)["Python"]
    assert (check.state == "note") == is_off == ("PYTHONDONTWRITEBYTECODE" in check.hint)
