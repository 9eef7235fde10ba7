"""Figures of a configuration on validation and test, by one method on both sides.

Each is the mean over seeds with its 95 % interval: Student's over the seeds, where there are
several, and the error of the number of pictures, in quadrature. With one seed the pictures alone
are in it, and it speaks of that trained network. The error over folds is widened for what they
share (`scenes.stats.folds`), and holds that of the validation pictures.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from scenes.runs.record import Predictions
from scenes.spec.registry import find_metric
from scenes.stats.folds import join_folds, overlap_factor
from scenes.stats.inference import half_width
from scenes.stats.metrics import interval_in, value_in

Finding = Literal["higher", "lower", "open"]


@dataclass(frozen=True)
class SplitFigure:
    """A metric on one split.

    Attributes:
        value: Mean over the runs.
        low: Lower end of its 95 % interval.
        high: Upper end.
        values: Of each run.
        reach: Half of the interval that the pictures alone would give.
    """

    value: float
    low: float
    high: float
    values: tuple[float, ...]
    reach: float


def split_figure(
    metric: str, classes: Sequence[str], runs: Sequence[Predictions], *, has_folds: bool = False
) -> SplitFigure:
    """Return a metric of the runs of a configuration on one split.

    Args:
        metric: Of the registry.
        classes: Names, in the order of the indices.
        runs: What each says of its pictures; one or more.
        has_folds: Whether each run was trained without another fold, and validated on it.
    """
    entry = find_metric(metric)
    values = [value_in(metric, classes, run) for run in runs]
    whole = join_folds(runs)
    low, high = interval_in(metric, classes, whole[0])
    pictures = (high - low) / 2
    value = float(np.mean(values))
    of_runs = _seed_reach(values, has_folds=has_folds)
    # Folds differ in their pictures as well; few may agree by chance.
    is_joined = len(whole) < len(runs)
    reach = max(pictures, of_runs) if is_joined else math.hypot(pictures, of_runs)
    ends = max(entry.low, value - reach), min(entry.high, value + reach)
    return SplitFigure(value, *ends, tuple(values), pictures)


@dataclass(frozen=True)
class SplitComparison:
    """A metric on validation and test, and how far apart they are.

    Attributes:
        validation: On the pictures by which values were chosen.
        test: On those that nobody had seen.
        difference: Test minus validation.
        low: Lower end of the 95 % interval of the difference.
        high: Upper end.
    """

    validation: SplitFigure
    test: SplitFigure
    difference: float
    low: float
    high: float

    @property
    def finding(self) -> Finding:
        """Whether the test figure is surely higher or lower than that of validation."""
        if self.low > 0:
            return "higher"
        return "lower" if self.high < 0 else "open"


def compare_splits(
    metric: str,
    classes: Sequence[str],
    validation: Sequence[Predictions],
    test: Sequence[Predictions],
) -> SplitComparison:
    """Compare a metric on two splits, which share no picture, over the same runs in one order."""
    has_folds = len({run.pictures for run in validation}) > 1
    before, after = (
        split_figure(metric, classes, runs, has_folds=has_folds) for runs in (validation, test)
    )
    apart = [b - a for a, b in zip(before.values, after.values, strict=True)]
    difference = float(np.mean(apart))
    of_runs = _seed_reach(apart, has_folds=has_folds)
    side = max(before.reach, of_runs) if has_folds else math.hypot(before.reach, of_runs)
    reach = math.hypot(side, after.reach)
    return SplitComparison(before, after, difference, difference - reach, difference + reach)


def _seed_reach(values: Sequence[float], *, has_folds: bool) -> float:
    if len(values) < 2:
        return 0.0
    reach = half_width(float(np.std(values, ddof=1)), len(values))
    return reach * overlap_factor(len(values)) if has_folds else reach
