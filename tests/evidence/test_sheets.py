"""Sheets, overview and table show what was found, and obey nothing that a submission says."""

import csv
import io
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest
from test_contract import ASSIGNMENT, submission

from scenes.app.submissions import LONGEST_NAME, sheet_names, short_paths
from scenes.evidence.findings import Finding
from scenes.evidence.grading.contract import check_contract
from scenes.evidence.grading.copying import Shared
from scenes.evidence.grading.sheets import (
    Graded,
    encode_table,
    render_overview,
    render_sheet,
    screens,
)
from scenes.report.output.pdf import render_pdf

HOLDS = (Finding("whole", "holds", "pages", "all"), Finding("same", "holds", "bytes", "all"))
HOSTILE = '<script>alert(1)</script> =HYPERLINK("x") \u202e{{ 7 * 7 }} \x1b[31m 日本 \ud800'


def graded(name: str = "ana", title: str = "R", authors: tuple[str, ...] = ("Ana",)) -> Graded:
    """Return a submission that holds."""
    found = submission(title=title, authors=authors)
    items = check_contract(ASSIGNMENT, found, holds=True)
    return Graded(name, Path(f"{name}.pdf"), HOLDS, found, items)


SHARED = Shared(0, 1, "same run", "1 run", (HOSTILE,))


def test_a_sheet_says_what_follows_and_what_is_open() -> None:
    """Points, pages that lead into the document, and a line for what a person judges."""
    html = render_sheet(graded(), ASSIGNMENT, ["ana"], link="../a b.pdf")
    assert "<strong>6</strong> of 8 points follow" in html
    assert 'href="../a%20b.pdf#page=2"' in html
    assert "____ / 2" in html
    assert "Nothing was found." in html


def test_a_sheet_of_a_document_that_does_not_hold_gives_none() -> None:
    """Whatever it claims."""
    failed = (*HOLDS, Finding("whole", "fails", "number on a page", "page 1: wrong"))
    html = render_sheet(replace(graded(), findings=failed), ASSIGNMENT, ["ana"])
    assert "<strong>does not hold</strong>" in html
    assert "No points follow from it" in html
    assert "page 1: wrong" in html


def test_nothing_that_a_submission_says_is_obeyed() -> None:
    """Markup, formulas, control characters and letters that no face has."""
    one = replace(graded("a", HOSTILE, (HOSTILE,)), shared=(SHARED,))
    other = replace(graded("b"), shared=(SHARED,))
    sheet = render_sheet(one, ASSIGNMENT, ["a", "b"])
    overview = render_overview([one, other], ASSIGNMENT, [SHARED])
    for page in screens([sheet, overview]):
        assert "<script>alert" not in page
        assert "{{ 7 * 7 }}" in page
        assert "\u202e" not in page
        assert "\x1b" not in page
        page.encode("utf-8")
    assert "b: same run (1 run)" in sheet
    assert render_pdf(sheet, assets={}).startswith(b"%PDF-")


@pytest.mark.parametrize("authors", ["Ana;=1+1", 'Ana;"=1', "Ana ; @x", "Ana|-1", "\uff1d1"])
def test_no_part_of_a_cell_is_a_formula_elsewhere(authors: str) -> None:
    """Where semicolons stand between cells, the table is cut at those of a name."""
    text = encode_table([graded(authors=(authors,))]).decode("utf-8-sig")
    cells = re.split(r"[;|,\n]", text.replace('"', "").replace("\r", ""))
    assert not [it for it in cells if it.strip().startswith(("=", "+", "-", "@", "\uff1d"))]


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@x", "\t=1", '"=1'])
def test_no_cell_of_the_table_is_a_formula(start: str) -> None:
    """A spreadsheet shows what a student calls themselves, and computes nothing."""
    data = encode_table([graded(authors=(start,))])
    (row,) = csv.DictReader(io.StringIO(data.decode("utf-8-sig")))
    assert row["authors"][0] not in "=+-@\t\r"
    assert start.strip() in row["authors"].replace("'", "")


def test_sheets_have_names_of_their_own() -> None:
    """Whatever files are called: no two share one, and none leads elsewhere."""
    files = [Path(name) for name in ("a/x.pdf", "b/x.pdf", "c/X.pdf", "..pdf", "overview.pdf",
             "ñandú 1.pdf", "\n.pdf", "日.pdf", f"{'y' * 200}.pdf", "Overview.pdf", "GRADES.pdf",
             "a/x.pdf", "a-x.pdf")]  # fmt: skip
    names = sheet_names(files)
    assert names[:3] == ["a-x", "b-x", "c-X"]
    assert len({name.casefold() for name in names}) == len(files)
    assert all(
        "/" not in name and name.strip(".") and len(name.encode()) <= LONGEST_NAME + 3
        for name in names
    )
    assert not {"overview", "grades"} & {name.casefold() for name in names}


def test_files_of_one_name_are_told_apart_by_their_folders() -> None:
    """As learning platforms hand them out; what all have in common is left out."""
    files = [Path("in/Ana_1/report.pdf"), Path("in/Bo_2/../Bo_2/report.pdf"), Path("in/own.pdf")]
    assert sheet_names(files) == ["Ana_1-report", "Bo_2-report", "own"]
    assert list(map(str, short_paths(files))) == ["Ana_1/report.pdf", "Bo_2/report.pdf", "own.pdf"]
    assert short_paths(files[:1]) == [Path("report.pdf")]


def test_a_thousand_files_of_one_name_get_theirs_at_once() -> None:
    """Numbers are not tried from the first for each."""
    begun = time.process_time()
    assert sheet_names([Path("x.pdf")] * 2000)[-1] == "x-2000"
    assert time.process_time() - begun < 5
