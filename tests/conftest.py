"""What every test runs under, and fixtures that several of them share."""

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from factories import build_plan, build_record, build_study, describe
from hypothesis import settings as hypothesis_settings
from PIL import Image

from scenes.app import workflow
from scenes.cli import main
from scenes.plan.plan import Plan, StudyPlan
from scenes.runs.record import Record
from scenes.spec.loader import check_report
from scenes.spec.report import Report
from scenes.system.source import code_hash

pytest_plugins = ["written", "trained", "checked"]

# One computing thread, and a TensorFlow that does not chat.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

# How long an example takes depends on the machine and on what else it does.
hypothesis_settings.register_profile("scenes", deadline=None)
hypothesis_settings.load_profile("scenes")


SMALL_REPORT = """
title = "T"
authors = ["A"]
[[study]]
name = "batch"
title = "Batch size"
question = "Which?"
factor = "batch_size"
values = [8, 16]
[profile.full]
"""
"""A report.toml that is right, with no more in it than it must have."""

Command = Callable[..., tuple[int, str, str]]
MakeReport = Callable[..., Report]
MakeRecord = Callable[..., Record]
MakeStudy = Callable[..., StudyPlan]
MakePlan = Callable[..., Plan]


def save_pictures(folder: Path) -> None:
    """Write a few pictures of two colours, split."""
    random = np.random.default_rng(0)
    for split, n in (("train", 6), ("val", 4)):
        for channel, name in enumerate(("red", "green")):
            (folder / split / name).mkdir(parents=True)
            for number in range(n):
                pixels = random.integers(0, 100, (16, 16, 3), dtype=np.uint8)
                pixels[:, :, channel] += 100
                Image.fromarray(pixels).save(folder / split / name / f"{number}.png")


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the package from which ids are worked out, which a test may change."""
    copy = tmp_path / "scenes"
    others = ("__pycache__", "report", "cli", "app", "claims", "plan", "stats", "synthetic")
    shutil.copytree(code_hash.PACKAGE, copy, ignore=shutil.ignore_patterns(*others))
    monkeypatch.setattr(code_hash, "PACKAGE", copy)
    return copy


def rewrite(path: Path, old: str, new: str) -> None:
    """Change a piece of code that stands there."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    replace_file(path, text.replace(old, new))


def replace_file(path: Path, text: str) -> None:
    """Put another file in the place of one, so that even its number differs."""
    other = path.with_name(f"{path.name}.new")
    other.write_text(text, encoding="utf-8")
    other.replace(path)


@pytest.fixture
def make_report() -> MakeReport:
    """Return a maker of reports."""
    return lambda **changed: check_report(describe(**changed), "a test")


@pytest.fixture
def make_record() -> MakeRecord:
    """Return a maker of records."""
    return build_record


@pytest.fixture
def make_study() -> MakeStudy:
    """Return a maker of studies with results."""
    return build_study


@pytest.fixture
def make_plan() -> MakePlan:
    """Return a maker of plans of single runs."""
    return build_plan


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Command:
    """Return what runs a command: its words in; its code, output and errors out."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    monkeypatch.setattr(workflow, "require_libraries", lambda: None)

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["scenes", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main.main()
        output, errors = capsys.readouterr()
        assert "Traceback" not in errors
        assert isinstance(ended.value.code, int)
        return ended.value.code, output, errors

    return run
