"""How WeasyPrint draws the texts and paths of an SVG, for what figures hold.

It places the letters of a text one by one, as SVG lets an author do. Letters that are joined
(Arabic) or reordered (Hebrew) then come out wrong, none is kerned, and it takes longer. Figures say
where a text begins, and nothing of its letters: each is drawn as a whole.

It reads a path letter by letter, as paths may leave out blanks, and keeps the angle at each point
for markers. Those of figures are written plainly and have none: they are read in one step, to the
same drawing in a fifth of the time.
"""

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

PLACED = ("dx", "dy", "rotate", "letter-spacing", "textLength")
"""Attributes by which an author places letters."""
NUMBERS = {"M": 2, "L": 2, "Q": 4, "C": 6}
"""How many numbers follow a move, a line or a curve."""

Step = tuple[str, list[float]]
"""A letter of a path and its numbers; "z" closes it."""


class Whole(str):
    """A text that is gone through in one step, as if it were one letter."""

    __slots__ = ()

    def __iter__(self) -> Any:
        """Yield the text."""
        yield str(self)


def draw_figures_whole(drawing: Any) -> None:
    """Change how `weasyprint.svg`, which is given, draws texts and paths."""
    if hasattr(drawing, "drawn_whole"):  # changed already
        return
    drawing.drawn_whole = True
    drawing.utils.normalize = lru_cache(maxsize=1024)(drawing.utils.normalize)
    drawing.parse_url = lru_cache(maxsize=1024)(drawing.parse_url)
    text, path = drawing.text, drawing.path

    def draw_text(svg: Any, node: Any, font_size: float) -> None:
        """Draw a text in one piece, unless its author places its letters."""
        if not _is_placed(node):
            node._etree_node.text = Whole(node.text or "")
        text(svg, node, font_size)

    def draw_path(svg: Any, node: Any, font_size: float) -> None:
        """Draw a path, in one step where it is written plainly and has no markers."""
        steps = None if _has_markers(node) else read_path(node.get("d", ""))
        if steps is None:
            path(svg, node, font_size)
        else:
            _draw(svg.stream, steps)

    draw_text.by_letter = text  # type: ignore[attr-defined]
    drawing.text = draw_text
    new = {text: draw_text, path: draw_path}
    drawing.TAGS.update({tag: new[one] for tag, one in drawing.TAGS.items() if one in new})


def _is_placed(node: Any) -> bool:
    one_place = all(len(node.get(name, "").replace(",", " ").split()) < 2 for name in ("x", "y"))
    return not one_place or any(name in node.attrib for name in PLACED)


def _has_markers(node: Any) -> bool:
    return bool(node.get("marker")) or any(name.startswith("marker-") for name in node.attrib)


def read_path(data: str) -> list[Step] | None:
    """Return the steps of a path, or None where it is not written plainly.

    Plainly means absolute moves, lines and curves, a blank between all parts, and each part of its
    own letter; a path is closed only after a line or curve, and goes on with a move.
    """
    try:
        steps = list(_steps(iter(data.split())))
    except (KeyError, ValueError):
        return None
    before = "z"
    for letter, _ in steps:
        if (before == "z" and letter != "M") or (letter == "z" and before == "M"):
            return None
        before = letter
    return steps


def _steps(parts: Iterator[str]) -> Iterator[Step]:
    for letter in parts:
        count = 0 if letter == "z" else NUMBERS[letter]
        numbers = [float(number) for number in islice(parts, count)]
        if len(numbers) < count:
            raise ValueError(f"{letter} has too few numbers")
        yield letter, numbers


def _draw(stream: Any, steps: list[Step]) -> None:
    """Draw a path with the operators that WeasyPrint would use."""
    stream.move_to(0, 0)
    x, y = 0.0, 0.0
    for letter, numbers in steps:
        if letter == "M":
            stream.move_to(*numbers)
        elif letter == "L":
            stream.line_to(*numbers)
        elif letter == "C":
            stream.curve_to(*numbers)
        elif letter == "Q":
            x2, y2, x3, y3 = numbers
            first = x2 * 2 / 3 + x / 3, y2 * 2 / 3 + y / 3
            second = x2 * 2 / 3 + x3 / 3, y2 * 2 / 3 + y3 / 3
            stream.curve_to(*first, *second, x3, y3)
        else:
            stream.close()
        x, y = numbers[-2:] or (x, y)
