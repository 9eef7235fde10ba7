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

from scenes.evidence.pdf_file import PdfFile

_TABLE = re.compile(rb"startxref\s+(\d+)")


def count_unreached(pdf: PdfFile) -> int:
    """Return how many objects of a PDF nothing leads to."""
    reader = pdf.reader
    listed = {number for numbers in reader.xref.values() for number in numbers}
    others = (listed | reader.xref_objStm.keys()) - _reached(pdf)
    objects = {number: found for number in others if (found := _object(pdf, number)) is not None}
    packing = _packing(pdf, objects)
    return sum(number not in packing for number in objects)


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
