"""Draws many figures in as many processes as there are cores: drawings in, their SVGs out.

The caller goes on meanwhile. When it asks for the pictures, it draws those that no other process
has begun, the last first.
"""

import contextlib
import multiprocessing
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, Self

from scenes.errors import RenderError
from scenes.system.machine import usable_cores
from scenes.system.processes import follow_parent, is_alone

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PLOTS = "scenes.report.figures.plots"
"""The module of the functions that plot; who only names them does not wait for matplotlib."""

FEW = 4
"""Figures that are drawn sooner than another process is ready to."""


@dataclass(frozen=True)
class Drawing:
    """A figure that is to be drawn.

    Attributes:
        plot: Name of the function that returns it: one of `PLOTS`, or "module:function".
        data: What it shows.
        options: How.
        title: Inside the SVG.
    """

    plot: str
    data: tuple[Any, ...]
    options: Mapping[str, Any]
    title: str

    def svg(self) -> bytes:
        """Draw it.

        Raises:
            RenderError: A picture in it cannot be encoded; the figure is named.
        """
        from scenes.report.figures.plots import figure_svg

        try:
            return figure_svg(self.function(*self.data, **self.options), title=self.title)
        except OSError as error:  # which Pillow raises, whatever its encoder meets
            raise RenderError(f"the figure “{self.title}” cannot be written: {error}") from error

    @property
    def function(self) -> "Callable[..., Figure]":
        """The function that plots it."""
        found: Callable[..., Figure] = resolve_name(
            self.plot if ":" in self.plot else f"{PLOTS}:{self.plot}"
        )
        return found


class Studio:
    """The processes that draw, while it is open; they start when there is enough to do."""

    def __init__(self) -> None:
        self._drawings: dict[str, Drawing] = {}
        self._begun: dict[str, Future[bytes]] = {}
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def add(self, name: str, drawing: Drawing) -> None:
        """Take a figure that is to be drawn; a process that may start no other draws it itself."""
        self._drawings[name] = drawing
        others = 0 if is_alone() else usable_cores() - 1
        if len(self._drawings) <= FEW or not others:
            return
        if self._pool is None:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(others, context, initializer=follow_parent)
        for each, one in self._drawings.items():
            if each not in self._begun:
                with contextlib.suppress(BrokenProcessPool):  # reported by the figures it had begun
                    self._begun[each] = self._pool.submit(one.svg)

    def pictures(self) -> Iterator[tuple[str, bytes]]:
        """Yield name and SVG of every figure, in any order; none of them is left afterwards.

        Raises:
            RenderError: A process has died, as the system ends one where memory is short.
        """
        drawings, begun = self._drawings, self._begun
        self._drawings, self._begun = {}, {}
        for name in reversed(drawings):
            if name not in begun or begun[name].cancel():
                begun.pop(name, None)
                yield name, drawings[name].svg()
        for name, future in begun.items():
            try:
                picture = future.result()
            except BrokenProcessPool as error:
                raise RenderError(f"a process that draws figures has died: {error}") from error
            yield name, picture
