"""The simultaneous intervals hold together, agree with Welch for two, and waste no seeds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from simulation import (
    ALIKE,
    DEVIATIONS,
    HARD,
    MIXED,
    family_error,
    holm_paired,
    ours,
    power,
    upper_bound,
)

from scenes.stats.simultaneous import (
    ALPHA,
    PairTests,
    compare_family,
    compare_pairs,
    pair_level,
    shrink_variances,
)

FIGURES = st.floats(-100, 100, width=32)
SAMPLE = st.lists(FIGURES, min_size=2, max_size=6)
FEW = 2000
CLAIMED = [*(name for name in ALIKE if name not in ("log-normal", "same luck of a seed"))]


@pytest.mark.parametrize("name", ALIKE)
@pytest.mark.parametrize(("values", "seeds"), [(2, 3), (4, 3), (6, 5)])
def test_values_that_are_alike_are_seldom_told_apart(name: str, values: int, seeds: int) -> None:
    """Of studies without a difference at most one in twenty shows one; here with few studies."""
    assert family_error(ours, ALIKE[name], values, seeds, studies=FEW) <= 0.06


@pytest.mark.slow
@pytest.mark.parametrize("values", [2, 3, 4, 5, 6])
@pytest.mark.parametrize("seeds", [3, 5, 10])
@pytest.mark.parametrize("name", CLAIMED)
def test_the_family_error_is_at_most_five_per_cent(name: str, values: int, seeds: int) -> None:
    """At full size: 10,000 studies a cell, upper 95 % bound at most 6 %."""
    rate = family_error(ours, ALIKE[name], values, seeds)
    assert rate <= 0.05 + 0.004  # two standard errors of the simulation
    assert upper_bound(rate, 10_000) <= 0.06


@pytest.mark.slow
@pytest.mark.parametrize("values", [3, 4, 5, 6])
@pytest.mark.parametrize("seeds", [3, 5, 10])
@pytest.mark.parametrize("name", [name for name in MIXED if "ReLU" in name])
def test_real_values_of_unequal_spread_hold_six_per_cent(
    name: str, values: int, seeds: int
) -> None:
    """ReLU's seeds are spread four times as wide as those of tanh."""
    studies = 120_000
    rate = family_error(ours, MIXED[name], values, seeds, studies=studies)
    assert rate <= 0.06 + 2 * math.sqrt(0.06 * 0.94 / studies)


@pytest.mark.parametrize("name", MIXED)
def test_unequal_spread_does_not_pass_for_a_difference(name: str) -> None:
    """Four values and three seeds, with few studies."""
    assert family_error(ours, MIXED[name], 4, 3, studies=FEW) <= 0.075


@pytest.mark.parametrize("values", [4, 5])
@pytest.mark.parametrize("name", DEVIATIONS)
def test_power_is_about_twice_what_it_was(name: str, values: int) -> None:
    """At three seeds and a lead of two deviations, against Holm over paired t-tests."""
    lead = 2 * DEVIATIONS[name]
    now, before = (
        power(method, ALIKE[name], values, 3, lead=lead, studies=FEW)
        for method in (ours, holm_paired)
    )
    assert now > 1.7 * before
    assert now > 0.24


@pytest.mark.parametrize("values", [2, 4, 6])
def test_more_seeds_never_find_less(values: int) -> None:
    """Power grows with the number of seeds."""
    found = [
        power(ours, ALIKE["normal"], values, n, lead=1.5, studies=FEW) for n in (2, 3, 4, 5, 7, 10)
    ]
    assert found == sorted(found)


@pytest.mark.parametrize("name", ["exponential", "t, 3 degrees", *DEVIATIONS])
@pytest.mark.parametrize("values", [2, 4])
def test_more_data_never_weakens_a_verdict(name: str, values: int) -> None:
    """Neither a seed of every value, nor one of a single value, as where others have failed.

    Of studies in which the first value leads, more and more tell it apart from the second; of
    those in which values are alike, more and more show that they are practically equal.
    """
    figures = ALIKE[name](np.random.default_rng(3), FEW, values, 10)
    lead = 2.5 * figures.std()
    apart = {
        (one, rest): _first_pair(figures, lead, (one, *[rest] * (values - 1))).told_apart.mean()
        for one, rest in [(3, 3), (4, 3), (5, 3), (7, 3), (4, 4), (5, 4), (5, 5), (7, 7), (10, 10)]
    }
    for (one, rest), share in apart.items():
        fewer = [of for (n, m), of in apart.items() if n <= one and m <= rest]
        assert share >= max(fewer)
    equal = []
    for n in (3, 5, 7, 10):
        pair = _first_pair(figures, 0.0, (n,) * values)
        equal.append(np.mean(np.abs(pair.differences) + pair.reach <= 0.6 * lead))
    assert equal == sorted(equal)
    assert equal[-1] > 0.3


def _first_pair(figures: NDArray[np.float64], lead: float, counts: tuple[int, ...]) -> PairTests:
    """Compare the first two values with the first so many seeds of each."""
    seen = [figures[:, index, :count] for index, count in enumerate(counts)]
    means = np.stack([each.mean(axis=1) for each in seen], axis=1)
    means[:, 0] += lead
    variances = np.stack([each.var(axis=1, ddof=1) for each in seen], axis=1)
    return compare_pairs(means, variances, counts, pairs=(np.array([0]), np.array([1])))


def test_few_pictures_do_not_make_a_difference() -> None:
    """Accuracies that move in steps of one picture in 24 are rounded, and rounding has an error."""
    draw = HARD["accuracy on 24 pictures"]
    for values, seeds in ((2, 3), (6, 3)):
        assert family_error(lambda it: ours(it, 1 / 24), draw, values, seeds, studies=FEW) <= 0.06


@given(SAMPLE, SAMPLE)
def test_two_values_are_compared_by_welch(first: list[float], second: list[float]) -> None:
    """With two values, difference, interval and p-value are SciPy's."""
    if min(np.ptp(first), np.ptp(second)) < 1e-3:
        return
    found = compare_family({"a": first, "b": second})["a", "b"]
    reference = stats.ttest_ind(first, second, equal_var=False)
    interval = reference.confidence_interval(0.95)
    assert found.p == pytest.approx(reference.pvalue, rel=1e-6, abs=1e-12)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-6)


@given(st.lists(SAMPLE, min_size=2, max_size=6))
def test_interval_and_p_value_never_disagree(samples: list[list[float]]) -> None:
    """A difference is sure where its interval excludes zero and its p-value is below the level."""
    found = compare_family({str(index): each for index, each in enumerate(samples)})
    for (one, other), pair in found.items():
        if abs(pair.p - ALPHA) > 1e-9:
            assert pair.is_sure == (pair.p < ALPHA)
        turned = found[other, one]
        assert (turned.difference, turned.low) == (-pair.difference, -pair.high)
        assert turned.counts == pair.counts[::-1]
        assert pair.low <= pair.difference <= pair.high
        assert not (pair.lies_within(0.1) and abs(pair.difference) > 0.1)


@given(st.lists(st.floats(0, 100, width=32), min_size=2, max_size=8), st.integers(2, 10))
def test_no_variance_shrinks(variances: list[float], seeds: int) -> None:
    """Borrowing never makes a value look quieter than its own seeds, nor worth fewer of them."""
    degrees = [seeds - 1] * len(variances)
    shrunk, worth = shrink_variances(variances, degrees)
    assert (shrunk >= np.array(variances) - 1e-9).all()
    assert (worth >= seeds - 1 - 1e-9).all()
    assert (worth <= len(variances) * (seeds - 1) + 1e-9).all()
    if len(variances) == 2:
        assert shrunk == pytest.approx(variances)
        assert worth == pytest.approx(degrees)


def test_equal_variances_are_worth_more_than_unequal_ones() -> None:
    """Values lean on each other as far as their spreads agree."""
    _, alike = shrink_variances([1.0, 1.0, 1.0, 1.0], [2] * 4)
    _, unequal = shrink_variances([16.0, 1.0, 1.0, 1.0], [2] * 4)
    assert alike[0] == pytest.approx(2 * (1 + 0.5 * 3))
    assert unequal[0] < 0.6 * alike[0]


@pytest.mark.parametrize(
    "samples",
    [
        {"a": [0.5], "b": [0.6, 0.7]},
        {"a": [0.5, math.nan, 0.4], "b": [0.6, 0.7, 0.8]},
        {"a": [0.5, math.inf], "b": [0.6, 0.7]},
        {"a": [], "b": []},
        {},
    ],
)
def test_without_a_known_spread_nothing_is_compared(samples: dict[str, list[float]]) -> None:
    """One seed, a figure that is no number, or no result: there is no test."""
    assert compare_family(samples) == {}


def test_figures_that_repeat_have_no_known_error() -> None:
    """Seeds that all end alike up to rounding say nothing of the error; steps of pictures do."""
    third = 0.1 + 0.2
    samples = {"a": [third, 0.3, third], "b": [0.7, 0.7, 0.7]}
    unknown = compare_family(samples)["a", "b"]
    assert (unknown.low, unknown.high, unknown.p) == (-math.inf, math.inf, 1.0)
    assert not unknown.is_sure
    assert compare_family(samples, resolution=0.01)["a", "b"].is_sure


def test_a_larger_family_widens_every_interval() -> None:
    """Pairs that are tested elsewhere in the study count here too."""
    samples = {"a": [0.1, 0.2, 0.3], "b": [0.6, 0.8, 0.9]}
    alone, among = (compare_family(samples, family=family)["a", "b"] for family in (None, 10))
    assert among.low < alone.low
    assert among.p > alone.p
    assert pair_level(10) == pytest.approx(1 - 0.95**0.1)


def test_a_chosen_pair_is_judged_as_among_all() -> None:
    """Asking for some pairs only does not change what is found of them."""
    random = np.random.default_rng(0)
    means, variances = random.standard_normal((5, 4)), random.chisquare(2, (5, 4))
    whole = compare_pairs(means, variances, [3] * 4)
    one = compare_pairs(means, variances, [3] * 4, pairs=(np.array([1]), np.array([3])))
    assert one.reach[:, 0] == pytest.approx(whole.reach[:, 4])


def test_false_equality_is_rare() -> None:
    """Values that differ by just the margin are seldom found practically equal."""
    random = np.random.default_rng(3)
    margin, wrong = 1.0, 0
    for _ in range(1500):
        figures = random.normal(0, 0.35, (3, 5))
        figures[0] += margin
        pairs = compare_family({str(index): list(each) for index, each in enumerate(figures)})
        wrong += pairs["0", "1"].lies_within(margin) or pairs["0", "2"].lies_within(margin)
    assert wrong / 1500 <= 0.05


def test_equal_values_are_found_equal_in_time() -> None:
    """With enough seeds, practical equality is found, and it is no difference."""
    random = np.random.default_rng(0)
    figures = {name: list(random.normal(0.5, 0.01, 20)) for name in "abc"}
    assert all(pair.lies_within(0.02) for pair in compare_family(figures).values())
