"""Child processes that apply functions to pictures.

In: a function and a few items. Out: their results. Each child is a `LimitedChild` that runs
`scenes.data.decode_worker`. A picture that kills one, or holds it up, is an error that names the
pictures which the child had.
"""

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from typing import Any, Self, TypeVar

from scenes.data.decoding import LargePictureError
from scenes.errors import DataError
from scenes.system.formatting import printable
from scenes.system.limited_child import ChildEndedError, LimitedChild, Limits

T = TypeVar("T")
U = TypeVar("U")

ENTRY = "scenes.data.decode_worker:prepare"
TIME_LIMIT = 300
"""Seconds for a handful of pictures, which take well under one."""
# A product of 32 × 32 numbers needs no threads; those of OpenBLAS wait for work by spinning.
VARIABLES = {"OPENBLAS_NUM_THREADS": "1"}


class DecodePool:
    """A number of child processes; `apply` is for as many threads.

    Args:
        workers: How many there are.
    """

    def __init__(self, workers: int) -> None:
        self._children = [_start() for _ in range(workers)]
        self._idle: SimpleQueue[LimitedChild] = SimpleQueue()
        for child in self._children:
            self._idle.put(child)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes, and with them every `apply` that is under way."""
        for child in self._children:
            child.close()

    def apply(self, function: Callable[[T], U], items: Sequence[T]) -> list[U]:
        """Return what a function gives for each item.

        Large pictures come back, and are looked at here: one at a time, whatever the number of
        processes.

        Args:
            function: Of a module, or a `partial` of one.
            items: Named in the error where a child dies of one of them.

        Raises:
            DataError: A child died, or took too long.
        """
        child = self._idle.get()
        try:
            results = child.ask((function, items))
        except ChildEndedError as error:
            raise _refuse(error, items) from error
        finally:
            self._idle.put(child)
        if isinstance(results, Exception):
            raise results
        return [
            function(item) if isinstance(result, LargePictureError) else result
            for item, result in zip(items, results, strict=True)
        ]


def _start() -> LimitedChild:
    # Pickle: functions, arrays and exceptions cross, between processes of one and the same code.
    return LimitedChild(
        ENTRY, limits=Limits(TIME_LIMIT), codec="pickle", variables=VARIABLES, keeps_errors=False
    )


def _refuse(error: ChildEndedError, items: Sequence[Any]) -> DataError:
    took_long = f"needed more than {TIME_LIMIT} seconds"
    ended = took_long if error.reason == "time" else f"ended with code {error.code}"
    problems = [printable(str(item)) for item in items]
    return DataError(
        f"A process that decodes pictures {ended}.",
        ["it had one of these pictures, of which one may be to blame:", *problems],
        "Look at them, take out what is damaged and start again.",
    )
