"""Means over runs that may be shared are told apart by what seeds alone bring."""

import itertools
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from scenes.stats.shared_runs import adjust, seeds_p_value

FIGURES = st.lists(st.floats(-100, 100), min_size=2, max_size=6)


def runs(values: list[float], start: int = 0) -> dict[str, float]:
    """Return a figure of each run, by ids that are numbers."""
    return {str(start + index): value for index, value in enumerate(values)}


@given(FIGURES, FIGURES)
def test_without_shared_runs_it_is_students_test(first: list[float], second: list[float]) -> None:
    """The p-value is that of the pooled t statistic, and the same both ways round."""
    before, after = runs(first), runs(second, 100)
    p = seeds_p_value(before, after)
    assert p is not None
    assert seeds_p_value(after, before) == pytest.approx(p, abs=1e-9)
    within = sum(np.sum((np.array(side) - np.mean(side)) ** 2) for side in (first, second))
    freedom = len(first) + len(second) - 2
    if within > 1e-3:
        error = np.sqrt(within / freedom * (1 / len(first) + 1 / len(second)))
        t = abs(np.mean(first) - np.mean(second)) / error
        assert p == pytest.approx(2 * stats.t.sf(t, freedom), abs=1e-6)


def test_a_shared_run_counts_once() -> None:
    """Chance alone is taken for more than chance in five of a hundred, however many are shared."""
    random = Random(0)
    for first, second in ((range(1), range(3)), (range(3), range(1, 6)), (range(2), range(2, 6))):
        p_values = []
        for _ in range(2000):
            drawn = {str(seed): random.gauss(0, 1) for seed in {*first, *second}}
            sides = [{str(it): drawn[str(it)] for it in side} for side in (first, second)]
            p_values.append(seeds_p_value(*sides))
        share = sum(p is not None and p < 0.05 for p in p_values) / len(p_values)
        assert 0.035 < share < 0.065


def test_too_few_runs_tell_nothing() -> None:
    """Two distinct runs leave no spread to compare with."""
    assert seeds_p_value({"a": 1.0}, {"b": 2.0}) is None
    assert seeds_p_value({"a": 1.0}, {"a": 1.0, "b": 2.0}) is None
    assert seeds_p_value({"a": 1.0}, {"b": 2.0, "c": 2.1}) is not None


def test_constant_figures_are_told_apart_by_counting() -> None:
    """Three equal figures against three other equal ones: two of twenty ways to part them."""
    assert seeds_p_value(runs([1.0] * 3), runs([2.0] * 3, 9)) == pytest.approx(2 / 20)
    assert seeds_p_value(runs([1.0] * 5), runs([2.0] * 5, 9)) == pytest.approx(2 / 252)
    assert seeds_p_value(runs([1.0] * 3), runs([1.0] * 3, 9)) == 1


def test_adjusted_p_values_hold_the_error_of_all() -> None:
    """The smallest is multiplied by their number, and their order stays (Holm)."""
    assert adjust([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert adjust([]) == []
    for order in itertools.permutations([0.2, 0.001, 0.5, 0.9]):
        adjusted = adjust(order)
        assert sorted(adjusted) == [adjusted[order.index(it)] for it in sorted(order)]
        assert all(one >= other for one, other in zip(adjusted, order, strict=True))
