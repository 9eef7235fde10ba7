"""What a write-up looks like, and the table of work in it, as a report.toml describes them."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from scenes.spec.settings import Frozen
from scenes.spec.text import Person, ShortText
from scenes.spec.validation import Mistake

MOST_AUTHORS = 100


class Task(Frozen):
    """A row of the workload table."""

    task: Person
    """What was done."""
    hours: dict[Person, Annotated[float, Field(ge=0)]]
    """Hours of each person."""


class Layout(Frozen):
    """Page, columns, headings and title page of a write-up, and how much of it is written."""

    page: Literal["a4", "letter"] = "a4"
    """Size of the paper."""
    columns: Literal[1, 2] = 1
    """Of the text; figures and wide tables stand across both."""
    numbered: bool = False
    """Whether chapters are numbered, and with them the studies that have no number of their own."""
    form: Literal["full", "short"] = "full"
    """`short` is a paper of some six pages: for each study a figure and a paragraph, one table."""
    title_page: bool = True
    """Whether the title has a page of its own; else it stands above the text."""
    logo: str | None = Field(None, min_length=1)
    """Of the institution: a picture in the report's folder."""
    group: ShortText = ""
    """Of the course, in which the authors are."""
    student_ids: tuple[Person, ...] = Field((), max_length=MOST_AUTHORS)
    """One for each author, in their order."""


def layout_mistakes(layout: Layout, authors: Sequence[str]) -> list[Mistake]:
    """Return what is wrong with a layout for these authors."""
    ids = len(layout.student_ids)
    if not ids or ids == len(authors):
        return []
    told = f"must be one for each of the {len(authors)} authors, these are {ids}"
    return [Mistake(("document", "student_ids"), told)]
