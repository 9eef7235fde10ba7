"""Ctrl-C, and the signals by which a scheduler announces the end of a job.

Outside of training there is nothing to save: Ctrl-C ends the process at once, even in the middle of
an import, with a line and no traceback. While runs are trained, the first signal raises
`StopError`, so that they can write checkpoints; a second one ends the process at once.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

NAMES = ("SIGINT", "SIGTERM", "SIGUSR1", "SIGHUP")
"""Ctrl-C, and what schedulers send before the time limit (those that this system has)."""
TOLD = b"\nStopped. What is finished is kept.\n"
SHOW_CURSOR = b"\x1b[?25h"


class StopError(KeyboardInterrupt):
    """The user or a scheduler wants this process to end.

    Args:
        number: Of the signal.

    Attributes:
        under_way: Runs that were cut off.
        saved: How many of them have a checkpoint.
    """

    def __init__(self, number: int) -> None:
        self.number, self.under_way, self.saved = number, 0, 0
        super().__init__(number)

    @property
    def name(self) -> str:
        """The signal's name."""
        return signal.Signals(self.number).name

    @property
    def exit_code(self) -> int:
        """What a shell reports of a process that a signal ends: 130 for Ctrl-C, 143 for SIGTERM."""
        return 128 + self.number


def exit_at_ctrl_c() -> None:
    """Let Ctrl-C end this process at once from now on, with exit code 130."""
    signal.signal(signal.SIGINT, exit_now)


def exit_now(number: int, _: FrameType | None) -> None:
    """End this process without raising anything: what it writes is whole or not there."""
    os.write(2, (SHOW_CURSOR if os.isatty(2) else b"") + TOLD)
    os._exit(128 + number)


@contextmanager
def stops_raised() -> Iterator[None]:
    """Raise `StopError` at the first signal meanwhile, and exit at the second.

    A signal that this process was started to ignore, as by nohup, stays ignored.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are the main thread's
        return
    numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
    before = {one: signal.getsignal(one) for one in numbers}
    caught = [one for one in numbers if before[one] != signal.SIG_IGN]

    def stop(number: int, _: FrameType | None) -> None:
        for one in caught:
            signal.signal(one, exit_now)
        raise StopError(number)

    for one in caught:
        signal.signal(one, stop)
    try:
        yield
    finally:
        for one in caught:
            signal.signal(one, before[one])
