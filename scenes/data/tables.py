"""Tables that name pictures and their labels: CSV, TSV, JSON lines and `metadata.parquet`.

In: files with a row for each picture. Out: a `Scan` with the pictures by split and class.

A path is relative to the folder of its table. Where no file is there, the only picture below that
folder with this name is meant, with or without its extension: many tables name `0012` alone.
The split of a picture is that of its row, or of its table (`train.csv`), or of a folder on its way.
"""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from scenes.data import parquet
from scenes.data.columns import Columns, find_columns, has_control
from scenes.data.finder import PictureFinder, may_be_picture
from scenes.data.scan import UNSPLIT, Scan, first_of, nfc, unsafe
from scenes.data.splits import is_left_out, resembled, split_of
from scenes.errors import DataError
from scenes.system.files import read_regular
from scenes.system.formatting import printable

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl")
TABLE_NAMES = ("labels", "metadata", "manifest", "annotations")
"""Tables that are found by themselves, as are those that are named like a split."""
METADATA = "metadata.parquet"
LARGEST = 2**31
"""Bytes of a table; larger ones are no lists of pictures."""
LOOKED_AT = 20
"""Rows of which one must name a picture that is there."""


Line = tuple[int, tuple[str, ...]]
"""A row with its place in the file."""


@dataclass(frozen=True)
class Table:
    """The text of a table.

    Attributes:
        path: Relative to the folder of the data set.
        names: Of the columns.
        rows: Each as long as the names.
        lines: The line of each row in the file.
        problems: What is wrong with single rows, which are left out.
    """

    path: Path
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]
    problems: tuple[str, ...] = ()

    @cached_property
    def columns(self) -> Columns | tuple[str, ...]:
        """Where things stand, or what is wrong with the table as such."""
        if not self.rows:
            return () if self.problems else ("has no rows",)
        return find_columns(self.names, self.rows)


def find_tables(root: Path) -> list[Path]:
    """Return the tables that are found by themselves: in a folder, and in the splits in it."""
    splits = [path for path in root.iterdir() if split_of(path.name) and path.is_dir()]
    return sorted(
        path
        for folder in (root, *splits)
        for path in folder.iterdir()
        if (path.suffix.lower() in TABLE_SUFFIXES or path.name == METADATA)
        and not is_left_out(path.name)
        and _is_named_so(path, inside=folder != root)
        and path.is_file()
    )


def _is_named_so(path: Path, *, inside: bool) -> bool:
    return path.stem.casefold() in TABLE_NAMES or (not inside and bool(split_of(path.stem)))


def read_table(root: Path, path: Path) -> Table:
    """Return what a table says.

    Raises:
        DataError: It is no text that can be read as one.
    """
    try:
        if path.suffix.lower() == ".parquet":
            return _of_records(path.relative_to(root), parquet.read_records(path))
        # A link is followed: caches and clusters keep the files themselves elsewhere.
        text = read_regular(path.resolve(), limit=LARGEST).decode("utf-8-sig")
        return read_rows(path.relative_to(root), text)
    except OSError as error:
        cause = f"cannot be read: {error.strerror or error}"
    except UnicodeDecodeError:
        cause = "is not text in UTF-8; save it as CSV in UTF-8"
    except (csv.Error, ValueError) as error:
        cause = f"is no table that can be read: {error}"
    raise DataError("The table of pictures cannot be read.", [f"{printable(path)}: {cause}"])


def read_rows(path: Path, text: str) -> Table:
    """Return the rows of a text, by the extension that its file has.

    Raises:
        ValueError: It makes no sense; of JSON, with the line.
    """
    if path.suffix.lower() == ".jsonl":
        return _of_records(path, _json_lines(text))
    header = re.sub('"[^"]*"', "", text.partition("\n")[0])
    delimiter = max(
        "\t" if path.suffix.lower() == ".tsv" else ",", ",", ";", "\t", key=header.count
    )
    lines = [*_csv_lines(text, delimiter)]
    if not lines:
        return Table(path, (), (), ())
    names, start = _header(lines[0][1])
    return _table(path, names, lines[start:])


def _csv_lines(text: str, delimiter: str) -> Iterator[Line]:
    """Yield the rows that are not empty; a quote that is left open is an error."""
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        yield from (
            (reader.line_num, tuple(row)) for row in reader if any(cell.strip() for cell in row)
        )
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num:,}: {error}") from error


def _header(first: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """Return the names of the columns, and the rows that they take: 0 where there are none."""
    if may_be_picture(first[0].strip()):
        return ("path", "label", "split", "group")[: len(first)], 0
    return first, 1


def _table(
    path: Path, names: tuple[str, ...], lines: Sequence[tuple[int, tuple[str, ...]]]
) -> Table:
    good = [(line, row) for line, row in lines if len(row) == len(names)]
    problems = [
        f"{printable(path)}:{line}: has {len(row)} cells, where there are {len(names)} columns"
        for line, row in lines
        if len(row) != len(names)
    ]
    return Table(
        path,
        names,
        tuple(tuple(cell.strip() for cell in row) for _, row in good),
        tuple(line for line, _ in good),
        tuple(first_of(problems, "rows")),
    )


def _json_lines(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for line, row in enumerate(text.split("\n"), start=1):
        if not row.strip():
            continue
        try:
            record = json.loads(row)
        except json.JSONDecodeError as error:
            raise ValueError(f"line {line:,}, column {error.colno:,}: {error.msg}") from error
        except RecursionError as error:
            raise ValueError(f"line {line:,} is nested too deeply") from error
        if not isinstance(record, dict):
            raise ValueError(f"line {line} is no object {{…}}")
        yield line, record


def _of_records(path: Path, records: Iterator[tuple[int, Mapping[str, Any]]]) -> Table:
    """Return a table of records, which need not all have the same fields."""
    listed = list(records)
    names = tuple(dict.fromkeys(name for _, record in listed for name in record))
    rows = [(line, tuple(_cell(record.get(name)) for name in names)) for line, record in listed]
    return _table(path, names, rows)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def scan_tables(root: Path, tables: Sequence[Table]) -> Scan:
    """Return the pictures that tables name.

    Args:
        root: The folder of the data set.
        tables: One or several, as one for each split.
    """
    scan = Scan(root, _reader_name(tables))
    rows = _Rows(scan, PictureFinder(root))
    for table in tables:
        if isinstance(table.columns, Columns):
            scan.problems += table.problems
            rows.add(table, table.columns)
        else:
            scan.problems += why_unused(table)
    rows.finish()
    return scan


def why_unused(table: Table) -> list[str]:
    """Return what is wrong with a table none of whose rows is read."""
    if isinstance(table.columns, Columns):
        first = printable(table.rows[0][table.columns.path])
        way = (
            "download the pictures, and write their paths in place of addresses"
            if re.match(r"(https?|s3|gs)://", table.rows[0][table.columns.path])
            else "paths are relative to the folder of the table"
        )
        return [f"{printable(table.path)}: names no picture here; its first is {first}; {way}"]
    return [*table.problems, *(f"{printable(table.path)}: {it}" for it in table.columns)]


def names_pictures(root: Path, table: Table) -> bool:
    """Return whether a table has a label for a picture that is there."""
    columns, finder = table.columns, PictureFinder(root)
    if not isinstance(columns, Columns):
        return False
    return any(finder.find(table.path, row[columns.path], "") for row in table.rows[:LOOKED_AT])


def _reader_name(tables: Sequence[Table]) -> str:
    names = ", ".join(printable(table.path.as_posix()) for table in tables)
    return f"table|tables {names}".replace(
        "table|tables", "table" if len(tables) == 1 else "tables"
    )


@dataclass
class _Rows:
    """Puts the rows of tables into a scan, and notes what is wrong with them."""

    scan: Scan
    finder: PictureFinder
    _seen: dict[Path, tuple[str, str, str]] = field(default_factory=dict)
    _wrong: dict[str, list[str]] = field(default_factory=dict)

    def add(self, table: Table, columns: Columns) -> None:
        """Take the rows of one table."""
        for line, row in zip(table.lines, table.rows, strict=True):
            place = f"{printable(table.path)}:{line}"
            value, label = row[columns.path], nfc(_given(row, columns.label))
            told, group = _given(row, columns.split), _given(row, columns.group)
            split = (split_of(told) or resembled(told) or None) if told else _split_of(table, value)
            if not value or not label or split is None:
                what = "path" if not value else "label" if not label else "split"
                given = f"unknown split {printable(told)!r}; it is train, val or test"
                self._note(what, f"{place}: {given if value and label else f'has no {what}'}")
            elif has_control(label):
                broken = "has a line break or a control character in its label"
                self._note("control", f"{place}: {broken}; a quote may be left open")
            elif cause := unsafe(value):
                self._note("unsafe", f"{place}: {printable(value)}: {cause}")
            else:
                path = self._path(table, value, split, place)
                self._place(path, label, split, place)
                if group:
                    # Of 7 pandas makes 7.0 where another row of the column has no value.
                    self.scan.groups[path] = re.sub(r"^(\d+)\.0$", r"\1", nfc(group))

    def _path(self, table: Table, value: str, split: str, place: str) -> Path:
        found = self.finder.find(table.path, value, split)
        if len(found) > 1:
            shown = ", ".join(printable(path) for path in found[:2])
            self._note("several", f"{place}: {printable(value)} may be {shown}; write the path")
        if found:
            return found[0]
        missing = table.path.parent / value
        self.scan.bad[missing] = f"does not exist ({place})"
        return missing

    def _place(self, path: Path, label: str, split: str, place: str) -> None:
        earlier = self._seen.setdefault(path, (label, split, place))
        if earlier[2] != place:
            differs = (
                "several labels (multi-label)"
                if earlier[0] != label
                else ("several splits" if earlier[1] != split else "listed twice")
            )
            self._note(differs, f"{printable(path)}: {differs}: {earlier[2]} and {place}")
            return
        self.scan.parts.setdefault(split, {}).setdefault(label, []).append(path)

    def _note(self, kind: str, problem: str) -> None:
        self._wrong.setdefault(kind, []).append(problem)

    def finish(self) -> None:
        """Note what is wrong, the first of each kind, and which pictures no table names."""
        for problems in self._wrong.values():
            self.scan.problems += first_of(problems, "rows")
        splits = [split for split in self.scan.parts if split]
        if splits and UNSPLIT in self.scan.parts:
            some = next(iter(self.scan.parts[UNSPLIT].values()))[0]
            self.scan.problems.append(
                f"{printable(some)}: has no split, where others have; give all of them one, or none"
            )
        elif splits and "train" not in splits:
            self.scan.problems.append(f"no picture is in train; all are in {', '.join(splits)}")
        self.scan.left_out += sorted(self.finder.pictures - self._seen.keys())


def _given(row: Sequence[str], column: int | None) -> str:
    """Return a cell; empty where there is none, for which pandas writes nan."""
    cell = "" if column is None else row[column]
    return "" if cell.casefold() == "nan" else cell


def _split_of(table: Table, value: str) -> str:
    """Return the split that a table's name says, or a folder between it and a picture."""
    above = PurePosixPath(value.replace("\\", "/")).parts[:-1]
    on_the_way = (table.path.stem, *table.path.parts[:-1], *above)
    return next((split for name in on_the_way if (split := split_of(name))), UNSPLIT)
