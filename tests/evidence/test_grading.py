"""A class is sorted: what holds, what is met, what is open, and what submissions share."""

import csv
import io
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from classroom import Student, edited, names_of, open_classroom, save_assignment
from conftest import Command
from tamperings import read_files, sealed, with_files
from test_verify import bomb, encrypted, looped

from scenes.errors import RenderError
from scenes.evidence import layout
from scenes.evidence.grading.copying import EXPLANATIONS
from scenes.report.output.pdf import PdfWriter

MET = ["1", "1", "4", "1", "open"]
OPEN = ["open"] * 5


def read_table(path: Path) -> dict[str, dict[str, str]]:
    """Return the rows of a table by submission."""
    text = path.read_bytes().decode("utf-8-sig")
    return {row["submission"]: row for row in csv.DictReader(io.StringIO(text))}


def marks(row: dict[str, str]) -> list[str]:
    """Return the points of each thing that is asked for."""
    return [row[name] for name in ("data", "seeds", "rates", "fact 1", "judge 1")]


def test_a_small_class_is_sorted(
    tmp_path_factory: pytest.TempPathFactory, command: Command
) -> None:
    """Honest, copied, edited, empty and no PDF at all: one does not stop the others."""
    root = tmp_path_factory.mktemp("a class")
    honest = Student(("Ana Ruiz", "Bo Li"))
    copier = Student(("Ñandú Ågren",), language="es", copies=honest, prose=honest.words)
    with open_classroom(root) as room:
        files = [room.hand_in(honest), room.hand_in(copier)]
    folder = files[0].parent
    for name, data in {
        "01 edited.pdf": edited("digit_on_page", 0)(files[0].read_bytes()),
        "04 empty.pdf": b"",
        "05 note.pdf": b"the dog ate it",
    }.items():
        (folder / name).write_bytes(data)
    (folder / "06 folder.pdf").mkdir()
    (folder / "07 lost.pdf").symlink_to("nowhere")
    files = sorted(folder.iterdir())
    code, output, _ = command("grade", save_assignment(root), *files)
    assert code == 1
    rows = read_table(root / "graded" / "grades.csv")
    first, changed, second, *others = names_of(files)
    assert list(rows) == [first, changed, second, *others]
    held = {name for name, row in rows.items() if row["verification"] == "holds"}
    assert held == {first, second}
    assert marks(rows[first]) == marks(rows[second]) == MET
    assert (rows[first]["points"], rows[first]["open points"]) == ("7", "3")
    assert all(marks(rows[name]) == OPEN for name in (changed, *others))
    assert rows[second]["authors"] == "Ñandú Ågren"
    sheet = (root / "graded" / f"{second}.html").read_text(encoding="utf-8")
    assert "same results, other seed" in sheet
    assert "same prose" in sheet
    assert "innocent explanation" in sheet
    assert "#page=1" in sheet
    assert "its records give 63,375" in sheet
    edited_sheet = (root / "graded" / f"{changed}.html").read_text(encoding="utf-8")
    assert "stands where the records give" in edited_sheet
    assert all((root / "graded" / f"{name}.pdf").read_bytes()[:5] == b"%PDF-" for name in rows)
    overview = (root / "graded" / "overview.html").read_text(encoding="utf-8")
    assert all(f'href="{quote(name)}.html"' in overview for name in rows)
    assert f"{first}: 7 points, 3 open, shares with 2 others" in output


@dataclass(frozen=True)
class Case:
    """A submission of the class of thirty, and what is to be found of it.

    Attributes:
        student: Who hands in; None where the file is made of the one before.
        verification: What verification says.
        marks: Points of pictures, seeds, study, fact and question.
        make: Makes the file of the last document that a student handed in.
        shares: Kinds of findings that it shares with somebody.
    """

    student: Student | None = None
    verification: str = "holds"
    marks: list[str] = field(default_factory=lambda: MET)
    make: Callable[[bytes], bytes] | None = None
    shares: frozenset[str] = frozenset()


def fails(make: Callable[[bytes], bytes], *shares: str, state: str = "does not hold") -> Case:
    """Return a file that does not hold, made of the document before."""
    return Case(None, state, OPEN, make, frozenset(shares))


def honest(*authors: str, **changed: Any) -> Case:
    """Return somebody who did what was asked for."""
    return Case(Student(authors, **changed))


def lacking(author: str, marks: list[str], **changed: Any) -> Case:
    """Return somebody who did less, or otherwise."""
    return Case(Student((author,), **changed), marks=marks)


ANA = Student(("Ana Ruiz", "Bo Li"))
DORA = Student(("Dora",), seeds=3)
MADE_FROM = {"same authors", "same run", "same prose"}
RESULTS, WORDS = "same results, other seed", "same prose"
CLASS = {
    "honest": Case(ANA, shares=frozenset({*MADE_FROM, RESULTS})),
    "handed in twice": Case(None, make=lambda pdf: pdf, shares=frozenset({*MADE_FROM, RESULTS})),
    "edited digit": fails(edited("digit_on_page", 0), *MADE_FROM, RESULTS),
    "covered number": fails(edited("overlay", 1), *MADE_FROM, RESULTS),
    "swapped letters": fails(edited("glyph_outline", 2), *MADE_FROM, RESULTS),
    "other characters": fails(edited("character_map", 3), *MADE_FROM, RESULTS),
    "a note on it": fails(edited("annotation", 4), *MADE_FROM, RESULTS),
    "forged list": fails(edited("listed_fact", 5), *MADE_FROM, RESULTS),
    "no PDF": fails(lambda _: b"the dog ate it"),
    "empty": fails(lambda _: b""),
    "half": fails(lambda pdf: pdf[: len(pdf) // 2]),
    "encrypted": fails(encrypted),
    "pages in a circle": fails(looped),
    "a bomb": fails(lambda pdf: with_files(
        pdf, sealed({**read_files(pdf), layout.RECORDS: bomb(2**29)}))),
    "copied records": Case(
        Student(("Cem Yıldız",), copies=ANA), shares=frozenset({RESULTS})),
    "honest, with accents": Case(
        Student(("Ñandú Ågren", "Łukasz Żółć")), shares=frozenset(MADE_FROM)),
    "forged record": fails(edited("forged_record", 6), *MADE_FROM),
    "honest, Spanish": honest("José Núñez", language="es"),
    "honest, more seeds": Case(DORA, shares=frozenset({WORDS})),
    "copied prose": Case(
        Student(("Eva Stone",), prose=DORA.words), shares=frozenset({WORDS})),
    "too few seeds": lacking("Fay", ["1", "1", "0", "1", "open"], seeds=1),
    "a value missing": lacking("Gus", ["1", "1", "2", "1", "open"], values=(0.1, 0.5)),
    "other epochs": lacking("Hal", ["1", "1", "0", "1", "open"], epochs=2),
    "no count": lacking("Ian", ["1", "1", "4", "0", "open"], has_count=False),
    "other pictures": lacking("Jo", ["0", "1", "0", "1", "open"], has_own_pictures=True),
    "other pictures, Spanish": lacking(
        "Kai", ["0", "1", "0", "1", "open"], has_own_pictures=True, language="es"),
    "seeds of somebody else": lacking("Lu", ["1", "0", "4", "1", "open"], foreign_seeds=(0, 1)),
    "hostile words": Case(
        Student(("=1+1",), prose="<b>\\ud800</b> ]]> &lt;script&gt; \u202e" + "x" * 50),
        shares=frozenset({"same authors", "same run"})),
    "a left out run": fails(edited("record_missing", 7), "same authors", "same run"),
    "honest, at last": honest("Zoë"),
}  # fmt: skip


@pytest.mark.slow
def test_a_class_of_thirty_is_sorted(
    tmp_path_factory: pytest.TempPathFactory, command: Command
) -> None:
    """By verification, by points and by what is shared; the table of it is printed."""
    assert len(CLASS) == 30
    root = tmp_path_factory.mktemp("thirty")
    files, last = [], b""
    with open_classroom(root) as room:
        for number, (name, case) in enumerate(CLASS.items()):
            path = root / f"{number:02d} {name}.pdf"
            if case.student is not None:
                last = room.hand_in(case.student).read_bytes()
            path.write_bytes(case.make(last) if case.make else last)
            files.append(path)
    code, output, _ = command("grade", save_assignment(root), *files)
    print(output)
    assert code == 1
    rows = read_table(root / "graded" / "grades.csv")
    wrong = {}
    for name, case, row in zip(CLASS, CLASS.values(), rows.values(), strict=True):
        sheet = (root / "graded" / f"{row['submission']}.html").read_text(encoding="utf-8")
        kinds = frozenset(kind for kind in EXPLANATIONS if f": {kind} (" in sheet)
        found = Case(case.student, row["verification"], marks(row), case.make, kinds)
        print(
            f"{name:26}{found.verification:15}{' '.join(found.marks):28}{', '.join(sorted(kinds))}"
        )
        if found != case:
            wrong[name] = found
    assert wrong == {}
    assert all((root / "graded" / f"{name}.pdf").is_file() for name in rows)


def test_odd_names_stop_nobody(tmp_path: Path, command: Command) -> None:
    """One name twice, as long as a name may be, of bytes, of control characters."""
    path = tmp_path / "assignment.toml"
    path.write_text('title = "T"\n', encoding="utf-8")
    names = [
        b"a.pdf", b"A.pdf", b"a\x1b[31m\n.pdf", b"\xff\xfe.pdf", b"-rf.pdf", b"overview.pdf",
        "𠀀".encode() * 62 + b".pdf", b"..pdf", "‮fdp.exe.pdf".encode(), b"=cmd.pdf",
    ]  # fmt: skip
    files = []
    for number, name in enumerate([*names, names[0]]):
        folder = tmp_path / str(number // len(names))
        folder.mkdir(exist_ok=True)
        files.append(folder / os.fsdecode(name))
        files[-1].write_bytes(b"no PDF")
    code, output, errors = command("grade", path, *files)
    assert (code, errors) == (1, "")
    assert "\x1b" not in output
    rows = read_table(tmp_path / "graded" / "grades.csv")
    assert len(rows) == len(files)
    assert len({name.casefold() for name in rows}) == len(files)
    assert all((tmp_path / "graded" / f"{name}.html").is_file() for name in rows)


def save_notes(folder: Path, *names: str) -> list[Path]:
    """Hand in files that are no PDFs; return them after the assignment."""
    folder.mkdir(exist_ok=True)
    path = folder / "assignment.toml"
    path.write_text('title = "T"\n', encoding="utf-8")
    files = [folder / name for name in names]
    for file in files:
        file.write_bytes(b"no PDF")
    return [path, *files]


def test_nothing_is_written_over_what_was_handed_in(tmp_path: Path, command: Command) -> None:
    """A sheet is called like its submission, and may be asked for beside it."""
    given = save_notes(tmp_path / "in", "ana.pdf", "bo.pdf")
    (tmp_path / "link").symlink_to("in")
    for out in (tmp_path / "in", tmp_path / "link"):
        code, _, errors = command("grade", *given, "--out", out)
        assert (code, errors.count("is one of the files to be read")) == (2, 2)
    assert [path.read_bytes() for path in given[1:]] == [b"no PDF"] * 2
    assert sorted(path.name for path in given[0].parent.iterdir()) == [
        "ana.pdf", "assignment.toml", "bo.pdf",
    ]  # fmt: skip


def test_what_cannot_be_looked_at_stops_nobody(tmp_path: Path, command: Command) -> None:
    """A link to a name that is too long, in a circle, to a device; a pipe, which has no end."""
    given = save_notes(tmp_path, "note.pdf")
    links = {"long.pdf": "x" * 300, "circle.pdf": "circle.pdf", "zero.pdf": "/dev/zero"}
    for name, target in links.items():
        (tmp_path / name).symlink_to(target)
    os.mkfifo(tmp_path / "pipe.pdf")
    code, output, errors = command("grade", *given, *map(tmp_path.joinpath, [*links, "pipe.pdf"]))
    assert (code, errors, output.count("does not hold")) == (1, "", 5)


def test_grading_again_leaves_no_sheet_of_before(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no PDF of a sheet can be made, that of an earlier time would contradict the table."""
    given = save_notes(tmp_path, "ana.pdf")
    assert command("grade", *given)[0] == 1
    sheet = tmp_path / "graded" / "ana.pdf"
    assert sheet.is_file()

    def refuse(*_: object, **__: object) -> bytes:
        raise RenderError("no room")

    monkeypatch.setattr(PdfWriter, "render", refuse)
    code, _, errors = command("grade", *given)
    assert (code, "no PDF of a sheet: ana: no room" in errors) == (1, True)
    assert not sheet.exists()


@pytest.mark.parametrize("handout", [".", "lab"])
def test_sheets_are_no_handout(handout: str, tmp_path: Path, command: Command) -> None:
    """They quote what submissions share, which would be everybody's the next time."""
    given = save_notes(tmp_path, "ana.pdf")
    given[0].write_text(f'title = "T"\nhandout = ["{handout}"]\n', encoding="utf-8")
    (tmp_path / "lab").mkdir()
    code, _, errors = command("grade", *given, "--out", tmp_path / "lab" / "graded")
    assert (code, "lies in the handout" in errors) == (2, True)


def test_files_of_one_name_are_shown_with_their_folders(tmp_path: Path, command: Command) -> None:
    """In the table and on the sheets."""
    for name in ("ana", "bo"):
        given = save_notes(tmp_path / name, "report.pdf")
    code, _, errors = command("grade", *given, tmp_path / "ana" / "report.pdf")
    assert (code, errors) == (1, "")
    rows = read_table(tmp_path / "bo" / "graded" / "grades.csv")
    assert {name: row["file"] for name, row in rows.items()} == {
        "bo-report": "bo/report.pdf", "ana-report": "ana/report.pdf",
    }  # fmt: skip
    sheet = (tmp_path / "bo" / "graded" / "ana-report.html").read_text(encoding="utf-8")
    assert "ana/report.pdf" in sheet
