"""One process at a time holds a lock, with flock and without; who waits learns for whom."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scenes.system import locks
from scenes.system.locks import holder_of, locked

CHILD = """
import errno, fcntl, os, socket, sys, time
from pathlib import Path
from scenes.system import locks

def refuse(*_):
    raise OSError(int(sys.argv[2]), "no flock here")

if sys.argv[2] != "0":
    fcntl.flock = refuse
if sys.argv[3]:
    socket.gethostname = lambda: sys.argv[3]
locks.SILENCE = float(sys.argv[4])
with locks.locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""
FLOCKLESS = [errno.ENOSYS, errno.ENOLCK]

pytestmark = pytest.mark.skipif(os.name != "posix", reason="what is faked is flock")


@pytest.fixture(params=[0, *FLOCKLESS])
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Return what flock answers on a file system, here too; 0 where it works."""
    answer: int = request.param
    if answer:
        refuse_flock(answer, monkeypatch)
    return answer


def refuse_flock(answer: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let flock fail in this process."""

    def refuse(*_: object) -> None:
        raise OSError(answer, "no flock here")

    monkeypatch.setattr("fcntl.flock", refuse)


@contextmanager
def other(
    path: Path, system: int, *, host: str = "", silence: float = locks.SILENCE
) -> Iterator["subprocess.Popen[bytes]"]:
    """Start a process that holds a lock until its stdin ends."""
    command = [sys.executable, "-c", CHILD, str(path), str(system), host, str(silence)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        yield child
    finally:
        child.kill()
        child.communicate()


def test_one_process_holds_a_lock(system: int, tmp_path: Path) -> None:
    """Another is refused in the time it has, and learns who holds it; nothing is left behind."""
    path = tmp_path / "x.lock"
    before = time.time()
    with other(path, system) as child:
        with pytest.raises(TimeoutError), locked(path, timeout=0.3):
            raise AssertionError
        holder = holder_of(path)
        assert holder is not None
        assert holder.owner.pid == child.pid
        assert before <= holder.since <= time.time()
        assert f"process {child.pid} on " in str(holder)
        child.communicate(timeout=20)
    with locked(path, timeout=0.3):
        assert holder_of(path) is not None
    assert holder_of(path) is None
    assert {it.name for it in tmp_path.iterdir()} <= {"x.lock"}


def test_the_dead_hold_nothing(system: int, tmp_path: Path) -> None:
    """What a killed process of this machine held is free at once."""
    path = tmp_path / "x.lock"
    with other(path, system) as child:
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        assert holder_of(path) is None
        with locked(path, timeout=2.0):
            pass


def test_the_silent_of_another_machine_hold_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without flock a lease is kept as long as it is touched, and is free after the silence."""
    refuse_flock(errno.ENOLCK, monkeypatch)
    monkeypatch.setattr(locks, "SILENCE", 1.0)
    path = tmp_path / "x.lock"
    with other(path, errno.ENOLCK, host="elsewhere", silence=1.0) as child:
        with pytest.raises(TimeoutError), locked(path, timeout=2.5):
            raise AssertionError
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        began = time.monotonic()
        with locked(path, timeout=20.0):
            assert 0.5 < time.monotonic() - began < 10.0


def test_who_was_silent_for_too_long_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was stopped, and whose lease another one took, does not go on unknowing."""
    refuse_flock(errno.ENOSYS, monkeypatch)
    monkeypatch.setattr(locks, "SILENCE", 0.4)
    path, told = tmp_path / "x.lock", []
    with locked(path, lost=lambda: told.append(True)):
        (tmp_path / "x.lock.lease").unlink()
        end = time.monotonic() + 20.0
        while not told and time.monotonic() < end:
            time.sleep(0.05)
    assert told == [True]


def test_who_waits_says_for_whom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Not once, but again and again."""
    monkeypatch.setattr(locks, "TELL_AFTER", 0.2)
    monkeypatch.setattr(locks, "TELL_EVERY", 0.2)
    path = tmp_path / "x.lock"
    with other(path, 0) as child, pytest.raises(TimeoutError), locked(path, timeout=1.0):
        raise AssertionError
    assert len(caplog.messages) >= 2
    assert all(f"held by process {child.pid} on " in text for text in caplog.messages)


@pytest.mark.parametrize(
    "note",
    [b"", b"[]", b"{}", b'{"owner": {}}', b"\xff", b'{"owner": 1, "program": 1, "since": 0}'],
)
def test_a_note_that_is_none_names_nobody(note: bytes, tmp_path: Path) -> None:
    """The lock counts, not its note."""
    (tmp_path / "x.lock.holder").write_bytes(note)
    assert holder_of(tmp_path / "x.lock") is None
