"""Formulas: TeX's notation in, a picture that stands on the line of the text out.

Matplotlib sets them in the face of the body. Letters are drawn as outlines: a formula is read by
its alternative text, and its signs come from several fonts, which the document then need not hold.
"""

import hashlib
import io
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
    """Return width, height and depth (below the line) of a formula at `SIZE`, in points."""
    with figure_style(), matplotlib.rc_context(_RC):
        try:
            parsed = MathTextParser("path").parse(f"${tex}$", dpi=72, prop=_face())
        except ValueError as error:
            reason = str(error).strip().splitlines()[-1]
            raise RenderError(f"the formula ${tex}$ cannot be read: {reason}") from None
    # Outlines of italics reach a little past their box.
    return float(parsed.width) + 1.0, float(parsed.height), float(parsed.depth)


@cache
def formula_svg(tex: str) -> bytes:
    """Return a formula as SVG: the same bytes each time."""
    width, height, depth = measure_formula(tex)
    out = io.BytesIO()
    with figure_style(), matplotlib.rc_context(_RC):
        figure = Figure(figsize=(width / 72, height / 72))
        figure.text(
            0, depth / height, f"${tex}$", fontproperties=_face(), color=INK, parse_math=True
        )
        FigureCanvasSVG(figure)
        figure.savefig(out, format="svg", metadata={"Title": tex, "Date": None})
    return out.getvalue()


def _face() -> FontProperties:
    return FontProperties(family=TEXT_FACE, size=SIZE)
