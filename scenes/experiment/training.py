"""One run: settings, a seed and arrays in; history, predictions and model summary out.

The loop is written out, rather than left to `Model.fit`, for three reasons: the order of pictures
depends on (seed, epoch) only, pictures go from the mapped file to the step without a copy of the
set, and the validation figures come from the very probabilities that are recorded.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from scenes.dataset.arrays import Arrays
from scenes.errors import TrainingError
from scenes.experiment.augmentations import build_augmentation
from scenes.experiment.features import load_features
from scenes.experiment.models import build_model, is_frozen, split_at_backbone
from scenes.experiment.summary import summarise
from scenes.record import History
from scenes.settings import Settings

EVALUATION_BATCH = 256
"""Pictures a validation step looks at; it changes speed and memory, not results."""

Step = Callable[[Any, Any], tuple[Any, Any]]
Augment = Callable[..., tuple[Any, Any]]


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
            the mean over the epoch while the weights move; `val_loss` is the cross-entropy.
        probabilities: Of the validation pictures after the last epoch, float32 (n, classes).
        summary: Layers and parameter counts.
        seconds: Wall time of building, features, training and validation.
    """

    history: History
    probabilities: NDArray[np.float32]
    summary: dict[str, Any]
    seconds: float


def run_training(
    settings: Settings,
    seed: int,
    arrays: Mapping[str, Arrays],
    *,
    classes: int,
    features: Path,
    features_key: str,
    on_epoch: Callable[[Mapping[str, float]], None],
) -> Outcome:
    """Train and validate one model.

    Args:
        settings: Of the trial.
        seed: Decides initial weights, order of pictures, augmentation and dropout.
        arrays: Splits `train` and `val`, pictures uint8 (n, size, size, 3).
        classes: How many there are.
        features: Folder in which the features of frozen backbones are kept.
        features_key: Names pictures and backbone there.
        on_epoch: Is told the figures of each epoch as it ends.

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
    if is_frozen(settings.model_dump()) and settings.augmentation == "none":
        extractor, trained = split_at_backbone(model)
        inputs = {
            name: Inputs(
                load_features(extractor, split.values, features / f"{features_key}-{name}.npy"),
                split.labels,
            )
            for name, split in inputs.items()
        }
    history, probabilities = _fit(trained, settings, seed, inputs, classes, on_epoch)
    return Outcome(history, probabilities, summarise(model), time.perf_counter() - started)


def _fit(
    model: keras.Model,
    settings: Settings,
    seed: int,
    inputs: Mapping[str, Inputs],
    classes: int,
    on_epoch: Callable[[Mapping[str, float]], None],
) -> tuple[History, NDArray[np.float32]]:
    augmentation = build_augmentation(
        settings.augmentation, strength=settings.augmentation_strength, seed=seed
    )
    train_step = _build_train_step(model, settings, classes, augmentation)
    predict = _build_predict(model)
    history: History = {name: [] for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
    probabilities = np.empty((0, classes), np.float32)
    for epoch in range(settings.epochs):
        order = np.random.default_rng([seed, epoch]).permutation(len(inputs["train"].labels))
        if augmentation is not None:
            augmentation.reset(int(np.random.default_rng([seed, epoch, 1]).integers(2**31)))
        loss, accuracy = _run_epoch(train_step, inputs["train"], order, settings.batch_size)
        probabilities = predict_all(predict, inputs["val"].values)
        figures = {"loss": loss, "accuracy": accuracy}
        figures |= validation_figures(probabilities, inputs["val"].labels)
        _check_finite(figures, epoch)
        for name, value in figures.items():
            history[name].append(value)
        on_epoch(figures)
    return history, probabilities


def _build_train_step(
    model: keras.Model, settings: Settings, classes: int, augment: Augment | None
) -> Step:
    """Return a compiled step: (inputs, labels) -> (sum of losses, pictures that were right)."""
    optimizer = build_optimizer(settings)
    optimizer.build(model.trainable_variables)
    objective = keras.losses.CategoricalCrossentropy(label_smoothing=settings.label_smoothing)

    def step(values: Any, labels: Any) -> tuple[Any, Any]:
        targets = tf.one_hot(labels, classes)
        values = tf.cast(values, tf.float32)
        if augment is not None:
            values, targets = augment(values, targets, training=True)
        with tf.GradientTape() as tape:
            probabilities = model(values, training=True)
            loss = objective(targets, probabilities)
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        right = tf.argmax(targets, axis=1) == tf.argmax(probabilities, axis=1)
        count = tf.cast(tf.shape(labels)[0], tf.float32)
        return loss * count, tf.reduce_sum(tf.cast(right, tf.float32))

    return tf.function(step, reduce_retracing=True)  # type: ignore[no-any-return]


def build_optimizer(settings: Settings) -> keras.optimizers.Optimizer:
    """Return the optimizer that the settings name, with Keras' defaults for the rest."""
    options: dict[str, Any] = {"learning_rate": settings.learning_rate}
    if settings.weight_decay:
        options["weight_decay"] = settings.weight_decay
    if settings.optimizer == "sgd":
        options["momentum"] = settings.momentum
    return keras.optimizers.get({"class_name": settings.optimizer, "config": options})


def _run_epoch(
    step: Step, inputs: Inputs, order: NDArray[np.int64], batch: int
) -> tuple[float, float]:
    """Take every picture once, in this order, and return mean loss and accuracy."""
    sums = [
        step(inputs.values[chosen], inputs.labels[chosen])
        for chosen in np.split(order, range(batch, len(order), batch))
    ]
    losses, right = (np.array(column, np.float64) for column in zip(*sums, strict=True))
    return float(losses.sum() / len(order)), float(right.sum() / len(order))


def _build_predict(model: keras.Model) -> Callable[[Any], Any]:
    def predict(values: Any) -> Any:
        return model(tf.cast(values, tf.float32), training=False)

    return tf.function(predict, reduce_retracing=True)  # type: ignore[no-any-return]


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
