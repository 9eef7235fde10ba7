"""Intervals of metrics hold the true figure about as often as they say."""

import numpy as np
import pytest

from scenes.runs.record import Predictions, derive_predictions
from scenes.spec.registry import BUILT_IN
from scenes.stats.inference import share_interval
from scenes.stats.metric_intervals import evaluate, picture_interval

METRICS = BUILT_IN.metrics


def drawn(n: int, *, seed: int) -> Predictions:
    """Return predictions of n pictures of one population: three classes, one of them rare."""
    draws = np.random.default_rng(seed)
    truth = draws.choice(3, size=n, p=[0.5, 0.35, 0.15])
    scores = draws.normal(0, 1, (n, 3))
    scores[np.arange(n), truth] += 1.2
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return derive_predictions([str(i) for i in range(n)], truth, probabilities.astype(np.float32))


@pytest.mark.parametrize("name", sorted(METRICS))
def test_intervals_hold_the_figure_of_the_population(name: str) -> None:
    """Of 60 samples of 200 pictures at least 52: an interval of 95 % misses so often in 1 of 150.

    The calibration error is left out: every sample raises it, as its docstring says.
    """
    if name == "calibration_error":
        pytest.skip("biased by definition")
    entry = METRICS[name]
    index = 2 if entry.is_per_class else None
    population = drawn(100_000, seed=99)
    true = evaluate(entry, population.truth, population.probabilities, index)
    held = 0
    for seed in range(60):
        low, high = picture_interval(entry, drawn(200, seed=seed), index)
        assert entry.low <= low <= high <= entry.high
        held += low <= true <= high
    assert held >= 52


def test_a_perfect_score_is_not_certain() -> None:
    """No draw of right pictures holds a wrong one; the interval still reaches below one."""
    truth = np.arange(20) % 2
    perfect = derive_predictions(list(map(str, truth)), truth, np.eye(2, dtype=np.float32)[truth])
    low, high = picture_interval(METRICS["macro_f1"], perfect)
    assert (low, high) == (pytest.approx(share_interval(1.0, 20)[0]), 1.0)


def test_a_recall_counts_the_pictures_of_its_class_alone() -> None:
    """Its interval is Wilson's for those pictures."""
    predictions = drawn(100, seed=0)
    entry = METRICS["recall"]
    value = evaluate(entry, predictions.truth, predictions.probabilities, 2)
    pictures = int((predictions.truth == 2).sum())
    assert picture_interval(entry, predictions, 2) == pytest.approx(share_interval(value, pictures))
