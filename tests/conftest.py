"""What every test runs under, and hand-made results that several of them judge."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import settings as hypothesis_settings
from PIL import Image

from scenes.app import workflow
from scenes.cli import main
from scenes.plan.plan import Plan, Run, StudyPlan, Trial
from scenes.runs.record import METRICS, Failure, History, Predictions, Record
from scenes.spec.loader import check_report
from scenes.spec.report import Report
from scenes.spec.settings import Settings
from scenes.system import source_code

# One computing thread, and a TensorFlow that does not chat.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")

# How long an example takes depends on the machine and on what else it does.
hypothesis_settings.register_profile("scenes", deadline=None)
hypothesis_settings.load_profile("scenes")

VERSIONS = {"tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.0", "pillow": "12.0.0"}

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
Description = dict[str, Any]
MakeReport = Callable[..., Report]
MakeRecord = Callable[..., Record]
MakeStudy = Callable[..., StudyPlan]
MakePlan = Callable[..., Plan]


def describe(**changed: Any) -> Description:
    """Return the tables of a report of one study, with some of them changed."""
    study = {
        "name": "batch",
        "title": "Batch size",
        "question": "Which?",
        "factor": "batch_size",
        "values": [8, 16],
    }
    base = {"image_size": 16, "epochs": 4}
    description = {"title": "T", "authors": ["A"], "base": base, "study": [study]}
    return {**description, **changed}


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


def build_record(
    run_id: str = "0123456789abcdef",
    *,
    seed: int = 0,
    history: Mapping[str, Sequence[float]] | None = None,
    right: Sequence[bool] = (True, True, True, False),
    probability: Sequence[float] | float = 0.7,
    identity: Mapping[str, Any] | None = None,
    classes: int = 2,
    summary: Mapping[str, Any] | None = None,
) -> Record:
    """Return a record made by hand.

    Args:
        run_id: Its id.
        seed: Of its identity.
        history: Some metrics; the others stay at 0.5 over as many epochs.
        right: For each validation picture, whether its class is predicted.
        probability: Of the true class of each picture.
        identity: In place of the seed alone.
        classes: The pictures take them in turn.
        summary: Parameter counts.
    """
    given = dict(history or {})
    epochs = max((len(values) for values in given.values()), default=2)
    whole: History = {name: list(given.get(name, [0.5] * epochs)) for name in METRICS}
    truth = np.arange(len(right), dtype=np.int64) % classes
    predicted = np.where(right, truth, (truth + 1) % classes)
    likely = np.broadcast_to(np.asarray(probability, np.float64), truth.shape)
    return Record(
        id=run_id,
        identity=dict(identity or {"seed": seed}),
        history=whole,
        predictions=Predictions(
            pictures=tuple(f"val/{index}.png" for index in range(len(right))),
            truth=truth,
            predicted=predicted.astype(np.int64),
            confidence=likely,
            truth_probability=likely,
        ),
        summary=dict(summary or {"parameters": 10, "trainable": 7, "frozen": 3}),
        environment={"seconds": 2.5, "started": "2026-01-01T00:00:00+00:00"},
    )


def assert_same_record(first: Record | None, second: Record) -> None:
    """Compare two records, arrays by value."""
    assert first is not None
    for name in ("id", "identity", "history", "summary", "environment"):
        assert getattr(first, name) == getattr(second, name)
    assert first.predictions.pictures == second.predictions.pictures
    for name in ("truth", "predicted", "confidence", "truth_probability"):
        got, wanted = getattr(first.predictions, name), getattr(second.predictions, name)
        assert got.dtype == wanted.dtype
        np.testing.assert_allclose(got, wanted, rtol=1e-5)


def build_study(
    results: Mapping[str, Sequence[Record | Failure | None]], *, waiting: Sequence[str] = ()
) -> StudyPlan:
    """Return a study whose values have these results, one per seed."""
    keys = [*results, *waiting]
    study = {**describe()["study"][0], "values": [{"key": key, "batch_size": 8} for key in keys]}
    report = check_report(describe(study=[study]), "a test")
    settings = Settings(image_size=16)
    trials = tuple(
        Trial(
            key,
            key,
            settings,
            tuple(Run(f"{key}-{i}", settings, i, {}, result) for i, result in enumerate(of_key)),
        )
        for key, of_key in results.items()
    )
    return StudyPlan(report.studies[0], trials, tuple(waiting), None)


def build_plan(
    runs: Sequence[tuple[Settings, Record | Failure | None]], *, waiting: Sequence[str] = ()
) -> Plan:
    """Return a plan of one study, in which each run is a value of its own."""
    keys = {f"v{index}": [result] for index, (_, result) in enumerate(runs)}
    study = build_study(keys, waiting=waiting)
    trials = tuple(
        Trial(key, key, settings, (Run(key, settings, 0, {}, result),))
        for key, (settings, result) in zip(keys, runs, strict=True)
    )
    report = check_report(describe(study=[study.study.model_dump()]), "a test")
    return Plan(report, (StudyPlan(report.studies[0], trials, tuple(waiting), None),))


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the package from which ids are worked out, which a test may change."""
    copy = tmp_path / "scenes"
    others = ("__pycache__", "report", "cli", "app", "claims", "plan", "stats", "synthetic")
    shutil.copytree(source_code.PACKAGE, copy, ignore=shutil.ignore_patterns(*others))
    monkeypatch.setattr(source_code, "PACKAGE", copy)
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
