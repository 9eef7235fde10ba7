"""How the report looks: its text face, and the colour, dash and marker of each value.

The same face serves body, tables and figures: Source Serif Pro, from the package
`font-source-serif-pro`, with matplotlib's own DejaVu for code and rare symbols. The files are
handed to the PDF by name, so that a machine without any font makes the same document.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from scenes.errors import MachineError

TEXT_FACE = "Source Serif Pro"
SYMBOL_FACE = "DejaVu Sans"
TEXT_WIDTH = 150 / 25.4  # inches between the margins of an A4 page, as report.css sets them
COLUMN_WIDTH = 80 / 25.4  # inches of a column of a short paper, as layout.css sets it

HEIGHT = 1.28  # inches of a figure of curves: two of them take less than a third of a page
LABEL_SIZE = 8.0  # points

INK = "#1a1a1a"
SOFT = "#5f6368"
RULE = "#c9ccd1"
ACCENT = "#14365f"

_TEXT_FILES = (
    "SourceSerifPro-Regular.ttf",
    "SourceSerifPro-It.ttf",
    "SourceSerifPro-Semibold.ttf",
    "SourceSerifPro-SemiboldIt.ttf",
)
_SYMBOL_FILES = ("DejaVuSans.ttf", "DejaVuSansMono.ttf")


@dataclass(frozen=True)
class Stroke:
    """How one value is drawn throughout a report: told apart by any one of the three.

    Args:
        colour: Hexadecimal RGB; lightness differs from stroke to stroke, so that grey tells too.
        dash: Matplotlib's on-off sequence in points; empty for a solid line.
        marker: Matplotlib's marker code.
    """

    colour: str
    dash: tuple[float, ...]
    marker: str

    @property
    def line(self) -> str | tuple[float, tuple[float, ...]]:
        """The dash as matplotlib's `linestyle`."""
        return (0, self.dash) if self.dash else "solid"


# Dark blue, vermilion, teal, amber, purple, brown-grey, sky, black: neighbours differ in hue for
# the three common colour-vision deficiencies and in lightness for a grey print.
STROKES = (
    Stroke("#14365f", (), "o"),
    Stroke("#b9470e", (5, 1.6), "s"),
    Stroke("#2aa58f", (1.2, 1.4), "^"),
    Stroke("#d9a514", (6, 1.4, 1.2, 1.4), "D"),
    Stroke("#7a3b8f", (3, 1.2), "v"),
    Stroke("#7d756b", (8, 2.2), "P"),
    Stroke("#5aa9dd", (3, 1.2, 1, 1.2, 1, 1.2), "X"),
    Stroke("#000000", (1, 2.6), "*"),
)

_RC = {
    "font.family": [TEXT_FACE, SYMBOL_FACE],
    "font.size": 8.5,
    "axes.labelsize": 8.5,
    "axes.titlesize": 9,
    "axes.titlelocation": "left",
    "axes.titlepad": 5,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "grid.color": "#e3e5e8",
    "grid.linewidth": 0.5,
    "text.color": INK,
    "text.parse_math": False,  # a label with two dollars is not a formula
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "ytick.minor.size": 0,
    "lines.linewidth": 1.3,
    "lines.markersize": 3.6,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "legend.handlelength": 2.7,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "svg.fonttype": "none",  # real text: searchable, and set in the face of the body
    "svg.hashsalt": "scenes",  # identifiers depend on the figure alone: same figure, same bytes
}


COMMON = frozenset(
    [*map(chr, (*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100))), *"–—‘’“”…"]
)
"""Signs of western languages, which the faces are known to have; the others are looked up."""


@cache
def many_strokes(count: int) -> tuple[Stroke, ...]:
    """Return as many strokes as are needed, no two alike.

    More than there are colours run from dark to light, as ordered values do, and neighbours differ
    in dash and marker as well.
    """
    if count <= len(STROKES):
        return STROKES
    import matplotlib
    from matplotlib.colors import to_hex

    shades = matplotlib.colormaps["viridis"]
    return tuple(
        Stroke(
            to_hex(shades(0.92 * index / (count - 1))),
            STROKES[index % len(STROKES)].dash,
            STROKES[index % len(STROKES)].marker,
        )
        for index in range(count)
    )


@contextmanager
def figure_style() -> Iterator[None]:
    """Draw or save figures in the style of the report inside this context."""
    import matplotlib  # here: what only needs the fonts, such as the PDF, starts without it

    _register_faces()
    with matplotlib.rc_context(_RC):
        yield


@cache
def text_width(text: str, size: float) -> float:
    """Return how wide a text is set at a size, both in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    _register_faces()
    face = FontProperties(family=[TEXT_FACE, SYMBOL_FACE], size=size)
    return float(text_to_path.get_text_width_height_descent(text, face, ismath=False)[0])


def unprintable(text: str) -> list[str]:
    """Return the characters of a text that no font of the report has, each once, as U+65E5 (日)."""
    signs = dict.fromkeys(sign for sign in text if not sign.isspace() and sign not in COMMON)
    return [f"U+{ord(sign):04X} ({sign})" for sign in signs if ord(sign) not in _printable()]


@cache
def _printable() -> frozenset[int]:
    """Return the code points of the faces that any text of the report may be set in."""
    from matplotlib.ft2font import FT2Font

    faces = (path for path in _font_paths() if path.name in (_TEXT_FILES[0], _SYMBOL_FILES[0]))
    return frozenset(point for path in faces for point in FT2Font(str(path)).get_charmap())


@cache
def font_assets() -> dict[str, bytes]:
    """Return the font files by the names that report.css asks for, `fonts/<file>`."""
    return {f"fonts/{path.name}": path.read_bytes() for path in _font_paths()}


@cache
def _register_faces() -> None:
    """Tell matplotlib the measures of the text face, once in a process."""
    from matplotlib import font_manager

    for path in _font_paths():
        font_manager.fontManager.addfont(str(path))


def _font_paths() -> list[Path]:
    text = _package_folder("font_source_serif_pro") / "files"
    symbols = _package_folder("matplotlib") / "mpl-data" / "fonts" / "ttf"
    return [*(text / name for name in _TEXT_FILES), *(symbols / name for name in _SYMBOL_FILES)]


def _package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise MachineError(
            f"the report's fonts come with the package {name}, which is not installed",
            hint=f"Install it with: pip install {name.replace('_', '-')}",
        )
    return Path(spec.origin).parent
