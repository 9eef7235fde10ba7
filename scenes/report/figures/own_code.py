"""Figures that own code draws (`scenes.figure`): views of studies in, numbered figures out.

They are drawn in this process, which has loaded the code, and in the style of the report.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING

from scenes.errors import UserError
from scenes.report.figures.scope import Gallery, Scope
from scenes.report.style import HEIGHT, STROKES, TEXT_WIDTH, figure_style
from scenes.report.views.figure import FigureView
from scenes.runs.run_code import hash_of_own
from scenes.spec import registry
from scenes.spec.own_errors import own_frames, told

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LARGEST = (2 * TEXT_WIDTH, 9.5)
"""Inches, width and height: wider ones could not be read, and higher ones fit on no page."""


def own_figure(name: str, scope: Scope, gallery: Gallery) -> Iterator[FigureView]:
    """Yield a figure of the registry that is not built in."""
    entry, language = registry.current().figures[name], gallery.words.language
    title, caption, alt = (_in(text, language) for text in (entry.label, entry.caption, entry.alt))
    asset = f"figures/{scope.name}-{name}.svg"
    gallery.drawer.draw_here(
        asset,
        lambda: draw_own(name, scope, language),
        title=title,
        key=(name, language, hash_of_own(str(entry.builder)), [it.plan for it in scope.studies]),
    )
    remarks = dict.fromkeys(remark for study in scope.studies for remark in study.remarks)
    yield FigureView(
        number=None,
        kind="exhibit",
        title=title.split(". ")[0].rstrip("."),
        caption=caption,
        asset=asset,
        alt=alt,
        remarks=tuple(remarks),
        name=f"{scope.name}-{name}",
    )


def _in(text: object, language: str) -> str:
    assert isinstance(text, dict)
    return str(text.get(language) or text[""])


def draw_own(name: str, scope: Scope, language: str) -> "Figure":
    """Return what the function of an own figure draws.

    Raises:
        UserError: It fails, or returns no figure that a page can hold; with its line.
    """
    known = registry.current()
    builder = str(known.figures[name].builder)
    place = known.place(builder)
    with own_style():
        try:
            figure = resolve_name(builder)(scope.studies, language=language)
            _require_figure(figure, place, name)
            figure.draw_without_rendering()  # what is drawn late is drawn in this style as well
        except UserError:
            raise
        except (Exception, SystemExit) as error:
            frames = own_frames(error, [Path(folder) for folder in known.places.values()])
            line = frames[-1][0] if frames else place
            raise UserError(f"figure {name} cannot be drawn", [f"{line}: {told(error)}"]) from None
    if "matplotlib.pyplot" in sys.modules:  # which keeps each figure until it is closed
        sys.modules["matplotlib.pyplot"].close(figure)
    drawn: Figure = figure
    return drawn


def _require_figure(figure: object, place: str, name: str) -> None:
    from matplotlib.figure import Figure

    if not isinstance(figure, Figure):
        came = type(figure).__name__
        problem = f"{place}: it must return a matplotlib.figure.Figure, and returned {came}"
        raise UserError(f"figure {name} cannot be drawn", [problem])
    width, height = figure.get_size_inches()
    if width > LARGEST[0] or height > LARGEST[1]:
        raise UserError(
            f"figure {name} cannot be drawn",
            [
                f"{place}: it is {width:.1f}×{height:.1f} inches large; a page has room for "
                f"{LARGEST[0]:.1f}×{LARGEST[1]:.1f}"
            ],
        )


@contextmanager
def own_style() -> Iterator[None]:
    """Draw within this context in the style of the report: its width, its colours and dashes."""
    with figure_style():
        import matplotlib
        from matplotlib.rcsetup import cycler

        strokes = [(it.colour, it.line) for it in STROKES]
        colours, lines = zip(*strokes, strict=True)
        cycle = cycler(color=colours, linestyle=lines)
        own = {
            "figure.figsize": (TEXT_WIDTH, HEIGHT),
            "figure.constrained_layout.use": True,
            "axes.prop_cycle": cycle,
            "text.parse_math": True,  # as the marks of a logarithmic axis are formulas
        }
        with matplotlib.rc_context(own):
            yield
