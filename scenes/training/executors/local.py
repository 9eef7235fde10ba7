"""Where runs are carried out: this machine's worker processes.

Anything with `submit` and `workers` would do; a cluster is another such class, not another code
path. A worker has one computing thread: two workers side by side do 1.4 times the work of one
process with two threads, and one thread makes a run repeatable to the last bit. Where there are
GPUs a worker has one of them, and sees no other.
"""

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from scenes.errors import MachineError
from scenes.system.machine import usable_cores
from scenes.training.devices import device_environment, usable_gpus
from scenes.training.fork_server import start_fork_server, worker_context
from scenes.training.worker import start_worker

WORKER_MEMORY = 1.5 * 2**30
"""What a worker may need, in bytes: a 224×224 batch of 32 with its gradients."""

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    # TensorFlow turns oneDNN on by itself for AVX-512 alone; with AVX2 it is 2.3 times as fast.
    "TF_ENABLE_ONEDNN_OPTS": "1",
    "KERAS_BACKEND": "tensorflow",
}


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
    """
    if not usable_gpus():
        start_fork_server(log)


class LocalExecutor:
    """Warm worker processes, each in a pool of its own.

    With a pool for each, a worker that dies takes no other run with it, and is known by the run
    that it was carrying out.

    Args:
        workers: How many there are.
        log: The file that takes what the workers, and the libraries in them, write to stderr.
    """

    def __init__(self, workers: int, *, log: Path) -> None:
        self.workers = workers
        self._log = log
        self._gpus = usable_gpus()
        self._given: dict[ProcessPoolExecutor, str] = {}
        self._idle: list[ProcessPoolExecutor] = []
        self._busy: dict[Future[Any], ProcessPoolExecutor] = {}

    def submit(self, function: Callable[[Any], None], job: Any) -> "Future[None]":
        """Carry out a job in an idle worker; the caller keeps at most `workers` under way.

        Raises:
            MachineError: No worker can be started.
        """
        while self._idle:
            pool = self._idle.pop()
            try:
                return self._give(pool, function, job)
            except BrokenProcessPool:  # it died while it had nothing to do
                self._drop(pool)
        try:
            return self._give(self._start(), function, job)
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
        pool = _new_pool(self._log, gpu)
        if gpu is not None:
            self._given[pool] = gpu
        return pool

    def _drop(self, pool: ProcessPoolExecutor) -> None:
        self._given.pop(pool, None)
        pool.shutdown(wait=False)

    def _give(
        self, pool: ProcessPoolExecutor, function: Callable[[Any], None], job: Any
    ) -> "Future[None]":
        future = pool.submit(function, job)
        self._busy[future] = pool
        return future

    def release(self, future: "Future[None]") -> None:
        """Take back the worker of a finished job; one that died is not used again."""
        pool = self._busy.pop(future)
        if isinstance(future.exception(), BrokenProcessPool):
            self._drop(pool)
        else:
            self._idle.append(pool)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A run that is cut off has recorded nothing yet: killing its worker loses nothing else.
        if kind is not None:
            for process in multiprocessing.active_children():
                process.kill()
        for pool in [*self._idle, *self._busy.values()]:
            pool.shutdown(wait=kind is None, cancel_futures=True)


def _new_pool(log: Path, gpu: str | None) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        max_workers=1,
        mp_context=worker_context(gpu),
        initializer=start_worker,
        initargs=({**ENVIRONMENT, **device_environment(gpu)}, log),
    )
