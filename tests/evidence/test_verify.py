"""A document is checked from the PDF alone, and what is not as its records give is named."""

import io
import json
import subprocess
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pypdf
import pypdfium2
import pytest
import tamperings
from conftest import Command
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)
from rich.console import Console
from tamperings import KINDS, opened, read_files, saved, sealed, with_files
from written import SHORT, WrittenReport, make_folder, open_folder, train_by_hand, write

from scenes.evidence import layout, making
from scenes.evidence.checking import Checker
from scenes.evidence.findings import Finding, exit_code
from scenes.evidence.layout import EvidenceError, encode_json, open_zip
from scenes.evidence.object_diff import PACKING
from scenes.evidence.pdf_file import open_pdf
from scenes.evidence.surroundings import surroundings
from scenes.evidence.unpacking import take_openings
from scenes.evidence.unreached import _tables
from scenes.evidence.verify import Verifier
from scenes.runs.openings import Opening, encode_opening
from scenes.runs.sealed import MANIFEST, encode_manifest
from scenes.system.plain_zip import encode_zip

# WeasyPrint leaves its colour profile open; what checks documents is a process that ends.
pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture(scope="module")
def pdf(short: WrittenReport) -> bytes:
    """Return a document of two pages with its evidence."""
    return short.pdf.read_bytes()


def kinds(findings: list[Finding], *states: str) -> set[str]:
    """Return the kinds of findings in some states."""
    return {one.kind for one in findings if one.state in states}


def test_an_honest_report_holds_wherever_it_lies(
    short: WrittenReport, tmp_path: Path, command: Command
) -> None:
    """Renamed, in another folder, without its report: made again it is the same to the byte."""
    moved = tmp_path / "a b" / "ñ.pdf"
    moved.parent.mkdir()
    moved.write_bytes(short.pdf.read_bytes())
    code, output, _ = command("verify", moved, "--json")
    told = json.loads(output)
    assert (code, told["exit_code"]) == (0, 0)
    held = {(it["depth"], it["kind"]) for it in told["findings"] if it["state"] == "holds"}
    assert held == {("whole", "pages"), ("same", "bytes")}
    unasked = {it["kind"] for it in told["findings"] if it["state"] == "not_checked"}
    assert unasked == {"runs", "origin of pictures"}
    assert len(told["findings"]) == len(held) + len(unasked)


def test_a_whole_report_holds(report: WrittenReport) -> None:
    """With appendix, printed facts and a picture of its authors, in the child process."""
    with Verifier() as verifier:
        found = verifier.verify(report.pdf)
    assert exit_code(found) == 0, found
    assert kinds(found, "holds") == {"pages", "bytes"}


def test_openings_are_read_back() -> None:
    """What a test set has given is part of the evidence."""
    opening = Opening(
        opened="2026-01-01T00:00:00+00:00",
        classes=("a", "b"),
        pictures=("test/a/0.png", "test/b/0.png"),
        truth=np.array([0, 1], np.int64),
        contents=("0" * 64, "1" * 64),
        probabilities={"r": np.array([[1, 0], [0.5, 0.5]], np.float32)},
        final=("r",),
        rivals={},
        about={},
    )
    content = encode_opening(opening)
    content[MANIFEST] = encode_manifest(content, kind="opening", run_id=opening.id)
    members = {f"openings/{opening.id}/{name}": data for name, data in content.items()}
    (found,) = take_openings({**members, "other": b""})
    assert (found.id, found.pictures) == (opening.id, opening.pictures)
    np.testing.assert_array_equal(found.probabilities["r"], opening.probabilities["r"])
    name = f"openings/{opening.id}/r.npz"
    with pytest.raises(EvidenceError, match="not what was recorded"):
        take_openings({**members, name: members[name][:-1]})


def test_code_of_authors_is_not_run(pdf: bytes, checker: Checker) -> None:
    """Nor imported, which is enough to run it."""
    files = read_files(pdf)
    members = open_zip("description", files[layout.DESCRIPTION])
    members["components/components.py"] = b"raise SystemExit('run')"
    changed = sealed({**files, layout.DESCRIPTION: encode_zip(members)})
    found = checker.check(with_files(pdf, changed))
    assert exit_code(found) == 2
    assert kinds(found, "unknown") == {"components"}
    assert kinds(found, "not_checked") == {"component"}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", KINDS)
def test_a_tampering_is_named(name: str, seed: int, pdf: bytes, checker: Checker) -> None:
    """By what was done, and it never counts as a document that holds."""
    found = checker.check(KINDS[name].change(pdf, Random(seed)))
    assert exit_code(found) == 1
    assert kinds(found, "fails") & KINDS[name].named


@pytest.mark.slow
@pytest.mark.parametrize("name", KINDS)
def test_a_thousand_tamperings_are_named(name: str, pdf: bytes, checker: Checker) -> None:
    """Of each kind 36, at places drawn at random."""
    for seed in range(100, 136):
        found = checker.check(KINDS[name].change(pdf, Random(seed)))
        assert exit_code(found) == 1, seed
        assert kinds(found, "fails") & KINDS[name].named, (seed, found)


def by_qpdf(*options: str) -> Callable[[Path, Path], object]:
    """Return what lets qpdf write a PDF anew."""
    return lambda one, other: subprocess.run(["qpdf", *options, one, other], check=True)


def by_pdfium(one: Path, other: Path) -> None:
    """Write a PDF anew with what browsers read it with."""
    with pypdfium2.PdfDocument(one) as document:
        document.save(other)


PACKED = {
    "small": by_qpdf(
        "--recompress-flate", "--compression-level=9", "--object-streams=generate"
    ),
    "for people": by_qpdf("--qdf"),
    "for the web": by_qpdf("--linearize", "--object-streams=generate"),
    "unpacked": by_qpdf("--stream-data=uncompress", "--object-streams=disable"),
    "with what nothing leads to": by_qpdf("--preserve-unreferenced"),
    "by pypdf": lambda one, other: other.write_bytes(saved(opened(one.read_bytes()))),
    "by PDFium": by_pdfium,
    "with a line end": lambda one, other: other.write_bytes(one.read_bytes() + b"\r\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", PACKED)
def test_what_only_packs_a_file_otherwise_is_no_tampering(
    name: str, short: WrittenReport, checker: Checker, tmp_path: Path
) -> None:
    """A mail gateway or an archive may write a PDF anew; its content is compared."""
    packed = tmp_path / "packed.pdf"
    PACKED[name](short.pdf, packed)
    assert packed.read_bytes() != short.pdf.read_bytes()
    found = checker.check(packed.read_bytes())
    assert exit_code(found) == 0, found
    assert kinds(found, "holds") == {"pages", "packed otherwise"}
    assert kinds(found, "fails", "unknown") == set()


def with_table(pdf: bytes, change: Callable[[StreamObject], None]) -> bytes:
    """Return a PDF that keeps its table of objects as an object, changed."""
    (table,) = _tables(open_pdf(pdf))
    kept = DecodedStreamObject()
    kept.update({key: table.raw_get(key) for key in table if key not in PACKING})
    kept.set_data(table.get_data())
    change(kept)
    writer = opened(pdf)
    for key in ("/Root", "/Info"):
        kept[NameObject(key)] = writer._root_object.indirect_reference
    writer._add_object(kept)
    return saved(writer)


CHANGED_TABLES: dict[str, Callable[[StreamObject], None]] = {
    "content": lambda table: table.set_data(table.get_data() + b"\0Accuracy 99 %"),
    "a key": lambda table: table.update({NameObject("/Note"): TextStringObject("99 %")}),
    "a value": lambda table: table.update({NameObject("/Size"): NumberObject(9_999)}),
}


def test_a_table_of_objects_that_a_tool_keeps_says_nothing(pdf: bytes, checker: Checker) -> None:
    """Unless it says something else than the document's own."""
    assert exit_code(checker.check(with_table(pdf, lambda table: None))) == 0
    for name, change in CHANGED_TABLES.items():
        found = checker.check(with_table(pdf, change))
        assert kinds(found, "fails") == {"foreign part"}, (name, found)


def test_what_follows_its_end_is_named(pdf: bytes, checker: Checker) -> None:
    """As what it is: nothing was changed in the document itself."""
    found = checker.check(pdf + b"\r\n--boundary--\r\n")
    assert kinds(found, "fails") == {"foreign part"}
    assert "something follows its end" in found[0].text


@pytest.mark.parametrize("password", ["", "secret"])
def test_an_encrypted_file_is_said_to_be_one(
    password: str, short: WrittenReport, checker: Checker, tmp_path: Path
) -> None:
    """Whatever it is encrypted with, and whether it can be opened without a password."""
    path = tmp_path / "encrypted.pdf"
    by_qpdf("--encrypt", password, "owner", "256", "--")(short.pdf, path)
    (found,) = checker.check(path.read_bytes())
    assert (found.state, found.text) == ("fails", "it is encrypted")


def test_a_document_of_other_versions_is_compared_as_it_looks(
    pdf: bytes, checker: Checker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where every page looks alike it holds; where not, it is undetermined, and never holds."""
    monkeypatch.setattr(making, "surroundings", lambda: {**surroundings(), "weasyprint": "60.0"})
    other = with_files(pdf, read_files(pdf))  # the same content in other bytes
    found = checker.check(other)
    assert exit_code(found) == 0
    (same,) = [one for one in found if one.depth == "same"]
    assert same.kind == "drawn pages"
    assert "here 60.0" in same.text
    changed = tamperings.digit_on_page(other, Random(0))
    found = checker.check(changed)
    assert exit_code(found) == 2
    assert {"number on a page", "versions"} <= kinds(found, "unknown")
    assert exit_code(checker.check(tamperings.glyph_outline(other, Random(0)))) == 2


def test_without_bitmaps_it_cannot_be_told_and_no_more_is_excused(
    tmp_path: Path, checker: Checker
) -> None:
    """Names of pictures stand in all that draws them; titles and links have none."""
    folder = make_folder(tmp_path)
    (folder / "own.html").write_text(SHORT, encoding="utf-8")
    given = open_folder(folder, leave_out=("bitmaps",))
    train_by_hand(given)
    pdf = write(given, given.plan(given.report), Console(quiet=True)).pdf.read_bytes()
    assert exit_code(checker.check(pdf)) == 2
    assert exit_code(checker.check(KINDS["metadata"].change(pdf, Random(0)))) == 1


def test_evidence_of_a_later_format_cannot_be_told(pdf: bytes, checker: Checker) -> None:
    """The message says which format it has and which is read."""
    files = read_files(pdf)
    later = encode_json({**json.loads(files[layout.MANIFEST]), "format": 3, "more": 1})
    found = checker.check(with_files(pdf, {**files, layout.MANIFEST: later}))
    assert exit_code(found) == 2
    assert "format 3; this version of scenes reads 1 and 2" in found[-1].text


def test_a_pdf_without_evidence_does_not_hold(checker: Checker) -> None:
    """There is nothing to check it by."""
    writer = pypdf.PdfWriter()
    writer.add_blank_page(100, 100)
    found = checker.check(saved(writer))
    assert exit_code(found) == 1
    assert "attachment removed" in kinds(found, "fails")


def bomb(size: int) -> bytes:
    """Return an archive that unpacks to so many bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("evidence", bytes(size))
    return stream.getvalue()


def looped(pdf: bytes) -> bytes:
    """Return a PDF whose pages hold themselves."""
    writer = opened(pdf)
    pages = writer._root_object.raw_get("/Pages")
    pages.get_object()[NameObject("/Kids")] = ArrayObject([pages])
    return saved(writer)


def encrypted(pdf: bytes) -> bytes:
    """Return a PDF with a password."""
    writer = opened(pdf)
    writer.encrypt("secret")
    return saved(writer)


def nested(pdf: bytes) -> bytes:
    """Return a PDF whose structure is nested without end."""
    writer = opened(pdf)
    root = writer._root_object["/StructTreeRoot"].get_object()
    inner = DictionaryObject()
    root[NameObject("/K")] = inner
    for _ in range(2000):
        deeper = DictionaryObject()
        inner[NameObject("/K")] = writer._add_object(deeper)
        inner = deeper
    inner[NameObject("/K")] = root.indirect_reference or root
    return saved(writer)


def huge_attachment(pdf: bytes) -> bytes:
    """Return a PDF with an attachment that two megabytes unpack to two gigabytes."""
    packer, zeros = zlib.compressobj(9), bytes(2**20)
    head = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    more = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    writer = opened(pdf)
    spec = writer._root_object["/Names"]["/EmbeddedFiles"]["/Names"][1].get_object()
    stream = spec["/EF"]["/F"].get_object()
    stream._data = head + 2**11 * more
    stream[NameObject("/Filter")] = NameObject("/FlateDecode")
    return saved(writer)


HOSTILE = {
    "empty": lambda _: b"",
    "text": lambda _: b"no PDF",
    "half": lambda pdf: pdf[: len(pdf) // 2],
    "header only": lambda _: b"%PDF-1.7\n%%EOF\n",
    "noise in it": lambda pdf: pdf[:3000] + bytes(200) + pdf[3200:],
    "encrypted": encrypted,
    "huge attachment": huge_attachment,
    "script": lambda pdf: tamperings.script(pdf, Random(0)),
    "pages in a circle": looped,
    "deep structure": nested,
    "bomb": lambda pdf: with_files(
        pdf, sealed({**read_files(pdf), layout.RECORDS: bomb(2**29)})
    ),
    "records that are none": lambda pdf: with_files(
        pdf, sealed({**read_files(pdf), layout.RECORDS: b"PK"})
    ),
    "results of a list": lambda pdf: with_files(
        pdf, sealed({**read_files(pdf), layout.RESULTS: b'{"facts": [5], "claims": "x"}'})
    ),
    "deep results": lambda pdf: with_files(
        pdf, sealed({**read_files(pdf), layout.RESULTS: b"[" * 100_000})
    ),
}  # fmt: skip


def test_hostile_files_end_in_findings(pdf: bytes, tmp_path: Path) -> None:
    """None holds, none raises, and the same child goes on to the next."""
    with Verifier() as verifier:
        for name, make in HOSTILE.items():
            path = tmp_path / f"{name}.pdf"
            path.write_bytes(make(pdf))
            found = verifier.verify(path)
            assert exit_code(found) == 1, (name, found)
            assert all("\n" not in one.text for one in found)
            assert all(len(one.text) < 700 for one in found)
        path.write_bytes(pdf)
        assert exit_code(verifier.verify(path)) == 0


def test_a_child_that_is_too_slow_cannot_tell(short: WrittenReport) -> None:
    """What was not finished never counts as passed."""
    with Verifier(seconds=0.01) as verifier:
        found = verifier.verify(short.pdf)
    assert exit_code(found) == 2
    assert kinds(found, "unknown") == {"limits"}


def test_without_findings_nothing_holds() -> None:
    """Both depths must be reached, and what was not asked for changes nothing."""
    whole = Finding("whole", "holds", "pages", "")
    same = replace(whole, depth="same")
    assert exit_code([]) == exit_code([whole]) == exit_code([same]) == 2
    assert exit_code([whole, same, replace(whole, state="not_checked")]) == 0
    assert exit_code([whole, same, replace(whole, state="unknown")]) == 2
    assert exit_code([whole, same, replace(whole, state="fails")]) == 1


def test_a_file_that_is_not_there_is_a_mistake(command: Command, tmp_path: Path) -> None:
    """It ends with 2 and names the file."""
    code, _, errors = command("verify", tmp_path / "none.pdf")
    assert code == 2
    assert "none.pdf: there is no file here" in errors
