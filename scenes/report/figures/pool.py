"""Draws many figures in as many processes as there are cores: drawings in, their SVGs out.

The caller goes on meanwhile. When it asks for the pictures, it draws those that no other process
has begun, the last first. On two cores twenty figures are there a fifth of a second sooner, on more
cores sooner still.
"""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pkgutil import resolve_name
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Self

from scenes.errors import RenderError
from scenes.system.limited_child import ChildEndedError, LimitedChild, Limits
from scenes.system.machine import usable_cores
from scenes.system.processes import is_alone

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PLOTS = "scenes.report.figures.plots"
"""The module of the functions that plot; who only names them does not wait for matplotlib."""

FEW = 4
"""Figures that are drawn sooner than another process is ready to."""
ENTRY = "scenes.report.figures.drawing_worker:prepare"
TIME_LIMIT = 300
"""Seconds for a figure, which takes a tenth of one."""


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
        self._threads: ThreadPoolExecutor | None = None
        self._children: list[LimitedChild] = []
        self._idle: SimpleQueue[LimitedChild] = SimpleQueue()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)
        for child in self._children:
            child.close()

    def add(self, name: str, drawing: Drawing) -> None:
        """Take a figure that is to be drawn; a process that may start no other draws it itself."""
        self._drawings[name] = drawing
        others = 0 if is_alone() else usable_cores() - 1
        if len(self._drawings) <= FEW or not others:
            return
        if self._threads is None:
            self._threads = self._start(others)
        for each, one in self._drawings.items():
            if each not in self._begun:
                self._begun[each] = self._threads.submit(self._draw, one)

    def _start(self, count: int) -> ThreadPoolExecutor:
        """Start the processes; return as many threads, which wait for them."""
        for _ in range(count):
            # Pickle: arrays and exceptions cross, between processes of one and the same code.
            child = LimitedChild(ENTRY, limits=Limits(TIME_LIMIT), codec="pickle")
            self._children.append(child)
            self._idle.put(child)
        return ThreadPoolExecutor(count)

    def _draw(self, drawing: Drawing) -> bytes:
        child = self._idle.get()
        try:
            found: bytes | Exception = child.ask(drawing)
        except ChildEndedError as error:
            raise RenderError(f"a process that draws figures has died: {error}") from error
        finally:
            self._idle.put(child)
        if isinstance(found, Exception):
            raise found
        return found

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
            yield name, future.result()
