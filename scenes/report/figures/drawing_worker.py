"""What draws figures in a limited child process: a `Drawing` in, its SVG out."""

from collections.abc import Callable
from importlib import import_module

from scenes.report.figures.pool import PLOTS, Drawing


def prepare() -> Callable[[Drawing], bytes | Exception]:
    """Return what answers a job; matplotlib is loaded by then."""
    import_module(PLOTS)
    return answer


def answer(drawing: Drawing) -> bytes | Exception:
    """Return the SVG of a drawing, or what was raised."""
    try:
        return drawing.svg()
    except Exception as error:
        return error
