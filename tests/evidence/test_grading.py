"""A class is sorted: what holds, what is met, what is open, and what submissions share."""

import csv
import io
from pathlib import Path
from urllib.parse import quote

import pytest
from classroom import Student, edited, names_of, open_classroom, save_assignment
from conftest import Command

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
