"""Metrics of which class is named agree with their definitions, counted picture by picture."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from scenes.stats import class_metrics as found
from scenes.stats.class_metrics import Labels, Probabilities

CLASSES = 6


@st.composite
def predictions(draw: st.DrawFn) -> tuple[Labels, Probabilities]:
    """Return labels and scores of a few pictures; scores repeat, so that there are ties."""
    n = draw(st.integers(1, 20))
    labels = draw(arrays.arrays(np.int64, n, elements=st.integers(0, CLASSES - 1)))
    scores = draw(arrays.arrays(np.float64, (n, CLASSES), elements=st.sampled_from([0, 0.25, 1])))
    return labels, scores


@given(predictions())
def test_classes_are_counted_one_by_one(given: tuple[Labels, Probabilities]) -> None:
    """Recall, precision and F1 of a class come from its hits, misses and false alarms."""
    labels, probabilities = given
    named = [int(row.argmax()) for row in probabilities]
    pairs = list(zip(labels.tolist(), named, strict=True))
    scores = []
    for index in range(CLASSES):
        hits = pairs.count((index, index))
        misses = sum(true == index != name for true, name in pairs)
        alarms = sum(name == index != true for true, name in pairs)
        recall, precision, f1 = (
            float(function(labels, probabilities)[index])
            for function in (found.recalls_of, found.precisions, found.f1_scores)
        )
        if hits + misses + alarms == 0:
            assert math.isnan(recall)
            assert math.isnan(precision)
            assert math.isnan(f1)
            continue
        scores.append(2 * hits / (2 * hits + misses + alarms))
        assert f1 == pytest.approx(scores[-1])
        assert precision == pytest.approx(hits / (hits + alarms) if hits + alarms else 0.0)
        if hits + misses:
            assert recall == pytest.approx(hits / (hits + misses))
    assert found.macro_f1(labels, probabilities) == pytest.approx(np.mean(scores))


@given(predictions(), st.integers(1, CLASSES))
def test_top_k_sorts_each_row(given: tuple[Labels, Probabilities], k: int) -> None:
    """The true class is among the first k of a stable sort; k = 1 is accuracy, all classes 1."""
    labels, probabilities = given
    order = [np.argsort(-row, kind="stable")[:k] for row in probabilities]
    hits = [label in first for label, first in zip(labels, order, strict=True)]
    assert found.top_accuracy(labels, probabilities, k) == pytest.approx(np.mean(hits))
    assert found.top_accuracy(labels, probabilities, 1) == found.accuracy(labels, probabilities)
    assert found.top_accuracy(labels, probabilities, CLASSES) == 1


def test_a_rare_class_counts_as_much_as_a_frequent_one() -> None:
    """A model that names the frequent class always has accuracy 0.9 and balanced accuracy 0.5."""
    labels = np.array([0] * 9 + [1])
    probabilities = np.tile([0.8, 0.2], (10, 1))
    assert found.accuracy(labels, probabilities) == pytest.approx(0.9)
    assert found.balanced_accuracy(labels, probabilities) == pytest.approx(0.5)
    assert found.macro_f1(labels, probabilities) == pytest.approx(9 / 19)
