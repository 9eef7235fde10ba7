"""Honest reports of every kind hold: nobody is accused for what the program offers."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps
from rich.console import Console
from written import REPORT, TEMPLATE, make_folder, open_folder, record_of, write

from scenes.app.request import Opened
from scenes.evidence.checking import Checker
from scenes.evidence.findings import exit_code
from scenes.plan.final import final_trial
from scenes.runs.openings import Opening, save_opening

# WeasyPrint leaves its colour profile open; what checks documents is a process that ends.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


def until_decided(text: str) -> str:
    """Add seeds as long as nothing is decided."""
    return text.replace("seeds = [0, 1]", 'seeds = "until decided"\nmax_seeds = 4')


def in_folds(text: str) -> str:
    """Use each picture for validation once."""
    text = text.replace("seeds = [0, 1]", "seeds = [0]")
    return text.replace("[data]", "[data]\nfolds = 2").replace("../pictures", "../pictures/train")


def with_metrics(text: str) -> str:
    """Print more metrics, and every number in a list."""
    return text.replace("[data]", 'metrics = ["macro_f1", "log_loss"]\nlist_numbers = true\n[data]')


def in_short(text: str) -> str:
    """Write the short form, in two columns, on letter paper, in Catalan."""
    document = '[document]\nform = "short"\ncolumns = 2\npage = "letter"\n'
    return text.replace("[data]", f"{document}[data]").replace("title", 'language = "ca"\ntitle', 1)


def with_a_failure(text: str) -> str:
    """Let a run fail; see `train`."""
    return text


def with_an_opening(text: str) -> str:
    """Seal a test set, which is opened by hand."""
    return text.replace("[data]", "[data]\ntest = 0.34")


def with_a_test_folder(text: str) -> str:
    """Bring a test set of one's own; see below."""
    return text


KINDS = (
    *(until_decided, in_folds, with_metrics, in_short, with_a_failure, with_an_opening),
    with_a_test_folder,
)


def open_by_hand(opened: Opened) -> None:
    """Record what the final configuration says of the test set."""
    test, found = opened.pictures.test, final_trial(opened.plan(opened.report).studies)
    assert test is not None
    assert found is not None
    _, final = found
    pictures = test.splits["test"]
    truth = np.array([one.label for one in pictures], np.int64)
    scores = np.where(np.eye(len(test.classes))[truth] > 0, 0.75, 0.25).astype(np.float32)
    opening = Opening(
        opened="2026-01-01T00:00:00+00:00",
        classes=test.classes,
        pictures=tuple(one.name for one in pictures),
        truth=truth,
        contents=tuple(one.sha256 for one in pictures),
        probabilities={record.id: scores for record in final.records},
        final=tuple(record.id for record in final.records),
        rivals={},
        about={"final": "rate/0.1", "command": "scenes open", "description": "x", "versions": None},
    )
    save_opening(opened.store, opening)


@pytest.mark.parametrize("kind", KINDS, ids=[one.__name__ for one in KINDS])
def test_it_holds_to_the_byte(kind: Callable[[str], str], tmp_path: Path, checker: Checker) -> None:
    """In another folder, without its records."""
    folder = make_folder(tmp_path)
    (folder / "own.html").write_text(TEMPLATE, encoding="utf-8")
    (folder / "report.toml").write_text(kind(REPORT), encoding="utf-8")
    if kind is with_a_test_folder:
        for path in (tmp_path / "pictures" / "val").rglob("*.png"):
            other = tmp_path / "pictures" / "test" / path.parent.name / path.name
            other.parent.mkdir(parents=True, exist_ok=True)
            ImageOps.invert(Image.open(path)).save(other)
    opened = open_folder(folder)
    if kind is with_a_failure:
        run = opened.plan(opened.report).missing[0]
        opened.store.save_failure(run.id, "its loss is no longer a number")
    while missing := opened.plan(opened.report).missing:
        for run in missing:
            opened.store.save(record_of(opened, run))
    if kind is with_an_opening:
        open_by_hand(opened)
    write(opened, opened.plan(opened.report), Console(quiet=True))
    (pdf,) = (folder / "out").glob("*.pdf")
    data = pdf.read_bytes()
    shutil.rmtree(tmp_path)
    found = checker.check(data)
    assert exit_code(found) == 0, found
    assert {one.kind for one in found if one.state == "holds"} == {"pages", "bytes"}
