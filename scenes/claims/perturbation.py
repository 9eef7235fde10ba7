"""Other results than those recorded: a plan in, the same plan with its results perturbed out.

A claim that no such change moves says nothing of the results. Some perturbations keep the records
and deal them out anew; the others settle every run on figures of their own, over at least three
seeds, with predictions that agree with the histories. None of them is random: the same plan gives
the same perturbations.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scenes.claims.mishaps import mishaps
from scenes.plan.plan import Plan, Run, StudyPlan, Trial
from scenes.plan.planning import choose_value, combine_best
from scenes.runs.record import Pace, Predictions
from scenes.spec import registry
from scenes.spec.settings import Settings
from scenes.stats.inference import losses
from scenes.stats.paired import SWING_EPOCHS

SEEDS = (0, 1, 2)
SHORTEST = 16
"""Epochs of a history, at least: a rise of the validation loss must have time to last."""

Trials = tuple[Trial, ...]
Perturbation = Callable[[Trials], Trials]


@dataclass(frozen=True)
class Figures:
    """Where a run ends.

    Attributes:
        scatter: How far seeds lie apart, as a share of each figure.
        turn: The lowest validation loss, as a share of the last.
        start: The first training loss, as a share of the last.
    """

    val_loss: float = 1.0
    val_accuracy: float = 0.6
    loss: float = 1.0
    accuracy: float = 0.6
    scatter: float = 0.002
    turn: float = 1.0
    start: float = 1.5
    is_settled: bool = True
    """Whether the training loss stands still at the end."""


def perturbations(plan: Plan) -> Mapping[str, Perturbation]:
    """Return the perturbations of a plan by name."""
    longest = max((len(study.trials) for study in plan.studies), default=0)
    found: dict[str, Perturbation] = {
        "values in reverse": lambda trials: _deal(trials, trials[::-1]),
        "each value as the next": lambda trials: _deal(trials, (*trials[1:], *trials[:1])),
        "all values as the first": lambda trials: _deal(trials, trials[:1] * len(trials)),
        "noise over seeds": lambda trials: _settle(trials, lambda *_: Figures(scatter=0.3)),
        "figures rise": lambda trials: _settle(trials, _ramp),
        "figures fall": lambda trials: _settle(trials[::-1], _ramp)[::-1],
        "all overfit": lambda trials: _settle(trials, lambda *_: Figures(accuracy=0.99, turn=0.5)),
        "none overfits": lambda trials: _settle(trials, lambda *_: Figures(accuracy=0.4)),
        "all at chance": lambda trials: _settle(trials, lambda *_: Figures(val_accuracy=0.0)),
        "all learn": lambda trials: _settle(trials, lambda *_: Figures(val_accuracy=0.95)),
        "still falling": lambda trials: _settle(trials, lambda *_: Figures(is_settled=False)),
        "loss rises": lambda trials: _settle(trials, lambda *_: Figures(start=0.5)),
    }
    found["no gap"] = lambda trials: _settle(trials, lambda *_: Figures(scatter=0.0))
    found["trained otherwise"] = _train_otherwise
    for index in range(longest):
        found[f"value {index + 1} far ahead"] = _favour(index, scatter=0.002)
        found[f"value {index + 1} ahead by chance"] = _favour(index, scatter=0.4)
    return found


def every_world(plan: Plan) -> Mapping[str, Perturbation]:
    """Return the perturbations of a plan, and what can go wrong in training, by name.

    Mishaps move every claim, one that compares a value with itself too; so whether a claim depends
    on results is not asked of them.
    """
    return {**perturbations(plan), **mishaps(lambda trials: _settle(trials, _ramp))}


def perturb(plan: Plan, perturbation: Perturbation) -> Plan:
    """Return a plan with the results of every study perturbed, combined and chosen from anew."""
    studies = tuple(_perturb_study(study, perturbation) for study in plan.studies)
    runs = (run for study in studies for trial in study.trials for run in trial.runs)
    seeds = tuple(dict.fromkeys(run.seed for run in runs)) or plan.report.seeds
    return Plan(plan.report.model_copy(update={"seeds": seeds}), studies)


def _perturb_study(study: StudyPlan, perturbation: Perturbation) -> StudyPlan:
    trials = perturbation(study.trials) if study.trials else ()
    waiting = study.waiting
    for value in study.study.values:
        found = {trial.key: trial for trial in trials}
        if value.combine is None or value.key not in found:
            continue
        parts = combine_best(value.combine, found)
        if parts is None:
            waiting = (*waiting, value.key)
            trials = tuple(trial for trial in trials if trial.key != value.key)
        else:
            names = "+".join(str(getattr(found[it].settings, study.study.factor)) for it in parts)
            settings = found[value.key].settings.model_copy(update={study.study.factor: names})
            again = replace(found[value.key], combined=parts, settings=settings)
            trials = tuple(again if trial.key == value.key else trial for trial in trials)
    chosen = choose_value(study.study, trials, waiting, alpha=study.alpha)
    return replace(study, trials=trials, waiting=waiting, chosen=chosen)


def _deal(trials: Trials, givers: Sequence[Trial]) -> Trials:
    """Give each trial the results of another, run by run."""
    return tuple(
        replace(
            trial,
            runs=tuple(
                replace(run, result=other.result)
                for run, other in zip(trial.runs, giver.runs, strict=False)
            ),
        )
        for trial, giver in zip(trials, givers, strict=True)
    )


def _train_otherwise(trials: Trials) -> Trials:
    """Let the results be those of other networks, optimizers and frozen layers."""
    return tuple(replace(trial, settings=_other_settings(trial.settings)) for trial in trials)


def _other_settings(settings: Settings) -> Settings:
    entries = registry.current().models
    plain = [name for name, entry in entries.items() if "backbone" not in entry.parameters]
    others = [name for name in plain if settings.model in plain and name != settings.model]
    changed = {
        "model": others[0] if others else settings.model,
        "optimizer": "rmsprop" if settings.optimizer != "rmsprop" else "adam",
        "trainable": "all" if settings.trainable == "none" else "none",
        "momentum": 0.5,
    }
    return settings.model_copy(update=changed)


def _ramp(index: int, count: int) -> Figures:
    share = 0.5 + index / max(1, count - 1)
    return Figures(1.0 * share, 0.6 * share, 1.0 * share, 0.6 * share)


def _favour(favoured: int, *, scatter: float) -> Perturbation:
    """Let one value end ahead of all others, which are alike."""

    def figures(index: int, _: int) -> Figures:
        ahead = index == favoured
        near = scatter > 0.1
        loss = (0.97 if near else 0.5) if ahead else 1.0
        share = (0.61 if near else 0.9) if ahead else 0.5
        return Figures(val_loss=loss, val_accuracy=share, scatter=scatter)

    return lambda trials: _settle(trials, figures)


def _settle(trials: Trials, figures: Callable[[int, int], Figures]) -> Trials:
    """Let every run with a result end where its place among the values says."""
    return tuple(
        _settle_trial(trial, figures(index, len(trials)), index) if trial.records else trial
        for index, trial in enumerate(trials)
    )


def _settle_trial(trial: Trial, figures: Figures, index: int) -> Trial:
    own = [run.seed for run in trial.runs]
    is_fixed = any(run.fold is not None for run in trial.runs)
    seeds = [*dict.fromkeys(own if is_fixed else [*own, *SEEDS])]
    epochs = max(SHORTEST, *(record.epochs for record in trial.records))
    return replace(
        trial,
        settings=trial.settings.model_copy(update={"epochs": epochs, "patience": 0}),
        runs=tuple(
            _settle_run(trial, seed, figures, offsets)
            for seed, offsets in zip(seeds, _offsets(len(seeds), index), strict=True)
        ),
    )


def _offsets(count: int, index: int) -> Iterator[NDArray[np.float64]]:
    """Give each seed its offsets, which are 0 in the mean, and differ from value to value."""
    drawn = np.random.default_rng(index).uniform(-1, 1, size=(count, 4))
    yield from drawn - drawn.mean(axis=0)


def _settle_run(trial: Trial, seed: int, figures: Figures, offsets: NDArray[np.float64]) -> Run:
    record = next((it for it in trial.records if it.identity["seed"] == seed), trial.records[0])
    like = next((run for run in trial.runs if run.seed == seed), trial.runs[0])
    ends = np.array([figures.val_loss, figures.val_accuracy, figures.loss, figures.accuracy])
    val_loss, val_accuracy, loss, accuracy = ends * (1 + figures.scatter * offsets)
    epochs = max(SHORTEST, record.epochs)
    history = {
        "loss": _curve(figures.start * loss, loss, epochs, is_settled=figures.is_settled),
        "accuracy": _curve(0.1, min(accuracy, 1.0), epochs),
        "val_loss": _curve(1.5 * val_loss, val_loss, epochs, lowest=figures.turn * val_loss),
        "val_accuracy": _curve(0.1, min(val_accuracy, 1.0), epochs),
    }
    settled = replace(
        record,
        id=f"{record.id}-{seed}",
        identity={**record.identity, "seed": seed},
        history=history,
        pace=Pace((0.01,) * epochs, (record.seconds / epochs,) * epochs),
        kept=epochs - 1,
        stopped_early=False,
        predictions=_predict(record.predictions, val_loss, min(val_accuracy, 1.0)),
    )
    return replace(like, id=f"{record.id}-{seed}", seed=seed, result=settled)


def _curve(
    first: float, last: float, epochs: int, *, is_settled: bool = True, lowest: float | None = None
) -> list[float]:
    """Return a curve from one figure to another, by way of its lowest, reached before the end."""
    rest = min(2 * SWING_EPOCHS, epochs // 2) if is_settled else 0
    way = np.linspace(first, last, epochs - rest)
    if lowest is not None:
        half = len(way) // 2
        way = np.append(
            np.linspace(first, lowest, half), np.linspace(lowest, last, len(way) - half)
        )
    return [*map(float, way), *[float(last)] * rest]


def _predict(predictions: Predictions, loss: float, accuracy: float) -> Predictions:
    """Return predictions with this mean loss and this share right: of nested sets of pictures."""
    truth = predictions.truth
    order = np.random.default_rng(0).permutation(len(truth))
    right = order < round(accuracy * len(truth))
    classes = int(truth.max()) + 1
    now = losses(predictions.truth_probability)
    scaled = now * (loss / max(float(now.mean()), 1e-9))
    predicted = np.where(right, truth, (truth + 1) % max(2, classes))
    return replace(
        predictions,
        predicted=predicted,
        truth_probability=np.exp(-scaled),
        probabilities=spread_out(truth, predicted, predictions.probabilities.shape[1]),
    )


def spread_out(
    truth: NDArray[np.int64], predicted: NDArray[np.int64], classes: int
) -> NDArray[np.float32]:
    """Return probabilities that name these classes: a mistake gives the truth second place."""
    rows = np.arange(len(truth))
    probabilities = np.full((len(truth), classes), 0.1, np.float32)
    if classes:
        probabilities[rows, truth] = 0.3
        probabilities[rows, predicted] = 0.9
        probabilities /= probabilities.sum(axis=1, keepdims=True)
    return probabilities
