"""Room for the frames of deep recursions, such as those that lay pages out.

CPython, from 3.11 on, keeps the frames of Python functions in chunks of 16 KB. A recursion that
swings around the end of a chunk has the system map and unmap one at each swing: by chance of the
depth at which it begins, that is a quarter of the time of a layout. A frame that asks for more than
a chunk is given one that is large enough, and what it calls has the rest of it.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

Args = ParamSpec("Args")
Result = TypeVar("Result")

SLOTS = 70_000
"""Of eight bytes each: a little more than half a megabyte, so that the chunk is one megabyte."""


def call_with_room(
    function: Callable[Args, Result], *args: Args.args, **kwargs: Args.kwargs
) -> Result:
    """Return what a function returns, called where frames have half a megabyte in one piece."""
    return function(*args, **kwargs)


call_with_room.__code__ = call_with_room.__code__.replace(co_stacksize=SLOTS)
