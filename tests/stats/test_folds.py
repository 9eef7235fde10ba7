"""Comparisons over folds allow for what folds share, and their intervals hold together."""

import math
from dataclasses import replace

import numpy as np
import pytest
from factories import build_record
from fold_studies import LEARNERS, corrected, fold_table, paired, share_found
from scipy import stats

from scenes.stats.folds import (
    are_folds,
    by_fold,
    compare_folds,
    overlap_factor,
    whole_predictions,
)
from scenes.stats.power import detectable_over_folds
from scenes.stats.simultaneous import pair_level

FIRST = {str(fold): value for fold, value in enumerate([0.6, 0.7, 0.65, 0.72, 0.61])}
SECOND = {str(fold): value for fold, value in enumerate([0.5, 0.66, 0.55, 0.7, 0.52])}


def test_two_values_are_compared_by_the_corrected_resampled_test() -> None:
    """Its variance is that of the paired differences times 1/n + 1/(n - 1)."""
    apart = np.array([*FIRST.values()]) - np.array([*SECOND.values()])
    error = math.sqrt(apart.var(ddof=1) * (1 / 5 + 1 / 4))
    found = compare_folds({"a": FIRST, "b": SECOND})["a", "b"]
    assert found.difference == pytest.approx(apart.mean())
    assert found.high - found.low == pytest.approx(2 * stats.t.isf(0.025, 4) * error)
    assert found.p == pytest.approx(2 * stats.t.sf(apart.mean() / error, 4))
    assert overlap_factor(5) == pytest.approx(error / math.sqrt(apart.var(ddof=1) / 5))


def test_all_pairs_hold_together() -> None:
    """Three values are tested at Šidák's level, and turned pairs mirror each other."""
    found = compare_folds({"a": FIRST, "b": SECOND, "c": dict.fromkeys(FIRST, 0.1)})
    assert len(found) == 6
    two = compare_folds({"a": FIRST, "b": SECOND})["a", "b"]
    wider = stats.t.isf(pair_level(3) / 2, 4) / stats.t.isf(0.025, 4)
    three = found["a", "b"]
    assert three.high - three.low == pytest.approx(wider * (two.high - two.low))
    assert (found["b", "a"].low, found["b", "a"].high) == (-three.high, -three.low)


def test_values_meet_on_the_folds_that_both_have() -> None:
    """A failed fold is left out of its pairs; one fold in common decides nothing."""
    part = {fold: SECOND[fold] for fold in "0134"}
    found = compare_folds({"a": FIRST, "b": part})["a", "b"]
    assert found.counts == (4, 4)
    assert found.difference == pytest.approx(np.mean([FIRST[it] - SECOND[it] for it in "0134"]))
    assert compare_folds({"a": FIRST, "b": {"0": 0.5}}) == {}
    assert compare_folds({"a": FIRST, "b": {**SECOND, "0": math.nan}}) == {}


def test_equal_differences_are_no_certainty() -> None:
    """Folds that all agree to the digit say nothing of their error, unless pictures do."""
    moved = {fold: value - 0.1 for fold, value in FIRST.items()}
    same = dict.fromkeys(FIRST, 0.5)
    assert not compare_folds({"a": same, "b": same})["a", "b"].is_sure
    assert compare_folds({"a": FIRST, "b": moved}, resolution=0.02)["a", "b"].is_sure


@pytest.mark.parametrize("learner", LEARNERS.values(), ids=LEARNERS)
def test_the_level_is_kept_where_folds_share_their_luck(learner: object) -> None:
    """A paired t-test errs more often than asked for, the corrected one does not."""
    size = (2, 5, 100)
    assert share_found(corrected, learner, size, studies=300) <= 0.06  # type: ignore[arg-type]
    assert share_found(paired, learner, size, studies=300) > 0.05  # type: ignore[arg-type]


def test_the_table_has_a_line_for_each_size() -> None:
    """Of each learner."""
    assert len(fold_table(10, [(2, 5, 40), (3, 5, 40)])) == 2 + 4


def test_what_folds_mostly_show_is_mostly_shown() -> None:
    """Four studies out of five find a difference of that size."""
    errors = detectable_over_folds(5, 1) / math.sqrt(2 / 5)
    assert stats.nct.sf(stats.t.isf(0.025, 4), 4, errors) == pytest.approx(0.8, abs=1e-6)
    assert detectable_over_folds(1, 1) == math.inf


def test_folds_make_one_whole() -> None:
    """Each picture once, by the network that was not trained on it; seeds stay apart."""
    seeds = [build_record(seed=seed) for seed in range(2)]
    assert not are_folds(seeds)
    assert len(whole_predictions(seeds)) == 2
    folds = [
        replace(it, predictions=replace(it.predictions, pictures=tuple(
            f"{index}/{name}" for name in it.predictions.pictures
        )))
        for index, it in enumerate(seeds)
    ]  # fmt: skip
    assert are_folds(folds)
    (whole,) = whole_predictions(folds)
    assert whole.pictures == folds[0].predictions.pictures + folds[1].predictions.pictures
    assert len(whole.truth) == 2 * len(folds[0].predictions.truth)
    assert [*by_fold(folds, [0.1, 0.2]).values()] == [0.1, 0.2]
