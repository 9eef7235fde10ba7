"""Sentences that results support, contradict or leave open: predicates over a study's trials.

A claim is judged on pairs: by seed where a trial has several, else by validation picture. Where
one predicate compares several pairs, the p-values are Holm's. "Inconclusive" means that the data
cannot tell, not that there is no difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scenes.analysis.scores import best_epoch, gap
from scenes.analysis.statistics import (
    ALPHA,
    Comparison,
    compare_pairs,
    holm,
    losses,
    sampling_margin,
)
from scenes.plan import StudyPlan, Trial
from scenes.record import Record
from scenes.spec import Metric

Status = Literal["supported", "contradicted", "inconclusive"]

OVERFIT_GAP = 0.05
"""Training accuracy this far above validation accuracy, beyond its error, is overfitting."""
OVERFIT_TURN = 1.10
"""So is a validation loss that ends this far above its lowest."""


@dataclass(frozen=True)
class Verdict:
    """What the results say of a claim, and by which numbers."""

    status: Status
    claim: str
    reason: str


def better(
    study: StudyPlan,
    key: str,
    *,
    than: str,
    metric: Metric = "val_loss",
    among: Sequence[str] = (),
) -> Verdict:
    """Judge whether a value beats another: a lower loss, or a higher accuracy.

    Args:
        study: The study.
        key: The value that is said to be better.
        than: The other one.
        metric: At the last epoch.
        among: Keys that the same text compares with `than`: the p-value is corrected for all.
    """
    claim = f"better({key!r}, than={than!r}, {metric})"
    family = [other for other in among if other not in (key, than)]
    return _all_better(study, key, (than,), metric, claim, family=family)


def best(study: StudyPlan, key: str, *, metric: Metric = "val_loss") -> Verdict:
    """Judge whether a value beats every other of its study."""
    claim = f"best({key!r}, {metric})"
    if study.waiting:
        return _no_results(claim)
    others = tuple(trial.key for trial in study.trials if trial.key != key)
    return _all_better(study, key, others, metric, claim)


def ordered(
    study: StudyPlan, metric: str, *, direction: Literal["rises", "falls"], keys: Sequence[str] = ()
) -> Verdict:
    """Judge whether a metric rises or falls with the factor, value by value.

    Args:
        study: The study.
        metric: One of a history's keys, at the last epoch.
        direction: As the values go from first to last.
        keys: The values in order; the study's own where none are given.
    """
    keys = tuple(keys) or tuple(trial.key for trial in study.trials)
    claim = f"ordered({metric}, {direction})"
    trials = [study.trial(key) for key in keys]
    if not all(trial.records for trial in trials):
        return _no_results(claim)
    means = [float(np.mean(_finals(trial, metric))) for trial in trials]
    steps = np.diff(means) * (1 if direction == "rises" else -1)
    reason = f"{metric}: " + ", ".join(
        f"{key} {value:.4g}" for key, value in zip(keys, means, strict=True)
    )
    # The ends must differ for sure; between them the order must not be broken.
    ends = _compare(trials[-1], trials[0], metric)
    sure = ends.p < ALPHA
    forward = (ends.difference > 0) == (direction == "rises")
    if sure and forward and bool((steps > 0).all()):
        return Verdict("supported", claim, reason)
    if sure and not forward:
        return Verdict("contradicted", claim, reason)
    return Verdict("inconclusive", claim, reason)


def overfits(study: StudyPlan, key: str) -> Verdict:
    """Judge whether a value fits the training pictures far better than the validation pictures."""
    trial = study.trial(key)
    claim = f"overfits({key!r})"
    if not trial.records:
        return _no_results(claim)
    gaps = [gap(record.history) for record in trial.records]
    turns = [_turn(record) for record in trial.records]
    margin = max(_gap_margin(record) for record in trial.records)
    reason = (
        f"gap {min(gaps):.3f} to {max(gaps):.3f} (margin {margin:.3f}), "
        f"validation loss ends at {max(turns):.2f} times its lowest"
    )
    if min(gaps) - margin > OVERFIT_GAP or min(turns) > OVERFIT_TURN:
        return Verdict("supported", claim, reason)
    if max(gaps) + margin < OVERFIT_GAP and max(turns) < OVERFIT_TURN:
        return Verdict("contradicted", claim, reason)
    return Verdict("inconclusive", claim, reason)


def leaves_chance(study: StudyPlan, key: str) -> Verdict:
    """Judge whether a value predicts better than always naming the most frequent class."""
    trial = study.trial(key)
    claim = f"leaves_chance({key!r})"
    if not trial.records:
        return _no_results(claim)
    shares, margins = [], []
    for record in trial.records:
        share = record.history["val_accuracy"][-1]
        shares.append(share)
        margins.append(sampling_margin(share, len(record.predictions.truth)))
    truth = trial.records[0].predictions.truth
    chance = float(np.bincount(truth).max() / len(truth))
    reason = f"validation accuracy {min(shares):.3f} to {max(shares):.3f}, chance {chance:.3f}"
    if min(low - margin for low, margin in zip(shares, margins, strict=True)) > chance:
        return Verdict("supported", claim, reason)
    if max(shares) <= chance + max(margins):
        return Verdict("contradicted", claim, reason)
    return Verdict("inconclusive", claim, reason)


def chosen_by_rule(study: StudyPlan) -> Verdict:
    """Judge whether the study's rule ranks first the value that later studies use."""
    claim = "chosen_by_rule()"
    chosen = study.chosen
    if chosen is None or chosen.by_rule is None:
        return _no_results(claim)
    status: Status = "supported" if chosen.key == chosen.by_rule else "contradicted"
    return Verdict(status, claim, f"used {chosen.key}, the rule ranks {chosen.by_rule} first")


def _no_results(claim: str) -> Verdict:
    return Verdict("inconclusive", claim, "some of its runs have no result")


def _all_better(
    study: StudyPlan,
    key: str,
    others: Sequence[str],
    metric: Metric,
    claim: str,
    *,
    family: Sequence[str] = (),
) -> Verdict:
    trial = study.trial(key)
    rivals = [study.trial(other) for other in others]
    if not rivals or not trial.records or not all(rival.records for rival in rivals):
        return _no_results(claim)
    sign = -1 if metric.endswith("loss") else 1
    comparisons = [_compare(trial, rival, metric) for rival in rivals]
    beside = [
        _compare(study.trial(name), rivals[0], metric)
        for name in family
        if study.trial(name).records
    ]
    adjusted = holm([item.p for item in (*comparisons, *beside)])[: len(comparisons)]
    reason = "; ".join(
        f"{key} − {other}: {item.difference:+.4g} (p {p:.3g}, {item.n} {item.basis})"
        for other, item, p in zip(others, comparisons, adjusted, strict=True)
    )
    sure = [
        (sign * item.difference > 0, p < ALPHA)
        for item, p in zip(comparisons, adjusted, strict=True)
    ]
    if all(ahead and certain for ahead, certain in sure):
        return Verdict("supported", claim, reason)
    if any(certain and not ahead for ahead, certain in sure):
        return Verdict("contradicted", claim, reason)
    return Verdict("inconclusive", claim, reason)


def _compare(first: Trial, second: Trial, metric: str) -> Comparison:
    """Pair two trials by seed where they share several, else by validation picture."""
    pairs = _shared_seeds(first, second)
    if len(pairs) > 1:
        columns = [
            [record.history[metric][-1] for record in side] for side in zip(*pairs, strict=True)
        ]
        return compare_pairs(columns[0], columns[1], basis="seeds")
    if not pairs or metric not in ("val_loss", "val_accuracy"):
        # Of training figures only the mean is recorded, and one run has no spread.
        values = [float(np.mean(_finals(trial, metric))) for trial in (first, second)]
        return compare_pairs(values[:1], values[1:], basis="seeds")
    return compare_pairs(*(_per_picture(record, metric) for record in pairs[0]), basis="pictures")


def _shared_seeds(first: Trial, second: Trial) -> list[tuple[Record, Record]]:
    others = {record.identity["seed"]: record for record in second.records}
    return [
        (record, others[record.identity["seed"]])
        for record in first.records
        if record.identity["seed"] in others
        and record.predictions.pictures == others[record.identity["seed"]].predictions.pictures
    ]


def _per_picture(record: Record, metric: str) -> NDArray[np.float64]:
    predictions = record.predictions
    if metric == "val_loss":
        return losses(predictions.truth_probability)
    return np.asarray(predictions.truth == predictions.predicted, np.float64)


def _finals(trial: Trial, metric: str) -> list[float]:
    return [record.history[metric][-1] for record in trial.records]


def _turn(record: Record) -> float:
    values = record.history["val_loss"]
    return values[-1] / max(values[best_epoch(record.history)], 1e-9)


def _gap_margin(record: Record) -> float:
    share = record.history["val_accuracy"][-1]
    return sampling_margin(share, len(record.predictions.truth))
