"""Trains what a request lacks: checks, workers or a cluster, and what is kept beside the records.

All that the user must mend is reported before the first training starts.
"""

from collections.abc import Callable, Container
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.console import Console

from scenes.app.clusters import cluster_joined, crowding, parse_place
from scenes.app.cold_cache import cold_notes
from scenes.app.pretrained import settle_weights
from scenes.app.progress import TrainingProgress
from scenes.app.request import (
    Opened,
    Request,
    command_of,
)
from scenes.data.arrays import bytes_to_prepare
from scenes.errors import MachineError
from scenes.plan.final import passing_runs
from scenes.plan.memory import expected_memory, weights_bytes
from scenes.plan.plan import Plan
from scenes.plan.sealing import keep_looks
from scenes.plan.time_left import TimeLeft
from scenes.plan.timing import recorded_pace
from scenes.runs.identity import training_versions
from scenes.runs.record import Failure
from scenes.runs.requests import Asked, keep_request
from scenes.runs.status import forget_dead_programs, program_status
from scenes.runs.store import Store
from scenes.runs.weights_store import forget_weights
from scenes.system.disk import require_space, require_writable, write_problem
from scenes.system.formatting import agreed, said_count, said_size, said_time
from scenes.system.interrupts import stops_raised

if TYPE_CHECKING:
    from scenes.training.executors.protocol import Executor


def ready_plan(opened: Opened, console: Console) -> Plan:
    """Return the plan of a request, checked as far as anything is to be trained.

    Raises:
        WeightsError: Pretrained weights are missing and the profile does not go on without.
        MachineError: Something is to be trained and TensorFlow is not installed, or no room.
    """
    plan = opened.plan(opened.report)
    if opened.request.retry_failed:
        plan = _forget_failures(opened, plan)
    plan = settle_weights(opened, plan, console)
    if not write_problem(opened.store.root):  # which need not be one's own
        keep_looks(opened.store.root, plan)
    if not plan.missing:
        return plan
    if opened.versions is None:
        raise MachineError(
            said_count(
                len(plan.missing),
                "run|runs is|are to be trained, and TensorFlow is not installed here.",
            ),
            ["what trains is an extra of the package"],
            "Install it with: pip install 'scenes[train-cpu]'  (or scenes[train] for GPUs)",
        )
    # A store from which everything is read need not be one's own.
    require_writable([opened.store.root])
    _require_room(opened, plan)
    return plan


def train(opened: Opened, console: Console, before: Callable[[], object]) -> Plan:
    """Train what is missing and return the plan with every result.

    Args:
        opened: The request.
        console: Shows the progress.
        before: Is called where something is to be trained: the document comes last, and all that
            would make it fail is reported before.

    Raises:
        UserError, StorageError: As `ready_plan`.
        RenderError: No PDF can be drawn here.
    """
    plan = ready_plan(opened, console)
    if not plan.missing:
        return plan
    if opened.crew is None:
        _prepare_workers(opened.store)
    before()
    recorded = {run.id for run in plan.runs if not run.is_missing}
    keep_asked(opened, plan, recorded)
    trained = _run(opened, plan, console)
    keep_asked(opened, trained, recorded)  # with those that waited for a choice
    _forget_weights(opened, trained)
    return trained


def keep_asked(opened: Opened, plan: Plan, recorded: Container[str]) -> None:
    """Keep what is asked for beside the records, with the runs that are trained for it."""
    asked = Asked(opened.description.text, opened.profile, command_of(opened))
    runs = [run.id for run in plan.runs if run.id not in recorded]
    keep_request(opened.store.root, asked, runs)


def start_first_workers(store: Store) -> None:
    """Let workers import what they need while pictures are checked, where nothing is recorded."""
    if training_versions() and not store.runs.exists() and not write_problem(store.root):
        _prepare_workers(store)


def _prepare_workers(store: Store) -> None:
    from scenes.training.executors.local import prepare_workers

    prepare_workers(store.log)


def _require_room(opened: Opened, plan: Plan) -> None:
    """Check that the disk takes pictures and weights of every run that is to be trained."""
    cache = opened.store.cache / "arrays"
    needed = dict(
        bytes_to_prepare(
            opened.pictures.part(run.settings, run.fold),
            run.settings.image_size,
            cache=cache,
            interpolation=run.settings.interpolation,
        )
        for run in plan.missing
    )
    weights = 0.0
    if plan.report.keep_weights != "none":
        # Those that wait for a choice are as many more, and of much the same size.
        waiting = 1 + plan.waiting / len(plan.missing)
        weights = waiting * sum(weights_bytes(run.settings) for run in plan.missing)
    what = "the prepared pictures" + (" and the weights of the networks" if weights else "")
    require_space(cache, round(sum(needed.values()) + weights), what)


def _forget_weights(opened: Opened, plan: Plan) -> None:
    """Delete the weights of what is not the final configuration, once that is known."""
    if plan.report.keep_weights != "all":
        forget_weights(opened.store, passing_runs(plan))


def _run(opened: Opened, plan: Plan, console: Console) -> Plan:
    from scenes.training.engine import run_plan

    executor = _executor(opened)
    workers = executor.workers
    depend = agreed(plan.waiting, "depends|depend")
    later = f", then up to {plan.waiting} that {depend} on their results" if plan.waiting else ""
    console.print(
        f"Training {said_count(len(plan.missing), 'run|runs')}, {workers} at a time{later}. "
        "You may stop at any moment (Ctrl-C): what is finished is kept.",
        highlight=False,
    )
    largest = max(expected_memory(run.settings) for run in plan.missing)
    if largest > executor.memory:
        console.print(
            f"The largest run needs about {said_size(largest)} of memory, more than is free: it "
            "runs alone, and where it dies it is recorded as failed and the others go on.",
            style="yellow",
            highlight=False,
        )
    for note in cold_notes(opened, plan):
        console.print(note, highlight=False, markup=False)
    forget_dead_programs(opened.store)
    machines = opened.crew.machines if opened.crew else None
    time_left = TimeLeft(workers, recorded_pace(opened.store, machines))
    with (
        executor,
        TrainingProgress(console, program_status(opened.store), time_left=time_left) as progress,
        stops_raised(),
    ):
        return run_plan(
            plan,
            lambda: _replan(opened, plan),
            lambda run: opened.pictures.part(run.settings, run.fold),
            opened.store,
            executor=executor,
            watcher=progress,
        )


def _executor(opened: Opened) -> "Executor":
    """Return what carries runs out: the cluster that was joined, or this machine."""
    if opened.crew is not None:
        from scenes.training.executors.cluster import DaskExecutor

        return DaskExecutor(opened.crew, opened.store)
    from scenes.training.executors.local import LocalExecutor

    return LocalExecutor(worker_count(opened.request), log=opened.store.log)


def join_cluster(opened: Opened, console: Console, stack: ExitStack) -> Opened:
    """Join the cluster of a request if something is to be trained, until the stack is closed.

    Runs are then planned with the libraries of its workers; this machine need not have any.
    """
    request = opened.request
    if request.cluster is None:
        return opened
    # A mistake is reported in any case.
    place = parse_place(request.cluster, insecure=request.insecure)
    if not opened.plan(opened.report).missing and not request.retry_failed:
        return opened
    if note := crowding(place):
        console.print(note, style="yellow", highlight=False, markup=False)

    def waiting(seconds: float) -> None:
        told = f"No worker is there yet; waiting up to {said_time(seconds)} for a first one."
        console.print(told, highlight=False, markup=False)

    with console.status(f"joining the cluster {request.cluster}"):
        joined = cluster_joined(
            request.cluster,
            opened.store,
            insecure=request.insecure,
            settings=opened.report.slurm,
            waiting=waiting,
        )
        crew = stack.enter_context(joined)
    where = (
        "uses|use the store" if crew.sees_store else "works|work in its|their own folder|folders"
    )
    told = said_count(len(crew.found), f"worker|workers {where}")
    console.print(f"{told}.", highlight=False, markup=False)
    return replace(opened, crew=crew, libraries=crew.versions)


def _replan(opened: Opened, plan: Plan) -> Plan:
    """Plan again; the looks that this takes at the results are kept before anything follows."""
    planned = opened.plan(plan.report)
    keep_looks(opened.store.root, planned)
    return planned


def worker_count(request: Request) -> int:
    """Return how many runs are trained at a time."""
    from scenes.training.executors.local import default_workers

    return request.workers or default_workers()


def _forget_failures(opened: Opened, plan: Plan) -> Plan:
    for run in plan.runs:
        if isinstance(run.result, Failure):
            opened.store.forget_failure(run.id)
    return opened.plan(plan.report)
