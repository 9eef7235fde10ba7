"""Where each part of a filled template was written: file and line of what stands at an offset.

Only asked for when something is refused, so that filling costs nothing more where nothing is.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import FrameType, GeneratorType
from typing import Any


@dataclass
class SourcePlaces:
    """Joins what a template writes, in place of Jinja's own `concat`, and remembers who wrote it.

    Attributes:
        text: What the template wrote last.
        starts: Offset of each piece of it.
        places: File and line of each piece.
    """

    text: str = ""
    starts: list[int] = field(default_factory=list)
    places: list[tuple[str, int]] = field(default_factory=list)
    _is_inside: bool = False

    def __call__(self, pieces: Iterable[str]) -> str:
        """Join pieces; those of the whole template, which a generator writes, with their places."""
        if self._is_inside or not isinstance(pieces, GeneratorType):
            return "".join(pieces)
        self.starts, self.places, self._is_inside = [], [], True
        written, length = [], 0
        try:
            for piece in pieces:
                self.starts.append(length)
                self.places.append(_place_of(pieces))
                written.append(piece)
                length += len(piece)
        finally:
            self._is_inside = False
        self.text = "".join(written)
        return self.text

    def place(self, end: int, element: str) -> str:
        """Return "file:line" of the start tag of an element that ends at an offset."""
        if not self.starts:
            return "the template"
        number = bisect_right(self.starts, max(0, end - 1)) - 1
        file, line = self.places[number]
        opens = re.compile(rf"<{re.escape(element)}\b", re.IGNORECASE)
        before = len(opens.findall(self.text, self.starts[number], end))
        return f"{file}:{_line_of(opens, Path(file), line, before)}"


def _place_of(pieces: "GeneratorType[Any, Any, Any]") -> tuple[str, int]:
    """Return file and line of the innermost template that is writing."""
    writer: Any = pieces
    while (inner := _inner(writer)) is not None:
        writer = inner
    frame: FrameType = writer.gi_frame
    template = frame.f_globals["__jinja_template__"]
    return str(template.filename), int(template.get_corresponding_lineno(frame.f_lineno))


def _inner(writer: Any) -> "GeneratorType[Any, Any, Any] | None":
    """Return the template from which another one passes on: a block, a parent or an include."""
    for inner in (writer.gi_yieldfrom, writer.gi_frame.f_locals.get("gen")):  # so Jinja calls it
        if isinstance(inner, GeneratorType) and inner.gi_frame is not None:
            return inner
    return None


def _line_of(opens: re.Pattern[str], file: Path, line: int, count: int) -> int:
    """Return the line of the last of so many matches, from one on: a piece may have many lines."""
    source = file.read_text(encoding="utf-8")
    start = sum(map(len, source.splitlines(keepends=True)[: line - 1]))
    found = list(islice(opens.finditer(source, start), max(1, count)))
    return source.count("\n", 0, found[-1].start()) + 1 if found else line
