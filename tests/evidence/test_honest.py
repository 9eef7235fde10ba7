"""Honest reports of every kind hold: nobody is accused for what the program offers."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console
from written import REPORT, TEMPLATE, make_folder, open_folder, record_of, write

from scenes.evidence.checking import Checker
from scenes.evidence.findings import exit_code
from scenes.report.output.weasyprint_worker import load_weasyprint

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


KINDS = (until_decided, in_folds, with_metrics, in_short, with_a_failure)


@pytest.mark.parametrize("kind", KINDS, ids=[one.__name__ for one in KINDS])
def test_it_holds_to_the_byte(
    kind: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In another folder, without its records."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "315532800")  # which a check sets
    folder = make_folder(tmp_path)
    (folder / "own.html").write_text(TEMPLATE, encoding="utf-8")
    (folder / "report.toml").write_text(kind(REPORT), encoding="utf-8")
    opened = open_folder(folder)
    if kind is with_a_failure:
        run = opened.plan(opened.report).missing[0]
        opened.store.save_failure(run.id, "its loss is no longer a number")
    while missing := opened.plan(opened.report).missing:
        for run in missing:
            opened.store.save(record_of(opened, run))
    write(opened, opened.plan(opened.report), Console(quiet=True))
    (pdf,) = (folder / "out").glob("*.pdf")
    data = pdf.read_bytes()
    shutil.rmtree(tmp_path)
    load_weasyprint()
    found = Checker().check(data)
    assert exit_code(found) == 0, found
    assert {one.kind for one in found if one.state == "holds"} == {"pages", "bytes"}
