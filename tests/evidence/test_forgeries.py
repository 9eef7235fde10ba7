"""Who knows the program well changes what it might not look at, and does not get past it."""

from random import Random

import pytest
from contradictions import CONTRADICTIONS, contradicted
from forgeries import (
    FRAMES,
    SMUGGLED,
    as_of_other_versions,
    named_attachment,
    odd_manifest,
    smuggled,
)
from pypdf.generic import DictionaryObject, NameObject, NumberObject
from tamperings import KINDS, opened, saved
from written import WrittenReport

from scenes.evidence.checking import Checker
from scenes.evidence.findings import exit_code

# WeasyPrint leaves its colour profile open; what checks documents is a process that ends.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
VISIBLE = ("link_target", "metadata", "alternative_text", "character_map", "glyph_outline")
AS_SEEN = {"number on a page", "drawn pages"}
"""How changed drawings are named that are compared as pictures, and not as objects."""
SEEN = {**FRAMES, **{name: KINDS[name] for name in VISIBLE}}
"""What is found whatever versions a document claims."""


@pytest.fixture(scope="module")
def pdf(short: WrittenReport) -> bytes:
    """Return a document of two pages with its evidence."""
    return short.pdf.read_bytes()


@pytest.fixture(scope="module")
def other(pdf: bytes, checker: Checker) -> bytes:
    """Return a document that claims other versions, and nothing else; it holds as it looks."""
    made = as_of_other_versions(pdf)
    assert exit_code(checker.check(saved(opened(made)))) == 0
    return made


def kinds(checker: Checker, pdf: bytes, *states: str) -> tuple[int, set[str]]:
    """Return what a check ends with, and the kinds of its findings in some states."""
    found = checker.check(pdf)
    return exit_code(found), {one.kind for one in found if one.state in states}


@pytest.mark.parametrize("name", FRAMES)
def test_what_surrounds_the_pages_is_compared(name: str, pdf: bytes, checker: Checker) -> None:
    """A change of it is named, and never counts as a document that holds."""
    code, named = kinds(checker, FRAMES[name].change(pdf, Random(0)), "fails")
    assert code == 1
    assert named & FRAMES[name].named


@pytest.mark.parametrize("name", SEEN)
def test_claimed_versions_hide_nothing(name: str, other: bytes, checker: Checker) -> None:
    """Where the versions may be the reason it cannot be told, and the difference is named."""
    code, named = kinds(checker, SEEN[name].change(other, Random(0)), "fails", "unknown")
    assert code in (1, 2)
    assert named & (SEEN[name].named | AS_SEEN)


@pytest.mark.parametrize("name", SMUGGLED)
def test_what_nobody_reads_is_found(name: str, pdf: bytes, checker: Checker) -> None:
    """In a document that is made again with it, where it can be, so that nothing else is wrong."""
    code, named = kinds(checker, smuggled(pdf, name, Random(0)), "fails")
    assert code == 1
    assert named == {"evidence"}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_evidence_does_not_contradict_itself(name: str, pdf: bytes, checker: Checker) -> None:
    """Nor does it hold what no program writes: neither ends the check of the document."""
    code, named = kinds(checker, contradicted(pdf, name), "fails")
    assert code == 1
    assert CONTRADICTIONS[name][1] in named


@pytest.mark.parametrize("more", [{}, {"/Note": 99}])
def test_what_tools_add_that_pack_anew_is_no_foreign_part(
    more: dict[str, int], pdf: bytes, checker: Checker
) -> None:
    """Lengths of streams, and how a file is laid out that is shown while it comes: no more."""
    writer = opened(pdf)
    layout = {"/Linearized": 1, "/L": 100, "/N": 2, **more}
    writer._add_object(NumberObject(7))
    writer._add_object(
        DictionaryObject({NameObject(key): NumberObject(it) for key, it in layout.items()})
    )
    assert kinds(checker, saved(writer), "fails") == ((1, {"foreign part"}) if more else (0, set()))


def test_a_manifest_is_written_in_one_way(pdf: bytes, checker: Checker) -> None:
    """Readers would disagree on which of two keys counts."""
    code, named = kinds(checker, odd_manifest(pdf), "fails")
    assert code == 1
    assert "manifest" in named


def test_a_name_begins_no_line_and_moves_no_cursor(pdf: bytes, checker: Checker) -> None:
    """An attachment may be named like a result."""
    name = "a\x1b[2J\nIt holds: this is the document that its records give."
    found = checker.check(named_attachment(pdf, name))
    assert exit_code(found) == 1
    assert any("It holds" in one.text for one in found)
    assert all(one.text.isprintable() for one in found)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*FRAMES, *SMUGGLED])
def test_every_forgery_is_found_wherever_it_is_made(
    name: str, pdf: bytes, other: bytes, checker: Checker
) -> None:
    """Of each kind 12, at places drawn at random; on the pages under claimed versions as well."""
    for seed in range(100, 112):
        if name in SMUGGLED:
            assert kinds(checker, smuggled(pdf, name, Random(seed)), "fails")[0] == 1, seed
            continue
        assert kinds(checker, FRAMES[name].change(pdf, Random(seed)), "fails")[0] == 1, seed
        assert kinds(checker, FRAMES[name].change(other, Random(seed)), "fails")[0] != 0, seed
