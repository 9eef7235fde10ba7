"""The tables of a document as files: its filled HTML in, CSV, LaTeX, Markdown and XLSX out.

They hold what the document prints. Where a column holds numbers, CSV and XLSX have them as numbers
and not in the spelling of the report's language.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from babel.numbers import NumberFormatError, parse_decimal

from scenes.errors import MachineError
from scenes.report.formats.latex import join_notes, linked
from scenes.report.formats.latex import table as latex_table
from scenes.report.formats.markdown import TARGET
from scenes.report.formats.markdown import table as markdown_table
from scenes.report.formats.nodes import Node, pair_of, plain, raw_block, walk, words_of
from scenes.report.formats.pandoc import write_tree
from scenes.report.formats.reading import Content, read_content
from scenes.report.formats.tables import Grid, Row, read_table

TABLE_FORMATS = ("csv", "tex", "md", "xlsx")
_SEPARATOR = "%scenes: next table"
_NUMBER = re.compile(r"([-−+]?)(\d[\d.,\u00a0\u202f\u2019']*)(\s?%)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Signs with which a spreadsheet takes a text for a formula."""
_PREAMBLE = r"% \usepackage{booktabs,array,tabularx,longtable,caption,hyperref}"


@dataclass(frozen=True)
class Number:
    """A number as a table prints it.

    Attributes:
        value: What it is; a share for a percentage.
        digits: Decimals that are printed.
        is_share: Whether it is printed in per cent.
    """

    value: float
    digits: int
    is_share: bool

    def __str__(self) -> str:
        if self.is_share:
            return f"{self.value * 100:.{self.digits}f}%"
        return f"{self.value:.{self.digits}f}"


def write_tables(html: str, formats: Sequence[str]) -> dict[str, bytes]:
    """Return the numbered tables of a document as files by name.

    Args:
        html: The document, filled.
        formats: Of `TABLE_FORMATS`.

    Raises:
        RenderError: One cannot be written.
        MachineError: A library of the extra is not installed.
    """
    assets = dict.fromkeys(re.findall(r"asset:([\w./-]+)", html), b"")  # which no table shows
    content = read_content(html, assets)
    tables = [it for it in join_notes(content.body) if it["t"] == "Table" and pair_of(it, "label")]
    files: dict[str, bytes] = {}
    for one in formats:
        files |= _WRITERS[one](tables, content)
    return files


def file_stem(number: int, grid: Grid) -> str:
    """Return the name of a table's file, without ending."""
    return f"{number:02}-{grid.name.removeprefix('tab-') or 'table'}"


def _numbered(tables: Sequence[Node]) -> Iterator[tuple[int, Node, Grid]]:
    for number, node in enumerate(tables, 1):
        yield number, node, read_table(node)


def _csv(tables: Sequence[Node], content: Content) -> dict[str, bytes]:
    files, captions = {}, [["number", "file", "caption"]]
    for number, _, grid in _numbered(tables):
        name = f"{file_stem(number, grid)}.csv"
        rows = [*grid.head, *grid.rows]
        lines = [[_harmless(it) for it in _values(row, grid, content.language)] for row in rows]
        files[f"csv/{name}"] = _csv_file(lines)
        captions.append([str(number), name, _harmless(words_of(grid.caption))])
    return {"csv/captions.csv": _csv_file(captions), **files}


def _csv_file(lines: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue().encode("utf-8")


def _harmless(value: str | Number) -> str:
    """Return what a cell holds, such that no spreadsheet takes a text for a formula."""
    if isinstance(value, Number) or not value.startswith(_FORMULA):
        return str(value)
    return f"'{value}"


def _values(row: Row, grid: Grid, language: str) -> Iterator[str | Number]:
    """Yield the cells of a row; those that a wide one covers are empty."""
    place = 0
    for cell in row:
        said = " ".join(words_of(cell.inlines).split())
        is_number = cell.columns == 1 and grid.is_number[place : place + 1] == (True,)
        yield (_parse(said, language) or said) if is_number else said
        yield from [""] * (cell.columns - 1)
        place += cell.columns


def _parse(said: str, language: str) -> Number | None:
    """Return the number that a text is in a language; None for any other text."""
    if (found := _NUMBER.fullmatch(said)) is None:
        return None
    sign, digits, percent = found.groups()
    try:
        whole = parse_decimal(digits, locale=language.replace("-", "_"), strict=True)
    except NumberFormatError:
        return None
    decimals = max(0, -int(whole.as_tuple().exponent))
    value = float(whole) * (-1 if sign in ("-", "−") else 1)
    return Number(value / 100 if percent else value, decimals, bool(percent))


def _tex(tables: Sequence[Node], _: Content) -> dict[str, bytes]:
    blocks = [plain(latex_table(node)) for node in linked(tables)]
    parts = _convert(blocks, "latex")
    return {
        f"tex/{file_stem(number, grid)}.tex": f"{_PREAMBLE}\n{part}".encode()
        for (number, _, grid), part in zip(_numbered(tables), parts, strict=True)
    }


def _md(tables: Sequence[Node], _: Content) -> dict[str, bytes]:
    files = {}
    plainer = walk(tables, lambda it: it["c"][1] if it["t"] in ("Link", "Span") else [it])
    for number, node, grid in _numbered(plainer):
        blocks = [*markdown_table(node), *node.get("note", [])]
        source = write_tree(blocks, TARGET, arguments=["--wrap=none"], is_whole=False)
        files[f"md/{file_stem(number, grid)}.md"] = source
    return files


def _convert(blocks: Sequence[Node], target: str) -> list[str]:
    """Return blocks in a format, each by itself, through one call of pandoc."""
    if not blocks:
        return []
    parted = [it for block in blocks for it in (raw_block(_SEPARATOR, target), block)]
    source = write_tree(parted, target, arguments=["--wrap=none"], is_whole=False).decode("utf-8")
    return [f"{part.strip()}\n" for part in source.split(_SEPARATOR)[1:]]


def _xlsx(tables: Sequence[Node], content: Content) -> dict[str, bytes]:
    """Return a workbook with a sheet for each table, its caption above it."""
    out = io.BytesIO()
    made = datetime.fromtimestamp(content.epoch, UTC).replace(tzinfo=None)
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with _workbook(out, options) as book:
        book.set_properties({"title": words_of(content.title), "created": made})
        bold = book.add_format({"bold": True, "bottom": 1})
        for number, _, grid in _numbered(tables):
            sheet = book.add_worksheet(_sheet_name(number, grid))
            sheet.write_string(0, 0, f"{grid.label} {words_of(grid.caption)}")
            for line, row in enumerate([*grid.head, *grid.rows], 2):
                is_head = line < 2 + len(grid.head)
                for column, value in enumerate(_values(row, grid, content.language)):
                    _write_cell(book, sheet, (line, column), value, bold if is_head else None)
            sheet.freeze_panes(2 + len(grid.head), 0)
            sheet.autofit()
    return {"tables.xlsx": out.getvalue()}


def _workbook(out: io.BytesIO, options: Mapping[str, Any]) -> Any:
    try:
        import xlsxwriter
    except ImportError:
        raise MachineError(
            "Tables for a spreadsheet need XlsxWriter, which is not installed here.",
            ["what writes more formats is an extra of the package"],
            "Install it with: pip install 'scenes[formats]'",
        ) from None
    return xlsxwriter.Workbook(out, options)


def _sheet_name(number: int, grid: Grid) -> str:
    """Return the name of a sheet: 31 characters at most, some of which cannot be in it."""
    return re.sub(r"[\[\]:*?/\\']", "_", file_stem(number, grid))[:31]


def _write_cell(
    book: Any, sheet: Any, place: tuple[int, int], value: str | Number, form: Any
) -> None:
    if isinstance(value, Number):
        decimals = "0" + ("." + "0" * value.digits if value.digits else "")
        shown = book.add_format({"num_format": decimals + ("%" if value.is_share else "")})
        sheet.write_number(*place, value.value, shown)
    elif value:
        sheet.write_string(*place, value, form)


_WRITERS: Mapping[str, Callable[[Sequence[Node], Content], dict[str, bytes]]] = {
    "csv": _csv,
    "tex": _tex,
    "md": _md,
    "xlsx": _xlsx,
}
