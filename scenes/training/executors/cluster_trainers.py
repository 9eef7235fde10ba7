"""The processes in which a worker of Dask trains: started, kept, given signals, and ended.

Each trains one run at a time, prepared as at home, so that a result does not depend on who asked
for it. It is kept for the next run as long as the code on the disk and the libraries are those that
it has imported. Dask cannot stop a task; what nobody wants any more is ended here.
"""

import asyncio
import contextlib
import hashlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as NotYetError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import parent_process
from pathlib import Path

from distributed import WorkerPlugin

import scenes
from scenes.runs.identity import training_versions
from scenes.training.devices import device_environment, usable_gpus
from scenes.training.fork_server import LARGE_PAGES, TUNABLES
from scenes.training.isolation import worker_environment
from scenes.training.suspension import SuspendedRun
from scenes.training.worker import start_worker

POLL = 0.2
"""Seconds between two looks at a run."""
GRACE = 15.0
"""Seconds that a run has for its checkpoint before its process is killed."""
LOST = (BrokenProcessPool, SuspendedRun)
"""What a run ends with whose process has died, or was asked to end."""


@dataclass
class TrainerProcess:
    """A process that trains, one run at a time.

    Attributes:
        pool: Of one process.
        pid: Of that process.
        code: What it has imported.
        run_id: The run under way.
    """

    pool: ProcessPoolExecutor
    pid: int
    code: str
    run_id: str = ""

    def interrupt(self, number: int) -> None:
        """Send the process a signal, if it is still there."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)


_lock = threading.Lock()
_idle: list[TrainerProcess] = []
_busy: dict[str, TrainerProcess] = {}
"""By the key of the task that it works on."""
_cancelled: set[str] = set()
"""Keys of tasks that nobody wants any more."""
_closing = threading.Event()
"""The worker goes away; a process that is being started meanwhile must not train."""


class CancellationWatch(WorkerPlugin):  # type: ignore[misc]
    """Ends the training of tasks that are cancelled, and the processes of a worker that closes."""

    name = "scenes"
    idempotent = True  # each client brings it; the first one's stays

    def transition(self, key: object, start: str, finish: str, **_: object) -> None:
        """Take note of a task that was cancelled while it ran: Dask itself cannot stop it."""
        if start in ("executing", "long-running") and finish == "released":
            _cancelled.add(str(key))

    def setup(self, worker: object) -> None:
        """Leave Ctrl-C to the nanny of this process, which lets runs write checkpoints first."""
        if parent_process() and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        _closing.clear()

    async def teardown(self, worker: object) -> None:
        """Let runs under way write a checkpoint, then end every process that trains."""
        _closing.set()
        for trainer in list(_busy.values()):
            trainer.interrupt(signal.SIGTERM)
        end = time.monotonic() + GRACE
        while _busy and time.monotonic() < end:
            await asyncio.sleep(POLL)
        for trainer in [*_idle, *_busy.values()]:
            trainer.interrupt(signal.SIGKILL)


@contextlib.contextmanager
def training_process(key: str, run_id: str, log: Path) -> Iterator[TrainerProcess]:
    """Have a process to train with; it is kept unless it died or was asked to end.

    Args:
        key: Of the task of Dask that it works on.
        run_id: Of the run.
        log: Takes what it writes to stderr.
    """
    trainer = _take(log)
    trainer.run_id = run_id
    _busy[key] = trainer
    try:
        if _closing.is_set():
            trainer.interrupt(signal.SIGKILL)
            raise BrokenProcessPool
        yield trainer
    except LOST:
        trainer.pool.shutdown(wait=False)
        raise
    except BaseException:
        _idle.append(trainer)
        raise
    else:
        _idle.append(trainer)
    finally:
        _busy.pop(key, None)
        _cancelled.discard(key)


def _take(log: Path) -> TrainerProcess:
    """Return an idle process that has imported what is on the disk now, or a new one."""
    code = code_on_disk() + repr(training_versions())
    with _lock:
        for stale in [one for one in _idle if one.code != code]:
            _idle.remove(stale)
            stale.pool.shutdown(wait=False)
        if _idle:
            return _idle.pop()
        pool, first = start_process(log)
    return TrainerProcess(pool, first.result(), code)


def start_process(log: Path) -> tuple[ProcessPoolExecutor, "Future[int]"]:
    """Start a process; return its pool and its number, once it has imported what it needs."""
    # The nanny has started this process as one that may have no children.
    multiprocessing.current_process().daemon = False
    gpus = usable_gpus()
    gpu = gpus[(len(_idle) + len(_busy)) % len(gpus)] if gpus else None
    variables = dict(device_environment(gpu))
    if TUNABLES not in os.environ:
        variables[TUNABLES] = LARGE_PAGES
    pool = ProcessPoolExecutor(
        max_workers=1,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=start_worker,
        initargs=(log,),
    )
    with worker_environment(variables):
        return pool, pool.submit(os.getpid)


def wait_for_run(
    future: "Future[None]", trainer: TrainerProcess, key: str, tell: Callable[[], None]
) -> None:
    """Wait for a run; end it where nobody wants it any more.

    Args:
        future: Of the run.
        trainer: That works on it.
        key: Of its task.
        tell: Is called again and again meanwhile.
    """
    kill_at = float("inf")
    while True:
        with contextlib.suppress(NotYetError):
            future.exception(timeout=POLL)
            return
        tell()
        if key in _cancelled and kill_at == float("inf"):
            trainer.interrupt(signal.SIGTERM)
            kill_at = time.monotonic() + GRACE
        if time.monotonic() > kill_at:
            trainer.interrupt(signal.SIGKILL)


def runs_under_way() -> list[str]:
    """Return the runs that processes of this worker train."""
    return [trainer.run_id for trainer in list(_busy.values())]


def suspend_runs(run_ids: list[str]) -> None:
    """Let runs write a checkpoint and end."""
    for trainer in list(_busy.values()):
        if trainer.run_id in run_ids:
            trainer.interrupt(signal.SIGTERM)


def code_on_disk() -> str:
    """Return a hash of the package's files as they are now."""
    root = Path(scenes.__file__).parent
    hashed = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        hashed.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return hashed.hexdigest()
