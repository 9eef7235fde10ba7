"""Who waits is told how far the work is, on a terminal and without one."""

import io

import pytest
from rich.console import Console

from scenes.app.progress import TrainingProgress, counting
from scenes.plan.plan import Run
from scenes.spec.settings import Settings
from scenes.system.locks import Holder
from scenes.system.processes import Owner
from scenes.training.engine import Work


def work(name: str, cost: float = 10.0, epochs: int = 4, reached: int = 0) -> Work:
    """Return a run that is to be done."""
    return Work(Run(name, Settings(epochs=epochs), 0, {}, None), cost, f"study {name}", reached)


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
    runs = [work("a"), work("b"), work("c")]
    with TrainingProgress(console) as progress:
        progress.planned(runs, 2)
        progress.started(runs[0])
        progress.planned(runs[1:], 2)
        watch[0] = 30.0
        progress.ended(runs[0], None)
        progress.planned(runs[1:], 2)
        progress.started(runs[1])
        watch[0] = 60.0
        progress.ended(runs[1], "diverged [in] epoch 3")
    assert text(console).splitlines() == [
        "[1/5] study a: done, about 1 min left",
        "study b failed: diverged [in] epoch 3",
    ]


def test_a_long_run_is_heard_of(watch: list[float]) -> None:
    """Where nothing ends for a while, a line tells the epoch that a run has reached."""
    console = plain()
    one = work("a", epochs=40)
    with TrainingProgress(console) as progress:
        progress.planned([one], 0)
        progress.started(one)
        for epoch in range(1, 11):
            watch[0] += 5.0
            progress.advanced(one, epoch, 0.5)
    lines = text(console).splitlines()
    assert lines == [
        "[0/1] study a: epoch 5 of 40, val 50.0%, about 3 min left",
        "[0/1] study a: epoch 10 of 40, val 50.0%, about 2 min left",
    ]


def test_what_was_done_before_says_nothing_of_the_speed(watch: list[float]) -> None:
    """A run that goes on from epoch 20 of 40 took its 25 seconds for five epochs, not for 25."""
    console = plain()
    one = work("a", epochs=40, reached=20)
    with TrainingProgress(console) as progress:
        progress.planned([one], 0)
        progress.started(one)
        watch[0] = 25.0
        progress.advanced(one, 25, 0.5)
    assert text(console) == "[0/1] study a: epoch 25 of 40, val 50.0%, about 1 min left\n"


def test_bars_show_runs_and_epochs(watch: list[float]) -> None:
    """On a terminal each run that is training has a bar, which goes when it ends."""
    console = terminal()
    runs = [work("a"), work("b")]
    with TrainingProgress(console) as progress:
        progress.planned(runs, 0)
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
    assert "1 min left" in text(console)
    assert "done" not in text(console)


def test_nothing_is_promised_in_the_first_seconds(watch: list[float]) -> None:
    """While workers start, the speed says nothing."""
    console = plain()
    with TrainingProgress(console) as progress:
        progress.planned([work("a"), work("b")], 0)
        progress.started(work("a"))
        watch[0] = 14.0
        progress.ended(work("a"), None)
    assert text(console) == "[1/2] study a: done\n"


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
