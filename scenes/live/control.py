"""Carries out what the page may ask for: stop the training, try failed runs again."""

import signal
from collections.abc import Iterable

import psutil

from scenes.errors import UserError
from scenes.plan.plan import Plan
from scenes.runs.news import News, load_programs
from scenes.runs.record import Failure
from scenes.runs.store import Store
from scenes.system.formatting import said_count


def stop_training(store: Store, plan: Plan) -> str:
    """Ask the programs of this machine that train runs of a plan to end, as Ctrl-C does.

    Raises:
        UserError: There is none that can be asked.
    """
    ours = [one for one in load_programs(store) if _trains(one, {run.id for run in plan.runs})]
    here = [one for one in ours if one.owner.is_here and not one.owner.is_dead]
    if not here:
        away = [f"process {one.owner.pid} runs on {one.owner.host}" for one in ours]
        hint = "Stop it there with Ctrl-C." if away else ""
        raise UserError("Nothing trains this report on this machine.", away, hint)
    for one in here:
        _interrupt(one.owner.pid)
    return (
        f"{said_count(len(here), 'program|programs was|were')} asked to stop. Runs under way are "
        "saved first; what is finished is kept."
    )


def _interrupt(pid: int) -> None:
    try:
        psutil.Process(pid).send_signal(signal.SIGINT)
    except psutil.NoSuchProcess:
        return  # it has just ended
    except (psutil.AccessDenied, ValueError) as error:
        raise UserError(
            f"Process {pid} cannot be stopped from here.",
            [str(error) or "it belongs to somebody else"],
            "Stop it with Ctrl-C where it was started.",
        ) from error


def _trains(program: News, ids: Iterable[str]) -> bool:
    if program.state != "training":
        return False
    rows = [*program.rows("running"), *program.rows("waiting")]
    return not {row.get("id") for row in rows}.isdisjoint(ids)


def retry_failed(store: Store, plan: Plan, command: str) -> str:
    """Delete the recorded failures of a plan, so that its runs are trained again.

    Args:
        store: Where they are.
        plan: Whose failed runs are tried again.
        command: That trains them, where no program does.

    Raises:
        UserError: No run has failed.
        StorageError: A failure cannot be removed.
    """
    failed = [run.id for run in plan.runs if isinstance(run.result, Failure)]
    if not failed:
        raise UserError("No run has failed.")
    for run_id in failed:
        store.forget_failure(run_id)
    told = said_count(len(failed), "run|runs is|are tried again")
    ids = {run.id for run in plan.runs}
    if any(_trains(one, ids) and not one.owner.is_dead for one in load_programs(store)):
        return f"{told} as soon as a run of the training under way has ended."
    return f"{told} by: {command}"
