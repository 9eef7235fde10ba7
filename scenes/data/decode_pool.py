"""Child processes that apply functions to pictures.

In: a function and a few items. Out: their results. Each child is a `scenes.data.decode_worker`,
spoken to through pipes: it ends with them, and so with this process however that ends. One that a
picture kills is an error that names the pictures which it had.
"""

import contextlib
import os
import pickle
import subprocess
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self, TypeVar

from scenes.data.decoding import LargePictureError
from scenes.data.image_files import printable
from scenes.errors import DataError
from scenes.system.processes import pipes_of, start_module

T = TypeVar("T")
U = TypeVar("U")


class Crew:
    """A number of child processes; `apply` is for as many threads.

    Args:
        workers: How many there are.
    """

    def __init__(self, workers: int) -> None:
        self._children = [_start() for _ in range(workers)]
        self._idle: SimpleQueue[subprocess.Popen[bytes]] = SimpleQueue()
        for child in self._children:
            self._idle.put(child)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        for child in self._children:
            with contextlib.suppress(BrokenPipeError):  # the end of a job that it did not read
                child.communicate()

    def close(self) -> None:
        """End the processes, and with them every `apply` that is under way."""
        for child in self._children:
            child.kill()

    def apply(self, function: Callable[[T], U], items: Sequence[T]) -> list[U]:
        """Return what a function gives for each item.

        Large pictures come back, and are looked at here: one at a time, whatever the number of
        processes.

        Args:
            function: Of a module, or a `partial` of one.
            items: That are told where a child dies of one of them.

        Raises:
            DataError: A child died.
        """
        child = self._idle.get()
        try:
            results = _ask(child, (function, items))
        finally:
            self._idle.put(child)
        if results is None:
            problems = [printable(str(item)) for item in items]
            raise DataError(
                f"A process that decodes pictures ended with code {child.wait()}.",
                ["it had one of these pictures, of which one may be to blame:", *problems],
                "Look at them, take out what is damaged and start again.",
            )
        if isinstance(results, Exception):
            raise results
        return [
            function(item) if isinstance(result, LargePictureError) else result
            for item, result in zip(items, results, strict=True)
        ]


def _start() -> subprocess.Popen[bytes]:
    # A product of 32 × 32 numbers needs no threads; those of OpenBLAS wait for work by spinning.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    return start_module("scenes.data.decode_worker", environment=environment)


def _ask(child: subprocess.Popen[bytes], job: Any) -> Any:
    """Return the answer of a child, None where it has ended."""
    jobs, answers = pipes_of(child)
    try:
        pickle.dump(job, jobs)
        jobs.flush()
        return pickle.load(answers)
    except (BrokenPipeError, EOFError, pickle.UnpicklingError):
        return None
