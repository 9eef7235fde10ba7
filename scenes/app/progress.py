"""Shows how far long work is: bars on a terminal, plain lines where there is none."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskID,
    TextColumn,
)
from rich.text import Text

from scenes.plan.cost import RunCost
from scenes.plan.time_left import TimeLeft, TimeRange
from scenes.runs.status import Status
from scenes.system.formatting import said_count, said_time
from scenes.system.locks import Holder
from scenes.training.engine import LOSSES, Work

NO_WORKER = "no worker is free, or no memory"
NO_RESULTS = "needs the results of the runs before it"
LINE_EVERY = 20.0
"""Seconds between two plain lines while nothing ends."""


class TimeColumn(ProgressColumn):
    """How long the rest of the work takes."""

    def render(self, task: Task) -> Text:
        """Return the time left of the task that measures work, else nothing."""
        left = task.fields.get("left")
        return Text("" if left is None else f"{said_range(left)} left", style="cyan")


def said_range(left: TimeRange) -> str:
    """Write how long something takes: one number where it is known well enough, else two."""
    low, high = said_time(left.low), said_time(left.high)
    return f"about {said_time(left.middle)}" if left.is_sure or low == high else f"{low} to {high}"


class TrainingProgress:
    """Follows the runs of a plan: overall, each that is running, and the time left."""

    def __init__(
        self, console: Console, status: Status | None = None, *, time_left: TimeLeft | None = None
    ) -> None:
        self._console = console
        self._status = status
        self._time_left = time_left or TimeLeft(1)
        self._ended = 0
        self._left: list[Work] = []
        self._later: list[RunCost] = []
        self._running: dict[str, tuple[Work, int]] = {}
        self._tasks: dict[str, TaskID] = {}
        self._holders: dict[str, Holder] = {}
        self._last_line = time.monotonic()
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            TimeColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._overall = self._bars.add_task("runs", total=None, note="", left=None)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()
        self._report("ended")

    def planned(self, work: list[Work], later: list[RunCost], workers: int) -> None:
        """Take note of what is left to do, and of how many runs go at a time."""
        self._left, self._later = work, later
        self._time_left.resize(workers)
        self._update_overall()

    def started(self, work: Work) -> None:
        """Show a run that has begun."""
        self._left = [other for other in self._left if other.run.id != work.run.id]
        self._running[work.run.id] = (work, work.cost.reached)
        self._time_left.start(work.run.id, work.cost, time.monotonic())
        self._tasks[work.run.id] = self._bars.add_task(
            f"  {work.title}", total=work.run.settings.epochs, note="starting", left=None
        )
        self._update_overall()

    def advanced(self, work: Work, epoch: int, val_accuracy: float | None) -> None:
        """Show the epoch that a run has reached."""
        self._running[work.run.id] = (work, epoch)
        self._time_left.advance(work.run.id, epoch, time.monotonic())
        note = "" if val_accuracy is None else f"val {val_accuracy:.1%}"
        self._bars.update(self._tasks[work.run.id], completed=epoch, note=note)
        self._update_overall()
        if time.monotonic() - self._last_line > LINE_EVERY:
            epochs = work.run.settings.epochs
            self._line(f"{work.title}: epoch {epoch} of {epochs}, {note}")

    def ended(self, work: Work, failure: str | None) -> None:
        """Show that a run is over."""
        self._running.pop(work.run.id)
        self._holders.pop(work.run.id, None)
        self._bars.remove_task(self._tasks.pop(work.run.id))
        may_stop_early = bool(work.run.settings.patience)
        self._time_left.end(
            work.run.id, time.monotonic(), is_whole=failure is None and not may_stop_early
        )
        self._ended += 1
        self._update_overall()
        if failure is None:
            self._line(f"{work.title}: done")
        else:
            told = f"{work.title} failed: {failure}"
            self._console.print(told, style="red", markup=False, soft_wrap=True)

    def waiting(self, work: Work, holder: Holder) -> None:
        """Say once of a run that another program is at it."""
        if self._holders.get(work.run.id) != holder:
            self._holders[work.run.id] = holder
            self._console.print(
                f"{work.title}: {holder} trains the same run; waiting for it.",
                style="yellow",
                markup=False,
                highlight=False,
                soft_wrap=True,
            )

    def lost(self, work: Work, times: int) -> None:
        """Show that the worker of a run has died; the run waits for another one."""
        self._time_left.end(work.run.id, time.monotonic(), is_whole=False)
        self._running.pop(work.run.id)
        self._holders.pop(work.run.id, None)
        self._bars.remove_task(self._tasks.pop(work.run.id))
        self._console.print(
            f"{work.title}: its worker has died ({times} of {LOSSES}); it is tried again.",
            style="yellow",
            markup=False,
            soft_wrap=True,
        )

    def stopping(self, under_way: int) -> None:
        """Say what is waited for before the program ends."""
        if under_way:
            self._console.print(
                f"Stopping: saving {said_count(under_way, 'run|runs')} under way. "
                "Ctrl-C again ends at once.",
                highlight=False,
            )

    def _update_overall(self) -> None:
        total = self._ended + len(self._running) + len(self._left) + len(self._later)
        self._bars.update(
            self._overall,
            completed=self._ended,
            total=total,
            note="",
            left=self._estimate(),
        )
        self._report("training")

    def _report(self, state: str) -> None:
        """Say in the program's status file how far the plan is."""
        if self._status is None:
            return
        running = [
            {
                "id": work.run.id,
                "title": work.title,
                "epoch": epoch,
                "epochs": work.run.settings.epochs,
                "reason": self._reason(work),
            }
            for work, epoch in self._running.values()
        ]
        waiting = [
            *({"id": it.run.id, "title": it.title, "reason": NO_WORKER} for it in self._left),
            *({"id": "", "title": "", "reason": NO_RESULTS} for _ in self._later),
        ]
        left = self._estimate()
        self._status.tell(
            state,
            done=self._ended,
            total=self._ended + len(running) + len(waiting),
            seconds_left=left and left.middle,
            seconds_left_range=left and [left.low, left.high],
            running=running,
            waiting=waiting,
        )

    def _reason(self, work: Work) -> str | None:
        holder = self._holders.get(work.run.id)
        return None if holder is None else f"waits for {holder}, which trains the same run"

    def _estimate(self) -> TimeRange | None:
        waiting = [*(work.cost for work in self._left), *self._later]
        return self._time_left.estimate(waiting, time.monotonic())

    def _line(self, text: str) -> None:
        if self._console.is_terminal:
            return
        self._last_line = time.monotonic()
        total = self._ended + len(self._running) + len(self._left) + len(self._later)
        left = self._estimate()
        end = "" if left is None or not left.high else f", {said_range(left)} left"
        self._console.print(
            f"[{self._ended}/{total}] {text}{end}", markup=False, highlight=False, soft_wrap=True
        )


@contextmanager
def counting(console: Console, what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a growing count: yield a function that takes (done, total)."""
    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with bars:
        task = bars.add_task(what, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
