"""Objects of a PDF to which nothing leads: no reader shows them, a tool may. A PDF in, a count out.

Tools that pack a file anew add objects that only hold others or say where something is. Those are
none, if they are what they say: a stream that is called a list of objects may be anything.
"""

import re
from typing import Any

from pypdf.errors import PyPdfError
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    IndirectObject,
    NumberObject,
    StreamObject,
)

from scenes.evidence.object_diff import PACKING, says_how_packed
from scenes.evidence.pdf_file import PdfFile

_TABLE = re.compile(rb"startxref\s+(\d+)")


def count_unreached(pdf: PdfFile, made: PdfFile) -> int:
    """Return how many objects of a PDF nothing leads to.

    Args:
        pdf: Anybody's.
        made: The document that it should be. Some tools keep its table of objects, which says
            nothing in the file that they write.
    """
    objects = _unreached(pdf)
    packing, tables = _packing(pdf, objects), _tables(made)
    return sum(
        number not in packing and not _is_table(one, tables) for number, one in objects.items()
    )


def _unreached(pdf: PdfFile) -> dict[int, Any]:
    """Return the objects to which nothing leads, by number."""
    reader = pdf.reader
    listed = {number for numbers in reader.xref.values() for number in numbers}
    others = (listed | reader.xref_objStm.keys()) - _reached(pdf)
    return {number: found for number in others if (found := _object(pdf, number)) is not None}


def _tables(made: PdfFile) -> list[StreamObject]:
    """Return the tables of objects of a document that was made here."""
    streams = (one for one in _unreached(made).values() if isinstance(one, StreamObject))
    return [one for one in streams if one.get("/Type") == "/XRef"]


def _is_table(one: Any, tables: list[StreamObject]) -> bool:
    """Return whether an object is one of some tables, and says nothing else."""
    return (
        isinstance(one, StreamObject)
        and says_how_packed(one)
        and any(_is_same(one, it) for it in tables)
    )


def _is_same(one: StreamObject, table: StreamObject) -> bool:
    """Return whether two tables are equal, but for how they are packed and whom they refer to."""
    first, second = (
        {key: it.raw_get(key) for key in it if key not in PACKING} for it in (one, table)
    )
    return (
        first.keys() == second.keys()
        and one.get_data() == table.get_data()
        and all(
            value == second[key]
            or (isinstance(value, IndirectObject) and isinstance(second[key], IndirectObject))
            for key, value in first.items()
        )
    )


def _object(pdf: PdfFile, number: int) -> Any:
    try:
        return pdf.reader.get_object(number)
    except PyPdfError:
        return None  # a table may list what is not there


def _reached(pdf: PdfFile) -> set[int]:
    """Return the numbers of the objects to which something leads."""
    trailer = pdf.reader.trailer
    stack: list[Any] = [trailer.raw_get(key) for key in ("/Root", "/Info") if key in trailer]
    reached: set[int] = set()
    while stack:
        one = stack.pop()
        if isinstance(one, IndirectObject):
            if one.idnum in reached:
                continue
            reached.add(one.idnum)
            one = one.get_object()
        if isinstance(one, DictionaryObject):
            stack += [one.raw_get(key) for key in one]
        elif isinstance(one, ArrayObject):
            stack += one
    return reached


def _packing(pdf: PdfFile, objects: dict[int, Any]) -> set[int]:
    """Return which of some objects only hold others, or say where or how long something is."""
    places = {n: at for numbers in pdf.reader.xref.values() for n, at in numbers.items()}
    tables = {int(at) for at in _TABLE.findall(pdf.data)}
    # The table of a file that is shown while it comes names the one of its other pages.
    tables |= {
        it["/Prev"] for n, it in objects.items() if places.get(n) in tables and _has_earlier(it)
    }
    first: Any = next((one for one in objects.values() if _is_linearization(one)), {})
    hints = set(first.get("/H", ())[::2])
    held = {holder for holder, _ in pdf.reader.xref_objStm.values()}
    return {
        number
        for number, one in objects.items()
        if isinstance(one, NumberObject)  # the length of a stream
        or one is first
        or (isinstance(one, StreamObject) and number in held)
        or (isinstance(one, StreamObject) and places.get(number) in tables | hints)
    }


def _has_earlier(value: Any) -> bool:
    return isinstance(value, StreamObject) and isinstance(value.get("/Prev"), NumberObject)


def _is_linearization(value: Any) -> bool:
    """Return whether it says how a file is laid out that is shown while it comes, and no more."""
    return (
        isinstance(value, DictionaryObject)
        and not isinstance(value, StreamObject)
        and "/Linearized" in value
        and set(value) <= {"/Linearized", "/L", "/H", "/O", "/E", "/N", "/T", "/P"}
    )
