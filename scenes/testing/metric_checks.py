"""What is held of every metric: labels and probabilities drawn, its range and direction checked."""

from collections.abc import Callable
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenes.spec.entries import MetricEntry
from scenes.testing.checks import Suite, require
from scenes.testing.made_up import without_training_libraries

CLASSES = 7
"""More than the k of any usual top-k."""
drawn = settings(
    max_examples=50,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate,),  # the message says what came, so a smaller example says no more
    suppress_health_check=list(HealthCheck),
)
Predictions = tuple[NDArray[np.int64], NDArray[np.float64]]


@dataclass(frozen=True)
class MetricCase:
    """A metric of the registry."""

    entry: MetricEntry

    def values(self, labels: NDArray[np.int64], probabilities: NDArray[np.float64]) -> Any:
        """Return its value, or those of the classes for which it is defined, float64 (k,)."""
        function: Callable[..., Any] = resolve_name(self.entry.builder)
        found = np.atleast_1d(np.asarray(function(labels, probabilities), np.float64))
        return found[~np.isnan(found)] if self.entry.is_per_class else found


METRICS: Suite[MetricCase] = Suite()


def draw_predictions(count: int, seed: int, *, sharpness: float = 1.0) -> Predictions:
    """Return labels (count,) with every class among them, and probabilities (count, classes)."""
    random = np.random.default_rng(seed)
    labels = random.permutation(np.arange(count) % CLASSES)
    weights = np.exp(sharpness * random.normal(size=(count, CLASSES)))
    return labels, weights / weights.sum(axis=1, keepdims=True)


cases = st.tuples(st.integers(CLASSES, 60), st.integers(0, 2**32 - 1), st.floats(0, 5))


@METRICS.holds("it gives one number, or one for each class")
def _is_number(case: MetricCase) -> None:
    labels, chances = draw_predictions(21, 0)
    found = np.asarray(resolve_name(case.entry.builder)(labels, chances))
    shape = (CLASSES,) if case.entry.is_per_class else ()
    require(
        found.shape == shape and found.dtype.kind in "fiu",
        f"21 pictures of {CLASSES} classes give {found.dtype} of shape {found.shape}, not {shape}",
    )


@METRICS.holds("every value is in its range")
def _is_in_range(case: MetricCase) -> None:
    @drawn
    @given(cases)
    def check(drawn_case: tuple[int, int, float]) -> None:
        count, seed, sharpness = drawn_case
        found = case.values(*draw_predictions(count, seed, sharpness=sharpness))
        require(np.isfinite(found).all(), "a value is not finite")
        low, high = case.entry.low, case.entry.high
        require(
            (found >= low - 1e-12).all() and (found <= high + 1e-12).all(),
            f"{found.min():g} to {found.max():g} came; {low:g} to {high:g} is stated",
        )

    check()


@METRICS.holds("perfect predictions have the best value, and none is better")
def _knows_the_best(case: MetricCase) -> None:
    labels, _ = draw_predictions(21, 0)
    best = case.values(labels, np.eye(CLASSES)[labels])
    wrong = case.values(labels, np.eye(CLASSES)[(labels + 1) % CLASSES])
    sign = 1 if case.entry.better == "higher" else -1
    words = f"{best.mean():g} when all is right, {{:g}} when {{}}: {case.entry.better} is better"
    require((sign * best.mean()) > sign * wrong.mean(), words.format(wrong.mean(), "all is wrong"))
    for seed in range(5):
        found = case.values(labels, draw_predictions(21, seed + 1)[1]).mean()
        require(sign * best.mean() >= sign * found - 1e-12, words.format(found, "some is"))
    bound = case.entry.high if sign > 0 else case.entry.low
    require(np.allclose(best, bound), f"{best.mean():g} when all is right; the best is {bound:g}")


@METRICS.holds("the order of the pictures changes nothing")
def _ignores_order(case: MetricCase) -> None:
    @drawn
    @given(cases)
    def check(drawn_case: tuple[int, int, float]) -> None:
        count, seed, sharpness = drawn_case
        labels, chances = draw_predictions(count, seed, sharpness=sharpness)
        order = np.random.default_rng(seed).permutation(count)
        one, other = case.values(labels, chances), case.values(labels[order], chances[order])
        require(np.allclose(one, other, rtol=1e-9, atol=1e-12), f"{one} becomes {other}")

    check()


@METRICS.holds("labels and probabilities stay as they were")
def _copies(case: MetricCase) -> None:
    labels, chances = draw_predictions(21, 3)
    before = labels.copy(), chances.copy()
    case.values(labels, chances)
    same = np.array_equal(labels, before[0]) and np.array_equal(chances, before[1])
    require(same, "it writes into what it is given")


@METRICS.holds("it is computed without TensorFlow")
def _is_light(case: MetricCase) -> None:
    with without_training_libraries("it"):
        case.values(*draw_predictions(21, 0))
