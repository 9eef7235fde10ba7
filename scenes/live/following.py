"""Follows the training of a plan through the files of its store: news in, values of a feed out.

Nothing here talks to the program that trains: it may run in another terminal, under another user,
or on another machine that shares the folder.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import psutil

from scenes.live.description import describe_plan, describe_program, describe_run
from scenes.live.feed import Feed
from scenes.live.health import Course, health_of
from scenes.plan.cost import run_cost
from scenes.plan.plan import Plan, Run
from scenes.plan.timing import Count
from scenes.runs.news import (
    News,
    Progress,
    Stamps,
    load_programs,
    load_progress,
    load_run_news,
    run_stamps,
)
from scenes.runs.record import Failure, Record
from scenes.runs.store import Store

UNDER_WAY = ("preparing", "training")
MACHINE_EVERY = 5.0
"""Seconds between two looks at the memory of the machine."""
STEP = 10.0
"""Seconds to which a silence is rounded, so that it is news only now and then."""


@dataclass(frozen=True)
class Subject:
    """What is followed.

    Attributes:
        plan: The plan with what is recorded of it.
        classes: How many the pictures have.
        count: How many training and validation pictures settings select.
        pace: Seconds for each unit of cost by kind of run, as this machine has recorded them.
    """

    plan: Plan
    classes: int
    count: Count
    pace: Mapping[str, float]


@dataclass
class Follower:
    """Publishes what becomes of runs.

    Args:
        store: Where they are.
        feed: Takes what is new.
        describe: Plans again, from what is recorded now.
    """

    store: Store
    feed: Feed
    describe: Callable[[], Subject]
    _subject: Subject | None = None
    _stamps: Mapping[str, Stamps] = field(default_factory=dict)
    _machine_seen: float = 0.0

    @property
    def results(self) -> frozenset[str]:
        """The runs of the store that were recorded or have failed, as of the last look."""
        return frozenset(name for name, stamp in self._stamps.items() if stamp.result)

    def look(self, *, is_new: bool = False) -> None:
        """Publish what has changed since the last look.

        Args:
            is_new: Whether the description has changed, so that it must be planned again.
        """
        now, stamps = time.time(), run_stamps(self.store)
        changed = {name for name, stamp in stamps.items() if self._stamps.get(name) != stamp}
        changed |= self._stamps.keys() - stamps.keys()
        if is_new or self._subject is None or self._has_ended(changed, stamps):
            subject = self.describe()
            is_new = True
        else:
            subject = self._subject
        if is_new:
            self.feed.publish("plan", describe_plan(subject.plan))
            self._forget(subject.plan)
        # Only now: where planning raises, the next look must find the same news.
        self._subject, self._stamps = subject, stamps
        for run in subject.plan.runs:
            if is_new or run.id in changed or self._is_under_way(run, stamps):
                self.feed.publish(f"run:{run.id}", self._describe(run, subject, now))
        self._tell_programs(subject.plan, now)
        self._tell_machine(now)

    def _has_ended(self, changed: Iterable[str], stamps: Mapping[str, Stamps]) -> bool:
        """Return whether a run was recorded, has failed, or is to be tried again."""
        none = Stamps()
        return any(
            self._stamps.get(name, none).result != stamps.get(name, none).result for name in changed
        )

    def _is_under_way(self, run: Run, stamps: Mapping[str, Stamps]) -> bool:
        return run.is_missing and stamps.get(run.id, Stamps()).status is not None

    def _forget(self, plan: Plan) -> None:
        known = {f"run:{run.id}" for run in plan.runs}
        for name in self.feed.names("run:"):
            if name not in known:
                self.feed.publish(name, None)

    def _describe(self, run: Run, subject: Subject, now: float) -> dict[str, Any]:
        if isinstance(run.result, Record):
            seconds = run.result.pace.seconds
            notes = health_of(_course(run, subject, Progress(run.result.history, seconds)))
            return describe_run(run, "recorded", run.result.history, notes)
        progress = load_progress(self.store, run.id)
        if isinstance(run.result, Failure):
            return describe_run(run, "failed", progress.history, ())
        news = load_run_news(self.store, run.id)
        is_busy = news is not None and news.state in UNDER_WAY
        if not is_busy and not progress.seconds:
            return describe_run(run, "waiting", progress.history, ())
        is_dead = not is_busy or news is None or news.owner.is_dead
        silence = None if is_dead or news is None else _rounded(now - news.updated)
        course = _course(run, subject, progress, silence=silence, is_dead=is_dead)
        state = "interrupted" if is_dead or news is None else news.state
        updated = news.updated if news else None
        return describe_run(run, state, progress.history, health_of(course), updated=updated)

    def _tell_programs(self, plan: Plan, now: float) -> None:
        ids = {run.id for run in plan.runs}
        self.feed.publish(
            "programs",
            [
                describe_program(one, is_ours=_concerns(one, ids), age=_rounded(now - one.updated))
                for one in load_programs(self.store)
            ],
        )

    def _tell_machine(self, now: float) -> None:
        if now - self._machine_seen < MACHINE_EVERY:
            return
        self._machine_seen = now
        memory = psutil.virtual_memory()
        hundredth = memory.total / 100
        used = round((memory.total - memory.available) / hundredth) / 100
        self.feed.publish("machine", {"total": memory.total, "used": used})


def _rounded(seconds: float) -> float:
    return max(0.0, round(seconds / STEP) * STEP)


def _concerns(program: News, ids: set[str]) -> bool:
    rows = [*program.rows("running"), *program.rows("waiting")]
    return any(row.get("id") in ids for row in rows)


def _course(
    run: Run,
    subject: Subject,
    progress: Progress,
    *,
    silence: float | None = None,
    is_dead: bool = False,
) -> Course:
    train, val = subject.count(run.settings)
    cost = run_cost(run.settings, train, val)
    pace = subject.pace.get(cost.kind)
    return Course(
        progress.history,
        run.settings.epochs,
        subject.classes,
        val,
        progress.seconds,
        expected=pace and pace * cost.epoch,
        silence=silence,
        is_dead=is_dead,
    )
