"""A plan is carried out: each run once, whatever fails, and again from where it was killed."""

import json
import multiprocessing
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest
from conftest import MakeRecord, save_pictures
from descriptions import small_report
from filelock import FileLock
from jobs import job_named
from rich.console import Console

from scenes.app.edits import take_edits, written_from
from scenes.app.request import Opened, Request, open_request
from scenes.errors import IdentityError, ScenesError, StorageError
from scenes.plan.cost import RunCost
from scenes.plan.plan import Plan, Run, Trial
from scenes.runs.record import Failure, Record
from scenes.runs.record_files import HISTORY_COLUMNS
from scenes.runs.store import Store, append_epoch
from scenes.spec.settings import Settings
from scenes.system.locks import Holder
from scenes.system.processes import Owner, this_process
from scenes.training import engine
from scenes.training.engine import Work, run_plan
from scenes.training.executors.local import LocalExecutor, default_workers, prepare_workers
from scenes.training.executors.protocol import Ended

BATCH = small_report(choose='{ by = "val_loss" }')

FAULTY = f"""{BATCH}
[[study]]
name = "faults"
title = "Faults"
question = "What then?"
factor = "fault"
factor_label = "Fault"
values = [
  {{ key = "diverges", learning_rate = 10.0, activation = "linear", momentum = 0.99, epochs = 30 }},
  {{ key = "raises", model = "transfer", backbone = "VGG16", weights = "no.h5", image_size = 32 }},
  {{ key = "dies", epochs = 100000 }},
]
[[study]]
name = "later"
title = "Later"
question = "What next?"
factor = "learning_rate"
values = [0.01, 0.02]
use = ["batch"]
"""

STEADY = f"""{BATCH}
[[study]]
name = "length"
title = "Length"
question = "How long?"
factor = "length"
values = [{{ key = "short", epochs = 60 }}, {{ key = "long", epochs = 600 }}]
"""

TRAIN = """
import json, os, signal, sys
from pathlib import Path
import psutil
from rich.console import Console
from scenes.app.progress import TrainingProgress
from scenes.app.request import Request, open_request
from scenes.app.training import train
def die(*_):
    print(json.dumps([one.pid for one in psutil.Process().children(recursive=True)]), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
if "dies" in sys.argv:
    TrainingProgress.ended = die
request = Request(Path(sys.argv[1]), store=Path(sys.argv[2]), workers=2)
opened = open_request(request, Console(stderr=True))
before = [run.id for run in opened.plan(opened.report).missing]
plan = train(opened, Console(stderr=True), before=lambda: None)
print(json.dumps({
    "before": before,
    "after": [run.id for run in plan.missing],
    "all": [run.id for run in plan.runs],
    "imported": "tensorflow" in sys.modules,
}))
"""


@dataclass
class Watch:
    """Notes what it receives, kills the worker of one run, and edits a report meanwhile."""

    store: Store
    victim: str = ""
    edited: Path | None = None
    started_runs: list[str] = field(default_factory=list)
    lost_runs: list[tuple[str, int]] = field(default_factory=list)
    ended_runs: dict[str, str | None] = field(default_factory=dict)
    later: list[int] = field(default_factory=list)

    def started(self, work: Work) -> None:
        """Note a run that has begun."""
        self.started_runs.append(work.title)
        if self.edited is not None:
            text = self.edited.read_text(encoding="utf-8")
            self.edited.write_text(text.replace("[4, 8]", "[4, 8, 12]"), encoding="utf-8")

    def advanced(self, work: Work, epoch: int, val_accuracy: float | None) -> None:
        """Kill the worker that holds the lock of the victim."""
        assert epoch > 0
        assert val_accuracy is not None
        if work.title == self.victim:
            for child in multiprocessing.active_children():
                files = psutil.Process(child.pid).open_files()
                if any(Path(file.path).name == f".{work.run.id}.lock" for file in files):
                    child.kill()

    def waiting(self, work: Work, holder: Holder) -> None:
        """No other program is at these runs."""
        raise AssertionError(f"{work.title} waits for {holder}")

    def lost(self, work: Work, times: int) -> None:
        """Note whose worker died."""
        self.lost_runs.append((work.title, times))

    def stopping(self, under_way: int) -> None:
        """Nobody stops this."""

    def ended(self, work: Work, failure: str | None) -> None:
        """Note how a run ended."""
        self.ended_runs[work.title] = failure

    def planned(self, work: list[Work], later: list[RunCost], workers: int) -> None:
        """Note how many runs cannot be planned yet."""
        assert workers > 0
        costs = [one.cost.whole for one in work]
        assert costs == sorted(costs, reverse=True)
        self.later.append(len(later))


@dataclass
class Session:
    """What the engine did with a report in which some runs fail."""

    root: Path
    opened: Opened
    plan: Plan
    watch: Watch
    files: Mapping[Path, str]

    def trial(self, study: str, key: str) -> Trial:
        """Return a value with its results."""
        return self.plan.study(study).trial(key)


def carry_out(opened: Opened, plan: Plan, watch: Watch, workers: int = 2) -> Plan:
    """Run a plan as the workflow does."""
    with LocalExecutor(workers, log=opened.store.log) as executor:
        return run_plan(
            plan,
            lambda: opened.plan(plan.report),
            lambda run: opened.pictures.part(run.settings),
            opened.store,
            executor=executor,
            watcher=watch,
        )


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Carry out, once for all tests, a report in which some runs fail."""
    root = tmp_path_factory.mktemp("engine")
    save_pictures(root / "pictures")
    for name, text in (("faulty", FAULTY), ("steady", STEADY)):
        (root / name).mkdir()
        (root / name / "report.toml").write_text(text, encoding="utf-8")
    files = written_from(root / "faulty")
    opened = open_request(Request(root / "faulty", store=root / "store"), Console(quiet=True))
    watch = Watch(opened.store, "faults dies", root / "faulty" / "report.toml")
    plan = carry_out(opened, opened.plan(opened.report), watch)
    return Session(root, opened, plan, watch, files)


def test_every_run_has_a_result(session: Session) -> None:
    """What can finish has finished, though others failed beside it."""
    assert session.plan.missing == ()
    assert session.plan.waiting == 0
    finished = [run for run in session.plan.runs if isinstance(run.result, Record)]
    assert len(finished) == 3
    for run in finished:
        record = run.result
        assert isinstance(record, Record)
        assert record.identity == run.identity
        assert {len(values) for values in record.history.values()} == {2}
        assert len(record.predictions.pictures) == 8
        assert record.summary["parameters"] > 0


def test_each_run_is_trained_once(session: Session) -> None:
    """What waits for a choice is begun after it is made, and a shared run only once."""
    started = session.watch.started_runs
    lost = [title for title, _ in session.watch.lost_runs]
    assert len(started) - len(lost) == len(set(started)) == len(session.plan.runs)
    assert started[0] == "faults dies"
    assert session.watch.later[0] == 2
    assert session.watch.later[-1] == 0
    carried = session.trial("later", "0.02").settings.batch_size
    chosen = session.plan.study("batch").chosen
    assert chosen is not None
    assert carried == int(chosen.key)
    assert (
        session.trial("later", "0.01").runs[0].id == session.trial("batch", chosen.key).runs[0].id
    )


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("diverges", "is not a number (a smaller learning rate often helps)"),
        ("raises", "no.h5"),
        ("dies", "its worker process died"),
    ],
)
def test_a_failure_is_recorded(key: str, reason: str, session: Session) -> None:
    """A run that diverges, raises or loses its process has a reason on record."""
    (failure,) = session.trial("faults", key).failures
    assert reason in failure.reason
    assert session.watch.ended_runs[f"faults {key}"] == failure.reason
    assert session.opened.store.failure(failure.id) == failure


def test_an_edit_during_the_training_waits(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    """The plan was fixed when the training began; the run that is asked for since is reported."""
    assert [trial.key for trial in session.plan.study("batch").trials] == ["4", "8"]
    console = Console(width=300)
    _, plan = take_edits(session.opened, session.plan, session.files, console)
    assert plan is session.plan
    assert "1 run would be new, and up to 2 more wait for them" in capsys.readouterr().out


def test_a_lost_run_is_tried_three_times(session: Session) -> None:
    """Two losses are reported and the run submitted again; the third fails it."""
    assert session.watch.lost_runs == [("faults dies", 1), ("faults dies", 2)]
    assert session.watch.started_runs.count("faults dies") == 3


def test_success_is_told_as_such(session: Session) -> None:
    """A page shows no failure where there is none."""
    ended = session.watch.ended_runs
    assert ended.keys() == set(session.watch.started_runs)
    assert [title for title, failure in ended.items() if failure] == [
        title for title in ended if title.startswith("faults")
    ]


def test_a_second_time_nothing_is_trained(session: Session) -> None:
    """With a result for every run, failures among them, no worker is started."""
    watch = Watch(session.opened.store)
    plan = session.opened.plan(session.opened.report)
    assert carry_out(session.opened, plan, watch) is plan
    assert (watch.started_runs, watch.later) == ([], [])
    assert multiprocessing.active_children() == []


def test_what_a_run_has_behind_it_is_known(session: Session) -> None:
    """A run that was cut off has its epochs behind it; without its checkpoint, none of them."""
    store = Store(session.root / "cut off")
    run = session.plan.runs[0]
    folder = store.begin(run.id)
    for _ in range(3):
        append_epoch(folder, dict.fromkeys(HISTORY_COLUMNS, 0.5))
    assert engine._reached(run, store) == 0
    store.checkpoint(run.id).touch()
    assert engine._reached(run, store) == 3


def changed_plan(opened: Opened, key: str, part: str, value: object) -> Plan:
    """Return the plan of a report in which the runs of one value are made of something else."""
    plan = opened.plan(opened.report)
    study = plan.study("batch")
    trials = [
        replace(
            trial,
            runs=tuple(
                replace(run, identity={**run.identity, part: value}) if trial.key == key else run
                for run in trial.runs
            ),
        )
        for trial in study.trials
    ]
    first = replace(study, trials=tuple(trials))
    return replace(plan, studies=(first, *plan.studies[1:]))


@pytest.mark.parametrize(
    ("part", "value", "told"),
    [
        ("weights", "0123", "weights"),
        ("versions", {"keras": "99"}, "keras"),
        ("code", {"run_training": "0123"}, "code: .* more"),
    ],
)
def test_what_changes_during_the_training_is_not_mixed(
    part: str, value: object, told: str, session: Session
) -> None:
    """Other code, libraries or weights for runs that were planned: told, and no more is trained."""
    opened = session.opened
    before = opened.plan(opened.report)
    engine._require_same(before, opened.plan(opened.report))
    with pytest.raises(IdentityError, match=rf"batch 8: .*{told}"):
        engine._require_same(before, changed_plan(opened, "8", part, value))


def start(session: Session, store: Path, how: str = "train") -> "subprocess.Popen[str]":
    """Start a process that trains the steady report.

    A program of its own, the same that kills itself when the first run has ended, or the command.
    """
    report = str(session.root / "steady")
    command = {
        "train": ["-c", TRAIN, report, str(store)],
        "dies": ["-c", TRAIN, report, str(store), "dies"],
        "scenes": ["-m", "scenes", "report", report, "--store", str(store), "--workers", "2"],
    }[how]
    return subprocess.Popen(
        [sys.executable, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until(holds: Callable[[], bool], *, of: "subprocess.Popen[str]") -> None:
    """Wait until something holds, however slow the machine is, unless a program ends before."""
    while not holds() and of.poll() is None:
        time.sleep(0.05)


def is_gone(pid: int) -> bool:
    """Return whether a process has ended."""
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows no SIGTERM")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])  # test_interrupts.py has the others
def test_a_scheduler_ends_it_with_checkpoints(session: Session, tmp_path: Path, name: str) -> None:
    """Long before a checkpoint is due, the runs under way are saved, and the exit code says why."""
    for attempt in "abc":  # a small run may be over before the signal comes: nothing is to be saved
        store = Store(tmp_path / attempt)
        program = start(session, store.root, "scenes")
        wait_until(lambda at=store: _is_training(at), of=program)  # type: ignore[misc]
        program.send_signal(getattr(signal, name))
        _, errors = program.communicate()
        assert program.returncode == 128 + getattr(signal, name), errors
        assert "Traceback" not in errors
        if saved := list(store.runs.glob("*.checkpoint")):
            break
    assert saved
    assert f"{len(saved)} of them saved" in errors
    assert ("by " + name in errors) == (name != "SIGINT")
    assert not list(store.runs.glob("*/failure.json"))


def _is_training(store: Store) -> bool:
    """Return whether a run has some epochs behind it."""
    names = [path.stem for path in store.runs.glob("*.partial")]
    return any(len(store.live_history(name)["loss"]) > 2 for name in names)


def test_a_killed_command_goes_on_from_there(session: Session, tmp_path: Path) -> None:
    """SIGKILL loses what is under way alone; the workers end; the same command finishes."""
    store = Store(tmp_path / "store")
    first = start(session, store.root, "dies")
    output, errors = first.communicate()
    assert first.returncode == -signal.SIGKILL, errors
    workers = json.loads(output)
    assert len(workers) >= 2
    end = time.monotonic() + 60
    while not all(map(is_gone, workers)) and time.monotonic() < end:
        time.sleep(0.05)
    assert all(map(is_gone, workers))
    done = {name: (store.runs / name / "manifest.json").stat().st_mtime_ns for name in store.ids()}
    assert 0 < len(done) < 4

    second = start(session, store.root)
    output, errors = second.communicate()
    assert second.returncode == 0, errors
    told = json.loads(output)
    assert set(told["before"]) == set(told["all"]) - done.keys()
    assert (told["after"], told["imported"]) == ([], False)
    assert store.ids() == sorted(told["all"])
    for name, written in done.items():
        assert (store.runs / name / "manifest.json").stat().st_mtime_ns == written
    # The same runs, trained by other processes beside other runs, are the same to the last bit.
    for run in session.plan.study("batch").trials:
        (here,) = run.records
        there = store.load(here.id)
        assert there is not None
        assert there.history == here.history
        np.testing.assert_array_equal(
            there.predictions.truth_probability, here.predictions.truth_probability
        )


RUN = Run("0123", Settings(), 0, {}, None)


DEAD = Ended(RUN.id, is_lost=True)


def test_a_worker_that_dies_late_takes_no_record_with_it(
    tmp_path: Path, make_record: MakeRecord
) -> None:
    """A run that was recorded before its worker died stays recorded."""
    store = Store(tmp_path)
    record = make_record()
    store.save(record)
    assert engine._failure(Ended(record.id, is_lost=True), store) is None
    assert isinstance(store.load(record.id), Record)


def test_a_run_that_another_process_is_at_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure here is no failure there: the one that holds the lock goes on."""
    monkeypatch.setattr(engine, "LOCK_WAIT", 0.1)
    store = Store(tmp_path)
    store.begin(RUN.id)
    with FileLock(store.runs / f".{RUN.id}.lock"):
        assert engine._failure(DEAD, store) is None
    assert store.partial(RUN.id).is_dir()
    reason = engine._failure(DEAD, store)
    assert str(reason).startswith("its worker process died")
    assert store.failure(RUN.id) == Failure(RUN.id, str(reason))


@pytest.mark.parametrize("is_own", [True, False])
def test_a_run_of_another_program_is_waited_for_aloud(is_own: bool, tmp_path: Path) -> None:
    """Whose worker holds the lock decides, not which process."""
    program = this_process() if is_own else Owner("elsewhere", 7, 0.0)
    store, told, answers = Store(tmp_path), [], [[], [Ended(RUN.id)]]
    work = Work(RUN, RunCost("small", 0.0, 1.0, 1), "study a")
    executor: Any = SimpleNamespace(results=lambda _: answers.pop(0), workers=1)
    watcher: Any = SimpleNamespace(waiting=lambda *said: told.append(said))
    with store.lock(RUN.id, program=program):
        assert engine._watch(executor, {RUN.id: work}, {}, store, watcher) == [Ended(RUN.id)]
    assert [(one, holder.program) for one, holder in told] == ([] if is_own else [(work, program)])


def test_a_worker_that_comes_is_given_work(tmp_path: Path) -> None:
    """Where a cluster has grown, nobody waits for a run to end before the next one begins."""
    counts = iter([1, 1, 2])

    class Growing:
        """An executor whose second worker comes after a while."""

        @property
        def workers(self) -> int:
            """One, and then two."""
            return next(counts)

        def results(self, timeout: float) -> list[Ended]:
            """Nothing has ended."""
            return []

    growing: Any = Growing()
    assert engine._watch(growing, {}, {}, Store(tmp_path), SimpleNamespace()) == []  # type: ignore[arg-type]
    assert next(counts, None) is None


def test_a_run_whose_workers_were_lost_elsewhere_has_failed(tmp_path: Path) -> None:
    """A cluster tries it again by itself; how often is in the reason."""
    store = Store(tmp_path)
    reason = engine._failure(Ended(RUN.id, is_lost=True, losses=4), store)
    assert reason == "its worker process died 4 times, most often because memory ran out"


def test_an_error_that_no_worker_recorded_is_recorded(tmp_path: Path) -> None:
    """So is one that is raised outside of the training."""
    ended = Ended(RUN.id, error=MemoryError("no room"))
    assert engine._failure(ended, Store(tmp_path)) == "MemoryError: no room"


@pytest.mark.parametrize("error", [IdentityError("other code"), StorageError(Path("x"), "full")])
def test_what_is_no_fault_of_the_run_stops_the_command(error: ScenesError, tmp_path: Path) -> None:
    """Nothing is recorded of it."""
    store = Store(tmp_path)
    with pytest.raises(type(error)):
        engine._failure(Ended(RUN.id, error=error), store)
    assert store.failure(RUN.id) is None


class FakePool:
    """Stands for a worker process, alive or dead."""

    def __init__(self, is_dead: bool = False) -> None:
        self.is_dead, self.is_shut = is_dead, False

    def submit(self, _function: object, _job: object) -> "Future[None]":
        """Take a job, unless dead."""
        if self.is_dead:
            raise BrokenProcessPool("died")
        return Future()

    def shutdown(self, **_: object) -> None:
        """Note the end."""
        self.is_shut = True


def test_a_worker_that_died_idle_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job goes to the next worker that lives, or to a new one."""
    made: list[FakePool] = []

    def new_pool(_log: Path, _gpu: str | None) -> FakePool:
        made.append(FakePool())
        return made[-1]

    monkeypatch.setattr("scenes.training.executors.local.new_worker", new_pool)
    with LocalExecutor(1, log=tmp_path / "workers.log") as executor:
        for name in "ab":
            executor.submit(job_named(name))
            executor._busy[name][0].set_result(None)
            assert executor.results(1.0) == [Ended(name)]
            executor.release(name)
            made[0].is_dead = True
    assert [pool.is_shut for pool in made] == [True, True]


def test_a_log_that_cannot_be_written_is_told_before_training(tmp_path: Path) -> None:
    """Every worker would die of it, three times."""
    with pytest.raises(StorageError, match="cannot be written"):
        prepare_workers(tmp_path)


def test_workers_fit_the_machine() -> None:
    """At least one, at most one per core."""
    assert 1 <= default_workers() <= (psutil.cpu_count() or 1)


def test_a_run_that_begins_again_elsewhere_shows_its_epochs() -> None:
    """Where a worker without the checkpoint takes a run over, the progress goes back with it."""
    over = SimpleNamespace(id="a")
    answers = iter([*([[]] * 6), [over]])
    executor = SimpleNamespace(workers=1, results=lambda timeout: next(answers))
    histories = iter([3, 5, 5, 0, 1, 2])
    store = SimpleNamespace(
        holder=lambda name: None,
        live_history=lambda name: {"val_accuracy": [0.5] * next(histories)},
    )
    told: list[int] = []
    watcher = SimpleNamespace(advanced=lambda work, epoch, accuracy: told.append(epoch))
    work = SimpleNamespace(run=SimpleNamespace(id="a"))
    engine._watch(executor, {"a": work}, {}, store, watcher)  # type: ignore[arg-type, dict-item]
    assert told == [3, 5, 1, 2]


@pytest.mark.parametrize(
    ("ended", "reached", "losses"),
    [
        (Ended("a"), 9, 2),
        (Ended("a", is_lost=True), 5, 3),
        (Ended("a", is_lost=True, losses=3), 5, 5),
        (Ended("a", is_lost=True, losses=3), 6, 1),
    ],
)
def test_losses_count_while_a_run_gets_no_further(ended: Ended, reached: int, losses: int) -> None:
    """A run that outlasts the time limits of jobs, with a checkpoint at each, does not fail."""
    store = SimpleNamespace(
        checkpoint=lambda name: SimpleNamespace(exists=lambda: True),
        live_history=lambda name: {"loss": [0.5] * reached},
    )
    work = SimpleNamespace(run=SimpleNamespace(id="a"), cost=SimpleNamespace(reached=5))
    assert engine._losses(2, ended, work, store) == losses  # type: ignore[arg-type]
