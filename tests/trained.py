"""A report whose runs were trained, as small as one can be: its PDF, and forged ones beside it."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from built_once import built_once
from conftest import save_pictures
from rich.console import Console
from written import SHORT, write

from scenes.app.request import Opened, Request, open_request
from scenes.app.training import train
from scenes.plan.plan import Plan
from scenes.runs.record import Record
from scenes.runs.store import Store

REPORT = """
title = "Two rates"
authors = ["Ana Ruiz"]
template = "own.html"
[data]
source = "../pictures"
[base]
model = "mlp"
dense_units = 4
image_size = 16
epochs = 2
[[study]]
name = "rate"
title = "Learning rate"
question = "Which rate?"
factor = "learning_rate"
values = [0.1, 0.01]
"""


@dataclass(frozen=True)
class TrainedReport:
    """A report that was trained.

    Attributes:
        opened: The request.
        plan: With every result.
        pdf: The document.
        pictures: Their folder.
    """

    opened: Opened
    plan: Plan
    pdf: Path
    pictures: Path

    def rewritten(self, root: Path, **changed: object) -> Path:
        """Return the document of other records, consistent in all of its parts.

        Args:
            root: An empty folder.
            changed: What every record holds instead.
        """
        store = Store(root / "store")
        for run in self.plan.runs:
            assert isinstance(run.result, Record)
            store.save(replace(run.result, **changed))  # type: ignore[arg-type]
        request = replace(self.opened.request, store=store.root)
        opened = open_request(request, Console(quiet=True))
        written = write(opened, opened.plan(opened.report), Console(quiet=True))
        target = root / "other.pdf"
        target.write_bytes(written.pdf.read_bytes())
        written.pdf.write_bytes(self.pdf.read_bytes())
        return target


def train_report(root: Path) -> None:
    """Train a report of two runs and write it."""
    save_pictures(root / "pictures")
    folder = root / "mine"
    folder.mkdir()
    (folder / "report.toml").write_text(REPORT, encoding="utf-8")
    (folder / "own.html").write_text(SHORT, encoding="utf-8")
    opened = open_request(Request(folder, workers=1), Console(quiet=True))
    plan = train(opened, Console(quiet=True), before=lambda: None)
    (root / "report.pdf").write_bytes(write(opened, plan, Console(quiet=True)).pdf.read_bytes())


def read_report(root: Path) -> TrainedReport:
    """Return the report that was trained and written in a folder."""
    opened = open_request(Request(root / "mine", workers=1), Console(quiet=True))
    plan = opened.plan(opened.report)
    return TrainedReport(opened, plan, root / "report.pdf", root / "pictures")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedReport:
    """Return a report of two trained runs, which no test may change."""
    return read_report(built_once(tmp_path_factory, "trained report", train_report))
