"""Ends what computes for too long in this process: an exception is raised where it stands."""

import contextlib
import signal
import threading
from collections.abc import Iterator


class CpuTimeError(Exception):
    """Something has computed for longer than it may."""


@contextlib.contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Raise `CpuTimeError` in what runs meanwhile once it has taken so much processor time.

    Time in which the process waits or others run does not count. A single operation of a C library
    is not interrupted. Only the main thread can be, and on Windows nothing is.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not (is_main and hasattr(signal, "setitimer")):
        yield
        return

    def stop(*_: object) -> None:
        raise CpuTimeError(f"it takes more than {seconds:g} seconds")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
