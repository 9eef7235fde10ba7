"""A limited child answers jobs, holds its limits, and ends with its parent, leaving no trace."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from scenes.system import processes, scratch
from scenes.system.limited_child import (
    ChildEndedError,
    ChildRaisedError,
    LimitedChild,
    Limits,
)

CODE = """
import ctypes, os, socket, subprocess, sys, tempfile, time, urllib.request

def prepare():
    print("a library greets on stdout")
    return answer

def answer(job):
    return globals()[job["do"]](job.get("with"))

def echo(value): return value
def fail(value): raise LookupError(value)
def say(value): print(value); os.write(1, b"more"); return "said"
def sleep(seconds): time.sleep(seconds)
def hold_python(_): 9 ** 9 ** 9
def fill(size): return len(b"x" * size)
def die(code): os._exit(code)
def crash(_): ctypes.string_at(0)
def nest(_): return nest(_)
def connect(port): socket.create_connection(("127.0.0.1", port), timeout=5)
def open_url(port): urllib.request.urlopen(f"http://127.0.0.1:{port}", timeout=5)
def start(_): subprocess.run(["true"])
def shell(_): os.system("true")
def place(_):
    open(tempfile.mkstemp()[1], "w").write("x")
    return tempfile.gettempdir()
def interrupt(_): os.kill(os.getpid(), 2); return "alive"
def pid(_): return os.getpid()
def alone(_): from scenes.system.processes import is_alone; return is_alone()
"""

PARENT = """
import sys
from scenes.system.limited_child import LimitedChild, Limits

child = LimitedChild("answering:prepare", limits=Limits(60))
print(child.ask({"do": "pid"}), flush=True)
print(child.ask({"do": "place"}), flush=True)
child.ask({"do": sys.argv[1], "with": 50})
"""


@pytest.fixture(autouse=True)
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put the answering code where a child finds it."""
    (tmp_path / "answering.py").write_text(CODE, encoding="utf-8")
    paths = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(paths))
    return tmp_path


@pytest.fixture
def child(code: Path) -> Iterator[LimitedChild]:
    """Return a child with usual limits."""
    with LimitedChild("answering:prepare", limits=Limits(60, 2**30)) as one:
        yield one


def ask(child: LimitedChild, what: str, value: Any = None) -> Any:
    """Ask a child to do something."""
    return child.ask({"do": what, "with": value})


def wait_until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def is_gone(pid: int) -> bool:
    """Return whether a process has ended."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def test_answers_follow_jobs(child: LimitedChild) -> None:
    """Jobs of any text and size come back as they were; what is printed is no answer."""
    for value in ("", "ñ\n\x00 漢😀\udcff", ["x" * 3_000_000], {"a": [1.5, None]}):
        assert ask(child, "echo", value) == value
        assert ask(child, "say", "something") == "said"


def test_what_is_raised_comes_back_and_the_child_stays(child: LimitedChild) -> None:
    """An exception is reported with kind, text and place; the same process answers the next job."""
    before = ask(child, "pid")
    with pytest.raises(ChildRaisedError, match="LookupError: gone") as caught:
        ask(child, "fail", "gone")
    assert (caught.value.kind, caught.value.message) == ("LookupError", "gone")
    assert "answering.py" in caught.value.trace
    with pytest.raises(ChildRaisedError, match="RecursionError"):
        ask(child, "nest")
    assert ask(child, "pid") == before


@pytest.mark.parametrize("what", ["sleep", "hold_python"])
def test_time_is_held(code: Path, what: str) -> None:
    """Neither a sleep nor a computation that never lets go of Python outlasts the limit."""
    with LimitedChild("answering:prepare", limits=Limits(60)) as child:
        assert ask(child, "echo", 1) == 1
        child._limits = Limits(0.5)
        with pytest.raises(ChildEndedError) as caught:
            ask(child, what, 60)
        assert caught.value.reason == "time"
        child._limits = Limits(60)
        assert ask(child, "echo", 2) == 2  # by a new process


def test_memory_is_held(child: LimitedChild) -> None:
    """More than the limit is refused, and the next job finds a child."""
    assert ask(child, "fill", 2**26) == 2**26
    with pytest.raises(ChildEndedError) as caught:
        ask(child, "fill", 2**31)
    assert caught.value.reason == "memory"
    assert ask(child, "echo", 1) == 1


def test_memory_is_held_by_the_parent_too(
    child: LimitedChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the system holds no limit, the parent kills what occupies too much."""
    monkeypatch.setattr("scenes.system.limited_child._memory_of", lambda _: 2**40)
    with pytest.raises(ChildEndedError) as caught:
        ask(child, "sleep", 30)
    assert caught.value.reason == "memory"


@pytest.mark.parametrize(("what", "code_of"), [("die", 7), ("crash", -signal.SIGSEGV)])
def test_a_death_is_told(child: LimitedChild, what: str, code_of: int) -> None:
    """The exit code of a child that dies is reported, and the next job starts it anew."""
    with pytest.raises(ChildEndedError) as caught:
        ask(child, what, 7)
    assert (caught.value.reason, caught.value.code) == ("died", code_of)
    assert ask(child, "echo", 1) == 1


def test_code_that_cannot_be_loaded_is_told() -> None:
    """What Python says of it is in the error."""
    with (
        LimitedChild("answering:nothing", limits=Limits(60)) as child,
        pytest.raises(ChildEndedError) as caught,
    ):
        child.ask(1)
    assert "nothing" in caught.value.said


@pytest.mark.parametrize("what", ["connect", "open_url"])
def test_there_is_no_network(child: LimitedChild, what: str) -> None:
    """Not even this machine's own server is reached."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(ChildRaisedError) as told:
        ask(child, what, server.getsockname()[1])
    assert "no network" in str(told.value)


@pytest.mark.parametrize("what", ["start", "shell"])
def test_no_program_is_started(child: LimitedChild, what: str) -> None:
    """A program would not be held by what Python refuses."""
    with pytest.raises(ChildRaisedError, match="starts no other"):
        ask(child, what)


def test_it_knows_that_it_is_alone(child: LimitedChild) -> None:
    """What would share its work asks, instead of being refused half-way."""
    assert ask(child, "alone") is True
    assert not processes.is_alone()


def test_ctrl_c_is_the_parents(child: LimitedChild) -> None:
    """A child goes on: its parent decides."""
    assert ask(child, "interrupt") == "alive"


def test_its_files_are_removed(child: LimitedChild) -> None:
    """The temporary folder is the child's own, inside the parent's, and goes with the child."""
    place = Path(ask(child, "place"))
    assert place.parent == scratch.scratch_folder()
    assert list(place.iterdir())
    child.close()
    assert not place.exists()


def test_what_is_ended_starts_anew_and_what_is_closed_does_not(child: LimitedChild) -> None:
    """Also while another thread asks: its question ends, and the next one starts no process."""
    first = ask(child, "pid")
    child.end()
    second = ask(child, "pid")
    assert is_gone(first)
    assert not is_gone(second)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, child, "sleep", 50)
        wait_until(asked.running)
        child.close()
        with pytest.raises(ChildEndedError):
            asked.result()
        with pytest.raises(ChildEndedError, match="closed"):
            pool.submit(ask, child, "pid").result()
    assert child._process is None
    assert is_gone(second)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows knows no such signal")
def test_a_killed_parent_leaves_nothing(
    code: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its child ends at once, though busy, and the next process removes its files."""
    base = tmp_path / "temporary"
    base.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, "sleep"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(base)},
    ) as parent:
        assert parent.stdout is not None
        pid, place = int(parent.stdout.readline()), Path(parent.stdout.readline().strip())
        assert place.is_relative_to(base)
        scratch.remove_leftovers(base)
        assert place.exists(), "the folder of a process that runs was removed"
        parent.kill()
    wait_until(lambda: is_gone(pid))
    assert place.exists()
    scratch.remove_leftovers(base)
    assert list(base.iterdir()) == []
