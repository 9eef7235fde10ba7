"""What a limited child must not do, it cannot do: each known way out of Python is shut."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scenes.system import kernel_filter
from scenes.system.limited_child import ChildEndedError, ChildRaisedError, LimitedChild, Limits

REFUSALS = ("this process starts no other", "this process has no network", "BrokenProcessPool")
ON_LINUX = pytest.mark.skipif(
    kernel_filter.find_library() is None, reason="only a kernel refuses what machine code asks"
)
HEAD = """
import ctypes, os, signal, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True)
MARK = {mark!r}
TOUCH = ["/bin/sh", "-c", f"echo reached > '{{MARK}}'"]
SHELL = f"echo reached > '{{MARK}}'"

def reached():
    open(MARK, "w").write("reached")

def arguments():
    words = [one.encode() for one in TOUCH]
    return (ctypes.c_char_p * 4)(*words, None)

def call(name, *given):
    if getattr(libc, name)(*given) < 0:
        raise OSError(ctypes.get_errno(), "refused by the kernel")

def prepare():
    return answer

def answer(code):
    exec(code, globals())
    time.sleep(0.3)
    return "nothing was refused"
"""
BY_PYTHON = {
    "run": "import subprocess; subprocess.run(TOUCH)",
    "shell": "import subprocess; subprocess.Popen(SHELL, shell=True)",
    "system": "os.system(SHELL)",
    "popen": "os.popen(SHELL)",
    "exec": "os.execv(TOUCH[0], TOUCH)",
    "spawn": "os.spawnv(os.P_WAIT, TOUCH[0], TOUCH)",
    "posix_spawn": "os.posix_spawn(TOUCH[0], TOUCH, {})",
    "posix_spawnp": "os.posix_spawnp('sh', TOUCH, {})",
    "fork": "os.fork() or reached()",
    "forkpty": "os.forkpty()[0] or reached()",
    "pty": "import pty; pty.spawn(TOUCH)",
    "asyncio": "import asyncio; asyncio.run(asyncio.create_subprocess_exec(*TOUCH))",
    "fork by multiprocessing": """
import multiprocessing
multiprocessing.get_context("fork").Process(target=reached).start()
""",
    "spawn by multiprocessing": """
import multiprocessing
multiprocessing.get_context("spawn").Process(target=os.system, args=(SHELL,)).start()
""",
    "forkserver": """
import multiprocessing
multiprocessing.get_context("forkserver").Process(target=os.system, args=(SHELL,)).start()
""",
    "pool": """
import concurrent.futures
concurrent.futures.ProcessPoolExecutor(1).submit(os.system, SHELL).result()
""",
    "fork_exec": """
import _posixsubprocess
words = [one.encode() for one in TOUCH]
_posixsubprocess.fork_exec(words, [words[0]], True, (), None, None, -1, -1, -1, -1, -1, -1,
                           *os.pipe(), False, False, -1, None, None, None, -1, None, True)
""",
    "fork_exec by multiprocessing": """
import multiprocessing.util
multiprocessing.util.spawnv_passfds(TOUCH[0], [one.encode() for one in TOUCH], ())
""",
    "fork_exec of subprocess": """
import subprocess
subprocess._fork_exec([one.encode() for one in TOUCH], [TOUCH[0].encode()], True, (), None, None,
                      -1, -1, -1, -1, -1, -1, *os.pipe(), False, False, -1, None, None, None, -1,
                      None, True)
""",
    "module that forks when imported": """
open(MARK + ".py", "w").write("import os; os.fork()")
import runpy
runpy.run_path(MARK + ".py")
""",
    "signal handler": """
signal.signal(signal.SIGUSR1, lambda *_: os.system(SHELL))
signal.raise_signal(signal.SIGUSR1)
""",
    "socket": "import socket; socket.socket()",
    "_socket": "import _socket; _socket.socket(2, 1)",
    "pair": "import socket; socket.socketpair()",
    "unix socket": "import socket; socket.socket(socket.AF_UNIX).connect('/run/dbus/system')",
    "resolver": "import socket; socket.getaddrinfo('localhost', 80)",
    "url": "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
    "server": "import http.server; http.server.HTTPServer(('', 0), None)",
    "event loop": "import asyncio; asyncio.new_event_loop()",
}
BY_MACHINE_CODE = {
    "fork": "call('fork') or reached()",
    "vfork": "call('vfork')",
    "execv": "call('execv', TOUCH[0].encode(), arguments())",
    "posix_spawn": """
code = libc.posix_spawn(ctypes.byref(ctypes.c_int()), b"/bin/sh", None, None, arguments(), None)
if code: raise OSError(code, "refused by the kernel")
""",
    "clone": "call('syscall', 56 if os.uname().machine == 'x86_64' else 220, 17, 0, 0, 0, 0)",
    "clone3": """
what = (ctypes.c_uint64 * 11)(0, 0, 0, 0, 17)
call('syscall', 435, ctypes.byref(what), 88)
""",
    "system": "if libc.system(SHELL.encode()): raise OSError('refused by the kernel')",
    "popen": """
libc.popen.restype = ctypes.c_void_p
if not libc.popen(SHELL.encode(), b"r"): raise OSError("refused by the kernel")
""",
    "socket": "call('socket', 2, 1, 0)",
    "unix socket": "call('socket', 1, 1, 0)",
    "io_uring": "call('syscall', 425, 8, ctypes.create_string_buffer(128))",
    "trace": "call('ptrace', 16, os.getppid(), 0, 0)",
    "memory of another": "call('syscall', 310 if os.uname().machine == 'x86_64' else 270,"
    " os.getppid(), 0, 0, 0, 0, 0)",
}
SIGNALS = {
    "parent": "os.kill(os.getppid(), 0)",
    "group": "os.kill(0, 0)",
    "everybody": "os.kill(-1, 0)",
    "killpg": "os.killpg(os.getpgid(0), 0)",
    "thread of another": "call('syscall', 234 if os.uname().machine == 'x86_64' else 131,"
    " os.getppid(), os.getppid(), 0)",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the attacking code."""
    folder = tmp_path_factory.mktemp("attacks")
    code = HEAD.format(mark=str(folder / "mark"))
    (folder / "attacking.py").write_text(code, encoding="utf-8")
    return folder


@contextlib.contextmanager
def attacking(place: Path) -> Iterator[LimitedChild]:
    """Start a child that executes what it is asked for."""
    paths = [str(place), *filter(None, [os.environ.get("PYTHONPATH")])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(paths))
        with LimitedChild("attacking:prepare", limits=Limits(60)) as child:
            yield child


@pytest.fixture(scope="module")
def child(place: Path) -> Iterator[LimitedChild]:
    """Return a child that executes what it is asked for."""
    with attacking(place) as one:
        yield one


@pytest.fixture
def mark(place: Path) -> Path:
    """Return the file that a program would leave which was started all the same."""
    (place / "mark").unlink(missing_ok=True)
    return place / "mark"


def attack(child: LimitedChild, code: str) -> Any:
    """Let the child execute code; return what became of it."""
    with pytest.raises((ChildRaisedError, ChildEndedError)) as caught:
        child.ask(code)
    return caught.value


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other ways")
@pytest.mark.parametrize("way", BY_PYTHON)
def test_python_finds_no_way_out(child: LimitedChild, mark: Path, way: str) -> None:
    """No module of Python starts a program or opens a socket."""
    told = attack(child, BY_PYTHON[way])
    assert isinstance(told, ChildRaisedError)
    assert any(one in told.trace for one in REFUSALS), told.trace
    assert not mark.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other ways")
@pytest.mark.parametrize("way", ["run", "system", "fork", "spawn by multiprocessing", "socket"])
def test_no_thread_finds_one(child: LimitedChild, mark: Path, way: str) -> None:
    """What is refused is refused in every thread."""
    code = f"""
import concurrent.futures
concurrent.futures.ThreadPoolExecutor(1).submit(exec, {BY_PYTHON[way]!r}, globals()).result()
"""
    told = attack(child, code)
    assert isinstance(told, ChildRaisedError)
    assert any(one in told.trace for one in REFUSALS), told.trace
    assert not mark.exists()


@ON_LINUX
@pytest.mark.parametrize("way", BY_MACHINE_CODE)
def test_machine_code_finds_no_way_out(child: LimitedChild, mark: Path, way: str) -> None:
    """The kernel refuses what does not ask Python."""
    told = attack(child, BY_MACHINE_CODE[way])
    assert isinstance(told, ChildRaisedError)
    assert "refused by the kernel" in told.message, told.trace
    assert not mark.exists()


@ON_LINUX
@pytest.mark.parametrize("way", SIGNALS)
def test_no_other_process_is_signalled(child: LimitedChild, way: str) -> None:
    """A child ends neither its parent nor anybody else."""
    told = attack(child, SIGNALS[way])
    assert isinstance(told, ChildRaisedError)
    assert told.kind in ("PermissionError", "OSError")


@ON_LINUX
def test_threads_are_not_refused(child: LimitedChild) -> None:
    """Libraries that compute by threads still do, and a process may signal itself."""
    code = """
import numpy, signal
threads = [threading.Thread(target=sum, args=([1, 2],)) for _ in range(8)]
[one.start() for one in threads], [one.join() for one in threads]
numpy.ones((600, 600)) @ numpy.ones((600, 600))
signal.signal(signal.SIGUSR1, lambda *_: None)
os.kill(os.getpid(), signal.SIGUSR1)
"""
    assert child.ask(code) == "nothing was refused"


def test_nothing_starts_at_the_end(place: Path, mark: Path) -> None:
    """A child that ends, by itself or killed, runs no handler that starts a program."""
    for end in ("", "os._exit(3)", "sys.exit(3)", "signal.raise_signal(signal.SIGTERM)"):
        code = f"import atexit\natexit.register(lambda: libc.system(SHELL.encode()))\n{end}"
        with (
            attacking(place) as child,
            contextlib.suppress(ChildRaisedError, ChildEndedError),
        ):
            child.ask(code)
        assert not mark.exists(), end


def test_an_endless_answer_ends_the_child(child: LimitedChild) -> None:
    """A message that claims to be longer than any is not waited for, nor is room made for it."""
    code = """
import contextlib
for pipe in range(3, 20):
    with contextlib.suppress(OSError):
        os.write(pipe, bytes([255] * 8))
"""
    told = attack(child, code)
    assert isinstance(told, ChildEndedError)
    assert child.ask("pass") == "nothing was refused"
