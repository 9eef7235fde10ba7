"""Applies a function to many files at once, in order: threads, and a count of what is done."""

import os
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")
Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""


def map_pictures(
    function: Callable[[T], U], items: Sequence[T], *, progress: Progress | None = None
) -> Generator[U, None, None]:
    """Apply a function to each item in threads, in order, with few results waiting at a time.

    Pillow decodes without Python's lock, so threads use all cores; the window keeps memory
    bounded where the consumer is slower. Pillow's warnings about odd files are silenced: what
    matters in them is an error or a note here.
    """
    workers = min(_cores(), 16)
    waiting: deque[Future[U]] = deque()
    with warnings.catch_warnings(), ThreadPoolExecutor(workers) as pool:
        warnings.filterwarnings("ignore", module=r"PIL\.")
        try:
            for done, result in enumerate(_windowed(pool, function, items, waiting), start=1):
                if progress is not None:
                    progress(done, len(items))
                yield result
        finally:
            for future in waiting:
                future.cancel()


def _windowed(
    pool: ThreadPoolExecutor,
    function: Callable[[T], U],
    items: Sequence[T],
    waiting: deque[Future[U]],
    window: int = 128,
) -> Iterator[U]:
    for item in items:
        waiting.append(pool.submit(function, item))
        if len(waiting) >= window:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
