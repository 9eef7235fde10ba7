"""References come from BibTeX, in the order in which they are cited."""

from pathlib import Path

import pytest

from scenes.errors import SpecError
from scenes.report.bibliography import load_references
from scenes.spec import Report

BIB = """
@article{one, author = {Ada B. Writer}, title = {On <b>}, journal = {J}, year = {2001}}
@book{two, author = {C. D. Other}, title = {Two}, publisher = {P}, year = {2002}}
"""


def report(**fields: object) -> Report:
    """Make the smallest report, with these fields."""
    study = {"name": "s", "title": "S", "question": "?", "factor": "epochs", "values": [1, 2]}
    return Report.model_validate({"title": "T", "authors": ["A"], "study": [study], **fields})


def test_cited_entries_come_in_order_and_escaped(tmp_path: Path) -> None:
    """The order is that of `cite`, and a title is text, not markup."""
    (tmp_path / "r.bib").write_text(BIB, encoding="utf-8")
    found = load_references(report(bibliography="r.bib", cite=["two", "one"]), tmp_path)
    assert [entry.key for entry in found] == ["two", "one"]
    assert "Writer" in found[1].html
    assert "On &lt;b&gt;" in found[1].html


def test_without_a_bibliography_there_are_no_references(tmp_path: Path) -> None:
    """A report need not cite anything."""
    assert load_references(report(), tmp_path) == []


def test_every_missing_key_is_named(tmp_path: Path) -> None:
    """A key that the file lacks is an error that lists what it has."""
    (tmp_path / "r.bib").write_text(BIB, encoding="utf-8")
    with pytest.raises(SpecError, match="lacks cited keys") as caught:
        load_references(report(bibliography="r.bib", cite=["x", "y"]), tmp_path)
    assert len(caught.value.problems) == 2
    assert "one, two" in caught.value.problems[0]


@pytest.mark.parametrize("content", [None, "@article{broken, title = {"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    """A bibliography that is missing or is not BibTeX is the user's to mend."""
    if content is not None:
        (tmp_path / "r.bib").write_text(content, encoding="utf-8")
    with pytest.raises(SpecError, match=r"r\.bib cannot be read"):
        load_references(report(bibliography="r.bib"), tmp_path)


def test_citing_without_a_bibliography_is_a_mistake(tmp_path: Path) -> None:
    """A key that nothing defines does not vanish."""
    with pytest.raises(SpecError, match="there is no bibliography"):
        load_references(report(cite=["one"]), tmp_path)
