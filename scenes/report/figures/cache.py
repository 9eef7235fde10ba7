"""Draws each figure once: one of the same data, by the same code, is taken from the cache.

What is not in the cache may be drawn by other processes while the document is put together.
"""

import hashlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from scenes.report import style
from scenes.report.figures.pool import Drawing, Studio
from scenes.report.language import locale
from scenes.system.files import load_checked, save_checked

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Drawer:
    """Turns names of plots and their data into the pictures of a document.

    Attributes:
        cache: The folder that keeps what was drawn; None draws every time.
        is_dry: Whether pictures are named and not drawn, where only the text is needed.
        assets: The SVG of each picture, by the name that the document uses.
        studio: Draws the figures that are not known, which then are there after `finish`; without
            one each is drawn at once.
    """

    cache: Path | None
    is_dry: bool = False
    assets: dict[str, bytes] = field(default_factory=dict)
    studio: Studio | None = None
    _places: dict[str, Path | None] = field(default_factory=dict)

    def draw(self, name: str, plot: str, *data: Any, title: str, **options: Any) -> None:
        """Add the picture of plot(*data, **options) under a name; `plot` is as in `Drawing`."""
        self.assets[name] = b""
        if self.is_dry:
            return
        drawing = Drawing(plot, data, options, title)
        path = _place(drawing, self.cache) if self.cache else None
        known = load_checked(path) if path else None
        if known is not None:
            self.assets[name] = known
        elif self.studio is None:
            self._keep(name, drawing.svg(), path)
        else:
            self._places[name] = path
            self.studio.add(name, drawing)

    def draw_here(self, name: str, plot: Callable[[], "Figure"], *, title: str, key: Any) -> None:
        """Add a picture that only this process can draw.

        Args:
            name: Of the picture.
            plot: Returns the figure.
            title: Inside the SVG.
            key: All that decides how it looks.
        """
        self.assets[name] = b""
        if self.is_dry:
            return
        path = _place(Drawing("", (key,), {}, title), self.cache) if self.cache else None
        known = load_checked(path) if path else None
        if known is not None:
            self.assets[name] = known
            return
        from scenes.report.figures.plots import figure_svg

        self._keep(name, figure_svg(plot(), title=title), path)

    def finish(self) -> None:
        """Wait for the pictures that others draw."""
        if self.studio is not None:
            for name, svg in self.studio.pictures():
                self._keep(name, svg, self._places.pop(name))

    def _keep(self, name: str, svg: bytes, path: Path | None) -> None:
        self.assets[name] = svg
        if path is not None:
            save_checked(path, svg)


def _place(drawing: Drawing, cache: Path) -> Path:
    """Return the file that keeps a drawing: named after all that decides how it looks."""
    digest = hashlib.sha256(_code().encode())
    _feed(digest, (drawing.plot, drawing.title, drawing.data, sorted(drawing.options.items())))
    return cache / f"{digest.hexdigest()[:32]}.svg"


@cache
def _code() -> str:
    """Return what decides how data is drawn: this package and what it imports, and libraries."""
    own = sorted(Path(__file__).parent.glob("*.py"))
    used = [Path(inspect.getfile(module)) for module in (locale, style)]
    sources = [path.read_bytes() for path in (*own, *used)]
    code = hashlib.sha256(b"".join(sources)).hexdigest()
    return f"{version('matplotlib')} {version('pillow')} {code}"


def _feed(digest: "hashlib._Hash", value: Any) -> None:
    """Add a value to a hash: arrays by their bytes, dataclasses field by field."""
    if isinstance(value, np.ndarray):
        digest.update(f"{value.shape} {value.dtype}".encode() + value.tobytes())
    elif is_dataclass(value):
        for item in fields(value):
            _feed(digest, (item.name, getattr(value, item.name)))
    elif isinstance(value, list | tuple):
        digest.update(f"[{len(value)}".encode())
        for part in value:
            _feed(digest, part)
    else:
        digest.update(repr(value).encode() + b"\0")
