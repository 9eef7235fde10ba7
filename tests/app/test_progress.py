"""Progress is shown, on a terminal and without one."""

import io

import pytest
from rich.console import Console

from scenes.app.progress import TrainingProgress, counting
from scenes.plan.cost import RunCost
from scenes.plan.plan import Run
from scenes.spec.settings import Settings
from scenes.system.locks import Holder
from scenes.system.processes import Owner
from scenes.training.engine import Work


def work(name: str, epochs: int = 4, reached: int = 0) -> Work:
    """Return a run that is to be done, whose epochs cost 5 seconds each."""
    cost = RunCost("small", 0.0, 5.0, epochs, reached)
    return Work(Run(name, Settings(epochs=epochs), 0, {}, None), cost, f"study {name}")


def plain() -> Console:
    """Return a console that is no terminal, narrower than its lines: none is broken."""
    return Console(file=io.StringIO(), force_terminal=False, width=30)


def terminal() -> Console:
    """Return a console that is a terminal."""
    return Console(file=io.StringIO(), force_terminal=True, width=120, legacy_windows=False)


def text(console: Console) -> str:
    """Return what a console was told."""
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a clock that a test sets: its only item is the time."""
    now = [0.0]
    monkeypatch.setattr("scenes.app.progress.time.monotonic", lambda: now[0])
    return now


def test_plain_lines_tell_each_run_that_ends(watch: list[float]) -> None:
    """Without a terminal there is a line per run, with how many are done and the time left."""
    console = plain()
    runs, later = [work("a"), work("b"), work("c")], [work("d").cost, work("e").cost]
    with TrainingProgress(console) as progress:
        progress.planned(runs, later, 1)
        progress.started(runs[0])
        progress.planned(runs[1:], later, 1)
        watch[0] = 20.0
        progress.ended(runs[0], None)
        progress.planned(runs[1:], later, 1)
        progress.started(runs[1])
        watch[0] = 40.0
        progress.ended(runs[1], "diverged [in] epoch 3")
    assert text(console).splitlines() == [
        "[1/5] study a: done, 47 s to 1 min left",
        "study b failed: diverged [in] epoch 3",
    ]


def test_a_long_run_is_heard_of(watch: list[float]) -> None:
    """Where nothing ends for a while, a line tells the epoch that a run has reached."""
    console = plain()
    one = work("a", epochs=40)
    with TrainingProgress(console) as progress:
        progress.planned([one], [], 1)
        progress.started(one)
        progress.planned([], [], 1)
        for epoch in range(1, 11):
            watch[0] += 5.0
            progress.advanced(one, epoch, 0.5)
    lines = text(console).splitlines()
    assert lines == [
        "[0/1] study a: epoch 5 of 40, val 50.0%, about 3 min left",
        "[0/1] study a: epoch 10 of 40, val 50.0%, about 2 min left",
    ]


def test_what_is_not_known_well_is_a_range(watch: list[float]) -> None:
    """Nothing before the first epoch; a range while kinds are left that nothing is known of."""
    console = plain()
    one, cost = work("a", epochs=40), RunCost("large", 0.0, 50.0, 40)
    with TrainingProgress(console) as progress:
        progress.planned([], [cost], 1)
        progress.started(one)
        watch[0] = 10.0
        progress.advanced(one, 1, 0.5)
        assert progress._estimate() is None
        watch[0] = 25.0
        progress.advanced(one, 4, 0.5)
    assert text(console) == ("[0/2] study a: epoch 4 of 40, val 50.0%, 19 min to 1 h 10 min left\n")


def test_what_was_done_before_says_nothing_of_the_speed(watch: list[float]) -> None:
    """A run that goes on from epoch 20 of 40 took its 25 seconds for five epochs, not for 25."""
    console = plain()
    one = work("a", epochs=40, reached=20)
    with TrainingProgress(console) as progress:
        progress.planned([], [], 1)
        progress.started(one)
        watch[0] = 5.0
        progress.advanced(one, 21, 0.5)
        watch[0] = 25.0
        progress.advanced(one, 25, 0.5)
    assert text(console) == "[0/1] study a: epoch 25 of 40, val 50.0%, about 1 min left\n"


def test_bars_show_runs_and_epochs(watch: list[float]) -> None:
    """On a terminal each run that is training has a bar, which goes when it ends."""
    console = terminal()
    runs = [work("a"), work("b")]
    with TrainingProgress(console) as progress:
        progress.planned(runs, [], 1)
        progress.started(runs[0])
        watch[0] = 20.0
        progress.advanced(runs[0], 2, 0.25)
        bars = progress._bars
        bars.refresh()
        assert [task.description for task in bars.tasks] == ["runs", "  study a"]
        assert (bars.tasks[1].completed, bars.tasks[1].total) == (2, 4)
        assert (bars.tasks[0].completed, bars.tasks[0].total) == (0, 2)
        progress.ended(runs[0], None)
        assert [task.description for task in bars.tasks] == ["runs"]
        assert bars.tasks[0].completed == 1
    assert "val 25.0%" in text(console)
    assert " left" in text(console)
    assert "done" not in text(console)


@pytest.mark.parametrize("console", [plain(), terminal()], ids=["plain", "terminal"])
def test_counting(console: Console) -> None:
    """A count can be told from none to all, on any console."""
    with counting(console, "checking the pictures") as progress:
        for done in range(3):
            progress(done, 2)
    assert ("checking the pictures" in text(console)) == console.is_terminal


def test_a_run_of_another_program_is_told_once(watch: list[float]) -> None:
    """Who waits learns for which process, on the terminal and in the status file."""
    console = plain()
    owner = Owner("elsewhere", 7, 0.0)
    holder = Holder(owner, 1_000_000_000.0, owner)
    one = work("a")
    with TrainingProgress(console) as progress:
        progress.started(one)
        for _ in range(3):
            progress.waiting(one, holder)
        assert "waits for process 7 on elsewhere since 2001-09-09" in str(progress._reason(one))
        progress.ended(one, None)
        assert progress._reason(one) is None
    assert text(console).count("study a: process 7 on elsewhere since 2001-09-09") == 1
