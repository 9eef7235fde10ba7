"""Runs for schedulers of any kind: the commands that train what is ready, and what each does.

A request goes in; out comes a command for each run that can start now. What waits for a choice is
ready once these are recorded: asked again, the same request gives those.
"""

import shlex
from pathlib import Path

from rich.console import Console

from scenes.app.request import Request, check_numbers, open_request
from scenes.app.training import keep_asked, ready_plan
from scenes.app.trust import Ask, require_trust
from scenes.data.arrays import load_arrays
from scenes.errors import TrainingError
from scenes.runs.record import Failure
from scenes.runs.store import Store
from scenes.system.formatting import agreed, said_count
from scenes.system.interrupts import StopError, stops_raised
from scenes.training.engine import job_of, work_left
from scenes.training.executors.job_files import find_components, job_path, load_job, save_job
from scenes.training.executors.protocol import Ended, Job

POLL = 1.0
"""Seconds between two looks at whether a run has ended."""


def write_jobs(request: Request, console: Console) -> list[str]:
    """Write the jobs that are ready into the store; return a command for each, the longest first.

    Pictures are prepared here, once for all of them.

    Raises:
        UserError: The request has mistakes, or something is missing to train it.
        StorageError: The store cannot be written.
    """
    opened = open_request(request, console)
    check_numbers(opened, console)
    plan = ready_plan(opened, console)
    work = work_left(plan, lambda run: opened.pictures.part(run.settings), opened.store)
    keep_asked(opened, plan, {run.id for run in plan.runs if not run.is_missing})
    with console.status("preparing the pictures"):
        for one in work:
            part = opened.pictures.part(one.run.settings)
            save_job(job_of(plan, one.run, part, opened.store))
    told = said_count(len(work), "run|runs is|are ready")
    if plan.waiting:
        waits = agreed(plan.waiting, "waits|wait")
        told += f"; up to {plan.waiting} {waits} for results: ask again once they are recorded"
    console.print(f"{told}.", highlight=False, markup=False)
    store = shlex.quote(str(opened.store.root.resolve()))
    return [f"scenes work {one.run.id} --store {store}" for one in work]


def carry_out_job(
    root: Path, run_id: str, *, trust: bool = False, ask: Ask | None = None
) -> Failure | None:
    """Train a run whose job was written; return why it failed, or None where it is recorded.

    Args:
        root: Of the store.
        run_id: Of the run.
        trust: Accept the components that it needs without a question.
        ask: Asks the user; None where nobody can answer.

    Raises:
        UserError: There is no such job, its components are not accepted, or it is another run by
            what is here: all that differs.
        TrainingError: Its process died; the same command goes on from its checkpoint.
        StorageError: The disk does not take it.
    """
    store = Store(root.resolve())
    if not store.holds(run_id):
        if origin := find_components(store, run_id):
            require_trust(origin, trust=trust, ask=ask)
        job = load_job(store, run_id)
        ended = _train(job)
        if ended.error is not None:
            raise ended.error
        if ended.is_lost:
            raise TrainingError(
                f"The process that trained run {run_id} has died, most often because memory "
                f"ran out. What it wrote is in {store.log}. The same command goes on from its "
                "checkpoint."
            )
    job_path(store, run_id).unlink(missing_ok=True)
    return store.failure(run_id)


def _train(job: Job) -> Ended:
    """Train one run in a process of its own, which a signal lets write a checkpoint."""
    from scenes.training.executors.local import LocalExecutor, prepare_workers

    prepare_workers(job.store.log)
    settings = job.settings
    load_arrays(
        job.dataset,
        settings.image_size,
        cache=job.store.cache / "arrays",
        interpolation=settings.interpolation,
    )
    with LocalExecutor(1, log=job.store.log) as executor, stops_raised():
        executor.submit(job)
        try:
            while not (ended := executor.results(POLL)):
                pass
        except KeyboardInterrupt as stop:
            executor.suspend()
            if isinstance(stop, StopError):
                stop.under_way, stop.saved = 1, int(job.store.checkpoint(job.id).exists())
            raise
        executor.release(job.id)
        return ended[0]
