"""References come from BibTeX, in the order in which they are cited, in the report's words."""

import re
from pathlib import Path

import pytest

from scenes.errors import SpecError
from scenes.report.language.locale import load_words
from scenes.report.markup.bibliography import Bibliography, load_bibliography
from scenes.report.markup.templates import templates_folder
from scenes.spec.report import Report

WORDS = {name: load_words(name, templates_folder() / "locale") for name in ("es", "en")}
BIB = """
@article{one, author = {Ada B. Writer}, title = {On <b>}, journal = {J}, year = {2001}}
@book{two, author = {C. D. Other}, title = {Two}, publisher = {P}, year = {2002}}
@inproceedings{talk, author = {A. One and B. Two and C. Three}, title = {Talk}, year = {2003},
  booktitle = {Meeting}, editor = {E. Ditor and F. Ditor}, pages = {1--9}, volume = {4}}
@phdthesis{thesis, author = {A. One and B. Two}, title = {Long}, school = {S}, year = {2004}}
@incollection{part, author = {A. One}, title = {Part}, booktitle = {Whole}, chapter = {2},
  pages = {3--4}, publisher = {P}, year = {2005}}
"""


def report(**fields: object) -> Report:
    """Make the smallest report, with these fields."""
    study = {"name": "s", "title": "S", "question": "?", "factor": "epochs", "values": [1, 2]}
    return Report.model_validate({"title": "T", "authors": ["A"], "study": [study], **fields})


def load(folder: Path, *cite: str) -> Bibliography:
    """Load the references of this test from a report's folder."""
    (folder / "r.bib").write_text(BIB, encoding="utf-8")
    return load_bibliography(report(bibliography="r.bib", cite=cite), folder)


def entry(folder: Path, key: str, language: str) -> str:
    """Return a reference as text."""
    (found,) = load(folder).listed([key], WORDS[language])
    return " ".join(re.sub("<[^>]+>", "", found.html).replace("&nbsp;", " ").split())


def test_cited_entries_come_first_and_escaped(tmp_path: Path) -> None:
    """The order is that of the citations, then that of `cite`; a title is text, not markup."""
    found = load(tmp_path, "two", "one").listed(["thesis", "one"], WORDS["en"])
    assert [entry.key for entry in found] == ["thesis", "one", "two"]
    assert "Writer" in found[1].html
    assert "On &lt;b&gt;" in found[1].html


def test_where_nothing_is_cited_everything_is_listed(tmp_path: Path) -> None:
    """A list of reading without citations is whole, in the order of the file."""
    found = load(tmp_path).listed([], WORDS["en"])
    assert [entry.key for entry in found] == ["one", "two", "talk", "thesis", "part"]


@pytest.mark.parametrize(
    ("key", "english", "spanish"),
    [
        ("talk", "One, B. Two, and C. Three", "One, B. Two y C. Three"),
        ("talk", "In E. Ditor and F. Ditor, editors,", "En E. Ditor y F. Ditor, eds.,"),
        ("talk", "volume 4", "vol. 4"),
        ("thesis", "PhD thesis", "Tesis doctoral"),
        ("part", "chapter 2, pages 3", "cap. 2, págs. 3"),
    ],
)  # fmt: skip
def test_references_speak_the_language_of_the_report(
    tmp_path: Path, key: str, english: str, spanish: str
) -> None:
    """Conjunctions, “In”, editors, pages and theses are in Spanish in a Spanish report."""
    said = {name: entry(tmp_path, key, name) for name in WORDS}
    assert english in said["en"]
    assert spanish in said["es"]
    assert not re.search(r"\b(and|In|editors|pages|chapter)\b", said["es"])


def test_without_a_bibliography_there_are_no_references() -> None:
    """A report need not cite anything; whoever cites then is told that there is no file."""
    empty = load_bibliography(report(), Path())
    assert empty.listed([], WORDS["en"]) == []
    with pytest.raises(SpecError, match="names no bibliography"):
        empty.require("one")


def test_every_missing_key_is_named(tmp_path: Path) -> None:
    """A key that the file lacks is an error that lists what it has."""
    with pytest.raises(SpecError, match="lacks cited keys") as caught:
        load(tmp_path, "x", "y")
    assert len(caught.value.problems) == 2
    assert "one, two" in caught.value.problems[0]


def test_an_unknown_kind_of_entry_is_named(tmp_path: Path) -> None:
    """The message lists the kinds that there are."""
    (tmp_path / "r.bib").write_text("@tweet{one, title = {T}}", encoding="utf-8")
    with pytest.raises(SpecError, match="unknown kind") as caught:
        load_bibliography(report(bibliography="r.bib"), tmp_path)
    assert "inproceedings" in caught.value.problems[0]


@pytest.mark.parametrize("content", [None, "@article{broken, title = {"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: str | None) -> None:
    """A bibliography that is missing or is not BibTeX is the user's to mend."""
    if content is not None:
        (tmp_path / "r.bib").write_text(content, encoding="utf-8")
    with pytest.raises(SpecError, match=r"r\.bib cannot be read"):
        load_bibliography(report(bibliography="r.bib"), tmp_path)


def test_citing_without_a_bibliography_is_a_mistake(tmp_path: Path) -> None:
    """A key that nothing defines does not vanish."""
    with pytest.raises(SpecError, match="there is no bibliography"):
        load_bibliography(report(cite=["one"]), tmp_path)
