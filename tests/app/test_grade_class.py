"""What training again finds of a submission counts as the rest of its verification does."""

import csv
import io
from pathlib import Path

import pytest
from conftest import Command

from scenes.app import grading, retraining
from scenes.app.verification import Retrain, Verified
from scenes.evidence.findings import Finding

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


def test_options_of_training_need_a_number(command: Command, tmp_path: Path) -> None:
    """Else nothing would be trained, and somebody would think so."""
    code, _, errors = command("grade", tmp_path / "a.toml", tmp_path / "a.pdf", "--workers", "1")
    assert (code, "belong to --retrain" in errors) == (2, True)
