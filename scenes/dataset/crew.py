"""Child processes that apply functions to pictures.

In: a function and a few items. Out: their results. Each child is a `scenes.dataset.child`, spoken
to through pipes: it ends with them, and so with this process however that ends. One that a picture
kills is an error that names the pictures which it had.
"""

import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Any, Self, TypeVar

from scenes.dataset.decoding import LargePictureError
from scenes.dataset.files import printable
from scenes.errors import DataError

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
    package_root = str(Path(__file__).parents[2])
    paths = [package_root, *filter(None, [os.environ.get("PYTHONPATH")])]
    # A product of 32 × 32 numbers needs no threads; those of OpenBLAS wait for work by spinning.
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "OPENBLAS_NUM_THREADS": "1",
    }
    # -P: a file in the user's folder must not stand in for a module of the same name.
    command = [sys.executable, "-P", "-m", "scenes.dataset.child"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)


def _ask(child: subprocess.Popen[bytes], job: Any) -> Any:
    """Return the answer of a child, None where it has ended."""
    jobs, answers = _pipes(child)
    try:
        pickle.dump(job, jobs)
        jobs.flush()
        return pickle.load(answers)
    except (BrokenPipeError, EOFError, pickle.UnpicklingError):
        return None


def _pipes(child: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if child.stdin is None or child.stdout is None:
        raise ValueError("a child is spoken to through pipes")
    return child.stdin, child.stdout
