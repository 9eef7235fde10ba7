"""Locks that one process holds at a time, on every file system, and who holds them.

Where the file system knows `flock`, a lock is the operating system's: a process that dies frees it.
Where it does not, a lease stands in: a file that its holder keeps touching. The lease of a process
that died on this machine is free at once; that of another machine is free once nobody has touched
it for `SILENCE` seconds. Beside a lock that is held lies a note, `<lock>.holder`, which says who
holds it and since when. Who waits for long says so in the log, again and again.
"""

import contextlib
import errno
import json
import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from filelock import BaseFileLock, FileLock, SoftFileLease, Timeout

from scenes.system.files import read_regular
from scenes.system.formatting import printable
from scenes.system.processes import Owner, this_process

WITHOUT_FLOCK = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP}
"""What file systems answer that know no `flock`, or have no lock server."""
SILENCE = 120.0
"""Seconds without a touch after which another machine's lease is free; four touches are due."""
TOUCHES = 4
POLL = 0.2
"""Seconds between two attempts at a lock."""
TELL_AFTER = 5.0
"""Seconds of waiting before the first word about it."""
TELL_EVERY = 60.0
LARGEST_NOTE = 10_000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Holder:
    """Who holds a lock.

    Attributes:
        owner: The process.
        since: When it took the lock, in seconds since 1970 by its own clock.
        program: The process on whose behalf it works; its own where there is no other.
    """

    owner: Owner
    since: float
    program: Owner

    def __str__(self) -> str:
        since = datetime.fromtimestamp(self.since).astimezone()
        # The name comes from a file that anybody may have written.
        return f"process {self.owner.pid} on {printable(self.owner.host)} since {since:%F %T}"


@contextlib.contextmanager
def locked(
    path: Path,
    *,
    timeout: float = -1,
    mode: int = 0o644,
    program: Owner | None = None,
    lost: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Hold a lock.

    Args:
        path: Of the lock, whose folder exists.
        timeout: Seconds to wait for it; a negative number waits as long as its holder lives.
        mode: Permissions of the file.
        program: The process on whose behalf this one works.
        lost: Called, in another thread, where the lease was taken away, as from a process that
            was stopped for longer than `SILENCE`.

    Raises:
        TimeoutError: Another process holds it.
        OSError: It cannot be written.
    """
    lock = _acquire(path, timeout, mode, lost)
    try:
        _write_note(path, program)
        yield
    finally:
        with contextlib.suppress(OSError):
            _note(path).unlink(missing_ok=True)
        lock.release()


def holder_of(path: Path) -> Holder | None:
    """Return who holds a lock, as its note says; None where nobody does, or no note can be read."""
    try:
        told = json.loads(read_regular(_note(path), limit=LARGEST_NOTE))
        owner, program = Owner(**told["owner"]), Owner(**told["program"])
        holder = Holder(owner, float(told["since"]), program)
        str(holder)  # a time that no calendar has
        return None if holder.owner.is_dead else holder
    except (OSError, OverflowError, ValueError, TypeError, LookupError, AttributeError):
        return None


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.holder")


def _write_note(path: Path, program: Owner | None) -> None:
    """Say who holds a lock; where that cannot be written the lock holds all the same."""
    own = this_process()
    told = {"owner": asdict(own), "since": time.time(), "program": asdict(program or own)}
    with contextlib.suppress(OSError):
        _note(path).write_text(json.dumps(told), encoding="utf-8")


def _acquire(path: Path, timeout: float, mode: int, lost: Callable[[], None]) -> BaseFileLock:
    """Return the lock, held: the system's, or a lease where it has none."""
    end = time.monotonic() + timeout if timeout >= 0 else float("inf")
    lock: BaseFileLock = FileLock(path, mode=mode, poll_interval=POLL, fallback_to_soft=False)
    tell_at = time.monotonic() + TELL_AFTER
    while True:
        try:
            lock.acquire(timeout=max(0.0, min(end, tell_at) - time.monotonic()))
            return lock
        except Timeout:
            if time.monotonic() >= end:
                raise
            log.warning("waiting for %s, held by %s", path, holder_of(path) or "another process")
            tell_at = time.monotonic() + TELL_EVERY
        except (OSError, NotImplementedError) as error:
            if isinstance(lock, SoftFileLease) or not _lacks_flock(error):
                raise
            lock = _lease(path, lost)


def _lacks_flock(error: Exception) -> bool:
    return isinstance(error, NotImplementedError) or (
        isinstance(error, OSError) and error.errno in WITHOUT_FLOCK
    )


def _lease(path: Path, lost: Callable[[], None]) -> SoftFileLease:
    def tell(_: object) -> None:
        log.error("the lease %s was taken by another process", path)
        lost()

    # Another name: the attempt at the system's lock may have left an empty file under the first.
    return SoftFileLease(
        path.with_name(f"{path.name}.lease"),
        lease_duration=SILENCE,
        heartbeat_interval=SILENCE / TOUCHES,
        poll_interval=POLL,
        on_compromise=tell,
    )
