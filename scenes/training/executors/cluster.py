"""The executor of a cluster: Dask hands runs out, and tries those again whose worker is lost.

A job goes to whichever worker Dask chooses. Workers that all see the store use it as processes of
this machine do. Otherwise each has a folder of its own: what a run needs is sent there once, known
by its content, and the finished record comes back and is checked before it is taken in.
"""

import itertools
import queue
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Self

from distributed import CancelledError, KilledWorker
from distributed.comm import CommClosedError
from filelock import Timeout

from scenes.errors import StorageError, TrainingError
from scenes.runs.record_files import HISTORY
from scenes.runs.sealed import DamagedRecordError
from scenes.runs.status import Status, run_status
from scenes.runs.store import Store
from scenes.runs.weights_store import adopt_weights
from scenes.system.files import save_atomically
from scenes.system.processes import this_process
from scenes.training.executors.cluster_crew import Crew
from scenes.training.executors.cluster_trainers import runs_under_way, suspend_runs
from scenes.training.executors.cluster_worker import (
    Order,
    Reply,
    carry_out,
    fetch_run,
    lacks,
    take_piece,
)
from scenes.training.executors.job_files import save_job
from scenes.training.executors.parcels import Part, pack_job, pieces_of
from scenes.training.executors.protocol import Ended, Job

SUSPEND_WAIT = 20.0
"""Seconds that runs have for their checkpoints."""

Came = tuple[str, str, Any]
"""What comes from the cluster: its kind (`reply`, `error`, `history`), the run, and what it is."""


class DaskExecutor:
    """Carries jobs out on the workers of a crew.

    Args:
        crew: The workers, joined.
        store: Where records go.
    """

    def __init__(self, crew: Crew, store: Store) -> None:
        self._crew, self._store = crew, store
        self._sent: dict[str, Any] = {}  # Dask's futures
        self._jobs: dict[str, Job] = {}
        self._parcels: dict[str, dict[Part, Path]] = {}
        self._waiting: list[Job] = []
        self._locks: dict[str, ExitStack] = {}
        self._status: dict[str, Status] = {}
        self._inbox: queue.SimpleQueue[Came] = queue.SimpleQueue()
        self._attempts = itertools.count()

    @property
    def workers(self) -> int:
        """How many runs the cluster takes at a time, as it is now."""
        return max(1, self._crew.threads())

    @property
    def memory(self) -> float:
        """What is free on all its machines together."""
        return self._crew.memory()

    def submit(self, job: Job) -> None:
        """Hand a job to Dask; what another program is at waits for that one."""
        self._jobs[job.id] = job
        if self._crew.sees_store:
            save_job(job)
            self._send(job.id)
        elif not self._begin(job):
            self._waiting.append(job)

    def _begin(self, job: Job) -> bool:
        """Take the lock of a run whose worker cannot, and send it; False if it is taken."""
        held = ExitStack()
        try:
            held.enter_context(self._store.lock(job.id, timeout=0))
        except Timeout:
            return False
        self._locks[job.id] = held
        self._store.set_aside_damage(job.id)
        if self._store.holds(job.id):
            self._inbox.put(("reply", job.id, Reply("")))
            return True
        self._status[job.id] = run_status(self._store, job.id)
        if found := self._finished_elsewhere(job.id):
            self._inbox.put(("reply", job.id, found))
            return True
        self._store.begin(job.id, job.identity)
        self._status[job.id].tell("preparing", epochs=job.settings.epochs)
        self._parcels[job.id] = pack_job(job)
        self._send(job.id)
        return True

    def _finished_elsewhere(self, run_id: str) -> Reply | None:
        """Return the record of a run that a worker has finished for a client that was gone."""
        address = self._crew.holder(run_id)
        answers = self._ask([address], fetch_run, run_id) if address else {}
        return next((one for one in answers.values() if one.record), None)

    def _send(self, run_id: str) -> None:
        # To no worker in particular, not even one that has what the run needs: where that one has
        # died by then, Dask waits for it though it was allowed to choose another.
        parts = None if self._crew.sees_store else tuple(self._parcels[run_id])
        token = self._crew.token
        order = Order(run_id, str(self._store.root.resolve()), token, this_process(), parts)
        future = self._crew.client.submit(
            carry_out,
            order,
            key=f"scenes-{run_id}-{token}-{next(self._attempts)}",
            pure=False,
        )
        self._sent[run_id] = future
        future.add_done_callback(lambda done: self._receive(run_id, done))

    def _receive(self, run_id: str, future: Any) -> None:
        """Fetch what came of an order at once: a worker that dies now loses nothing more."""
        is_current = self._sent.get(run_id) is future
        if not is_current:  # it was sent again, or nobody waits for it any more
            return
        try:
            self._inbox.put(("reply", run_id, future.result()))
        except (Exception, CancelledError) as error:
            self._inbox.put(("error", run_id, error))

    def results(self, timeout: float) -> list[Ended]:
        """Return the jobs that have ended, and show meanwhile how far the others are.

        Raises:
            MachineError: The scheduler is gone.
            StorageError: A record cannot be taken in, or a worker has no room.
        """
        self._waiting = [job for job in self._waiting if not self._begin(job)]
        ended, wanting = [], []
        for kind, run_id, what in self._news(timeout):
            if kind == "history":
                self._show(run_id, what)
            elif run_id in self._sent or kind == "reply":
                if isinstance(what, Reply) and what.missing:
                    wanting.append((run_id, what))
                else:
                    ended.append(self._ended(run_id, what))
        self._ship(wanting)
        return ended

    def _news(self, timeout: float) -> Iterator[Came]:
        """Yield what has come, waiting for the first."""
        self._crew.follow(self._inbox)
        end = time.monotonic() + timeout
        with suppress(queue.Empty):
            yield self._inbox.get(timeout=max(0.0, end - time.monotonic()))
            while True:
                yield self._inbox.get_nowait()
        self._crew.require_scheduler()

    def _ended(self, run_id: str, what: Any) -> Ended:
        """Return how a job ended, with its record taken in; its lock is free then."""
        try:
            return self._outcome(run_id, what)
        finally:
            if lock := self._locks.pop(run_id, None):
                lock.close()

    def _outcome(self, run_id: str, what: Any) -> Ended:
        if isinstance(what, KilledWorker):
            return Ended(run_id, is_lost=True, losses=what.allowed_failures + 1)
        if isinstance(what, CancelledError | CommClosedError):
            self._crew.require_scheduler(wait=True)
            return Ended(run_id, is_lost=True)
        if not isinstance(what, Reply):
            return Ended(run_id, error=what)
        try:
            if what.record:
                self._take_in(run_id, what)
        except DamagedRecordError as error:
            told = f"the record came back damaged from {what.address}: {error}"
            return Ended(run_id, error=TrainingError(told))
        return Ended(run_id, is_lost=what.is_lost)

    def _take_in(self, run_id: str, reply: Reply) -> None:
        """Check what a worker has recorded and put it where the records are."""
        job = self._jobs[run_id]
        if reply.weights and job.keep_weights != "none":
            adopt_weights(self._store, run_id, reply.weights)
        self._store.adopt(run_id, reply.record)
        failure = self._store.failure(run_id)
        state = "failed" if failure else "finished"
        self._status[run_id].tell(state, reason=failure and failure.reason)

    def _show(self, run_id: str, history: bytes) -> None:
        """Keep the history of a run that trains elsewhere, for whoever watches it here."""
        if run_id not in self._status:
            return
        save_atomically(self._store.partial(run_id) / HISTORY, history)
        epochs = self._jobs[run_id].settings.epochs
        self._status[run_id].tell("training", epoch=history.count(b"\n") - 1, epochs=epochs)

    def _ship(self, wanting: list[tuple[str, Reply]]) -> None:
        """Send workers what they lack, one at each place, and their runs again."""
        if not wanting:
            return
        sources = {
            part: path for run_id, _ in wanting for part, path in self._parcels[run_id].items()
        }
        for part, addresses in self._lacking(wanting).items():
            for start, data in pieces_of(sources[part]):
                self._ask(addresses, take_piece, part, start, data, self._crew.token)
        for run_id, _ in wanting:
            self._send(run_id)

    def _lacking(self, wanting: list[tuple[str, Reply]]) -> dict[Part, list[str]]:
        """Return what is to be sent, and to which worker at each place.

        Workers are asked again: what one of them lacked a moment ago may have been sent by now.
        """
        places = {reply.place: reply.address for _, reply in wanting}
        parts = dict.fromkeys(part for _, reply in wanting for part in reply.missing)
        lacking: dict[Part, list[str]] = {}
        for address, missing in self._ask(list(places.values()), lacks, list(parts)).items():
            for part in missing:
                lacking.setdefault(part, []).append(address)
        return lacking

    def _ask(self, addresses: list[str], what: Callable[..., Any], *given: Any) -> dict[str, Any]:
        """Have workers do something at once; those that are gone by now are left out.

        Raises:
            StorageError: One of them has no room.
        """
        answers = self._crew.ask(addresses, what, *given, on_error="return")
        for error in (one for one in answers.values() if isinstance(one, StorageError)):
            raise error
        return {it: one for it, one in answers.items() if not isinstance(one, BaseException)}

    def release(self, run_id: str) -> None:
        """Forget a job that has ended."""
        self._jobs.pop(run_id)
        self._status.pop(run_id, None)
        self._parcels.pop(run_id, None)
        if future := self._sent.pop(run_id, None):
            future.release()

    def suspend(self) -> None:
        """Let every run write a checkpoint and end, and wait for that a while."""
        if self._sent and self._crew.is_connected:
            with suppress(CommClosedError):  # without a scheduler nobody can be told
                self._suspend_all()

    def _suspend_all(self) -> None:
        running, client = list(self._sent), self._crew.client
        answers = client.run(runs_under_way, on_error="ignore")
        begun = {run_id for its in answers.values() for run_id in its}
        # The others first: a worker that is free would begin one, and have no checkpoint in time.
        client.cancel([self._sent[it] for it in running if it not in begun], force=True)
        client.run(suspend_runs, running, on_error="ignore")
        end = time.monotonic() + SUSPEND_WAIT
        while time.monotonic() < end and not all(it.done() for it in self._sent.values()):
            time.sleep(0.1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._sent and self._crew.is_connected:
            with suppress(CommClosedError):
                self._crew.client.cancel(list(self._sent.values()), force=True)
        for lock in self._locks.values():
            lock.close()
