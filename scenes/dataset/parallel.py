"""Applies a function to many files at once, in order: threads, and a count of what is done."""

import os
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")
Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""

CHUNK = 16
"""Items that are handed over together: one by one costs a tenth of what decoding a picture does."""
WINDOW = 8
"""Chunks that are under way or waiting."""


def map_pictures(
    function: Callable[[T], U], items: Sequence[T], *, progress: Progress | None = None
) -> Generator[U, None, None]:
    """Apply a function to each item in threads, in order, with few results waiting at a time.

    Pillow decodes without Python's lock, so threads use all cores; the window keeps memory
    bounded where the consumer is slower. Pillow's warnings about odd files are silenced: what
    matters in them is an error or a note here.
    """
    workers = min(_cores(), 16)
    size = max(1, min(CHUNK, len(items) // (2 * workers)))
    chunks = [items[start : start + size] for start in range(0, len(items), size)]
    waiting: deque[Future[list[U]]] = deque()
    with warnings.catch_warnings(), ThreadPoolExecutor(workers) as pool:
        warnings.filterwarnings("ignore", module=r"PIL\.")
        try:
            results = _windowed(pool, partial(_each, function), chunks, waiting)
            for done, result in enumerate(chain.from_iterable(results), start=1):
                if progress is not None:
                    progress(done, len(items))
                yield result
        finally:
            for future in waiting:
                future.cancel()


def _each(function: Callable[[T], U], items: Sequence[T]) -> list[U]:
    return [function(item) for item in items]


def _windowed(
    pool: ThreadPoolExecutor,
    function: Callable[[Sequence[T]], list[U]],
    chunks: Sequence[Sequence[T]],
    waiting: deque[Future[list[U]]],
) -> Iterator[list[U]]:
    for chunk in chunks:
        waiting.append(pool.submit(function, chunk))
        if len(waiting) >= WINDOW:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
