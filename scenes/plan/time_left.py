"""How long the rest of a plan takes: what its runs are expected to cost, and what they took so far.

Costs of runs and the times of their epochs go in; a range of seconds comes out. Costs are good to a
factor of two (`scenes.plan.cost`), so that what counts is the seconds that a unit of cost takes
here: measured from the epochs of the runs under way, run by run and kind by kind, and where none of
a kind has got that far from the runs of that kind that this machine has recorded. What is known of
neither has a wide range. From one moment to the next the range moves slowly.
"""

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log, sqrt
from statistics import fmean, median

from scenes.plan.cost import START_SECONDS, RunCost

MEASURED, RECORDED, UNKNOWN = 1.15, 1.35, 2.0
"""By which factor a run may take longer or shorter: its kind was measured just now, or before."""
WARM_SECONDS = 0.6
"""A worker that has imported TensorFlow builds a network and traces its functions."""
KIND_WEIGHT = 0.5
"""Of what was expected of a kind, beside each run of it that was measured."""
RUN_WEIGHT = 1.0
"""Of a run's kind, beside each of its epochs."""
STEP, STEP_SECONDS = 1.2, 20.0
"""The estimate moves by this factor in so many seconds, at most."""
FREE_SHARE = 0.1
"""In this share of the work the estimate follows what is found as it is."""
FAR = 6.0
"""Less than this part of what is found is never shown, however fast it has grown."""
SLACK = 5.0
"""Seconds by which it may move besides: near the end a factor says little."""


@dataclass(frozen=True)
class TimeRange:
    """Seconds within which something is likely to end."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        """The estimate."""
        return sqrt(self.low * self.high)

    @property
    def is_sure(self) -> bool:
        """Return whether one number says as much."""
        return self.high <= 1.5 * self.low + SLACK


@dataclass
class _Measured:
    """A run under way, or over.

    Attributes:
        load: What is expected of it.
        started: When it began.
        is_cold: Whether its worker has to import TensorFlow first.
        first, last: Epoch and time of the first news of it, and of the latest.
        is_over: Whether it has ended with all its epochs.
    """

    load: RunCost
    started: float
    is_cold: bool
    first: tuple[int, float] | None = None
    last: tuple[int, float] = (0, 0.0)
    is_over: bool = False

    def hear(self, epoch: int, now: float) -> None:
        """Take note of an epoch; one before the last begins the run again, on another worker."""
        if epoch < self.last[0]:
            self.started, self.is_cold, self.first = self.last[1], True, None
        self.last = epoch, now
        self.first = self.first or self.last

    @property
    def epochs(self) -> int:
        """Epochs whose time is known apart from what comes before the first one."""
        return self.last[0] - self.first[0] if self.first else 0

    @property
    def ratio(self) -> float | None:
        """Seconds for each unit of cost; None while no epoch is known.

        What comes before the first news says little, as it hardly depends on what epochs cost. Only
        a run that was over by then has nothing else.
        """
        if self.first is None or not (self.epochs or self.is_over):
            return None
        if self.epochs:
            seconds, cost = self.last[1] - self.first[1], self.epochs * self.load.epoch
        else:
            seconds, cost = self.first[1] - self.started, self.load.start
            cost += START_SECONDS if self.is_cold else WARM_SECONDS
            cost += (self.first[0] - self.load.reached) * self.load.epoch
        return max(seconds, 1e-6) / max(cost, 1e-9)

    @property
    def before(self) -> float | None:
        """Seconds before its first epoch, beyond what is counted as cost."""
        if self.first is None or self.ratio is None or not self.epochs:
            return None
        cost = _computing(self.load) + (self.first[0] - self.load.reached) * self.load.epoch
        return max(0.0, self.first[1] - self.started - cost * self.ratio)


@dataclass
class TimeLeft:
    """Follows the runs of a plan.

    Args:
        workers: Runs at a time, as it is now.
        recorded: Seconds for each unit of cost by kind of run, from what this machine has recorded.
    """

    workers: int
    recorded: Mapping[str, float] = field(default_factory=dict)
    _running: dict[str, _Measured] = field(default_factory=dict)
    _ended: list[_Measured] = field(default_factory=list)
    _shown: tuple[float, TimeRange] | None = None

    def resize(self, workers: int) -> None:
        """So many runs go at a time from now on; where that is more, the estimate may fall at once.

        A cluster begins with its first worker, and the others come minutes later.
        """
        if workers > self.workers:
            self._shown = None
        self.workers = workers

    def start(self, name: str, load: RunCost, now: float) -> None:
        """A run has begun."""
        is_cold = len(self._all) < self.workers
        self._running[name] = _Measured(load, now, is_cold, last=(load.reached, now))

    def advance(self, name: str, epoch: int, now: float) -> None:
        """A run has finished this many epochs."""
        self._running[name].hear(epoch, now)

    def end(self, name: str, now: float, *, is_whole: bool = True) -> None:
        """A run is over: all its epochs are, or nothing is known of the last ones."""
        run = self._running.pop(name)
        if is_whole and run.last[0] < run.load.epochs:
            run.hear(run.load.epochs, now)
        run.is_over = is_whole
        self._ended.append(run)

    def estimate(self, waiting: Sequence[RunCost], now: float) -> TimeRange | None:
        """Return the seconds until all is done; None while nothing is known.

        Args:
            waiting: The runs that have not begun.
            now: The time, in seconds, on the clock of the other calls.
        """
        if not waiting and not self._running:
            return TimeRange(0.0, 0.0)
        measured = [run for run in self._all if run.ratio is not None]
        if not measured and not self.recorded:
            return None
        found = self._found(waiting, now)
        is_early = self._share(waiting) < FREE_SHARE
        self._shown = now, found if is_early else self._slowed(found, now)
        return self._shown[1]

    def _share(self, waiting: Sequence[RunCost]) -> float:
        """Return which share of all epochs' cost is behind."""
        runs = self._all
        done = sum((run.last[0] - run.load.reached) * run.load.epoch for run in runs)
        loads = [*(run.load for run in runs), *waiting]
        return done / sum((load.epochs - load.reached) * load.epoch for load in loads)

    @property
    def _all(self) -> list[_Measured]:
        return [*self._ended, *self._running.values()]

    def _found(self, waiting: Sequence[RunCost], now: float) -> TimeRange:
        pace = _Pace(self._all, self.recorded)
        computed = {run.load.features for run in self._all if run.first is not None}
        running = [_spread(*pace.rest_of(run, now)) for run in self._running.values()]
        later = []
        for load in waiting:
            later.append(_spread(*pace.whole_of(load, is_computed=load.features in computed)))
            computed.add(load.features)
        low, high = (
            _duration([it[end] for it in running], [it[end] for it in later], self.workers)
            for end in (0, 1)
        )
        return TimeRange(low, high)

    def _slowed(self, found: TimeRange, now: float) -> TimeRange:
        """Return a range that is not far from the last one."""
        if self._shown is None:
            return found
        before, shown = self._shown
        part = min(1.0, (now - before) / STEP_SECONDS)
        factor: float = STEP**part
        slack = SLACK * part

        def slowed(value: float, last: float) -> float:
            expected = max(0.0, last - (now - before))
            most = max(last * factor + slack, value / FAR)
            return min(max(value, expected / factor - slack), most)

        low = max(0.0, slowed(found.low, shown.low))
        return TimeRange(low, max(low, slowed(found.high, shown.high)))


class _Pace:
    """Seconds for each unit of cost, of each kind of run."""

    def __init__(self, runs: Iterable[_Measured], recorded: Mapping[str, float]) -> None:
        self._recorded = recorded
        self._usual = exp(fmean(map(log, recorded.values()))) if recorded else 1.0
        known = [(run, run.ratio) for run in runs if run.ratio is not None]
        self._ratios: dict[str, list[float]] = {}
        for run, ratio in known:
            self._ratios.setdefault(run.load.kind, []).append(log(ratio))
        self._sure = {run.load.kind for run, _ in known if run.epochs}
        shifts = [log(ratio / self._expected(run.load.kind)) for run, ratio in known]
        # The machine may be busier than it was, or less; one more observation says that it is not.
        self._shift = fmean([*shifts, *([0.0] if recorded else [])])
        before = [(run.is_cold, it) for run, _ in known if (it := run.before) is not None]
        warm = [it for is_cold, it in before if not is_cold]
        usual = WARM_SECONDS * exp(self._shift)
        # Of the first ones it holds the import, which the next are spared.
        self._before = median(warm) if warm else min([usual, *(it for _, it in before)])

    def _expected(self, kind: str) -> float:
        return self._recorded.get(kind, self._usual)

    def _of_kind(self, kind: str) -> float:
        """Return the logarithm of what runs of a kind take."""
        logs = self._ratios.get(kind, [])
        expected = log(self._expected(kind)) + self._shift
        weighed: float = sum(logs) + KIND_WEIGHT * expected
        return weighed / (len(logs) + KIND_WEIGHT)

    def _factor(self, kind: str) -> float:
        if kind in self._sure:
            return MEASURED
        return RECORDED if kind in self._recorded or kind in self._ratios else UNKNOWN

    def whole_of(self, load: RunCost, *, is_computed: bool) -> tuple[float, float]:
        """Return the seconds of a run that has not begun, and by what factor they may be wrong."""
        cost = (load.epochs - load.reached) * load.epoch + (
            0.0 if is_computed else _computing(load)
        )
        return self._before + cost * exp(self._of_kind(load.kind)), self._factor(load.kind)

    def rest_of(self, run: _Measured, now: float) -> tuple[float, float]:
        """Return the same of what is left of a run under way."""
        load, epoch = run.load, run.last[0]
        ratio = self._of_kind(load.kind)
        if run.ratio is not None:
            known = max(run.epochs, 0.5)
            ratio = (known * log(run.ratio) + RUN_WEIGHT * ratio) / (known + RUN_WEIGHT)
        seconds = (load.epochs - epoch) * load.epoch * exp(ratio)
        if run.first is None:
            before = START_SECONDS * exp(self._shift) if run.is_cold else self._before
            seconds += before + _computing(load) * exp(ratio)
        least = max(0, load.epochs - epoch - 1) * load.epoch * exp(ratio)
        return max(least, seconds - (now - run.last[1])), self._factor(load.kind)


def _computing(load: RunCost) -> float:
    """Return the cost of a run's features; building a network is measured with its first epoch."""
    return load.start if load.features else 0.0


def _spread(seconds: float, factor: float) -> tuple[float, float]:
    return seconds / factor, seconds * factor


def _duration(running: Sequence[float], waiting: Sequence[float], workers: int) -> float:
    """Return the seconds until all have ended, where the next begins as soon as one ends."""
    idle = max(0, workers - len(running))
    ends = [*running, *([0.0] * idle)]
    heapq.heapify(ends)
    for seconds in waiting:
        heapq.heapreplace(ends, ends[0] + seconds)
    return max(ends, default=0.0)
