"""Applies a function to many files at once, in order, and counts what is done.

In: a function and items. Out: its results one after the other, few of them waiting at a time. For
few items there are threads. But half of what a picture takes is Python's, which runs one thread at
a time; so many pictures go to a `DecodePool` of processes.
"""

import contextlib
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import TypeVar

from scenes.data.decode_pool import DecodePool
from scenes.system.machine import usable_cores

T = TypeVar("T")
U = TypeVar("U")
Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""

MANY = 1000
"""Pictures from which on processes save more than their start takes, a fifth of a second."""
CHUNK = 16
"""Pictures that are handed to a process at a time."""
WINDOW = 128
"""Results of threads that wait."""


def map_pictures(
    function: Callable[[T], U], items: Sequence[T], *, progress: Progress | None = None
) -> Generator[U, None, None]:
    """Apply a function to each item, in order, with all cores.

    Args:
        function: Of a module, or a `partial` of one: it may have to cross into other processes.
        items: Any number; for `MANY` there are processes.
        progress: Called after each item.

    Raises:
        DataError: A process died of an item.
    """
    if len(items) < MANY:
        yield from map_in_threads(function, items, progress=progress)
    else:
        yield from map_in_processes(function, items, progress=progress)


def map_in_processes(
    function: Callable[[T], U], items: Sequence[T], *, progress: Progress | None = None
) -> Generator[U, None, None]:
    """Apply a function to each item, in order, in processes, however few items there are.

    Raises:
        DataError: A process died of an item.
    """
    chunks = [items[start : start + CHUNK] for start in range(0, len(items), CHUNK)]
    with DecodePool(_workers()) as processes, _threads() as pool, contextlib.closing(processes):
        results = _in_order(pool, partial(processes.apply, function), chunks, 2 * _workers())
        yield from _counted(chain.from_iterable(results), len(items), progress)


def map_in_threads(
    function: Callable[[T], U], items: Sequence[T], *, progress: Progress | None = None
) -> Generator[U, None, None]:
    """Apply any function to each item, in order, in threads."""
    with _threads() as pool:
        yield from _counted(_in_order(pool, function, items, WINDOW), len(items), progress)


@contextlib.contextmanager
def _threads() -> Iterator[ThreadPoolExecutor]:
    """Give as many threads as there are cores; what they have not begun at the end is not done.

    Pillow's warnings about odd files are silenced: what matters in them is an error or a note here.
    """
    pool = ThreadPoolExecutor(_workers())
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module=r"PIL\.")
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


def _in_order(
    pool: ThreadPoolExecutor, function: Callable[[T], U], items: Iterable[T], window: int
) -> Iterator[U]:
    """Yield the results, of which no more than the window wait where the consumer is slower."""
    waiting: deque[Future[U]] = deque()
    for item in items:
        waiting.append(pool.submit(function, item))
        if len(waiting) >= window:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _counted(results: Iterable[U], total: int, progress: Progress | None) -> Iterator[U]:
    for done, result in enumerate(results, start=1):
        if progress is not None:
            progress(done, total)
        yield result


def _workers() -> int:
    return min(usable_cores(), 16)
