"""Frames of deep calls have room: the system is not asked for memory at each."""

import sys

import pytest

from scenes.system.frame_room import call_with_room

resource = pytest.importorskip("resource")
if sys.platform != "linux":
    pytest.skip("counts page faults as Linux does", allow_module_level=True)

SWINGS = 2_000


def leaf(a: int = 0, b: int = 0, c: int = 0, d: int = 0) -> int:
    """Take a frame of a few slots."""
    return a + b + c + d


def swing(depth: int) -> int:
    """Return how often memory is asked for while frames come and go at a depth."""
    if depth:
        return swing(depth - 1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(SWINGS):
        leaf()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


def worst() -> int:
    """Return the worst count over the depths of more than one chunk."""
    return max(map(swing, range(300)))


def test_no_depth_is_unlucky() -> None:
    """Where a chunk ends, a call in a loop maps memory each time; with room none does."""
    call_with_room(swing, 400)  # what is new is paid for once
    assert call_with_room(worst) < SWINGS / 10


def test_what_is_called_gets_its_arguments_and_returns() -> None:
    """Nothing else is different."""
    assert call_with_room(divmod, 7, 2) == (3, 1)
    assert call_with_room(leaf, 1, d=2) == 3
    with pytest.raises(ZeroDivisionError):
        call_with_room(divmod, 1, 0)
