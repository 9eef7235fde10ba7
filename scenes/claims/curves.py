"""Claims about how one value trains: overfits, has a gap, leaves chance, converged, diverged.

Each compares figures of a curve with a threshold, in every seed: supported where all seeds agree
that it is passed, contradicted where all agree that it is not. They test no hypothesis over seeds,
so there is nothing to correct; each states the error that it allows for.
"""

import math
from collections.abc import Sequence

import numpy as np

from scenes.claims.verdict import Verdict, no_results
from scenes.plan.plan import StudyPlan, Trial
from scenes.runs.record import Record
from scenes.stats.inference import sampling_margin
from scenes.stats.metrics import gap
from scenes.stats.overfitting import Rise, measure_rise
from scenes.stats.paired import SWING_EPOCHS, history_key
from scenes.stats.simultaneous import ROUNDING
from scenes.system.formatting import said_count

GAP = 0.05
"""Training accuracy this far above validation accuracy, beyond its error, is called a gap."""
CONVERGED_SHARE = 0.02
"""A curve has levelled off where its last epochs move less than this share of its highest value."""
DIVERGED_RISE = 1.05
"""A training loss that ends this far above its first epoch has diverged."""
BLOWN_UP = 10.0
"""A training loss so many times that of guessing, which is the logarithm of the number of classes,
has blown up; the network has diverged unless it ends better than guessing all the same."""
DIVERGED = "diverged"
"""Stands in the reason of a run that failed because its loss is no longer a number."""


def overfits(study: StudyPlan, key: str) -> Verdict:
    """Judge whether validation loss has risen for good while training loss went on falling.

    The smoothed validation loss ends above its minimum by more than `overfitting.SIZE` and beyond
    its error, the smoothed training loss has fallen since, and training accuracy exceeds
    validation accuracy by more than the 95 % sampling margin. Supported where that holds in every
    seed, contradicted where every seed excludes a rise of twice that size. A value that diverged
    does not overfit: `diverged` says what happened. Unit: the seed. Source: histories.
    """
    trial = study.trial(key)
    claim = f"overfits({key!r})"
    if not trial.records:
        return no_results(claim)
    if diverged(study, key).status == "supported":
        return Verdict("inconclusive", claim, "training diverged, which is not overfitting")
    rises = [measure_rise(record.kept_history) for record in trial.records]
    known = [rise for rise in rises if rise is not None]
    if len(known) < len(rises):
        return Verdict("inconclusive", claim, "fewer than eight epochs show no lasting rise")
    reason = "validation loss ends " + ", ".join(
        f"{rise.share:.1%} ± {rise.error:.1%} above its minimum (epoch {rise.epoch})"
        for rise in known
    )
    reason += f"; gap {min(it.gap for it in known):.3f} to {max(it.gap for it in known):.3f}"
    margins = [_gap_margin(record) for record in trial.records]
    if all(_is_overfit(rise, margin) for rise, margin in zip(known, margins, strict=True)):
        return Verdict("supported", claim, reason)
    if all(rise.is_absent for rise in known):
        return Verdict("contradicted", claim, reason)
    return Verdict("inconclusive", claim, reason)


def has_gap(study: StudyPlan, key: str) -> Verdict:
    """Judge whether training accuracy ends above validation accuracy by more than `GAP`.

    That is no overfitting by itself. The 95 % sampling margin of the validation accuracy is
    allowed for. Unit: the seed, all of which must agree. Source: the histories' last epoch.
    """
    trial = study.trial(key)
    claim = f"has_gap({key!r})"
    if not trial.records:
        return no_results(claim)
    gaps = [gap(record.kept_history) for record in trial.records]
    margin = max(_gap_margin(record) for record in trial.records)
    reason = f"gap {min(gaps):.3f} to {max(gaps):.3f} (margin {margin:.3f})"
    if min(gaps) - margin > GAP:
        return Verdict("supported", claim, reason)
    if max(gaps) + margin < GAP:
        return Verdict("contradicted", claim, reason)
    return Verdict("inconclusive", claim, reason)


def leaves_chance(study: StudyPlan, key: str) -> Verdict:
    """Judge whether a value predicts better than always naming the most frequent class.

    By validation accuracy at the last epoch, with its 95 % sampling margin; contradicted where its
    mean is not above chance. Unit: the seed, all of which must agree for support. Source:
    histories, and the classes of the validation pictures.
    """
    trial = study.trial(key)
    claim = f"leaves_chance({key!r})"
    if not trial.records:
        return no_results(claim)
    shares, margins = [], []
    for record in trial.records:
        share = record.final("val_accuracy")
        shares.append(share)
        margins.append(sampling_margin(share, len(record.predictions.truth)))
    truth = trial.records[0].predictions.truth
    chance = float(np.bincount(truth).max() / len(truth))
    reason = f"validation accuracy {min(shares):.3f} to {max(shares):.3f}, chance {chance:.3f}"
    if min(low - margin for low, margin in zip(shares, margins, strict=True)) > chance:
        return Verdict("supported", claim, reason)
    if float(np.mean(shares)) <= chance + ROUNDING:
        return Verdict("contradicted", claim, reason)
    return Verdict("inconclusive", claim, reason)


def converged(study: StudyPlan, key: str, *, metric: str = "loss") -> Verdict:
    """Judge whether a curve has levelled off: more epochs would not have moved it much.

    The mean of the last epochs is compared with that of as many before, give or take two standard
    errors of their difference; the limit is `CONVERGED_SHARE` of the curve's highest value. Unit:
    the seed, all of which must agree. Source: histories.

    Args:
        study: The study.
        key: The value.
        metric: The curve; the training loss where none is named.
    """
    trial = study.trial(key)
    claim = f"converged({key!r}, {metric})"
    if not trial.records:
        return no_results(claim)
    curves = [record.history[history_key(metric)] for record in trial.records]
    window = min(SWING_EPOCHS, min(map(len, curves)) // 2)
    if window < 2:
        return Verdict("inconclusive", claim, "fewer than four epochs show no trend")
    moves = [_move(curve, window) for curve in curves]
    reason = f"{metric} moves by " + ", ".join(f"{move:.2%} ± {error:.2%}" for move, error in moves)
    reason += f" of its highest value between the last {window} epochs and those before"
    if all(move + error <= CONVERGED_SHARE for move, error in moves):
        return Verdict("supported", claim, reason)
    if all(move - error > CONVERGED_SHARE for move, error in moves):
        return Verdict("contradicted", claim, reason)
    return Verdict("inconclusive", claim, reason)


def diverged(study: StudyPlan, key: str) -> Verdict:
    """Judge whether training went astray: a loss that is no number, or that ends above its start.

    A loss that was blown up in its first epochs (`BLOWN_UP`) ends below them whatever comes; there
    it is measured against guessing. Supported where that happened to any run, contradicted where
    every run finished and it happened to none; a run that failed for another reason leaves it
    open. Unit: the run. Source: the reason of a failure, and the training loss of the histories.
    """
    trial = study.trial(key)
    claim = f"diverged({key!r})"
    if not trial.records and not trial.failures:
        return no_results(claim)
    broken = sum(DIVERGED in failure.reason for failure in trial.failures)
    rises = [record.history["loss"][-1] / record.history["loss"][0] for record in trial.records]
    reason = f"{broken} of {said_count(len(trial.runs), 'run|runs')} ended without a number"
    if rises:
        reason += f", training loss ends at {min(rises):.2f} to {max(rises):.2f} times its first"
    blown = sum(map(_is_blown_up, trial.records))
    if blown:
        reason += (
            f", and in {said_count(blown, 'run|runs')} it blew up and ends worse than guessing"
        )
    if broken or blown or any(rise > DIVERGED_RISE for rise in rises):
        return Verdict("supported", claim, reason)
    if _is_whole(trial):
        return Verdict("contradicted", claim, reason)
    return Verdict("inconclusive", claim, reason)


def _is_blown_up(record: Record) -> bool:
    guessing = math.log(max(2, len(record.classes)))
    losses = record.history["loss"]
    return max(losses) > BLOWN_UP * guessing and losses[-1] > guessing


def _is_whole(trial: Trial) -> bool:
    return len(trial.records) == len(trial.runs)


def _move(curve: Sequence[float], window: int) -> tuple[float, float]:
    """Return how far a curve moves between two windows, with twice its error, as shares."""
    before, last = np.array(curve[-2 * window : -window]), np.array(curve[-window:])
    error = 2 * math.sqrt((before.var(ddof=1) + last.var(ddof=1)) / window)
    highest = max(max(curve), 1e-9)
    return abs(float(last.mean() - before.mean())) / highest, error / highest


def _is_overfit(rise: Rise, margin: float) -> bool:
    return rise.is_sure and rise.loss_falls and rise.gap > margin


def _gap_margin(record: Record) -> float:
    share = record.final("val_accuracy")
    return sampling_margin(share, len(record.predictions.truth))
