"""A worker that is to end soon: it writes a checkpoint after the step under way, and stops.

SIGTERM asks for it. It comes from the parent, or from a scheduler, which sends it to every process
of a job. A worker that has not taken a step yet has nothing to save, and ends at once.
"""

import os
import signal
from dataclasses import dataclass
from types import FrameType


class SuspendedRun(BaseException):
    """The run has written its checkpoint and is not to go on in this process."""


@dataclass
class _State:
    """Of this process: signals are, too."""

    is_requested: bool = False
    has_steps: bool = False


_state = _State()


def listen() -> None:
    """Let SIGTERM suspend the run that this process trains."""
    signal.signal(signal.SIGTERM, _request)
    for name in ("SIGUSR1", "SIGHUP"):  # the parent gets them too, and then asks
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def _request(_number: int, _frame: FrameType | None) -> None:
    if not _state.has_steps:
        os._exit(0)
    _state.is_requested = True


def begin_run() -> None:
    """Note that a run begins, which has taken no step in this process."""
    _state.has_steps = False


def is_requested() -> bool:
    """Tell, after a step, whether the run is to be suspended."""
    _state.has_steps = True
    return _state.is_requested
