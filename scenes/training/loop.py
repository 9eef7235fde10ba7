"""One run: settings, a seed and arrays in; history, probabilities, weights and summary out.

The loop is written out, rather than left to `Model.fit`, for four reasons: the order of pictures
depends on (seed, epoch) only, pictures go from the mapped file to the step without a copy of the
set, the validation figures come from the very probabilities that are recorded, and a long run can
go on between any two steps from a checkpoint to the same bits.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from scenes.data.arrays import Arrays
from scenes.errors import TrainingError
from scenes.runs.record import History, Pace
from scenes.spec.settings import EVALUATION_BATCH, Settings
from scenes.training.checkpoint import Checkpoint
from scenes.training.feature_cache import load_features
from scenes.training.learned_weights import collect_weights
from scenes.training.model_summary import summarise
from scenes.training.models import build_model, split_at_backbone
from scenes.training.run_state import RunState, Weights, resume, take_snapshot
from scenes.training.schedules import learning_rate_at
from scenes.training.step import Step, Trainer, balance_classes, build_trainer
from scenes.training.stopping import has_stalled, kept_epoch, stopped_early

Tell = Callable[[Mapping[str, float]], None]
"""Takes the figures of an epoch, with its learning rate and seconds."""


@dataclass(frozen=True)
class Inputs:
    """What is fed to a model, of one split.

    Attributes:
        values: Pictures uint8 (n, size, size, 3), or features float32 (n, width).
        labels: Class index, int64 (n,).
    """

    values: NDArray[Any]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Outcome:
    """What a run found.

    Attributes:
        history: Keras' keys, one value per epoch trained. `loss` is the objective and, like
            `accuracy`, the mean over the epoch while the weights move; `val_loss` is the
            cross-entropy.
        pace: Learning rate and time of each epoch.
        kept: Index of the epoch whose model is kept.
        stopped_early: Whether the run ended before the epochs that its settings allow.
        probabilities: Of the validation pictures by the model that is kept, float32 (n, classes).
        weights: That this model has learned, by name; None where nobody wants them.
        summary: Layers and parameter counts.
        seconds: Wall time of building, features, training and validation.
        resumed: How often the run went on from a checkpoint.
    """

    history: History
    pace: Pace
    kept: int
    stopped_early: bool
    probabilities: NDArray[np.float32]
    weights: Weights | None
    summary: dict[str, Any]
    seconds: float
    resumed: int = 0


def run_training(
    settings: Settings,
    seed: int,
    arrays: Mapping[str, Arrays],
    *,
    classes: int,
    features: Path,
    features_key: str,
    on_epoch: Tell,
    checkpoint: Checkpoint,
    keep_weights: bool = False,
) -> Outcome:
    """Train and validate one model.

    Args:
        settings: Of the trial.
        seed: Decides initial weights, order of pictures, augmentation and dropout.
        arrays: Splits `train` and `val`, pictures uint8 (n, size, size, 3).
        classes: How many there are.
        features: Folder in which the features of frozen backbones are kept.
        features_key: Names pictures and backbone there.
        on_epoch: Called with the figures of each epoch as it ends, first with those of epochs that
            a checkpoint holds.
        checkpoint: From which it goes on where there is one, and which it writes when it is due.
        keep_weights: Return what the model has learned.

    Raises:
        TrainingError: The loss is no longer a number.
    """
    started = time.perf_counter()
    keras.backend.clear_session()
    keras.config.set_dtype_policy(settings.precision)
    keras.utils.set_random_seed(seed)
    model = build_model(settings.model_dump(), classes)
    inputs = {name: Inputs(split.images, split.labels) for name, split in arrays.items()}
    trained = model
    if settings.is_frozen and settings.augmentation == "none":
        extractor, trained = split_at_backbone(model)
        inputs = {
            name: Inputs(
                load_features(extractor, split.values, features / f"{features_key}-{name}.npy"),
                split.labels,
            )
            for name, split in inputs.items()
        }
    dtype = inputs["train"].values.dtype
    weights = balance_classes(settings, inputs["train"].labels, classes)
    trainer = build_trainer(trained, settings, classes, seed=seed, dtype=dtype, weights=weights)
    state = resume(checkpoint, trainer.variables, classes)
    earlier = state.seconds

    def elapsed() -> float:
        return earlier + time.perf_counter() - started

    def save_if_due() -> None:
        if checkpoint.is_due():
            state.seconds = elapsed()
            checkpoint.save(take_snapshot(state, trainer.variables))

    def learned() -> Weights | None:
        return collect_weights(model, settings) if keep_weights else None

    course = _Course(trainer, settings, seed, inputs, state)
    _train(course, on_epoch, save_if_due, elapsed=elapsed, learned=learned)
    return Outcome(
        history=state.history,
        pace=Pace(tuple(state.learning_rates), tuple(state.epoch_seconds)),
        kept=_last_kept(state.history, settings),
        stopped_early=stopped_early(state.history, settings),
        probabilities=state.probabilities,
        weights=state.weights if _may_go_back(settings) else learned(),
        summary=summarise(model),
        seconds=elapsed(),
        resumed=state.resumed,
    )


@dataclass(frozen=True)
class _Course:
    """What is trained, on what, and how far it is."""

    trainer: Trainer
    settings: Settings
    seed: int
    inputs: Mapping[str, Inputs]
    state: RunState


def _train(
    course: _Course,
    on_epoch: Tell,
    after_step: Callable[[], None],
    *,
    elapsed: Callable[[], float],
    learned: Callable[[], Weights | None],
) -> None:
    """Carry a run on from where it is to its end."""
    state, settings = course.state, course.settings
    for epoch in range(state.epoch):
        on_epoch(_figures_of(state, epoch))
    while not _is_over(state.history, settings):
        epoch = state.epoch
        if not state.steps:
            state.epoch_began = elapsed()
            _begin_epoch(course.trainer, settings, course.seed, epoch)
        figures, probabilities = _finish_epoch(course, after_step)
        _check_finite(figures, epoch)
        for name, value in figures.items():
            state.history[name].append(value)
        state.learning_rates.append(learning_rate_at(settings, epoch))
        if _last_kept(state.history, settings) == epoch:
            state.probabilities = probabilities
            state.weights = learned() if _may_go_back(settings) else None
        state.steps.clear()
        state.epoch_seconds.append(elapsed() - state.epoch_began)
        on_epoch(_figures_of(state, epoch))
        after_step()


def _finish_epoch(
    course: _Course, after_step: Callable[[], None]
) -> tuple[dict[str, float], NDArray[np.float32]]:
    """Train what is left of the epoch under way; return its figures and probabilities."""
    inputs, state = course.inputs, course.state
    draws = np.random.default_rng([course.seed, state.epoch])
    order = draws.permutation(len(inputs["train"].labels))
    batch = course.settings.batch_size
    loss, accuracy = _run_epoch(
        course.trainer.step, inputs["train"], order, batch, state.steps, after_step
    )
    probabilities = predict_all(course.trainer.predict, inputs["val"].values)
    found = validation_figures(probabilities, inputs["val"].labels)
    return {"loss": loss, "accuracy": accuracy, **found}, probabilities


def _figures_of(state: RunState, epoch: int) -> dict[str, float]:
    """Return what is recorded of an epoch."""
    figures = {name: values[epoch] for name, values in state.history.items()}
    rate, seconds = state.learning_rates[epoch], state.epoch_seconds[epoch]
    return {**figures, "learning_rate": rate, "seconds": seconds}


def _begin_epoch(trainer: Trainer, settings: Settings, seed: int, epoch: int) -> None:
    """Set what an epoch starts with, from (seed, epoch) alone."""
    if settings.learning_rate_schedule != "constant":
        trainer.optimizer.learning_rate = learning_rate_at(settings, epoch)
    if trainer.augmentation is not None:
        draws = np.random.default_rng([seed, epoch, 1])
        trainer.augmentation.reset(int(draws.integers(2**31)))


def _is_over(history: History, settings: Settings) -> bool:
    done = len(history["loss"]) >= settings.epochs
    return done or (settings.patience > 0 and has_stalled(history, settings))


def _last_kept(history: History, settings: Settings) -> int:
    return kept_epoch(history, settings) if settings.patience else len(history["loss"]) - 1


def _may_go_back(settings: Settings) -> bool:
    """Return whether a run may end with the model of an epoch before its last."""
    return settings.patience > 0 and settings.restore_best


def _run_epoch(
    step: Step,
    inputs: Inputs,
    order: NDArray[np.int64],
    batch: int,
    done: list[tuple[Any, Any]],
    after_step: Callable[[], None],
) -> tuple[float, float]:
    """Take every picture once, in this order, and return mean loss and accuracy.

    Args:
        step: What is done with a batch.
        inputs: Of the training split.
        order: In which they are taken.
        batch: Inputs a step takes.
        done: What the first steps returned, where the epoch is under way; the rest is added.
        after_step: Is called after each.
    """
    for chosen in np.split(order, range(batch, len(order), batch))[len(done) :]:
        done.append(step(inputs.values[chosen], inputs.labels[chosen]))
        after_step()
    losses, right = (np.array(column, np.float64) for column in zip(*done, strict=True))
    return float(losses.sum() / len(order)), float(right.sum() / len(order))


def predict_all(predict: Callable[[Any], Any], values: NDArray[Any]) -> NDArray[np.float32]:
    """Apply a model to a split in batches: (n, …) -> float32 (n, classes)."""
    starts = range(0, len(values), EVALUATION_BATCH)
    parts = [predict(values[start : start + EVALUATION_BATCH]) for start in starts]
    return np.concatenate([np.asarray(part, np.float32) for part in parts])


def validation_figures(
    probabilities: NDArray[np.float32], labels: NDArray[np.int64]
) -> dict[str, float]:
    """Return cross-entropy and accuracy of probabilities (n, classes) against labels (n,)."""
    truth = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    # The smallest float32 that is not zero, so that one hopeless picture stays finite.
    loss = -np.log(np.maximum(truth, np.finfo(np.float32).tiny)).mean()
    return {
        "val_loss": float(loss),
        "val_accuracy": float((probabilities.argmax(axis=1) == labels).mean()),
    }


def _check_finite(figures: Mapping[str, float], epoch: int) -> None:
    broken = [name for name, value in figures.items() if not np.isfinite(value)]
    if broken:
        raise TrainingError(
            f"diverged in epoch {epoch + 1}: {', '.join(broken)} is not a number "
            "(a smaller learning rate often helps)"
        )
