"""A child process outlives neither its parent nor a Ctrl-C that its parent survives."""

import signal
import subprocess
import sys
from dataclasses import replace

from scenes.system.processes import Owner

PARENT = """
import multiprocessing, os, signal, sys, time
from scenes.system.processes import follow_parent

def work(ready):
    follow_parent()
    os.kill(os.getpid(), signal.SIGINT)
    ready.send("alive")
    time.sleep(60)

if __name__ == "__main__":
    context = multiprocessing.get_context("fork")
    mine, its = context.Pipe()
    context.Process(target=work, args=(its,)).start()
    print(mine.recv(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_child_ignores_ctrl_c_and_ends_with_its_parent() -> None:
    """It speaks after a Ctrl-C of its own; its parent is killed, and it is gone soon."""
    # The child has the output open as long as it lives: `run` waits for that.
    done = subprocess.run(
        [sys.executable, "-c", PARENT], capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode == -signal.SIGKILL
    assert done.stdout == "alive\n"


def test_a_process_is_known_by_host_number_and_start() -> None:
    """The system's clock may be set between two readings of one start."""
    one = Owner("here", 7, 100.0)
    assert one.is_same(replace(one, started=100.5))
    assert not one.is_same(replace(one, started=200.0))
    assert not one.is_same(replace(one, pid=8))
    assert not one.is_same(replace(one, host="there"))
