"""Draws each figure once: one of the same data, by the same code, is taken from the cache."""

import hashlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.figure import Figure

from scenes.durable import load_checked, save_checked
from scenes.report import locale, style
from scenes.report.figures.plots import figure_svg


@dataclass(frozen=True)
class Drawer:
    """Turns plot functions and their data into the pictures of a document.

    Attributes:
        cache: The folder that keeps what was drawn; None draws every time.
        is_dry: Whether pictures are named and not drawn, where only the text is wanted.
        assets: The SVG of each picture, by the name that the document uses.
    """

    cache: Path | None
    is_dry: bool = False
    assets: dict[str, bytes] = field(default_factory=dict)

    def draw(
        self, name: str, plot: Callable[..., Figure], *data: Any, title: str, **options: Any
    ) -> None:
        """Add the picture of plot(*data, **options) under a name."""
        self.assets[name] = b"" if self.is_dry else self._svg(plot, *data, title=title, **options)

    def _svg(self, plot: Callable[..., Figure], *data: Any, title: str, **options: Any) -> bytes:
        if self.cache is None:
            return figure_svg(plot(*data, **options), title=title)
        digest = hashlib.sha256(_code(plot).encode())
        _feed(digest, (title, data, sorted(options.items())))
        path = self.cache / f"{digest.hexdigest()[:32]}.svg"
        known = load_checked(path)
        if known is None:
            known = figure_svg(plot(*data, **options), title=title)
            save_checked(path, known)
        return known


@cache
def _code(plot: Callable[..., Figure]) -> str:
    """Return what decides how data is drawn: this package and what it imports, and matplotlib."""
    own = sorted(Path(__file__).parent.glob("*.py"))
    used = [Path(inspect.getfile(module)) for module in (locale, style)]
    sources = [path.read_bytes() for path in (*own, *used)]
    code = hashlib.sha256(b"".join(sources)).hexdigest()
    return f"{matplotlib.__version__} {code} {inspect.unwrap(plot).__qualname__}"


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
        digest.update(repr(value).encode())
