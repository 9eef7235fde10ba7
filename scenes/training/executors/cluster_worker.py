"""What is executed on a worker of Dask: it describes itself, takes files, and carries runs out.

A run is trained in a process of its own, prepared as at home, so that its result does not depend
on who asked for it; this process only waits for it, and tells how far it is. The process is kept
for the next run as long as the code on the disk and the libraries are those that it has imported.

The worker uses the store itself where it sees it. Elsewhere it has a folder of its own, which the
configuration of Dask may name: `scenes.folder`, or the variable `DASK_SCENES__FOLDER`.
"""

import asyncio
import contextlib
import hashlib
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures import TimeoutError as NotYetError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import parent_process
from pathlib import Path
from typing import Any

import dask
import platformdirs
from distributed import WorkerPlugin, get_worker

import scenes
from scenes.errors import IdentityError
from scenes.plan.memory import available_memory
from scenes.runs.identity import training_versions
from scenes.runs.record_files import HISTORY
from scenes.runs.store import Store
from scenes.system.disk import free_bytes, write_problem
from scenes.system.files import read_regular
from scenes.system.machine import describe_machine
from scenes.system.processes import Owner, host_name
from scenes.training.devices import device_environment, usable_gpus
from scenes.training.executors.job_files import load_job
from scenes.training.executors.parcels import Part, missing_parts, receive_piece
from scenes.training.fork_server import LARGE_PAGES, TUNABLES
from scenes.training.isolation import worker_environment
from scenes.training.suspension import SuspendedRun
from scenes.training.worker import run_job, start_worker

POLL = 0.2
"""Seconds between two looks at a run."""
GRACE = 15.0
"""Seconds that a run has for its checkpoint before its process is killed."""
PLUGIN = "scenes"


@dataclass(frozen=True)
class Order:
    """What a worker is asked to do.

    Attributes:
        run_id: Of the run.
        store: Of the client, where the worker sees it.
        token: Names the client.
        program: The client's process.
        parts: What the run needs, where the worker does not see the store; else None.
    """

    run_id: str
    store: str
    token: str
    program: Owner
    parts: tuple[Part, ...] | None


@dataclass(frozen=True)
class Reply:
    """What came of an order.

    Attributes:
        missing: The parts that the worker needs first; nothing was trained.
        is_lost: The process that trained has died.
        record: The files of the record, or of the failure, where the client cannot see them.
        weights: The files of what the model has learned, likewise.
        address: Of the worker.
        place: Machine and folder, which several workers may share.
    """

    address: str
    place: str = ""
    missing: tuple[Part, ...] = ()
    is_lost: bool = False
    record: Mapping[str, bytes] = field(default_factory=dict)
    weights: Mapping[str, bytes] = field(default_factory=dict)


@dataclass
class _Trainer:
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
_idle: list[_Trainer] = []
_busy: dict[str, _Trainer] = {}
"""By the key of the task that it works on."""
_cancelled: set[str] = set()
"""Keys of tasks that nobody wants any more."""


class Follower(WorkerPlugin):  # type: ignore[misc]
    """Ends the training of tasks that are cancelled, and the processes of a worker that closes."""

    name = PLUGIN
    idempotent = True  # each client brings it; the first one's stays

    def transition(self, key: object, start: str, finish: str, **_: object) -> None:
        """Take note of a task that was cancelled while it ran: Dask itself cannot stop it."""
        if start in ("executing", "long-running") and finish == "released":
            _cancelled.add(str(key))

    def setup(self, worker: object) -> None:
        """Leave Ctrl-C to the nanny of this process, which lets runs write checkpoints first."""
        if parent_process() and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    async def teardown(self, worker: object) -> None:
        """Let runs under way write a checkpoint, then end every process that trains."""
        for trainer in list(_busy.values()):
            trainer.interrupt(signal.SIGTERM)
        end = time.monotonic() + GRACE
        while _busy and time.monotonic() < end:
            await asyncio.sleep(POLL)
        for trainer in [*_idle, *_busy.values()]:
            trainer.interrupt(signal.SIGKILL)


def own_folder() -> Path:
    """Return the folder of a worker that does not see the store."""
    named = dask.config.get("scenes.folder", None)
    return Path(named) if named else platformdirs.user_cache_path("scenes") / "worker"


def sees_store(store: str, token: str) -> bool:
    """Return whether this process sees a client's store: the file that it has left there."""
    if dask.config.get("scenes.folder", None):
        return False
    try:
        return read_regular(token_path(Path(store), token), limit=1000) == token.encode()
    except OSError:
        return False


def token_path(store: Path, token: str) -> Path:
    """Return the file by which workers find out whether they see a store."""
    return store / f".cluster-{token}"


def describe_worker(store: str, token: str) -> dict[str, Any]:
    """Return what a worker has: libraries, code, machine, disk."""
    folder = Path(store) if sees_store(store, token) else own_folder()
    return {
        "host": host_name(),
        "scenes": scenes.__version__,
        "code": code_on_disk(),
        "versions": training_versions(),
        "machine": describe_machine(),
        "memory": available_memory(),
        "sees_store": sees_store(store, token),
        "folder": str(folder),
        "problem": write_problem(folder),
        "free": free_bytes(folder),
    }


def code_on_disk() -> str:
    """Return a hash of the package's files as they are now."""
    root = Path(scenes.__file__).parent
    hashed = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        hashed.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return hashed.hexdigest()


def lacks(parts: list[Part]) -> list[Part]:
    """Return the parts that are not in the folder of this worker."""
    return missing_parts(own_folder(), parts)


def take_piece(part: Part, start: int, data: bytes, token: str) -> None:
    """Take a piece of a file into the folder of this worker."""
    receive_piece(own_folder(), part, start, data, sender=token)


def suspend_runs(run_ids: list[str]) -> None:
    """Let runs write a checkpoint and end."""
    for trainer in list(_busy.values()):
        if trainer.run_id in run_ids:
            trainer.interrupt(signal.SIGTERM)


def carry_out(order: Order) -> Reply:
    """Carry a run out and return what came of it.

    Raises:
        IdentityError: What this worker would train is another run; all that differs is named.
        StorageError: The disk of this worker does not take it.
    """
    worker = get_worker()
    key = str(worker.get_current_task())
    root = Path(order.store) if order.parts is None else own_folder()
    if missing := missing_parts(root, list(order.parts or ())):
        return Reply(worker.address, f"{host_name()}:{root}", missing=tuple(missing))
    if order.parts is None and not sees_store(order.store, order.token):
        raise IdentityError(
            f"Run {order.run_id} was not trained.",
            [f"worker {host_name()} does not see {order.store}, as others do"],
            "Let all workers see the store, or give all of them a folder: DASK_SCENES__FOLDER.",
        )
    tell = _teller(worker, order, Store(root))
    try:
        with _trainer(key, order.run_id, root) as trainer:
            program = order.program if order.parts is None else None
            future = trainer.pool.submit(work_on, str(root), order.run_id, program)
            _wait(future, trainer, key, tell)
            future.result()
    except (BrokenProcessPool, SuspendedRun):
        return Reply(worker.address, is_lost=True)
    except IdentityError as error:
        told = [f"worker {host_name()}: {problem}" for problem in error.problems]
        raise IdentityError(error.heading, told, error.hint) from None
    if order.parts is None:
        return Reply(worker.address)
    store = Store(root)
    files, weights = (store.runs / order.run_id, store.weights / order.run_id)
    return Reply(worker.address, record=_files(files), weights=_files(weights))


def work_on(store: str, run_id: str, program: Owner | None) -> None:
    """Carry out a run whose job lies in a store, in the process that trains."""
    run_job(load_job(Store(Path(store)), run_id, program=program))


def _files(folder: Path) -> dict[str, bytes]:
    if not folder.is_dir():
        return {}
    return {path.name: read_regular(path) for path in sorted(folder.iterdir())}


@contextlib.contextmanager
def _trainer(key: str, run_id: str, root: Path) -> Iterator[_Trainer]:
    """Have a process to train with; it is kept unless it died or was asked to end."""
    trainer = _take(root)
    trainer.run_id = run_id
    _busy[key] = trainer
    try:
        yield trainer
    except (BrokenProcessPool, SuspendedRun):
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


def _take(root: Path) -> _Trainer:
    """Return an idle process that has imported what is on the disk now, or a new one."""
    code = code_on_disk() + repr(training_versions())
    with _lock:
        for stale in [one for one in _idle if one.code != code]:
            _idle.remove(stale)
            stale.pool.shutdown(wait=False)
        if _idle:
            return _idle.pop()
        pool, first = _start(Store(root).log)
    return _Trainer(pool, first.result(), code)


def _start(log: Path) -> tuple[ProcessPoolExecutor, "Future[int]"]:
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


def _wait(future: "Future[None]", trainer: _Trainer, key: str, tell: Callable[[], None]) -> None:
    """Wait for a run, telling how far it is; end it where nobody wants it any more."""
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


def _teller(worker: Any, order: Order, store: Store) -> Callable[[], None]:
    """Return what sends the client the history of a run as it grows."""
    path = store.partial(order.run_id) / HISTORY
    sent = 0

    def tell() -> None:
        nonlocal sent
        try:
            data = read_regular(path)
        except OSError:
            return
        whole = data[: data.rfind(b"\n") + 1]
        if len(whole) != sent:
            sent = len(whole)
            worker.log_event(topic_of(order.token), {"run": order.run_id, "history": whole})

    return tell if order.parts is not None else lambda: None


def topic_of(token: str) -> str:
    """Return the topic on which workers tell a client how far its runs are."""
    return f"scenes-{token}"
