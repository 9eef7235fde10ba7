"""The executor of this machine: worker processes.

A worker has one computing thread: two workers side by side do 1.4 times the work of one
process with two threads, and one thread makes a run repeatable to the last bit. Where there are
GPUs a worker has one of them, and sees no other.
"""

import contextlib
import multiprocessing
import os
import signal
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Self

import psutil

from scenes.errors import MachineError
from scenes.plan.memory import available_memory
from scenes.system.files import make_folder, writing
from scenes.system.machine import usable_cores
from scenes.training.devices import device_environment, usable_gpus
from scenes.training.executors.protocol import Ended, Job
from scenes.training.fork_server import start_fork_server, worker_context
from scenes.training.isolation import worker_environment
from scenes.training.suspension import SuspendedRun
from scenes.training.worker import run_job, start_worker

WORKER_MEMORY = 1.5 * 2**30
"""What a worker may need, in bytes: a 224×224 batch of 32 with its gradients."""

LOST = (BrokenProcessPool, SuspendedRun)
"""What ends a job when its worker dies, or was asked to end by somebody else."""
SUSPEND_WAIT = 15.0
"""Seconds that workers have for their checkpoints; schedulers often grant thirty in all."""


def default_workers() -> int:
    """Return how many workers this machine feeds: one per GPU, or a core and 1.5 GiB each."""
    if gpus := usable_gpus():
        return len(gpus)
    cores = min(psutil.cpu_count(logical=False) or 1, usable_cores())
    return max(1, min(cores, int(psutil.virtual_memory().available // WORKER_MEMORY)))


def prepare_workers(log: Path) -> None:
    """Let what workers need be imported while other things are done.

    Args:
        log: The file that takes what libraries write to stderr.

    Raises:
        StorageError: It cannot be written; every worker would die of that.
    """
    with writing(log):
        make_folder(log.parent)
        log.open("ab").close()
    if not usable_gpus():
        start_fork_server(log)


class LocalExecutor:
    """Warm worker processes, each in a pool of its own.

    With a pool for each, a worker that dies takes no other run with it, and is known by the run
    that it was carrying out.

    Args:
        workers: How many there are.
        log: The file that takes what the workers, and the libraries in them, write to stderr.
        carry_out: What a worker does with a job: a function of a module.
    """

    def __init__(
        self, workers: int, *, log: Path, carry_out: Callable[[Job], None] = run_job
    ) -> None:
        self.workers = workers
        self.memory: float = available_memory()
        self._log, self._carry_out = log, carry_out
        self._gpus = usable_gpus()
        self._given: dict[ProcessPoolExecutor, str] = {}
        self._idle: list[ProcessPoolExecutor] = []
        self._busy: dict[str, tuple[Future[None], ProcessPoolExecutor]] = {}

    def submit(self, job: Job) -> None:
        """Carry out a job in an idle worker; the caller keeps at most `workers` under way.

        Raises:
            MachineError: No worker can be started.
        """
        while self._idle:
            pool = self._idle.pop()
            try:
                self._give(pool, job)
                return
            except BrokenProcessPool:  # it died while it had nothing to do
                self._drop(pool)
        try:
            self._give(self._start(), job)
        except (EOFError, ConnectionError) as error:
            raise MachineError(
                "Workers cannot be started.",
                ["the process that they are forked from has ended while it imported TensorFlow"],
                f"What it wrote is in {self._log}. Does this work?  python -c 'import tensorflow'",
            ) from error

    def _start(self) -> ProcessPoolExecutor:
        """Start a worker on the GPU that the fewest have, if there is any."""
        taken = list(self._given.values())
        gpu = min(self._gpus, key=taken.count, default=None)
        if gpu is None:
            start_fork_server(self._log)
        pool = new_worker(self._log, gpu)
        if gpu is not None:
            self._given[pool] = gpu
        return pool

    def _drop(self, pool: ProcessPoolExecutor) -> None:
        self._given.pop(pool, None)
        pool.shutdown(wait=False)

    def _give(self, pool: ProcessPoolExecutor, job: Job) -> None:
        # A pool starts its process at the first job.
        with worker_environment(device_environment(self._given.get(pool))):
            self._busy[job.id] = pool.submit(self._carry_out, job), pool

    def results(self, timeout: float) -> list[Ended]:
        """Return the jobs that have ended and were not released yet.

        Args:
            timeout: Seconds to wait for the first one.
        """
        wait(
            [future for future, _ in self._busy.values()],
            timeout=timeout,
            return_when=FIRST_COMPLETED,
        )
        return [_ended(name, future) for name, (future, _) in self._busy.items() if future.done()]

    def release(self, run_id: str) -> None:
        """Take back the worker of a finished job; one that died is not used again."""
        future, pool = self._busy.pop(run_id)
        if isinstance(future.exception(), LOST):
            self._drop(pool)
        else:
            self._idle.append(pool)

    def suspend(self) -> None:
        """Let every job under way write a checkpoint and end; wait for that a while."""
        for process in multiprocessing.active_children():
            if hasattr(signal, "SIGTERM") and process.pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGTERM)
        wait([future for future, _ in self._busy.values()], timeout=SUSPEND_WAIT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        # A run that is cut off has recorded nothing yet: killing its worker loses nothing else.
        if kind is not None:
            for process in multiprocessing.active_children():
                process.kill()
        for pool in [*self._idle, *(pool for _, pool in self._busy.values())]:
            pool.shutdown(wait=kind is None, cancel_futures=True)


def _ended(run_id: str, future: "Future[None]") -> Ended:
    error = future.exception()
    if isinstance(error, LOST):
        return Ended(run_id, is_lost=True)
    return Ended(run_id, error=error)


def new_worker(log: Path, gpu: str | None) -> ProcessPoolExecutor:
    """Return a pool of one worker, whose process starts at its first job."""
    return ProcessPoolExecutor(
        max_workers=1,
        mp_context=worker_context(gpu),
        initializer=start_worker,
        initargs=(log,),
    )
