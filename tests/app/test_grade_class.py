"""What training again finds of a submission counts as the rest of its verification does."""

import csv
import io
from pathlib import Path

import pytest
from conftest import Command
from trained import TrainedReport

from scenes.app import grading, retraining
from scenes.app.verification import Retrain, Verified
from scenes.evidence.findings import Finding
from scenes.runs.record import Record

ASSIGNMENT = """
title = "T"
[[study]]
name = "rates"
factor = "learning_rate"
values = [0.1, 0.01]
points = 4
"""
HOLDS = (Finding("whole", "holds", "pages", "all"), Finding("same", "holds", "bytes", "all"))


def test_what_training_again_finds_decides(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many runs as are asked for, of each document; its finding stands on the sheet."""
    asked: list[Retrain | None] = []

    def verify(path: Path, *_: object, retrain: Retrain | None = None, trust: bool) -> Verified:
        asked.append(retrain)
        return Verified(path, (*HOLDS, Finding("retrained", "fails", "run", "it was made up")))

    monkeypatch.setattr(grading, "verify_document", verify)
    monkeypatch.setattr(retraining, "require_training", lambda: None)
    path, file = tmp_path / "assignment.toml", tmp_path / "a.pdf"
    path.write_text('title = "T"\n', encoding="utf-8")
    file.write_bytes(b"no PDF")
    code, _, errors = command("grade", path, file, "--retrain", "2", "--workers", "1")
    assert (code, errors) == (1, "")
    assert asked == [Retrain(2, None, None, 1)]
    table = (tmp_path / "graded" / "grades.csv").read_bytes().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(table))
    assert row["verification"] == "does not hold"
    assert "it was made up" in (tmp_path / "graded" / "a.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_runs_of_a_class_are_trained_again(
    trained: TrainedReport, tmp_path: Path, command: Command
) -> None:
    """An honest report holds and gets its points; one of made-up records gets none."""
    first = trained.plan.runs[0].result
    assert isinstance(first, Record)
    better = {name: [0.9 * value for value in values] for name, values in first.history.items()}
    (tmp_path / "forged").mkdir()
    forged = trained.rewritten(tmp_path / "forged", history=better)
    path = tmp_path / "assignment.toml"
    path.write_text(ASSIGNMENT, encoding="utf-8")
    options = ["--retrain", "1", "--data", trained.pictures, "--workers", "1"]
    code, output, errors = command("grade", path, trained.pdf, forged, *options)
    assert code == 1, errors
    table = (tmp_path / "graded" / "grades.csv").read_bytes().decode("utf-8-sig")
    rows = {row["submission"]: row for row in csv.DictReader(io.StringIO(table))}
    assert {name: (row["verification"], row["rates"]) for name, row in rows.items()} == {
        "report": ("holds", "4"),
        "other": ("does not hold", "open"),
    }
    assert "report: 4 points, 0 open" in output
    sheets = {name: (tmp_path / "graded" / f"{name}.html").read_text("utf-8") for name in rows}
    assert "trained again it is equal to the bit" in sheets["report"]
    assert "it is not equal to the bit" in sheets["other"]


def test_options_of_training_need_a_number(command: Command, tmp_path: Path) -> None:
    """Else nothing would be trained, and somebody would think so."""
    code, _, errors = command("grade", tmp_path / "a.toml", tmp_path / "a.pdf", "--workers", "1")
    assert (code, "belong to --retrain" in errors) == (2, True)
