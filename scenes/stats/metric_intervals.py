"""How far the pictures of a split determine a figure of merit: predictions in, an interval out.

The interval speaks of one trained network: other pictures of the same kind would give another
figure within it. What another seed would give is not in it.

* `share`: Wilson's interval (1927) of a share of pictures;
* `mean`: Student's interval of a mean over pictures;
* `bootstrap`: the figure ± z standard deviations of it over `DRAWS` draws of as many pictures with
  replacement (Efron 1979), within the figure's range. A percentile interval would be shifted for
  the calibration error, which every draw raises. Where no draw differs, because every picture is
  right, the interval reaches as far as Wilson's.
"""

from functools import partial
from pkgutil import resolve_name

import numpy as np

from scenes.runs.record import Predictions
from scenes.spec.entries import MetricEntry
from scenes.stats.class_metrics import Labels, Probabilities
from scenes.stats.inference import half_width, normal_quantile, share_interval
from scenes.stats.own_metrics import is_own, own_values

DRAWS = 400
"""Enough to know a standard deviation to 4 %."""


def picture_interval(
    entry: MetricEntry, predictions: Predictions, index: int | None = None
) -> tuple[float, float]:
    """Return the 95 % interval of a metric from the number of pictures alone.

    Args:
        entry: The metric.
        predictions: Of one run.
        index: Of the class, for a per-class metric.
    """
    labels, probabilities = predictions.truth, predictions.probabilities
    value = evaluate(entry, labels, probabilities, index)
    if entry.interval == "share":
        return share_interval(value, _trials(entry, labels, probabilities, index))
    if entry.interval == "mean" and entry.terms is not None:
        terms = resolve_name(entry.terms)(labels, probabilities)
        spread = float(np.std(terms, ddof=1)) if len(terms) > 1 else 0.0
        reach = half_width(spread, len(terms))
    else:
        reach = _bootstrap_reach(entry, labels, probabilities, index)
    return max(entry.low, value - reach), min(entry.high, value + reach)


def evaluate(
    entry: MetricEntry, labels: Labels, probabilities: Probabilities, index: int | None = None
) -> float:
    """Return the value of a metric; of a per-class one that of the class with this index."""
    compute = partial(own_values, entry) if is_own(entry) else resolve_name(entry.builder)
    value = compute(labels, probabilities)
    return float(value if index is None else value[index])


def _trials(
    entry: MetricEntry, labels: Labels, probabilities: Probabilities, index: int | None
) -> int:
    """Return of how many pictures a metric is the share."""
    if entry.trials is None or index is None:
        return len(labels)
    return int(resolve_name(entry.trials)(labels, probabilities)[index])


def _bootstrap_reach(
    entry: MetricEntry, labels: Labels, probabilities: Probabilities, index: int | None
) -> float:
    draws = np.random.default_rng(0)
    n = len(labels)
    values = []
    for _ in range(DRAWS):
        taken = draws.integers(n, size=n)
        values.append(evaluate(entry, labels[taken], probabilities[taken], index))
    spread = float(np.nanstd(values, ddof=1))
    low, _ = share_interval(1.0, n)
    return normal_quantile() * spread if spread > 0 else 1 - low
