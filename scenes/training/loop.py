"""One run: settings, a seed and arrays in; history, predictions and model summary out.

The loop is written out, rather than left to `Model.fit`, for four reasons: the order of pictures
depends on (seed, epoch) only, pictures go from the mapped file to the step without a copy of the
set, the validation figures come from the very probabilities that are recorded, and a long run can
go on between any two steps from a checkpoint to the same bits.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from scenes.data.arrays import Arrays
from scenes.errors import TrainingError
from scenes.runs.record import METRICS, History
from scenes.spec.settings import EVALUATION_BATCH, Settings
from scenes.training.checkpoint import Checkpoint, Snapshot
from scenes.training.feature_cache import load_features
from scenes.training.model_summary import summarise
from scenes.training.models import build_model, split_at_backbone
from scenes.training.schedules import learning_rate_at
from scenes.training.step import Step, Trainer, build_trainer
from scenes.training.stopping import has_stalled, kept_epoch

Tell = Callable[[Mapping[str, float]], None]
"""Is told the figures of an epoch."""


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
        history: Keras' keys, one value per epoch. `loss` is the objective and, like `accuracy`,
            the mean over the epoch while the weights move; `val_loss` is the cross-entropy. Where
            the best epoch is restored it is the last one here.
        probabilities: Of the validation pictures after the last epoch, float32 (n, classes).
        summary: Layers and parameter counts.
        seconds: Wall time of building, features, training and validation.
        resumed: How often the run went on from a checkpoint.
    """

    history: History
    probabilities: NDArray[np.float32]
    summary: dict[str, Any]
    seconds: float
    resumed: int = 0


@dataclass
class Progress:
    """How far a run is.

    Attributes:
        probabilities: Of the validation pictures after the epoch that is kept so far.
        history: Of the epochs that are over.
        steps: What the steps of the epoch under way returned.
        seconds: Wall time before the last checkpoint from which it went on.
        resumed: How often it went on from one.
    """

    probabilities: NDArray[np.float32]
    history: History = field(default_factory=lambda: {name: [] for name in METRICS})
    steps: list[tuple[Any, Any]] = field(default_factory=list)
    seconds: float = 0.0
    resumed: int = 0

    @property
    def epoch(self) -> int:
        """Index of the epoch under way."""
        return len(self.history["loss"])


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
) -> Outcome:
    """Train and validate one model.

    Args:
        settings: Of the trial.
        seed: Decides initial weights, order of pictures, augmentation and dropout.
        arrays: Splits `train` and `val`, pictures uint8 (n, size, size, 3).
        classes: How many there are.
        features: Folder in which the features of frozen backbones are kept.
        features_key: Names pictures and backbone there.
        on_epoch: Is told the figures of each epoch as it ends, and first those of the epochs that
            a checkpoint holds.
        checkpoint: From which it goes on where there is one, and which it writes when it is due.

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
    trainer = build_trainer(trained, settings, classes, seed=seed, dtype=dtype)
    progress = _resume(checkpoint, trainer.variables, classes)
    earlier = progress.seconds

    def save_if_due() -> None:
        if checkpoint.is_due():
            progress.seconds = earlier + time.perf_counter() - started
            checkpoint.save(_snapshot(progress, trainer.variables))

    _train(trainer, settings, seed, inputs, progress, on_epoch, save_if_due)
    return Outcome(
        history=_kept(progress.history, settings),
        probabilities=progress.probabilities,
        summary=summarise(model),
        seconds=earlier + time.perf_counter() - started,
        resumed=progress.resumed,
    )


def _train(
    trainer: Trainer,
    settings: Settings,
    seed: int,
    inputs: Mapping[str, Inputs],
    progress: Progress,
    on_epoch: Tell,
    after_step: Callable[[], None],
) -> None:
    """Carry a run on from where it is to its end."""
    for epoch in range(progress.epoch):
        on_epoch({name: values[epoch] for name, values in progress.history.items()})
    while not _is_over(progress.history, settings):
        epoch = progress.epoch
        order = np.random.default_rng([seed, epoch]).permutation(len(inputs["train"].labels))
        if not progress.steps:
            _begin_epoch(trainer, settings, seed, epoch)
        loss, accuracy = _run_epoch(
            trainer.step, inputs["train"], order, settings.batch_size, progress.steps, after_step
        )
        probabilities = predict_all(trainer.predict, inputs["val"].values)
        figures = {"loss": loss, "accuracy": accuracy}
        figures |= validation_figures(probabilities, inputs["val"].labels)
        _check_finite(figures, epoch)
        for name, value in figures.items():
            progress.history[name].append(value)
        if _last_kept(progress.history, settings) == epoch:
            progress.probabilities = probabilities
        progress.steps.clear()
        on_epoch(figures)
        after_step()


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


def _kept(history: History, settings: Settings) -> History:
    end = _last_kept(history, settings) + 1
    return {name: values[:end] for name, values in history.items()}


def _snapshot(progress: Progress, variables: list[Any]) -> Snapshot:
    notes = {name: getattr(progress, name) for name in ("history", "seconds", "resumed")}
    arrays = {f"variable {index}": np.asarray(value) for index, value in enumerate(variables)}
    arrays["probabilities"] = progress.probabilities
    arrays["steps"] = np.array(progress.steps, np.float32).reshape(-1, 2)
    return Snapshot(notes, arrays)


def _resume(checkpoint: Checkpoint, variables: list[Any], classes: int) -> Progress:
    """Put everything back as a checkpoint has it, or begin."""
    checkpoint.expect(sum(4 * math.prod(value.shape) for value in variables))
    snapshot = checkpoint.load()
    if snapshot is None or not _fits(snapshot, variables):
        return Progress(np.empty((0, classes), np.float32))
    for index, variable in enumerate(variables):
        variable.assign(snapshot.arrays[f"variable {index}"])
    return Progress(
        probabilities=snapshot.arrays["probabilities"],
        history=snapshot.notes["history"],
        steps=[(loss, right) for loss, right in snapshot.arrays["steps"]],
        seconds=snapshot.notes["seconds"],
        resumed=snapshot.notes["resumed"] + 1,
    )


def _fits(snapshot: Snapshot, variables: list[Any]) -> bool:
    arrays = [snapshot.arrays.get(f"variable {index}") for index in range(len(variables))]
    return all(
        array is not None and array.shape == tuple(variable.shape) and array.dtype == variable.dtype
        for array, variable in zip(arrays, variables, strict=True)
    )


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
