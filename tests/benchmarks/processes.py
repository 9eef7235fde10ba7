"""Runs a main program of this package in a process of its own: its JSON, seconds and memory out."""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

FIRST_POLL, POLL = 0.02, 0.25
"""Seconds between two looks at the memory of processes; a short one is not to be missed."""
MEGA = 1e6
TESTS = Path(__file__).parents[1]


@dataclass
class Memory:
    """The most memory that was seen, in bytes; 0 where /proc does not tell.

    Attributes:
        parent: Peak resident memory of the process itself.
        worker: Of its largest child.
        private: Of the child with the most anonymous memory, that part: what is not mapped from
            a file, such as copies of arrays.
    """

    parent: int = 0
    worker: int = 0
    private: int = 0


@dataclass(frozen=True)
class Finished:
    """What a process printed and took."""

    output: Any
    seconds: float
    memory: Memory


def run_module(name: str, *arguments: object, watch: bool = False) -> Finished:
    """Run `python -m benchmarks.NAME ARGUMENTS` to its end.

    Args:
        name: Of the module.
        arguments: Of its command line.
        watch: Look at the memory of the process and its children meanwhile.

    Raises:
        RuntimeError: It failed; with the end of what it wrote to stderr.
    """
    command = [sys.executable, "-m", f"benchmarks.{name}", *map(str, arguments)]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=errors, env=_environment())
        try:
            memory = _watch(process) if watch else Memory()
            code = process.wait()
        finally:
            process.kill()
        seconds = time.perf_counter() - began
        if code:
            raise RuntimeError(f"benchmarks.{name} ended with {code}: {_text(errors)[-2000:]}")
        # Keras tells on stdout how many pictures it found; the result is the last line.
        return Finished(json.loads(_text(output).splitlines()[-1]), seconds, memory)


def _environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")]))
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow"}
    return {**os.environ, **quiet, "PYTHONPATH": path}


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def _watch(process: "subprocess.Popen[bytes]") -> Memory:
    """Follow a process until it ends."""
    memory = Memory()
    pause = FIRST_POLL
    while process.poll() is None:
        memory.parent = max(memory.parent, kept("VmHWM", process.pid))
        for child in _children(process.pid):
            memory.worker = max(memory.worker, kept("VmHWM", child))
            memory.private = max(memory.private, kept("RssAnon", child))
        time.sleep(pause)
        pause = min(POLL, 2 * pause)
    return memory


def _children(pid: int) -> list[int]:
    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def kept(field: str, pid: int) -> int:
    """Return a figure of /proc/PID/status in bytes; 0 where there is none."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0
    sizes = (line.split() for line in lines.splitlines() if line.startswith(f"{field}:"))
    return next((int(size[1]) * 1024 for size in sizes), 0)
