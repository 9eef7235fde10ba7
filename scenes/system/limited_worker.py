"""What a `LimitedChild` runs: apply the limits, load the code, answer jobs until the pipe ends.

Arguments: the entry as "module:function", the codec, and the limits as JSON. Jobs come in on
standard input, answers go out on standard output, both as frames; what libraries print goes to
standard error.
"""

import contextlib
import ctypes
import json
import math
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from importlib import import_module
from queue import SimpleQueue
from typing import IO, Any, cast

from scenes.system import kernel_filter
from scenes.system.frame_room import call_with_room
from scenes.system.limited_child import (
    ANSWER,
    RAISED,
    Codec,
    Limits,
    decode,
    encode,
    read_frame,
    write_frame,
)
from scenes.system.processes import stay_alone

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
GRACE = 10
"""Seconds that the alarm leaves to the parent, which knows better how a child has to end."""
PROGRAM_EVENTS = {
    *("subprocess.Popen", "os.system", "os.exec", "os.spawn", "os.posix_spawn", "os.fork"),
    *("os.forkpty", "pty.spawn", "os.startfile", "os.startfile/2", "_winapi.CreateProcess"),
}


def main() -> None:
    """Answer jobs until the parent closes the pipe, or dies."""
    # Ctrl-C reaches the whole process group; the parent decides what becomes of its children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    entry, codec, limits = sys.argv[1], cast(Codec, sys.argv[2]), Limits(**json.loads(sys.argv[3]))
    answers = _take_stdout()
    _limit_resources(limits)
    give_up_network()  # before any thread starts: only then does the kernel allow it
    _set_alarm(limits)
    jobs: SimpleQueue[bytes] = SimpleQueue()
    threading.Thread(target=_read_jobs, args=(jobs,), daemon=True).start()
    answer = _load(entry)
    rest: Callable[[], None] = getattr(answer, "rest", lambda: None)
    refuse_programs()
    while True:
        _clear_alarm()
        job = jobs.get()
        _set_alarm(limits)
        with contextlib.suppress(BrokenPipeError):
            write_frame(answers, call_with_room(_answer, answer, job, codec))
        rest()  # what can be done while nobody waits for it


def _load(entry: str) -> Callable[[Any], Any]:
    """Return the function that answers; without one, say why and end."""
    module, _, name = entry.partition(":")
    try:
        answer: Callable[[Any], Any] = getattr(import_module(module), name)()
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)  # the usual end would wait for the thread that reads
    return answer


def _take_stdout() -> IO[bytes]:
    """Return the pipe to the parent; what libraries print goes to stderr from now on."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    sys.stdout = sys.stderr
    return answers


def _read_jobs(jobs: "SimpleQueue[bytes]") -> None:
    """Pass jobs on; where the pipe ends the parent has died or closed it, and so this ends."""
    while (job := read_frame(sys.stdin.buffer)) is not None:
        jobs.put(job)
    os._exit(0)


def _answer(answer: Callable[[Any], Any], job: bytes, codec: Codec) -> bytes:
    """Return the answer to a job, or what was raised instead."""
    try:
        return ANSWER + encode(answer(decode(job, codec)), codec)
    except BaseException as error:
        told = {
            "kind": type(error).__name__,
            "message": str(error),
            "trace": "".join(traceback.format_exception(error)),
        }
        return RAISED + json.dumps(told).encode("ascii")


def _limit_resources(limits: Limits) -> None:
    """Let the system refuse more memory, and write no core file; Windows knows no such limits."""
    with contextlib.suppress(ImportError):
        import resource

        _lower(resource.RLIMIT_CORE, 0)
        # macOS accepts a limit of the address space and does not hold it.
        if limits.memory is not None and sys.platform == "linux":
            _lower(resource.RLIMIT_AS, limits.memory)


def _lower(kind: int, value: int) -> None:
    """Set a limit, or leave the one that is stricter already."""
    import resource

    hard = resource.getrlimit(kind)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (value, value))


def _set_alarm(limits: Limits) -> None:
    """Let the system end this process where the parent, which would do it, has died."""
    if hasattr(signal, "alarm"):
        # The default action needs no Python: it works in the middle of a long computation.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(math.ceil(limits.seconds) + GRACE)


def _clear_alarm() -> None:
    if hasattr(signal, "alarm"):
        signal.alarm(0)


def give_up_network() -> None:
    """Leave the machine's network, where the kernel allows that, and refuse sockets."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            _unshare_network()
    kernel_filter.refuse_sockets()
    sys.addaudithook(_refuse_sockets)


def _unshare_network() -> None:
    """Move into a network namespace that has no interface but a closed loopback."""
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(CLONE_NEWNET) == 0:  # for root
        return
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0:
        # Who this is outside it is inside as well; files of its own stay its own.
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{user} {user} 1"),
            ("gid_map", f"{group} {group} 1"),
        ):
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123
                file.write(text)


def _refuse_sockets(event: str, _: tuple[Any, ...]) -> None:
    if event.startswith("socket."):
        raise PermissionError("this process has no network")


def refuse_programs() -> None:
    """Refuse to start any program or process from now on: no limit here would hold it."""
    stay_alone()
    kernel_filter.refuse_processes()
    sys.addaudithook(_refuse_programs)
    # By this function multiprocessing starts programs, of which Python does not tell its hooks.
    with contextlib.suppress(ImportError):  # Windows has none
        vars(import_module("_posixsubprocess"))["fork_exec"] = _refuse_fork_exec
        vars(subprocess)["_fork_exec"] = _refuse_fork_exec


def _refuse_programs(event: str, _: tuple[Any, ...]) -> None:
    if event in PROGRAM_EVENTS:
        raise PermissionError("this process starts no other")


def _refuse_fork_exec(*_: Any) -> Any:
    raise PermissionError("this process starts no other")


if __name__ == "__main__":
    main()
