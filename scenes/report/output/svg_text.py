"""Letters of figures in one piece: makes WeasyPrint draw a text of an SVG as a whole.

WeasyPrint places the letters of an SVG's text one by one, as SVG lets an author do. Letters that
are joined (Arabic) or reordered (Hebrew) then come out wrong, none is kerned, and it takes longer.
Figures say where a text begins, and nothing of its letters.
"""

from typing import Any

PLACED = ("dx", "dy", "rotate", "letter-spacing", "textLength")
"""Attributes by which an author places letters."""


class Whole(str):
    """A text that is gone through in one step, as if it were one letter."""

    __slots__ = ()

    def __iter__(self) -> Any:
        """Yield the text."""
        yield str(self)


def draw_texts_whole(drawing: Any) -> None:
    """Change how `weasyprint.svg`, which is given, draws texts."""
    draw = drawing.text
    if hasattr(draw, "by_letter"):  # changed already
        return

    def draw_whole(svg: Any, node: Any, font_size: float) -> None:
        """Draw a text in one piece, unless its author places its letters."""
        if not _is_placed(node):
            node._etree_node.text = Whole(node.text or "")
        draw(svg, node, font_size)

    draw_whole.by_letter = draw  # type: ignore[attr-defined]
    drawing.text = draw_whole
    drawing.TAGS.update({tag: draw_whole for tag, one in drawing.TAGS.items() if one is draw})


def _is_placed(node: Any) -> bool:
    one_place = all(len(node.get(name, "").replace(",", " ").split()) < 2 for name in ("x", "y"))
    return not one_place or any(name in node.attrib for name in PLACED)
