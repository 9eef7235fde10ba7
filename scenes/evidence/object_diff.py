"""Where two PDFs of one document differ: both walked from the root side by side, differences named.

What only packs the same content otherwise, such as the order of objects or how well they are
compressed, is no difference. Numbers of drawings are compared to a hundredth of a point, as the
last digits of a curve depend on the processor that computed them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    IndirectObject,
    NumberObject,
    StreamObject,
)

from scenes.evidence.pdf_file import PdfFile

PACKING = {"/Length", "/Filter", "/DecodeParms"}
"""Keys that say how something is stored, and not what it is."""
CLOSE = 0.01
MOST = 40
"""Differences that are named; a file of another kind has thousands."""
KINDS = (
    (r"/ToUnicode|/Encoding", "character map", "which characters the letters of a font stand for"),
    (r"/FontFile|/FontDescriptor|/Font\b|/Widths|/W\b", "font", "how the letters of a font look"),
    (r"/EmbeddedFiles|/AF\b", "attachment", "an attachment"),
    (r"/Annots", "annotation", "a link or another annotation"),
    (r"/StructTreeRoot", "structure", "the structure or an alternative text"),
    (r"/OCProperties|/OCGs|/OC\b", "optional content", "a layer"),
    (r"/XObject|/Shading|/Pattern", "figure", "a figure or a picture"),
    (r"/Contents", "page content", "what is drawn on a page"),
    (r"/Outlines", "bookmarks", "the bookmarks"),
    (r"/Metadata|/Info", "metadata", "title, authors or dates in the metadata"),
    (r"/Dests|/Names", "links", "where links lead"),
    (r"/Kids|/Pages|/Count", "pages", "the pages"),
)
_TOKEN = re.compile(rb"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|[^\s\d+.-]+|[+.-]")


@dataclass(frozen=True)
class Difference:
    """A place in which two PDFs differ.

    Attributes:
        path: From the root.
        kind: What stands there, in a word.
        text: The same for people.
        page: Its number; 0 where it is of none.
    """

    path: str
    kind: str
    text: str
    page: int = 0

    def __str__(self) -> str:
        where = f"page {self.page}: " if self.page else ""
        return f"{where}{self.text} differs ({self.path})"


def compare_objects(given: PdfFile, made: PdfFile) -> list[Difference]:
    """Return where two PDFs differ, the first `MOST` places."""
    found: dict[tuple[str, int, str], Difference] = {}
    for path in _walk(given, made):
        one = _named(path)
        found.setdefault((one.kind, one.page, path if one.kind == "attachment" else ""), one)
        if len(found) >= MOST:
            break
    return list(found.values())


def _named(path: str) -> Difference:
    page = re.search(r"/Pages/Kids\[(\d+)\]", path)
    number = int(page[1]) + 1 if page else 0
    for pattern, kind, text in KINDS:
        if re.search(pattern, path):
            return Difference(path, kind, text, number)
    return Difference(path, "other", "something", number)


def _walk(given: PdfFile, made: PdfFile) -> Iterator[str]:
    """Yield the path of each place that differs; every pair of objects is looked at once."""
    stack: list[tuple[str, Any, Any]] = [
        (f"/{key}", given.reader.trailer.raw_get(f"/{key}"), made.reader.trailer.raw_get(f"/{key}"))
        for key in ("Info", "Root")
    ]
    # Pages come first: what stands on one is then named by its number.
    stack.append(("/Root/Pages", given.root.raw_get("/Pages"), made.root.raw_get("/Pages")))
    seen: set[tuple[int, int]] = set()
    while stack:
        path, first, second = stack.pop()
        if isinstance(first, IndirectObject) and isinstance(second, IndirectObject):
            if (first.idnum, second.idnum) in seen:
                continue
            seen.add((first.idnum, second.idnum))
        first, second = _resolved(first), _resolved(second)
        if isinstance(first, DictionaryObject) and isinstance(second, DictionaryObject):
            yield from _compare_streams(path, first, second)
            for key in sorted((first.keys() | second.keys()) - PACKING, reverse=True):
                if key in first and key in second:
                    stack.append((path + key, first.raw_get(key), second.raw_get(key)))
                else:
                    yield path + key
        elif isinstance(first, ArrayObject) and isinstance(second, ArrayObject):
            if len(first) != len(second):
                yield f"{path}[{min(len(first), len(second))}]"
            pairs = list(enumerate(zip(first, second, strict=False)))
            stack += [(f"{path}[{n}]", one, other) for n, (one, other) in reversed(pairs)]
        elif not _is_same(first, second):
            yield path


def _resolved(value: Any) -> Any:
    return value.get_object() if isinstance(value, IndirectObject) else value


def _is_same(first: Any, second: Any) -> bool:
    numbers = (FloatObject, NumberObject)
    if isinstance(first, numbers) and isinstance(second, numbers):
        return abs(float(first) - float(second)) <= CLOSE
    return type(first) is type(second) and bool(first == second)


def _compare_streams(path: str, first: Any, second: Any) -> Iterator[str]:
    if isinstance(first, StreamObject) != isinstance(second, StreamObject):
        yield path
    elif isinstance(first, StreamObject) and isinstance(second, StreamObject):
        one, other = _content(first), _content(second)
        if one != other and not (_is_drawing(path, first) and is_same_drawing(one, other)):
            yield path


def _content(stream: StreamObject) -> bytes:
    """Return what a stream holds; a JPEG as it is stored, as not every library decodes it alike."""
    if stream.get("/Subtype") == "/Image" and "/DCTDecode" in str(stream.get("/Filter")):
        data: bytes = stream._data
        return data
    content: bytes = stream.get_data()
    return content


def _is_drawing(path: str, stream: StreamObject) -> bool:
    return path.endswith("/Contents") or stream.get("/Subtype") == "/Form"


def is_same_drawing(first: bytes, second: bytes) -> bool:
    """Return whether two drawings have the same operators, and numbers that are close."""
    one, other = _TOKEN.findall(first), _TOKEN.findall(second)
    return len(one) == len(other) and all(
        a == b or _is_close(a, b) for a, b in zip(one, other, strict=True)
    )


def _is_close(first: bytes, second: bytes) -> bool:
    try:
        return abs(float(first) - float(second)) <= CLOSE
    except ValueError:
        return False
