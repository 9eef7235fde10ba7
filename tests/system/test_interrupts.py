"""Ctrl-C and a scheduler's signals end a process in order."""

import ast
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from scenes.system.interrupts import TOLD, StopError, stops_raised

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")
COMMAND = """
from scenes.__main__ import main
from scenes.system.interrupts import exit_at_ctrl_c
exit_at_ctrl_c()
print("ready", flush=True)
main()
"""


def interrupt(arguments: list[str], after: float, times: int) -> tuple[int | None, str]:
    """Send Ctrl-C to a command so many seconds after its first line has run.

    Returns:
        Its exit code, and what it wrote to stderr.
    """
    with subprocess.Popen(
        [sys.executable, "-c", COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        time.sleep(after)
        for _ in range(times):
            program.send_signal(signal.SIGINT)
            time.sleep(0.01)
        _, errors = program.communicate(timeout=60)
    return program.returncode, errors


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_during_the_imports_leaves_no_traceback(times: int) -> None:
    """At a few moments from a seed, once or twice: exit code 130 and one line."""
    chance = random.Random(times)
    for _ in range(4):
        code, errors = interrupt(["doctor"], chance.uniform(0.0, 0.5), times)
        assert code == 130
        assert errors.strip().splitlines() == [TOLD.decode().strip()]


def test_nothing_is_imported_before_ctrl_c_is_looked_after() -> None:
    """Neither the package nor its entry imports a module that takes time."""
    code = "import sys; a = set(sys.modules); import scenes.__main__; print(set(sys.modules) - a)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ast.literal_eval(done.stdout) == {"scenes", "scenes.__main__"}


def signal_oneself(number: int) -> None:
    """Send a signal to this process where signals are raised."""
    with stops_raised():
        os.kill(os.getpid(), number)
        time.sleep(1)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGUSR1", "SIGHUP"])
def test_the_first_signal_is_raised(name: str) -> None:
    """With its name and exit code; afterwards everything is as before."""
    number = getattr(signal, name)
    before = signal.getsignal(number)
    with pytest.raises(StopError) as caught:
        signal_oneself(number)
    assert (caught.value.name, caught.value.exit_code) == (name, 128 + number)
    assert signal.getsignal(number) == before


def test_what_is_ignored_stays_ignored() -> None:
    """A process under nohup does not end with the terminal."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stops_raised():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


TWICE = """
import os, signal, time
from scenes.system.interrupts import stops_raised
with stops_raised():
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
    finally:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)
"""


def test_the_second_signal_ends_it_at_once() -> None:
    """Even where the first one is being dealt with."""
    done = subprocess.run([sys.executable, "-c", TWICE], capture_output=True, text=True)
    assert done.returncode == 130
    assert done.stderr.splitlines()[-1].startswith("Stopped.")
    assert "Traceback" not in done.stderr
