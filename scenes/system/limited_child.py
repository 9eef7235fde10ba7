"""A child process with limits: jobs go in, answers come out, and it ends when it must.

This is the one way in which the program runs what may hang, crash, or ask for too much: setting
pages, filling templates, decoding pictures. The child is `scenes.system.limited_worker`, which
applies the limits and then loads the code that answers. What is held:

* time: the parent kills a child that takes longer for a job than allowed; where the parent has
  died, the child's own alarm does (Linux, macOS);
* memory: the system refuses more address space (Linux), and the parent kills a child that occupies
  more memory (every system);
* programs and network: Python refuses to open sockets and, once the code is loaded, to start
  programs and processes. On Linux the kernel refuses both as well (`scenes.system.kernel_filter`),
  and to signal or read another process, to machine code too; where it lets the child give the
  network up, there is none to reach;
* end: the child ends with its parent, and ignores Ctrl-C, which is the parent's to judge;
* files: the child's temporary folder is its own, and the parent removes it.

It is no sandbox against machine code: what takes over the process by a fault of a C library can
read and write the files that the user can, and elsewhere than on Linux starts programs too
(docs/explanation/limited-processes.md).
"""

import contextlib
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any, Literal, Self

import psutil

from scenes.errors import ScenesError
from scenes.system.scratch import scratch_folder

WORKER = "scenes.system.limited_worker"
LOOK_EVERY = 0.1
"""Seconds between two looks at the memory of a child that works."""
LENGTH_BYTES = 8
LONGEST = 2**32
"""Bytes of a message: what claims to be longer comes from a child that is not ours any more."""
ANSWER, RAISED = b"A", b"R"
"""The first byte of what a child sends: the rest is its answer, or what it raised as JSON."""

Codec = Literal["json", "pickle"]
Reason = Literal["time", "memory", "died", "closed"]


@dataclass(frozen=True)
class Limits:
    """What a child may take.

    Attributes:
        seconds: For each job; what it does before the first one, loading its code, counts as well.
        memory: Bytes; None for as much as there is.
    """

    seconds: float
    memory: int | None = None


class ChildEndedError(ScenesError):
    """A child ended, or was ended, before it had answered.

    Attributes:
        reason: It took too long, took too much memory, died by itself, or had been closed.
        code: The exit code; negative for a signal.
        said: What it wrote to stderr.
    """

    def __init__(self, reason: Reason, code: int, said: str) -> None:
        self.reason, self.code, self.said = reason, code, said
        super().__init__(_ended(reason, code))


def _ended(reason: Reason, code: int) -> str:
    """Return how a child ended, in words."""
    if reason == "time":
        return "it took longer than it may"
    if reason == "memory":
        return "it takes more memory than it may"
    if reason == "closed":
        return "the process has been closed"
    by = f"by signal {-code}" if code < 0 else f"with code {code}"
    return f"the process that opened it ended {by}"


class ChildRaisedError(ScenesError):
    """The code in the child raised an exception.

    Attributes:
        kind: Name of the exception's class.
        message: Its text.
        trace: The traceback.
    """

    def __init__(self, kind: str, message: str, trace: str) -> None:
        self.kind, self.message, self.trace = kind, message, trace
        super().__init__(f"{kind}: {message}" if message else kind)


class LimitedChild:
    """A child process that answers one job after the other, until it is closed.

    It starts when it is made, and loads its code while its maker does something else. After a job
    at which it ended, the next job starts it anew. One thread at a time may ask; any may end or
    close it meanwhile.

    Args:
        entry: "module:function". The function takes nothing, loads what is needed and returns the
            function that answers a job.
        limits: What it may take.
        codec: Of jobs and answers. Only a child of our own code on data that is not executable may
            answer by pickle.
        variables: Of the environment, beside those of this process.
        keeps_errors: Keep what it writes to stderr for `ChildEndedError`; otherwise it goes where
            this process writes.
    """

    def __init__(
        self,
        entry: str,
        *,
        limits: Limits,
        codec: Codec = "json",
        variables: Mapping[str, str] | None = None,
        keeps_errors: bool = True,
    ) -> None:
        self._entry, self._limits, self._codec = entry, limits, codec
        self._variables = dict(variables or {})
        self._keeps_errors = keeps_errors
        self._is_closed = False
        self._life = threading.Lock()
        """Held while a process starts or is given up: none starts that nobody would end."""
        self._process: _Process | None = self._start()

    def _start(self) -> "_Process":
        return _Process(self._entry, self._limits, self._codec, self._variables, self._keeps_errors)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process for good, and an `ask` that is under way; once more does nothing."""
        with self._life:
            self._is_closed = True
        self.end()

    def end(self) -> None:
        """End the process, and an `ask` that is under way; the next job starts it anew."""
        with self._life:
            process, self._process = self._process, None
        if process is not None:
            process.close()

    def ask(self, job: Any) -> Any:
        """Return the answer to a job.

        Raises:
            ChildEndedError: The child died, was ended at a limit, or is closed.
            ChildRaisedError: The code in it raised an exception.
        """
        try:
            answer = self._living().exchange(encode(job, self._codec), self._limits)
        except ChildEndedError:
            self.end()
            raise
        kind, data = answer[:1], answer[1:]
        if kind == RAISED:
            raised = ChildRaisedError(**json.loads(data))
            if raised.kind == "MemoryError":
                self.end()  # what is left of its memory may not do for the next job
                raise ChildEndedError("memory", 0, raised.trace)
            raise raised
        return decode(data, self._codec)

    def _living(self) -> "_Process":
        """Return the process, which starts where there is none."""
        with self._life:
            if self._is_closed:
                raise ChildEndedError("closed", 0, "")
            if self._process is None:
                self._process = self._start()
            return self._process


def encode(value: Any, codec: Codec) -> bytes:
    """Return a job or an answer as bytes."""
    if codec == "json":
        return json.dumps(value, ensure_ascii=True).encode("ascii")
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


def decode(data: bytes, codec: Codec) -> Any:
    """Return the job or answer that bytes hold."""
    return json.loads(data) if codec == "json" else pickle.loads(data)


def write_frame(pipe: IO[bytes], data: bytes) -> None:
    """Write a message: its length, then its bytes."""
    pipe.write(len(data).to_bytes(LENGTH_BYTES, "big"))
    pipe.write(data)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> bytes | None:
    """Return the next message; None where the pipe ends, before or within one.

    Raises:
        ValueError: It claims to be longer than any message.
    """
    head = pipe.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    length = int.from_bytes(head, "big")
    if length > LONGEST:
        raise ValueError(f"a message of {length:,} bytes")
    data = pipe.read(length)
    return data if len(data) == length else None


class _Process:
    """One life of a child: its pipes, its temporary folder, its end."""

    def __init__(
        self,
        entry: str,
        limits: Limits,
        codec: Codec,
        variables: Mapping[str, str],
        keeps_errors: bool,
    ) -> None:
        self._folder = tempfile.mkdtemp(dir=scratch_folder())
        # A file, as a pipe that nobody reads would stop the child once it is full.
        self._errors = (Path(self._folder) / "stderr").open("w+b") if keeps_errors else None
        self._child = subprocess.Popen(
            # -P: a file in the user's folder must not stand in for a module of the same name.
            [sys.executable, "-P", "-m", WORKER, entry, codec, json.dumps(asdict(limits))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=_environment(variables, self._folder),
        )
        self._jobs, self._answers = _pipes_of(self._child)
        self._cause: Reason = "died"

    def exchange(self, job: bytes, limits: Limits) -> bytes:
        """Send a job and return what comes back."""
        done = threading.Event()
        guard = threading.Thread(target=self._guard, args=(limits, done), daemon=True)
        guard.start()
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionError):  # the answer is missing too
                write_frame(self._jobs, job)
            answer = read_frame(self._answers)
        except ValueError:
            self.kill()
            answer = None
        finally:
            done.set()
            guard.join()
        if answer is None:
            code, said = self._child.wait(), self._said()
            if self._cause == "died" and "MemoryError" in said:  # too little to even report it
                self._cause = "memory"
            raise ChildEndedError(self._cause, code, said)
        return answer

    def _guard(self, limits: Limits, done: threading.Event) -> None:
        """Kill the child where it takes too long or too much memory for a job."""
        end = time.monotonic() + limits.seconds
        while not done.wait(min(LOOK_EVERY, max(0.0, end - time.monotonic()))):
            if time.monotonic() >= end:
                self._cause = "time"
            elif limits.memory is not None and _memory_of(self._child.pid) > limits.memory:
                self._cause = "memory"
            else:
                continue
            self.kill()
            return

    def _said(self) -> str:
        with contextlib.suppress(ValueError):  # another thread has closed it
            if self._errors is not None:
                self._errors.seek(0)
                return self._errors.read().decode(errors="replace")
        return ""

    def kill(self) -> None:
        self._child.kill()

    def close(self) -> None:
        self._child.kill()
        with contextlib.suppress(BrokenPipeError):  # the end of a job that it did not read
            self._jobs.close()
        self._answers.close()
        self._child.wait()
        if self._errors is not None:
            self._errors.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _pipes_of(child: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes]]:
    """Return the child's stdin and stdout."""
    if child.stdin is None or child.stdout is None:
        raise ValueError("the child was started without pipes")
    return child.stdin, child.stdout


def _environment(variables: Mapping[str, str], folder: str) -> dict[str, str]:
    """Return the environment of a child: it finds this package, and its own temporary folder."""
    paths = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    places = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), folder)
    return {**os.environ, **variables, **places, "PYTHONPATH": os.pathsep.join(paths)}


def _memory_of(pid: int) -> int:
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:  # it has just ended
        return 0
