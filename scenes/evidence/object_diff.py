"""Where two PDFs of one document differ: both walked from the root side by side, differences named.

What only packs the same content otherwise, such as the order of objects or how well they are
compressed, is no difference. Numbers of drawings are compared to a hundredth of a point, as the
last digits of a curve depend on the processor that computed them.

Other versions draw pages otherwise, which are compared as pictures then; what surrounds them, such
as title, bookmarks, links and structure, they have no reason to write otherwise.
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
"""Keys of a stream that say how it is stored, and not what it is."""
FILTERS = {"/FlateDecode", "/LZWDecode", "/RunLengthDecode", "/ASCIIHexDecode", "/ASCII85Decode"}
FILTERS |= {"/DCTDecode"}
PARAMETERS = {"/Predictor", "/Colors", "/BitsPerComponent", "/Columns", "/EarlyChange"}
"""Of a filter: all that says how something is packed."""
DRAWING = {"/Contents", "/Resources"}
"""Keys of a page under which stands what is drawn on it."""
CLOSE = 0.01
"""Points by which the same place may differ."""
LOOSE = 4.0
"""The same where other versions have placed it: less than a line."""
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
PLACE = re.compile(r"/(Rect|Dests?|D|\w*Box)(/|\[|$)")
"""Where numbers are places on a page."""
_TOKEN = re.compile(
    rb"<[0-9A-Fa-f\s]*>|\((?:\\.|[^\\()])*\)|[-+]?(?:\d+\.?\d*|\.\d+)|[^\s\d+.<(-]+|[-+.<(]",
    re.DOTALL,
)
"""A string as a whole, as its digits name letters; a number, a word, or what is left."""
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)|\r\n?", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


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


def compare_objects(
    given: PdfFile, made: PdfFile, *, other_versions: bool = False
) -> list[Difference]:
    """Return where two PDFs differ, the first `MOST` places.

    Args:
        given: A PDF.
        made: The one that it should be.
        other_versions: Whether other versions wrote it: what is drawn is left out then.
    """
    found: dict[tuple[str, int, str], Difference] = {}
    for path in _Walk(given, made, other_versions).differing():
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


class _Walk:
    """A walk through two PDFs side by side; every pair of objects is looked at once."""

    def __init__(self, given: PdfFile, made: PdfFile, other_versions: bool) -> None:
        self._given, self._made, self._other = given, made, other_versions
        self._numbers = _page_numbers(given), _page_numbers(made)
        self._seen: set[tuple[int, int]] = set()
        self._stack: list[tuple[str, Any, Any]] = []

    def differing(self) -> Iterator[str]:
        """Yield the path of each place that differs."""
        given, made = self._given.reader.trailer, self._made.reader.trailer
        self._stack.append(("/Info", given.get("/Info"), made.get("/Info")))
        self._stack.append(("/Root", given.raw_get("/Root"), made.raw_get("/Root")))
        # Pages come first: what stands on one is then named by its number.
        pages = self._given.root.raw_get("/Pages"), self._made.root.raw_get("/Pages")
        self._stack.append(("/Root/Pages", *pages))
        while self._stack:
            path, first, second = self._stack.pop()
            if isinstance(first, IndirectObject) and isinstance(second, IndirectObject):
                if (first.idnum, second.idnum) in self._seen:
                    continue
                self._seen.add((first.idnum, second.idnum))
                if self._numbers[0].get(first.idnum) != self._numbers[1].get(second.idnum):
                    yield path
                    continue
            yield from self._compare(path, _resolved(first), _resolved(second))

    def _compare(self, path: str, first: Any, second: Any) -> Iterator[str]:
        """Yield the paths that differ in a pair of objects; those in them are looked at later."""
        if isinstance(first, DictionaryObject) and isinstance(second, DictionaryObject):
            if self._differ_as_streams(path, first, second) or not says_how_packed(first):
                yield path
            yield from self._compare_keys(path, first, second)
        elif isinstance(first, ArrayObject) and isinstance(second, ArrayObject):
            if len(first) != len(second):
                yield f"{path}[{min(len(first), len(second))}]"
            pairs = list(enumerate(zip(first, second, strict=False)))
            self._stack += [(f"{path}[{n}]", one, other) for n, (one, other) in reversed(pairs)]
        elif not self._is_same(path, first, second):
            yield path

    def _compare_keys(self, path: str, first: Any, second: Any) -> Iterator[str]:
        left_out = PACKING if isinstance(first, StreamObject) else set[str]()
        if self._other and first.get("/Type") == second.get("/Type") == "/Page":
            left_out = left_out | DRAWING
        for key in sorted((first.keys() | second.keys()) - left_out, reverse=True):
            if key in first and key in second:
                self._stack.append((path + key, first.raw_get(key), second.raw_get(key)))
            else:
                yield path + key

    def _is_same(self, path: str, first: Any, second: Any) -> bool:
        numbers = (FloatObject, NumberObject)
        if isinstance(first, numbers) and isinstance(second, numbers):
            is_loose = self._other and PLACE.search(path)
            return abs(float(first) - float(second)) <= (LOOSE if is_loose else CLOSE)
        if self._other and path == "/Info/Producer":
            return _nameless(str(first).encode()) == _nameless(str(second).encode())
        return type(first) is type(second) and bool(first == second)

    def _differ_as_streams(self, path: str, first: Any, second: Any) -> bool:
        if not isinstance(first, StreamObject) or not isinstance(second, StreamObject):
            return isinstance(first, StreamObject) != isinstance(second, StreamObject)
        one, other = _content(first), _content(second)
        if self._other and path == "/Root/Metadata":
            one, other = _nameless(one), _nameless(other)
        return one != other and not (_is_drawing(path, first) and is_same_drawing(one, other))


def _page_numbers(pdf: PdfFile) -> dict[int, int]:
    """Return the number of each page by that of its object."""
    references = [page.indirect_reference for page in pdf.reader.pages]
    return {it.idnum: number for number, it in enumerate(references, 1) if it is not None}


def _nameless(data: bytes) -> bytes:
    """Return what says which version wrote a file, without the version."""
    return re.sub(rb"WeasyPrint [0-9a-z.]{1,20}\b", b"WeasyPrint", data)


def says_how_packed(found: DictionaryObject) -> bool:
    """Return whether what should say how a stream is packed says that, and nothing else."""
    if not isinstance(found, StreamObject):
        return True
    filters, parameters = (_listed(found.get(key)) for key in ("/Filter", "/DecodeParms"))
    return FILTERS.issuperset(map(str, filters)) and all(
        key in PARAMETERS and isinstance(_resolved(value), NumberObject)
        for one in parameters
        if isinstance(one, DictionaryObject)
        for key, value in one.items()
    )


def _listed(value: Any) -> list[Any]:
    """Return what is one or several as several."""
    found = _resolved(value)
    if found is None:
        return []
    return [_resolved(one) for one in found] if isinstance(found, ArrayObject) else [found]


def _resolved(value: Any) -> Any:
    return value.get_object() if isinstance(value, IndirectObject) else value


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
    if _is_string(first) and _is_string(second):
        return _letters(first) == _letters(second)
    try:
        return abs(float(first) - float(second)) <= CLOSE
    except ValueError:
        return False


def _is_string(token: bytes) -> bool:
    return len(token) > 1 and token[:1] in b"(<"


def _letters(string: bytes) -> bytes:
    """Return what a string holds, which may be written in digits or in letters (ISO 32000, 7.3.4).

    Tools that make a file readable, as qpdf's QDF does, write the one as the other.
    """
    inside = string[1:-1]
    if string[:1] == b"(":
        return _ESCAPE.sub(_unescaped, inside)
    digits = b"".join(inside.split())
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii"))


def _unescaped(found: "re.Match[bytes]") -> bytes:
    said = found[1]
    if said is None:  # a line ends with one character, however it is stored
        return b"\n"
    if said.isdigit() and said < b"8":
        return bytes([int(said, 8) & 0xFF])
    return b"" if said in (b"\n", b"\r", b"\r\n") else _ESCAPED.get(said, said)
