"""What a teacher reads: graded submissions in; a sheet for each, an overview and a CSV file out."""

import csv
import io
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from scenes.evidence.findings import HOLDS, Finding, exit_code
from scenes.evidence.grading.assignment import Assignment
from scenes.evidence.grading.contract import Requirement
from scenes.evidence.grading.copying import Shared
from scenes.evidence.grading.submission import Submission
from scenes.report.language.catalogue import load_words
from scenes.report.markup.templates import catalogues_folder, render_html, templates_folder
from scenes.report.output.font_subset import signs_of
from scenes.report.output.html import render_screen
from scenes.report.style import unprintable
from scenes.system.formatting import printable_lines

LANGUAGE = "en"
LONGEST = 800
"""Characters of what a submission says that are shown in one place."""
STATES = {0: "holds", 1: "does not hold", 2: "cannot be told"}
FORMULA = re.compile(r"""(^|[;,|"'])(\s*)(?=[-=+@\uff1d\uff0b\uff0d\uff20])""")
"""Where a cell may begin that spreadsheets take for a formula, of full width as well.

Where they expect semicolons between cells, as in much of Europe, one begins after each of these."""


@dataclass(frozen=True)
class Graded:
    """A submission that was graded.

    Attributes:
        name: Of its sheet, and in tables.
        path: The file.
        findings: Of its verification.
        submission: What it holds; None where it cannot be read.
        items: What the assignment asks for.
        shared: With others.
        file: How the file is shown; "" for its name.
    """

    name: str
    path: Path
    findings: tuple[Finding, ...]
    submission: Submission | None
    items: tuple[Requirement, ...]
    shared: tuple[Shared, ...] = field(default=())
    file: str = ""

    @property
    def holds(self) -> bool:
        """Whether its document was verified."""
        return exit_code(self.findings) == HOLDS

    @property
    def state(self) -> str:
        """What verification said, in words."""
        return STATES[exit_code(self.findings)]

    @property
    def points(self) -> float:
        """All that follow."""
        return sum(item.points or 0 for item in self.items)

    @property
    def open_points(self) -> float:
        """That a person may still give."""
        return sum(item.most for item in self.items if item.points is None)

    @property
    def others(self) -> int:
        """How many submissions it shares something with."""
        return len({(it.first, it.second) for it in self.shared})

    @property
    def authors(self) -> str:
        """As the document names them."""
        return ", ".join(self.submission.authors) if self.submission else ""


def render_sheet(
    graded: Graded, assignment: Assignment, names: Sequence[str], *, link: str = ""
) -> str:
    """Return the sheet of a submission as the HTML that a PDF is made from.

    Args:
        graded: The submission.
        assignment: That it answers.
        names: Of all submissions.
        link: To the PDF, whose pages are linked; "" for none.
    """
    shared = [
        {"kind": it.kind, "text": it.text, "with": names[it.second if names[it.first] == graded.name
         else it.first], "examples": it.examples, "explanation": it.explanation}
        for it in graded.shared
    ]  # fmt: skip
    context = {"graded": _facts_of(graded), "items": [vars(it) for it in graded.items],
               "findings": [vars(it) for it in graded.findings], "shared": shared}  # fmt: skip
    return _render("grade_sheet.html", assignment, context, link=link)


def render_overview(
    graded: Sequence[Graded], assignment: Assignment, shared: Sequence[Shared]
) -> str:
    """Return the overview of a class as HTML, without what `screens` puts in."""
    names = [one.name for one in graded]
    pairs = [
        {"first": names[it.first], "second": names[it.second], "kind": it.kind, "text": it.text}
        for it in shared
    ]
    rows = [
        {**_facts_of(one), "items": [_cell(item) for item in one.items], "others": one.others}
        for one in graded
    ]
    titles = [item.name for item in graded[0].items] if graded else []
    explanations = {it.kind: it.explanation for it in shared}
    context = {
        "rows": rows,
        "titles": titles,
        "pairs": pairs,
        "explanations": [*explanations.items()],
    }
    return _render("grade_overview.html", assignment, context, link="")


def screens(pages: Sequence[str]) -> list[str]:
    """Return pages with everything inside each of them."""
    signs = frozenset[str]().union(*map(signs_of, pages))
    return [render_screen(page, {}, folder=templates_folder(), signs=signs) for page in pages]


def _render(template: str, assignment: Assignment, context: dict[str, Any], *, link: str) -> str:
    whole = {
        "report": {"title": assignment.title, "subtitle": "", "authors": []},
        "most": assignment.points,
        **context,
    }
    common = {
        "words": load_words(LANGUAGE, catalogues_folder()),
        "language": LANGUAGE,
        "number": "{:.10g}".format,
        "link": quote(os.fsencode(link)),  # of bytes that are no UTF-8 as well
        "sheet_of": lambda name: quote(f"{name}.html"),
    }
    return render_html(template, {**_shown(whole), **common}, folder=templates_folder())


def _facts_of(graded: Graded) -> dict[str, Any]:
    known = graded.submission
    return {
        "name": graded.name,
        "file": graded.file or graded.path.name,
        "state": graded.state,
        "holds": graded.holds,
        "authors": graded.authors,
        "points": graded.points,
        "open_points": graded.open_points,
        "title": known.title if known else "",
        "language": known.language if known else "",
        "profile": known.profile if known else "",
        "is_reduced": known is not None and known.is_reduced,
        "is_read": known is not None,
    }


def _shown(value: Any) -> Any:
    """Return data whose texts can be set: what no face has is a replacement character."""
    if isinstance(value, str):
        return _settable(value)
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    return [_shown(item) for item in value] if isinstance(value, list | tuple) else value


def _settable(text: str) -> str:
    plain = printable_lines(text if len(text) <= LONGEST else text[:LONGEST] + "…")
    lacking = {one.rpartition("(")[2][:-1] for one in unprintable(plain)}
    return "".join("\ufffd" if sign in lacking else sign for sign in plain)


def _cell(item: Requirement) -> str:
    return "open" if item.points is None else f"{item.points:.10g}"


def encode_table(graded: Sequence[Graded]) -> bytes:
    """Return a row for each submission as CSV, in which no cell is a formula."""
    stream = io.StringIO(newline="")
    table = csv.writer(stream)
    titles = [item.name for item in graded[0].items] if graded else []
    table.writerow(
        [
            "submission",
            "file",
            "authors",
            "verification",
            "points",
            "open points",
            *titles,
            "shared",
        ]
    )
    for one in graded:
        points = f"{one.points:.10g}", f"{one.open_points:.10g}"
        start = [one.name, one.file or one.path.name, one.authors, one.state, *points]
        cells = [*start, *map(_cell, one.items), str(one.others)]
        table.writerow(map(_plain_cell, cells))
    # The mark by which spreadsheets know UTF-8.
    return stream.getvalue().encode("utf-8-sig", "replace")


def _plain_cell(text: str) -> str:
    plain = " ".join(printable_lines(text[:LONGEST]).split())
    return FORMULA.sub(r"\1\2'", plain)
