"""Evidence of format 1, which has no files that are made from others, is read and held to its word.

No version that is here writes it: it is made as the format says, by a version that claims to be
another one, as every document of that format is.
"""

import json
from random import Random

import pytest
from conftest import Command
from forgeries import as_of_other_versions
from tamperings import KINDS, opened, read_files, saved, sealed, with_files
from test_forgeries import AS_SEEN, kinds
from written import WrittenReport

from scenes.evidence import layout
from scenes.evidence.checking import Checker
from scenes.evidence.findings import exit_code
from scenes.evidence.layout import encode_json
from scenes.evidence.making import make_again
from scenes.evidence.unpacking import check_attachments

# WeasyPrint leaves its colour profile open; what checks documents is a process that ends.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


def as_of_format_1(pdf: bytes, *, has_table: bool = True) -> bytes:
    """Return a document whose evidence has format 1; it may have a table of numbers."""
    files = read_files(pdf)
    names = {*layout.names_of(1), *([layout.NUMBERS] if has_table else [])}
    manifest = {**json.loads(files[layout.MANIFEST]), "format": 1}
    kept = {name: data for name, data in files.items() if name in names}
    files = sealed({**kept, layout.MANIFEST: encode_json(manifest)})
    checked, _ = check_attachments(files)
    assert checked is not None
    made = make_again(checked, files)
    assert made.pdf is not None, made.findings
    return made.pdf


@pytest.fixture(scope="module")
def old(short: WrittenReport) -> bytes:
    """Return a document of format 1, written by another version."""
    return as_of_format_1(as_of_other_versions(short.pdf.read_bytes()))


@pytest.mark.parametrize("has_table", [True, False])
def test_it_is_read(has_table: bool, short: WrittenReport, checker: Checker) -> None:
    """And holds as a document of another version does, with and without a table of numbers."""
    other = as_of_other_versions(short.pdf.read_bytes())
    pdf = as_of_format_1(other, has_table=has_table)
    assert len(read_files(pdf)) == (6 if has_table else 5)
    for one in (pdf, saved(opened(pdf))):
        found = checker.check(one)
        assert exit_code(found) == 0, found


UNSEEN = ("overlay", "swapped_figures")
"""A white box on white paper, and parts that look alike: with other versions only what is seen
counts (docs/explanation/evidence.md)."""
CHANGES = {name: one for name, one in KINDS.items() if name not in (*UNSEEN, "derived_file")}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_of_it_is_named(name: str, old: bytes, checker: Checker) -> None:
    """As in a document of the newest format that other versions wrote; it never holds."""
    code, named = kinds(checker, CHANGES[name].change(old, Random(0)), "fails", "unknown")
    assert code in (1, 2)
    # A file that only later formats have is one too many, whatever it is to double.
    assert named & (CHANGES[name].named | AS_SEEN | {"attachment added"})


def test_it_is_not_of_a_version_that_writes_another(short: WrittenReport, checker: Checker) -> None:
    """Else a document might go without the files that are made from others."""
    found = checker.check(as_of_format_1(short.pdf.read_bytes()))
    assert exit_code(found) == 1
    assert [one.kind for one in found if one.state == "fails"] == ["manifest"]


def test_a_number_alone_changes_no_format(
    old: bytes, short: WrittenReport, checker: Checker
) -> None:
    """By its number alone: what it attaches belongs to one format."""
    newer = as_of_other_versions(short.pdf.read_bytes())
    for pdf, number, kind in ((newer, 1, "attachment added"), (old, 2, "attachment removed")):
        files = read_files(pdf)
        said = encode_json({**json.loads(files[layout.MANIFEST]), "format": number})
        found = checker.check(with_files(pdf, sealed({**files, layout.MANIFEST: said})))
        assert exit_code(found) == 1
        assert kind in {one.kind for one in found}


def test_it_is_compared_and_graded(
    old: bytes, short: WrittenReport, command: Command, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As any other."""
    root = tmp_path_factory.mktemp("old")
    (root / "old.pdf").write_bytes(old)
    (root / "assignment.toml").write_text('title = "T"\n', encoding="utf-8")
    code, output, _ = command("diff", root / "old.pdf", short.pdf, "--json")
    assert code == 0
    assert {one["state"] for one in json.loads(output)["changes"]} == {"same"}
    code, output, _ = command("grade", root / "assignment.toml", root / "old.pdf")
    assert (code, output.splitlines()[0].split()[0]) == (0, "holds")
