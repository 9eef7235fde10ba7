"""Carries out a plan: every missing run once, the longest first, side by side.

A report and its pictures go in; what comes out are records on disk, and the plan in which every run
has a result. It may be killed at any instant: a run is recorded whole or not at all, and the same
command goes on from there. TensorFlow is imported by the workers alone.
"""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from filelock import Timeout

from scenes.data.arrays import load_arrays
from scenes.data.folder import Dataset
from scenes.errors import IdentityError, StorageError
from scenes.plan.cost import RunCost, run_cost
from scenes.plan.memory import choose_with_room, expected_memory
from scenes.plan.plan import Plan, Run
from scenes.runs.identity_diff import find_changes
from scenes.runs.store import Store
from scenes.spec import registry
from scenes.system.files import remove_whatever, writing
from scenes.system.interrupts import StopError
from scenes.system.locks import Holder
from scenes.system.processes import this_process
from scenes.training.executors.protocol import Ended, Executor, Job

POLL = 0.5
"""Seconds between two looks at what the workers have reached."""
LOCK_WAIT = 2.0
"""Seconds to wait for the lock of a run whose worker ended without a word."""
VANISHED = "its worker ended without a result"
LOSSES = 3
"""How often a run may lose its worker before it counts as failed."""
DIED = "its worker process died {} times, most often because memory ran out"


@dataclass(frozen=True)
class Work:
    """A run and what it is expected to cost.

    Attributes:
        run: That is to be carried out.
        cost: What it is expected to take.
        title: Study, value and seed.
    """

    run: Run
    cost: RunCost
    title: str


class Watcher(Protocol):
    """Receives the progress of the work."""

    def started(self, work: Work) -> None:
        """A run has begun."""

    def advanced(self, work: Work, epoch: int, val_accuracy: float | None) -> None:
        """A run has finished this many epochs."""

    def ended(self, work: Work, failure: str | None) -> None:
        """A run is over."""

    def waiting(self, work: Work, holder: Holder) -> None:
        """Another program is at this run; its worker here waits for that one."""

    def lost(self, work: Work, times: int) -> None:
        """The worker of a run has died, so many times by now; the run is tried again."""

    def stopping(self, under_way: int) -> None:
        """The work ends before it is done; so many runs under way are being saved."""

    def planned(self, work: list[Work], later: list[RunCost], workers: int) -> None:
        """These runs are left to do; others cannot be planned yet; so many go at a time."""


def run_plan(
    plan: Plan,
    replan: Callable[[], Plan],
    dataset: Callable[[Run], Dataset],
    store: Store,
    *,
    executor: Executor,
    watcher: Watcher,
) -> Plan:
    """Train what is missing and return the plan with every result.

    A run whose worker is lost is submitted again, and goes on from its checkpoint; a third loss
    fails it, where it has got no further meanwhile. A run that fails by itself is not tried again.

    Args:
        plan: As things stand.
        replan: Plans again, from what has been recorded meanwhile.
        dataset: Gives the pictures of a run.
        store: Where records go.
        executor: Carries the runs out; its owner closes it.
        watcher: Is notified of what happens.

    Raises:
        IdentityError: A worker has other code, libraries or pictures than the plan, or those of
            the plan have changed meanwhile; the runs under way were saved.
        StorageError: A worker could not write.
    """
    _drop_checkpoints(store)
    if not plan.missing:
        return plan
    flying: dict[str, Work] = {}
    try:
        return _carry_out(plan, replan, dataset, store, executor, watcher, flying)
    except (KeyboardInterrupt, IdentityError) as stop:
        watcher.stopping(len(flying))
        executor.suspend()
        if isinstance(stop, StopError):
            stop.under_way = len(flying)
            stop.saved = sum(store.checkpoint(name).exists() for name in flying)
        raise


def _carry_out(
    plan: Plan,
    replan: Callable[[], Plan],
    dataset: Callable[[Run], Dataset],
    store: Store,
    executor: Executor,
    watcher: Watcher,
    flying: dict[str, Work],
) -> Plan:
    """Do what `run_plan` does; `flying` holds the runs under way."""
    reached: dict[str, int] = {}
    losses: Counter[str] = Counter()
    while True:
        left = work_left(plan, dataset, store, flying)
        watcher.planned(left, _later(plan, dataset), executor.workers)
        for work in _startable(left, list(flying.values()), executor):
            executor.submit(job_of(plan, work.run, dataset(work.run), store))
            flying[work.run.id] = work
            watcher.started(work)
        if not flying:
            return plan
        for ended in _watch(executor, flying, reached, store, watcher):
            work = flying.pop(ended.id)
            losses[ended.id] = _losses(losses[ended.id], ended, work, store)
            if ended.is_lost and losses[ended.id] < LOSSES and not store.holds(ended.id):
                watcher.lost(work, losses[ended.id])
            else:
                watcher.ended(work, _failure(ended, store))
            executor.release(ended.id)
        after = replan()
        _require_same(plan, after)
        plan = after


def _losses(before: int, ended: Ended, work: Work, store: Store) -> int:
    """Return how many workers a run has lost since it last got further.

    Jobs of a cluster end at their time limits: a run may outlast any number of them.
    """
    if not ended.is_lost:
        return before
    return 1 if _reached(work.run, store) > work.cost.reached else before + ended.losses


def _require_same(before: Plan, after: Plan) -> None:
    """Check that what was planned is what is planned now, apart from what had waited.

    Raises:
        IdentityError: Code, libraries or weights were changed while runs were trained; runs of
            both kinds would stand side by side in one study.
    """
    now = dict(_identities(after))
    for what, identity in _identities(before):
        if now.get(what, identity) != identity:
            changes = find_changes(identity, now[what])
            raise IdentityError(
                "What runs are made of was changed while they were trained; no more is trained.",
                [f"{what[0]} {what[1]}: {change}" for change in changes],
                "What is finished is kept. The same command trains with what is there now.",
            )


def _identities(plan: Plan) -> Iterator[tuple[tuple[str, str, int], Mapping[str, Any]]]:
    """Yield the identity of each run by study, value and seed."""
    for study in plan.studies:
        for trial in study.trials:
            for run in trial.runs:
                yield (study.study.name, trial.key, run.seed), run.identity


def _drop_checkpoints(store: Store) -> None:
    """Delete what a process left that was killed between recording a run and tidying up."""
    for path in store.runs.glob("*.checkpoint"):
        if store.holds(path.stem):
            with writing(path):
                remove_whatever(path)


def work_left(
    plan: Plan, dataset: Callable[[Run], Dataset], store: Store, flying: Iterable[str] = ()
) -> list[Work]:
    """Return the missing runs that no worker has yet, the longest first."""
    titles = {
        run.id: f"{study.study.name} {trial.key}"
        for study in reversed(plan.studies)
        for trial in study.trials
        for run in trial.runs
    }
    many_seeds = len(plan.seeds) > 1
    left = []
    for run in plan.missing:
        if run.id not in flying:
            which = f" seed {run.seed}" if run.fold is None else f" fold {run.fold + 1}"
            title = titles[run.id] + (which if many_seeds else "")
            left.append(Work(run, _cost_of(run, dataset, _reached(run, store)), title))
    return sorted(left, key=lambda work: -work.cost.whole)


def _later(plan: Plan, dataset: Callable[[Run], Dataset]) -> list[RunCost]:
    """Return the costs of the runs that wait for a choice, as far as their settings are known."""
    return [_cost_of(Run("", settings, 0, {}, None), dataset) for _, settings in plan.later]


def _cost_of(run: Run, dataset: Callable[[Run], Dataset], reached: int = 0) -> RunCost:
    splits = dataset(run).splits
    return run_cost(run.settings, len(splits["train"]), len(splits["val"]), reached=reached)


def _reached(run: Run, store: Store) -> int:
    if not store.checkpoint(run.id).exists():
        return 0
    return len(store.live_history(run.id)["loss"])


def _startable(left: list[Work], flying: list[Work], executor: Executor) -> list[Work]:
    """Return the runs that begin now: as many as there are workers and memory for."""
    waiting = left[: executor.workers - len(flying)]
    needs = [expected_memory(work.run.settings) for work in waiting]
    taken = sum(expected_memory(work.run.settings) for work in flying)
    return [waiting[index] for index in choose_with_room(needs, taken, executor.memory)]


def job_of(plan: Plan, run: Run, data: Dataset, store: Store) -> Job:
    """Return the job of a run, whose pictures are prepared then."""
    # Decoded here, with every core, rather than in a worker that has one thread.
    load_arrays(
        data,
        run.settings.image_size,
        cache=store.cache / "arrays",
        interpolation=run.settings.interpolation,
    )
    keep = plan.report.keep_weights
    program, origin = this_process(), registry.current().origin
    return Job(run.id, run.settings, run.seed, run.identity, data, store, keep, program, origin)


def _watch(
    executor: Executor,
    flying: Mapping[str, Work],
    reached: dict[str, int],
    store: Store,
    watcher: Watcher,
) -> list[Ended]:
    """Wait until a run ends or a worker comes; report meanwhile which epoch each has reached."""
    here, workers = this_process(), executor.workers
    while True:
        ended = executor.results(POLL)
        over = {one.id for one in ended}
        for work in [work for name, work in flying.items() if name not in over]:
            holder = store.holder(work.run.id)
            if holder is not None and not holder.program.is_same(here):
                watcher.waiting(work, holder)
            seen = store.live_history(work.run.id)["val_accuracy"]
            # Fewer than before: another worker does it again, from its beginning or a checkpoint.
            if seen and len(seen) != reached.get(work.run.id):
                reached[work.run.id] = len(seen)
                watcher.advanced(work, len(seen), seen[-1])
        if ended or executor.workers > workers:
            return ended


def _failure(ended: Ended, store: Store) -> str | None:
    """Return why a run failed, having recorded it where its worker could not.

    Raises:
        IdentityError: Its worker refused it.
        StorageError: Its worker could not write.
    """
    if isinstance(ended.error, IdentityError | StorageError):
        raise ended.error
    if ended.is_lost:
        _save_failure(store, ended.id, DIED.format(max(LOSSES, ended.losses)))
    elif ended.error is not None:
        _save_failure(store, ended.id, f"{type(ended.error).__name__}: {ended.error}")
    elif not store.holds(ended.id) and store.failure(ended.id) is None:
        # Without this the plan would ask for it again, for ever.
        _save_failure(store, ended.id, VANISHED)
    failure = store.failure(ended.id)
    return failure.reason if failure else None


def _save_failure(store: Store, run_id: str, reason: str) -> None:
    """Record a failure, unless the run is recorded or another process is at it meanwhile."""
    # A process that has just died may hold its lock a moment longer.
    with contextlib.suppress(Timeout), store.lock(run_id, timeout=LOCK_WAIT):
        if not store.holds(run_id):
            store.save_failure(run_id, reason)
