"""Applies functions to pictures in a child process of a `Crew`."""

import contextlib
import warnings
from collections.abc import Callable
from typing import Any, NoReturn


class _Elsewhere(contextlib.AbstractContextManager[object]):
    """Stands where large pictures wait for their turn: in this process it never comes."""

    def __enter__(self) -> NoReturn:
        from scenes.data.decoding import LargePictureError

        raise LargePictureError

    def __exit__(self, *_: object) -> None:
        pass


def prepare() -> Callable[[Any], Any]:
    """Load the decoders and return the function that answers a job."""
    from scenes.data import decoding

    decoding.ONE_AT_A_TIME = _Elsewhere()
    warnings.filterwarnings("ignore", module=r"PIL\.")
    return lambda job: _apply(*job)


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
