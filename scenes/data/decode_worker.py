"""What a child process of a `Crew` does: jobs in, their results out, until the pipe ends."""

import contextlib
import os
import pickle
import signal
import sys
import warnings
from typing import Any, NoReturn


class _Elsewhere(contextlib.AbstractContextManager[object]):
    """Stands where large pictures wait for their turn: in this process it never comes."""

    def __enter__(self) -> NoReturn:
        from scenes.data.decoding import LargePictureError

        raise LargePictureError

    def __exit__(self, *_: object) -> None:
        pass


def main() -> None:
    """Read (function, items) from standard input and answer each on standard output."""
    # Ctrl-C reaches the whole process group; the parent decides what becomes of its children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a library prints is no answer
    sys.stdout = sys.stderr  # which keeps nothing back until the end, when this may be killed
    from scenes.data import decoding

    decoding.ONE_AT_A_TIME = _Elsewhere()
    warnings.filterwarnings("ignore", module=r"PIL\.")
    with contextlib.suppress(EOFError, BrokenPipeError):  # the parent has what it wants, or died
        while True:
            function, items = pickle.load(sys.stdin.buffer)
            pickle.dump(_apply(function, items), answers)
            answers.flush()


def _apply(function: Any, items: Any) -> list[Any] | Exception:
    """Return the results, or what went wrong; in place of what large pictures give, that they are.

    Errors go to the parent, which raises them.
    """
    from scenes.data.decoding import LargePictureError

    results: list[Any] = []
    for item in items:
        try:
            results.append(function(item))
        except LargePictureError as error:
            results.append(error)
        except Exception as error:
            return error
    return results


if __name__ == "__main__":
    main()
