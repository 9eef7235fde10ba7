"""Which process is which: who owns something, whether it still lives, and ending with a parent."""

import hashlib
import os
import platform
import signal
import threading
from dataclasses import dataclass
from multiprocessing import connection, parent_process

import psutil

START_TOLERANCE = 2.0
"""Seconds by which two readings of a process's start may differ: the clock is adjusted."""


@dataclass(frozen=True)
class Owner:
    """The process that owns a lock or a folder.

    Attributes:
        host: Of the machine, or of the container.
        pid: On that machine.
        started: When the process began, in seconds since 1970: pids are used again.
    """

    host: str
    pid: int
    started: float

    @property
    def is_here(self) -> bool:
        """Return whether it is, or was, a process of this machine."""
        return self.host == host_name()

    @property
    def is_dead(self) -> bool:
        """Return whether it has surely ended; of another machine's process nothing is known."""
        return self.is_here and not _is_running(self.pid, self.started)

    def is_same(self, other: "Owner") -> bool:
        """Return whether this is the same process, whose start may have been read twice."""
        is_near = abs(self.started - other.started) < START_TOLERANCE
        return is_near and (self.host, self.pid) == (other.host, other.pid)


_alone = threading.Event()


def stay_alone() -> None:
    """Note that this process may start no other from now on."""
    _alone.set()


def is_alone() -> bool:
    """Return whether this process may start no other, as in a limited child."""
    return _alone.is_set()


def host_name() -> str:
    """Return a name of this machine without blanks or slashes."""
    return "".join(c if c.isalnum() or c in "-." else "-" for c in platform.node()) or "unknown"


def host_digest() -> str:
    """Return a short hash of the machine's name, for the names of files."""
    return hashlib.sha256(host_name().encode()).hexdigest()[:8]


def this_process() -> Owner:
    """Return this process as an owner."""
    return Owner(host_name(), os.getpid(), psutil.Process().create_time())


def _is_running(pid: int, started: float) -> bool:
    try:
        process = psutil.Process(pid)
        is_same = abs(process.create_time() - started) < START_TOLERANCE
        return is_same and bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def follow_parent() -> None:
    """Let the parent decide what becomes of this process, and end where it has died."""
    # Ctrl-C reaches the whole process group.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
