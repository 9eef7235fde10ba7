"""Exported tables are those that the document prints, as numbers where they are numbers."""

import csv
import io
import sys
import zipfile

import pytest
from lxml import etree

from scenes.errors import MachineError
from scenes.report.formats import table_files
from scenes.report.formats.table_files import TABLE_FORMATS, Number, write_tables

pytest.importorskip("pypandoc")

HTML = """<!DOCTYPE html><html lang="es"><head><title>T</title>
<meta name="dcterms.created" content="2026-01-31T10:00:00+00:00"></head><body><main>
<h2 id="a">A</h2><table><tr><td>sin rótulo</td></tr></table>
<table><caption id="tab-results" data-label="Tabla">Según el <i>lote</i>.</caption>
<thead><tr><th>Valor</th><th class="num">Exact.<br>valid.</th><th class="num">N</th></tr></thead>
<tbody><tr><td>4.1</td><td class="num">45,7 %</td><td class="num">14.778.063</td></tr>
<tr><td>=HOY()</td><td class="num">−0,25</td><td class="num">1 min 3 s</td></tr>
<tr><td>8</td><td colspan="2">Falló</td></tr></tbody></table>
<div class="table-note"><p>Una nota.</p></div><img src="asset:figures/a.svg" alt="a">
<table><caption id="tab-b" data-label="Tabla">Otra, véase <a href="#tab-results">tabla 1</a>.
</caption><tr><td>x</td></tr></table></main></body></html>"""


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    """Return the tables of a document in every format."""
    return write_tables(HTML, TABLE_FORMATS)


def lines(data: bytes) -> list[list[str]]:
    """Return the cells of a CSV file."""
    return list(csv.reader(io.StringIO(data.decode("utf-8"))))


def test_csv_has_numbers_as_programs_read_them(files: dict[str, bytes]) -> None:
    """Those of the report's language become plain ones, in columns of numbers only."""
    assert lines(files["csv/01-results.csv"]) == [
        ["Valor", "Exact. valid.", "N"],
        ["4.1", "45.7%", "14778063"],
        ["'=HOY()", "-0.25", "1 min 3 s"],
        ["8", "Falló", ""],
    ]


def test_captions_are_listed(files: dict[str, bytes]) -> None:
    """A table without a number is none of the document's."""
    assert lines(files["csv/captions.csv"])[1:] == [
        ["1", "01-results.csv", "Según el lote."],
        ["2", "02-b.csv", "Otra, véase tabla 1."],
    ]


def test_a_workbook_has_a_sheet_for_each_table(files: dict[str, bytes]) -> None:
    """Numbers are numbers, with the decimals that are printed; a text is never a formula."""
    with zipfile.ZipFile(io.BytesIO(files["tables.xlsx"])) as book:
        whole = etree.fromstring(book.read("xl/workbook.xml"))
        sheet = etree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    names = [it.get("name") for it in whole.iter() if it.get("sheetId")]
    assert names == ["01-results", "02-b"]
    cells = {it.get("r"): it for it in sheet.iter() if it.tag.endswith("}c")}
    assert float("".join(cells["B4"].itertext())) == pytest.approx(0.457)
    assert float("".join(cells["C4"].itertext())) == 14778063
    assert cells["A5"].get("t") == "s"
    assert not [it for it in sheet.iter() if it.tag.endswith("}f")]


def test_tex_is_a_float_with_its_note(files: dict[str, bytes]) -> None:
    """Each file can be read into a document of its own."""
    source = files["tex/01-results.tex"].decode()
    assert source.count(r"\begin{table}") == source.count(r"\end{table}") == 1
    assert r"\caption{Según el \emph{lote}.}\label{tab-results}" in source
    assert "Una nota." in source
    assert r"\setcounter" not in files["tex/02-b.tex"].decode()


def test_md_is_caption_table_and_note(files: dict[str, bytes]) -> None:
    """A file is a table by itself."""
    source = files["md/01-results.md"].decode()
    assert "**Tabla 1.** Según el *lote*." in source
    assert source.rstrip().endswith("Una nota.")
    assert "| 4.1" in source


def test_tables_are_the_same_bytes_each_time(files: dict[str, bytes]) -> None:
    """Workbooks say when the results were found, not when they were written."""
    assert write_tables(HTML, TABLE_FORMATS) == files


def test_a_document_without_tables_gives_none() -> None:
    """There is no file then, but for the list of captions."""
    html = "<!DOCTYPE html><html><head><title>T</title></head><body><p>x</p></body></html>"
    assert set(write_tables(html, ("csv", "tex", "md"))) == {"csv/captions.csv"}
    assert set(write_tables(html, ("xlsx",))) == {"tables.xlsx"}


@pytest.mark.parametrize(
    ("said", "language", "number"),
    [
        ("45,7 %", "es", Number(0.457, 1, True)),
        ("45.7%", "en", Number(0.457, 1, True)),
        ("14,778,063", "en", Number(14778063, 0, False)),
        ("−7,8", "es", Number(-7.8, 1, False)),
        ("4.1", "es", None),
        ("4,1", "en", None),
        ("última 25", "es", None),
        ("", "es", None),
        ("1.2.3", "en", None),
    ],
)
def test_a_number_is_read_in_its_language(said: str, language: str, number: Number | None) -> None:
    """What is no number of that language stays a text."""
    assert table_files._parse(said, language) == number


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    with pytest.raises(MachineError, match=r"pip install 'scenes\[formats\]'"):
        write_tables(HTML, ["xlsx"])
