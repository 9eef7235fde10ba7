"""What the drawings of a PDF say beside what they draw: a PDF in, keys of property lists out.

A drawing may name a text that is read aloud or copied in place of what is drawn. Documents of this
program only number what belongs to which part of their structure.
"""

import re
from collections.abc import Iterator
from typing import Any

from pypdf.generic import ArrayObject, DictionaryObject, StreamObject

from scenes.evidence.pdf_file import PdfFile

NUMBERING = "/MCID"
_LIST = re.compile(rb"<<(.*?)>>", re.DOTALL)
_KEY = re.compile(rb"/[^\s/<>\[\]()]*")


def marked_keys(pdf: PdfFile) -> set[str]:
    """Return what property lists hold beside `NUMBERING`; one that stands elsewhere by its name."""
    seen: set[int] = set()
    found: set[str] = set()
    for page in pdf.reader.pages:
        for drawing in _drawings(page, seen):
            found |= _keys_in(drawing)
    return found - {NUMBERING}


def _drawings(part: DictionaryObject, seen: set[int]) -> Iterator[bytes | DictionaryObject]:
    """Yield the content of a page or figure and of the figures in it, and their named lists."""
    stack: list[Any] = [part]
    while stack:
        one = stack.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield from _contents(one)
        resources = one.get("/Resources", DictionaryObject()).get_object()
        yield resources.get("/Properties", DictionaryObject()).get_object()
        for kind in ("/XObject", "/Pattern"):
            drawn = resources.get(kind, DictionaryObject()).get_object()
            stack += [it.get_object() for it in drawn.values()]


def _contents(part: DictionaryObject) -> Iterator[bytes]:
    if isinstance(part, StreamObject) and part.get("/Subtype") != "/Image":
        yield part.get_data()
    found = part.get("/Contents")
    if found is not None:
        streams = found.get_object()
        for one in streams if isinstance(streams, ArrayObject) else [streams]:
            yield one.get_object().get_data()


def _keys_in(drawing: bytes | DictionaryObject) -> set[str]:
    if isinstance(drawing, DictionaryObject):
        return set(drawing)
    lists = _LIST.findall(drawing)
    return {key.decode("ascii", "replace") for one in lists for key in _KEY.findall(one)}
