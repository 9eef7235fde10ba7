"""Formulas: TeX's notation in, a picture that stands on the line of the text out.

Matplotlib sets them in the face of the body. Letters are drawn as outlines: a formula is read by
its alternative text, and its characters come from several fonts, which the document need not hold.
"""

import hashlib
import io
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import matplotlib
from markupsafe import Markup
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.mathtext import MathTextParser

from scenes.errors import RenderError
from scenes.report.figures.cache import Drawer
from scenes.report.style import INK, TEXT_FACE, figure_style

SIZE = 10.5  # points, the body's; the page scales the picture with the text around it
LONGEST = 1000  # characters
DEEPEST = 12  # braces
LARGEST = 1000  # points
_RC = {
    "mathtext.fontset": "custom",
    "mathtext.rm": TEXT_FACE,
    "mathtext.it": f"{TEXT_FACE}:italic",
    "mathtext.bf": f"{TEXT_FACE}:semibold",
    "mathtext.cal": f"{TEXT_FACE}:italic",
    "mathtext.sf": TEXT_FACE,
    "mathtext.tt": "DejaVu Sans Mono",
    "mathtext.fallback": "stix",
    "svg.fonttype": "path",
}

_SAME = {
    "le": r"\leq", "ge": r"\geq", "gets": r"\leftarrow", "land": r"\wedge", "lor": r"\vee",
    "lnot": r"\neg", "iff": r"\Longleftrightarrow", "implies": r"\Longrightarrow",
    "tfrac": r"\frac", "lvert": "|", "rvert": "|", "lVert": r"\|", "rVert": r"\|",
}  # fmt: skip
_OTHER_NAMES = re.compile(rf"\\({'|'.join(_SAME)})(?![A-Za-z])")


def set_formula(tex: str, display: bool, *, drawer: Drawer) -> Markup:
    """Return the picture of a formula, and give its drawing to the document.

    Args:
        tex: The formula, without dollars.
        display: On a line of its own.
        drawer: Holds the pictures of the document.

    Raises:
        RenderError: It cannot be read.
    """
    _, height, depth = measure_formula(tex)
    name = f"math/{hashlib.sha256(tex.encode()).hexdigest()[:16]}.svg"
    drawer.assets[name] = formula_svg(tex)
    picture = Markup(
        '<img class="math" src="asset:{}" alt="{}" style="height:{:.3f}em;vertical-align:{:.3f}em">'
    ).format(name, tex, height / SIZE, -depth / SIZE)
    return Markup('<span class="display">{}</span>').format(picture) if display else picture


def check_formula(tex: str, _display: bool) -> Markup:
    """Fail for a formula that cannot be read."""
    measure_formula(tex)
    return Markup()


@cache
def measure_formula(tex: str) -> tuple[float, float, float]:
    """Return width, height and depth (below the line) of a formula at `SIZE`, in points.

    Raises:
        RenderError: It cannot be read, prints nothing, or is too long, too deep or too large.
    """
    if reason := _too_much(tex):
        raise RenderError(f"the formula ${tex[:60]}…$ {reason}")
    with figure_style(), matplotlib.rc_context(_RC), _missing_glyphs() as missing:
        try:
            parsed = MathTextParser("path").parse(f"${_known(tex)}$", dpi=72, prop=_face())
        # The library raises errors of several kinds for odd formulas.
        except Exception as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[-1]
            raise RenderError(f"the formula ${tex}$ cannot be read: {reason}") from None
    width, height, depth = (float(it) for it in (parsed.width, parsed.height, parsed.depth))
    if missing:
        raise RenderError(f"the formula ${tex}$ cannot be set: no font has {', '.join(missing)}")
    if width <= 0 or height <= 0:
        raise RenderError(f"the formula ${tex}$ prints nothing (line:1, col:1): leave it out")
    if max(width, height) > LARGEST:
        size = f"{width:.0f} × {height:.0f} points"
        raise RenderError(f"the formula ${tex}$ is {size}; at most {LARGEST} each way are set")
    # Outlines of italics reach a little past their box.
    return width + 1.0, height, depth


def _known(tex: str) -> str:
    """Return a formula with the names that matplotlib has for what LaTeX calls otherwise."""
    return _OTHER_NAMES.sub(lambda found: _SAME[found[1]], tex)


def _too_much(tex: str) -> str:
    """Say why a formula is not even read, which takes long where it nests deep."""
    depth = deepest = 0
    for sign in tex:
        depth += (sign == "{") - (sign == "}")
        deepest = max(deepest, depth)
        if deepest > DEEPEST:
            return f"nests more than {DEEPEST} braces"
    return f"has {len(tex)} characters; at most {LONGEST} are set" if len(tex) > LONGEST else ""


@contextmanager
def _missing_glyphs() -> Iterator[list[str]]:
    """Collect the characters for which the library would draw a dummy, as its log has them."""
    missing: list[str] = []

    def collect(record: logging.LogRecord) -> bool:
        text = record.getMessage()
        if "dummy" not in text and "does not have a glyph" not in text:
            return True
        found = re.search(r"\[U\+([0-9A-Fa-f]+)\]", text)
        missing.append(f"{chr(int(found[1], 16))} (U+{found[1].upper()})" if found else text)
        return False

    log = logging.getLogger("matplotlib.mathtext")
    log.addFilter(collect)
    try:
        yield missing
    finally:
        log.removeFilter(collect)


@cache
def formula_svg(tex: str) -> bytes:
    """Return a formula as SVG: the same bytes each time."""
    width, height, depth = measure_formula(tex)
    out = io.BytesIO()
    with figure_style(), matplotlib.rc_context(_RC):
        figure = Figure(figsize=(width / 72, height / 72))
        figure.text(
            0,
            depth / height,
            f"${_known(tex)}$",
            fontproperties=_face(),
            color=INK,
            parse_math=True,
        )
        FigureCanvasSVG(figure)
        figure.savefig(out, format="svg", metadata={"Title": tex, "Date": None})
    return out.getvalue()


def _face() -> FontProperties:
    return FontProperties(family=TEXT_FACE, size=SIZE)
