"""The time that is left is foreseen from few epochs, moves slowly, and admits what is not known."""

import heapq
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from scenes.plan.cost import RunCost, run_cost
from scenes.plan.time_left import TimeLeft, TimeRange
from scenes.spec.settings import Settings

EVERY = 20.0
"""Seconds between two prints."""


@dataclass(frozen=True)
class Recorded:
    """A run as it went.

    Attributes:
        cost: What was expected of it.
        start: Seconds before its first epoch.
        epochs: Seconds of each.
    """

    cost: RunCost
    start: float
    epochs: Sequence[float]


@dataclass(frozen=True)
class Print:
    """What was said, what was true, and which share of all epochs was done."""

    said: TimeRange | None
    left: float
    share: float


def replay(
    runs: Sequence[Recorded],
    workers: int = 2,
    recorded: dict[str, float] | None = None,
    every: float = EVERY,
) -> list[Print]:
    """Let runs go as they went, and return what was said every twenty seconds."""
    events: list[tuple[float, int, str, int]] = []
    count, waiting = itertools.count(), list(enumerate(runs))
    time_left, said = TimeLeft(workers, recorded or {}), []

    def start(now: float) -> None:
        index, run = waiting.pop(0)
        time_left.start(str(index), run.cost, now)
        ends = itertools.accumulate(run.epochs, initial=now + run.start)
        for epoch, end in enumerate(ends):
            if epoch:
                heapq.heappush(events, (end, next(count), str(index), epoch))

    for _ in range(min(workers, len(runs))):
        start(0.0)
    printed, done, whole = 0.0, 0, sum(len(run.epochs) for run in runs)
    while events:
        now, _, name, epoch = heapq.heappop(events)
        while printed + every < now:
            printed += every
            estimate = time_left.estimate([it.cost for _, it in waiting], printed)
            said.append((printed, estimate, done / whole))
        done += 1
        time_left.advance(name, epoch, now)
        if epoch == len(runs[int(name)].epochs):
            time_left.end(name, now)
            if waiting:
                start(now)
    return [Print(estimate, now - at, share) for at, estimate, share in said]


def assert_honest(prints: Sequence[Print], within: float = 0.35) -> None:
    """After a tenth of the work: near the truth, and no jumps from one print to the next."""
    late = [one for one in prints if one.share > 0.1]
    assert len(late) >= 5
    for one in late:
        assert one.said is not None
        assert abs(one.said.middle - one.left) <= within * one.left + 10.0, one
    for before, after in itertools.pairwise(late):
        assert before.said is not None
        assert after.said is not None
        last, now = before.said.middle, after.said.middle
        assert abs(now - last) <= 0.25 * last + EVERY, (before, after)


def run_of(
    chance: random.Random, kind: str, epoch: float, epochs: int, ratio: float, start: float = 0.0
) -> Recorded:
    """Return a run whose epochs take `ratio` times what is expected, unevenly, the first longer."""
    times = [epoch * ratio * chance.uniform(0.85, 1.2) for _ in range(epochs)]
    times[0] *= 1.5
    return Recorded(
        RunCost(kind, start, epoch, epochs, features=kind if start else ""),
        chance.uniform(4.0, 12.0) + start * ratio,
        times,
    )


MEASURED = {
    8: [
        [5.13, 2.04, 1.9, 1.72, 1.6, 2.08, 1.82, 1.31, 1.42, 1.42, 1.63, 1.43, 1.72, 1.97, 1.83],
        [4.8, 2.03, 1.69, 2.16, 1.63, 1.62, 1.81, 1.6, 1.53, 1.65, 1.36, 1.6, 1.5, 1.66, 1.57],
    ],
    16: [
        [4.19, 1.32, 1.38, 1.46, 1.53, 1.77, 1.26, 1.3, 1.32, 1.46, 1.46, 1.45, 1.76, 1.72, 1.13],
        [4.19, 1.05, 1.57, 1.12, 1.18, 1.03, 0.94, 1.46, 1.88, 1.47, 1.61, 1.27, 1.46, 1.29, 1.61],
    ],
    64: [
        [5.01, 0.9, 1.3, 1.3, 1.37, 1.39, 1.15, 1.64, 1.61, 1.27, 1.32, 1.56, 1.78, 1.77, 1.56],
        [4.83, 1.64, 1.2, 1.06, 1.41, 1.64, 1.55, 1.33, 1.65, 1.91, 1.84, 1.32, 1.18, 1.45, 1.5],
    ],
}
"""Seconds of each epoch by batch size and seed, on two cores that eight other programs shared: the
tutorial network at 32 pixels, 300 + 150 pictures, two runs at a time. Eight times what is expected.
"""


def test_recorded_runs_are_foreseen() -> None:
    """Small runs on a busy machine: what comes before the first epoch does not mislead."""
    runs = [
        Recorded(
            run_cost(Settings(image_size=32, epochs=15, batch_size=batch), 300, 150),
            1.5 if batch < 64 else 40.0,
            epochs,
        )
        for batch, both in reversed(MEASURED.items())
        for epochs in both
    ]
    assert_honest(replay(runs, every=5.0))


@pytest.mark.parametrize("seed", range(5))
def test_equal_runs_are_foreseen(seed: int) -> None:
    """Whatever a unit of cost takes here: the first epochs tell."""
    chance = random.Random(seed)
    ratio = chance.choice([0.2, 1.0, 5.0])
    runs = [run_of(chance, "small", 2.0, 50, ratio) for _ in range(16)]
    assert_honest(replay(runs))


@pytest.mark.parametrize("seed", range(5))
def test_large_runs_that_come_first_do_not_mislead(seed: int) -> None:
    """The longest begin first, and each kind is out by a factor of its own that was recorded."""
    chance = random.Random(seed)
    ratios = {kind: chance.uniform(0.6, 1.7) for kind in ("large", "middle", "small")}
    runs = [
        run_of(chance, kind, epoch, 40, ratios[kind])
        for kind, epoch in (("large", 20.0), ("middle", 6.0), ("small", 1.0))
        for _ in range(6)
    ]
    assert_honest(replay(runs, recorded=ratios))
    busy = {kind: ratio / 1.5 for kind, ratio in ratios.items()}  # the machine does more now
    assert_honest(replay(runs, recorded=busy))


def test_features_are_computed_once() -> None:
    """Of many runs on one backbone the first waits for it, and does not stand for the others."""
    chance = random.Random(0)
    first = run_of(chance, "frozen", 0.5, 100, 1.3, start=60.0)
    others = [run_of(chance, "frozen", 0.5, 100, 1.3) for _ in range(20)]
    rest = [Recorded(first.cost, one.start, one.epochs) for one in others]
    assert_honest(replay([first, *rest], workers=1))


def test_what_is_not_known_has_a_wide_range() -> None:
    """Of a kind that was never seen, half and twice as much are likely; of one that was, less."""
    runs = [run_of(random.Random(0), "small", 2.0, 50, 1.0)]
    time_left = TimeLeft(1)
    time_left.start("a", runs[0].cost, 0.0)
    unknown = RunCost("large", 0.0, 100.0, 50)
    assert time_left.estimate([unknown], 0.0) is None
    for epoch in range(1, 11):
        time_left.advance("a", epoch, 6.0 + 2.0 * epoch)
    wide = time_left.estimate([unknown], 26.0)
    assert wide is not None
    assert not wide.is_sure
    assert wide.high / wide.low == pytest.approx(4.0, rel=0.1)
    alone = TimeLeft(1, _running=time_left._running).estimate([], 26.0)
    assert alone is not None
    assert alone.is_sure
    assert alone.middle == pytest.approx(80.0, rel=0.05)


def test_what_was_recorded_is_said_at_once() -> None:
    """Before the first epoch, from the pace of this machine's own runs."""
    estimate = TimeLeft(2, {"small": 3.0}).estimate([RunCost("small", 0.0, 10.0, 10)] * 2, 0.0)
    assert estimate is not None
    assert estimate.low < 3.0 * 100.0 < estimate.high


def test_a_long_silence_is_no_jump() -> None:
    """Where an epoch takes far longer than the others, the estimate grows by steps."""
    runs = [Recorded(RunCost("small", 0.0, 1.0, 100), 5.0, [1.0] * 50 + [400.0] + [1.0] * 49)]
    said = [it.said.middle for it in replay(runs, workers=1) if it.said is not None]
    assert all(now <= 1.25 * before + EVERY for before, now in itertools.pairwise(said))
    assert min(said) > 0.0


def test_workers_that_come_later_shorten_it_at_once() -> None:
    """A cluster begins with one worker; what was said of that one is not held on to."""
    load = RunCost("small", 0.0, 1.0, 10)
    time_left, waiting = TimeLeft(1), [load] * 39
    time_left.start("0", load, 0.0)
    for epoch in range(1, 9):
        time_left.advance("0", epoch, float(epoch))
    alone = time_left.estimate(waiting, 8.0)
    assert alone is not None
    assert alone.middle == pytest.approx(392.0, rel=0.15)
    time_left.resize(20)
    for number in range(1, 20):
        time_left.start(str(number), load, 8.0)
    together = time_left.estimate(waiting[19:], 8.0)
    assert together is not None
    assert together.middle < 50.0


def test_runs_that_end_together_leave_their_workers() -> None:
    """Between the end of some and the start of the next the estimate does not leap."""
    load = RunCost("small", 0.0, 1.0, 10)
    time_left, said = TimeLeft(1), []
    time_left.resize(10)
    for number in range(10):
        time_left.start(str(number), load, 0.0)
    for now in range(1, 11):
        for number in range(10):
            time_left.advance(str(number), now, float(now))
        said.append(time_left.estimate([load] * 10, float(now)))
    for number in range(10):
        time_left.end(str(number), 10.0)
        said.append(time_left.estimate([load] * 10, 10.0))
    middles = [one.middle for one in said if one is not None]
    assert max(middles) < 30.0
    assert middles[-1] == pytest.approx(10.0, rel=0.3)


def test_a_run_that_begins_again_is_measured_anew() -> None:
    """Another worker, without its checkpoint, starts from the first epoch."""
    load = RunCost("small", 0.0, 1.0, 20)
    time_left = TimeLeft(1)
    time_left.start("0", load, 0.0)
    for epoch in range(1, 11):
        time_left.advance("0", epoch, float(epoch))
    for epoch in range(1, 5):
        time_left.advance("0", epoch, 30.0 + epoch)
    estimate = time_left.estimate([], 34.0)
    assert estimate is not None
    assert estimate.low < 16.0 < estimate.high * 1.2


def test_nothing_is_left_at_the_end() -> None:
    """Though what was said a moment before was more."""
    load = RunCost("small", 0.0, 1.0, 10)
    time_left = TimeLeft(1)
    time_left.start("0", load, 0.0)
    for epoch in range(1, 10):
        time_left.advance("0", epoch, 9.0 * epoch)
        time_left.estimate([], 9.0 * epoch)
    time_left.end("0", 82.0)
    assert time_left.estimate([], 82.0) == TimeRange(0.0, 0.0)
