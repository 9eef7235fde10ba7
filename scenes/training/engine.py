"""Carries out a plan: every missing run once, the longest first, side by side.

A report and its pictures go in; what comes out are records on disk, and the plan in which every run
has a result. It may be killed at any instant: a run is recorded whole or not at all, and the same
command goes on from there. TensorFlow is imported by the workers alone.
"""

import contextlib
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Protocol

from filelock import Timeout

from scenes.data.arrays import load_arrays
from scenes.data.folder import Dataset
from scenes.errors import StorageError
from scenes.plan.cost import expected_cost
from scenes.plan.memory import available_memory, choose_with_room, expected_memory
from scenes.plan.plan import Plan, Run
from scenes.runs.store import Store
from scenes.training.executors.local import LocalExecutor
from scenes.training.worker import Job, run_job

POLL = 0.5
"""Seconds between two looks at what the workers have reached."""
LOCK_WAIT = 2.0
"""Seconds to wait for the lock of a run whose worker ended without a word."""
VANISHED = "its worker ended without a result"
DIED = "its worker process died, most often for want of memory"


@dataclass(frozen=True)
class Work:
    """A run and what it is expected to cost.

    Attributes:
        run: That is to be carried out.
        cost: Of the whole run, in the unit of `expected_cost`.
        title: Study, value and seed.
        reached: Epochs that it does not train again, at most: those before it was cut off.
    """

    run: Run
    cost: float
    title: str
    reached: int = 0


class Watcher(Protocol):
    """Is told how far the work is."""

    def started(self, work: Work) -> None:
        """A run has begun."""

    def advanced(self, work: Work, epoch: int, val_accuracy: float | None) -> None:
        """A run has finished this many epochs."""

    def ended(self, work: Work, failure: str | None) -> None:
        """A run is over."""

    def planned(self, work: list[Work], later: int) -> None:
        """These runs are left to do, and so many cannot be planned yet."""


def run_plan(
    plan: Plan,
    replan: Callable[[], Plan],
    dataset: Callable[[Run], Dataset],
    store: Store,
    *,
    workers: int,
    watcher: Watcher,
) -> Plan:
    """Train what is missing and return the plan with every result.

    Args:
        plan: As things stand.
        replan: Plans again, from what has been recorded meanwhile.
        dataset: Gives the pictures of a run.
        store: Where records go.
        workers: Runs at a time.
        watcher: Is told how far the work is.
    """
    _drop_checkpoints(store)
    if not plan.missing:
        return plan
    available = available_memory()
    flying: dict[Future[None], Work] = {}
    reached: dict[str, int] = {}
    with LocalExecutor(workers, log=store.log) as executor:
        while True:
            left = _left(plan, dataset, store, [work.run.id for work in flying.values()])
            watcher.planned(left, plan.waiting)
            for work in _startable(left, list(flying.values()), workers, available):
                flying[_submit(executor, work, dataset(work.run), store)] = work
                watcher.started(work)
            if not flying:
                return plan
            done = _watch(flying, reached, store, watcher)
            for future in done:
                work = flying.pop(future)
                watcher.ended(work, _failure(future, work.run, store))
                executor.release(future)
            plan = replan()


def _drop_checkpoints(store: Store) -> None:
    """Delete what a process left that was killed between recording a run and tidying up."""
    for path in store.runs.glob("*.checkpoint"):
        if store.holds(path.stem):
            path.unlink(missing_ok=True)


def _left(
    plan: Plan, dataset: Callable[[Run], Dataset], store: Store, flying: list[str]
) -> list[Work]:
    """Return the missing runs that no worker has yet, the longest first."""
    titles = {
        run.id: f"{study.study.name} {trial.key}"
        for study in reversed(plan.studies)
        for trial in study.trials
        for run in trial.runs
    }
    many_seeds = len(plan.report.seeds) > 1
    left = []
    for run in plan.missing:
        if run.id not in flying:
            splits = dataset(run).splits
            cost = expected_cost(run.settings, len(splits["train"]), len(splits["val"]))
            title = titles[run.id] + (f" seed {run.seed}" if many_seeds else "")
            left.append(Work(run, cost, title, _reached(run, store)))
    return sorted(left, key=lambda work: -work.cost)


def _reached(run: Run, store: Store) -> int:
    if not store.checkpoint(run.id).exists():
        return 0
    return len(store.live_history(run.id)["loss"])


def _startable(left: list[Work], flying: list[Work], workers: int, available: float) -> list[Work]:
    """Return the runs that begin now: as many as there are workers and memory for."""
    waiting = left[: workers - len(flying)]
    needs = [expected_memory(work.run.settings) for work in waiting]
    taken = sum(expected_memory(work.run.settings) for work in flying)
    return [waiting[index] for index in choose_with_room(needs, taken, available)]


def _submit(executor: LocalExecutor, work: Work, data: Dataset, store: Store) -> Future[None]:
    settings = work.run.settings
    # Decoded here, with every core, rather than in a worker that has one thread.
    load_arrays(
        data,
        settings.image_size,
        cache=store.cache / "arrays",
        interpolation=settings.interpolation,
    )
    run = work.run
    return executor.submit(run_job, Job(run.id, settings, run.seed, run.identity, data, store))


def _watch(
    flying: Mapping[Future[None], Work],
    reached: dict[str, int],
    store: Store,
    watcher: Watcher,
) -> set[Future[None]]:
    """Wait until a run ends, and tell meanwhile which epoch each has reached."""
    while True:
        done, running = wait(flying, timeout=POLL, return_when=FIRST_COMPLETED)
        for future in running:
            work = flying[future]
            seen = store.live_history(work.run.id)["val_accuracy"]
            if len(seen) > reached.get(work.run.id, 0):
                reached[work.run.id] = len(seen)
                watcher.advanced(work, len(seen), seen[-1])
        if done:
            return done


def _failure(future: Future[None], run: Run, store: Store) -> str | None:
    """Return why a run failed, having recorded it where its worker could not.

    Raises:
        StorageError: Its worker could not write.
    """
    error = future.exception()
    if isinstance(error, StorageError):
        raise error
    if error is not None:
        died = isinstance(error, BrokenProcessPool)
        _save_failure(store, run.id, DIED if died else f"{type(error).__name__}: {error}")
    elif not store.holds(run.id) and store.failure(run.id) is None:
        # Without this the plan would ask for it again, for ever.
        _save_failure(store, run.id, VANISHED)
    failure = store.failure(run.id)
    return failure.reason if failure else None


def _save_failure(store: Store, run_id: str, reason: str) -> None:
    """Record a failure, unless the run is recorded or another process is at it meanwhile."""
    # A process that has just died may hold its lock a moment longer.
    with contextlib.suppress(Timeout), store.lock(run_id, timeout=LOCK_WAIT):
        if not store.holds(run_id):
            store.save_failure(run_id, reason)
