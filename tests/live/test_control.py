"""The page stops what trains its own report on this machine, and has failures tried again."""

import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from written import SHORT, make_folder, open_folder

from scenes.app.request import Opened
from scenes.errors import UserError
from scenes.live import control
from scenes.live.control import retry_failed, stop_training
from scenes.plan.plan import Plan
from scenes.runs.status import Status, program_status


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    """Return a report of which nothing is trained."""
    folder = make_folder(tmp_path)
    (folder / "own.html").write_text(SHORT, encoding="utf-8")
    return open_folder(folder)


@pytest.fixture
def plan(opened: Opened) -> Plan:
    """Return its plan."""
    return opened.plan(opened.report)


def say_training(opened: Opened, run_id: str, state: str = "training") -> Status:
    """Be a program that trains a run."""
    status = program_status(opened.store)
    status.tell(state, running=[{"id": run_id}], waiting=[])
    return status


def test_it_interrupts_who_trains_this_report(
    opened: Opened, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program gets SIGINT, the same as by Ctrl-C."""
    sent: list[tuple[int, int]] = []

    class Process:
        def __init__(self, pid: int) -> None:
            self.pid = pid

        def send_signal(self, number: int) -> None:
            sent.append((self.pid, number))

    say_training(opened, plan.runs[0].id)
    monkeypatch.setattr(control.psutil, "Process", Process)
    monkeypatch.setattr("scenes.system.processes._is_running", lambda *_: True)
    assert "1 program was asked to stop" in stop_training(opened.store, plan)
    assert sent == [(os.getpid(), signal.SIGINT)]


@pytest.mark.parametrize("state", ["ended", "training"])
def test_nobody_else_is_interrupted(opened: Opened, plan: Plan, state: str) -> None:
    """Neither a program that has ended, nor one that trains another report."""
    say_training(opened, "another" if state == "training" else plan.runs[0].id, state)
    with pytest.raises(UserError, match="Nothing trains this report"):
        stop_training(opened.store, plan)


@pytest.mark.parametrize(
    ("owner", "told"),
    [({"host": "node7"}, "process 1 runs on node7"), ({"started": 1.0}, "Nothing trains")],
)
def test_what_cannot_be_reached_is_named(
    opened: Opened, plan: Plan, owner: dict[str, object], told: str
) -> None:
    """A process of another machine is to be stopped there; a pid that is used again is nobody's."""
    status = say_training(opened, plan.runs[0].id)
    content = json.loads(status.path.read_bytes())
    content["owner"] |= {"pid": 1, **owner}
    status.path.write_text(json.dumps(content))
    with pytest.raises(UserError) as raised:
        stop_training(opened.store, plan)
    assert told in str(raised.value)


def test_failures_are_taken_off_the_record(opened: Opened, plan: Plan) -> None:
    """Afterwards the runs are missing, and it is said who trains them."""
    store, run = opened.store, plan.runs[0]
    with pytest.raises(UserError, match="No run has failed"):
        retry_failed(store, plan, "scenes report x")
    store.begin(run.id, run.identity)
    store.save_failure(run.id, "diverged")
    failed = opened.plan(opened.report)
    assert (
        retry_failed(store, failed, "scenes report x") == "1 run is tried again by: scenes report x"
    )
    assert store.failure(run.id) is None
    say_training(opened, plan.runs[1].id)
    assert "as soon as a run" in retry_failed(store, failed, "scenes report x")


def test_a_plan_of_nothing_stops_nothing(opened: Opened, plan: Plan) -> None:
    """Programs that say nothing of their runs are left alone."""
    program_status(opened.store).tell("training")
    with pytest.raises(UserError):
        stop_training(opened.store, replace(plan, studies=()))
