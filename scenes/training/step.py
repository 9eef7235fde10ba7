"""What trains a model: a Keras model and settings in, a compiled step and a prediction out."""

from collections.abc import Callable
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import DTypeLike, NDArray

from scenes.spec.registry import current
from scenes.spec.settings import Settings
from scenes.training.augmentations import Augmentation, build_augmentation

Step = Callable[[Any, Any], tuple[Any, Any]]
Augment = Callable[..., tuple[Any, Any]]


@dataclass(frozen=True)
class Trainer:
    """What trains a model and looks at it.

    Attributes:
        optimizer: Whose learning rate a schedule sets.
        augmentation: Of the training pictures, if any.
        step: (inputs, labels) -> (sum of losses, pictures that were right).
        predict: Inputs -> probabilities.
        variables: All that training changes: weights, the optimizer's, random states.
    """

    optimizer: keras.optimizers.Optimizer
    augmentation: Augmentation | None
    step: Step
    predict: Callable[[Any], Any]
    variables: list[Any]


def build_trainer(
    model: keras.Model,
    settings: Settings,
    classes: int,
    *,
    seed: int,
    dtype: DTypeLike,
    weights: NDArray[np.float32] | None = None,
) -> Trainer:
    """Build what trains a model.

    Args:
        model: Inputs -> probabilities (n, classes).
        settings: Name optimizer, augmentation and objective.
        classes: How many there are.
        seed: Of the augmentation.
        dtype: Of the inputs: uint8 of pictures, float32 of features.
        weights: How much a picture of each class counts, float32 (classes,); None for all alike.
    """
    # With any number of rows, so that the last batch of an epoch is not compiled by itself. There
    # is no branch on a tensor in what is compiled, so AutoGraph need not rewrite its source.
    values = tf.TensorSpec((None, *model.input_shape[1:]), tf.as_dtype(dtype))
    augmentation = build_augmentation(
        settings.augmentation,
        strength=settings.augmentation_strength,
        seed=seed,
        settings=settings.model_dump(),
    )
    optimizer = build_optimizer(settings)
    optimizer.build(model.trainable_variables)
    states = [one.state for one in augmentation.seed_generators] if augmentation else []
    return Trainer(
        optimizer=optimizer,
        augmentation=augmentation,
        step=tf.function(
            _train_step(model, optimizer, settings, classes, augmentation, weights),
            input_signature=[values, tf.TensorSpec((None,), tf.int64)],
            autograph=False,
        ),
        predict=tf.function(_prediction(model), input_signature=[values], autograph=False),
        variables=[*model.variables, *optimizer.variables, *states],
    )


def balance_classes(
    settings: Settings, labels: NDArray[np.int64], classes: int
) -> NDArray[np.float32] | None:
    """Return how much a picture of each class counts: float32 (classes,), 1 on average.

    None where all count alike. Balanced weights are n / (classes · n of the class).
    """
    if settings.class_weights == "none":
        return None
    counts = np.maximum(np.bincount(labels, minlength=classes), 1)
    return (len(labels) / (classes * counts)).astype(np.float32)


def build_optimizer(settings: Settings) -> keras.optimizers.Optimizer:
    """Return the optimizer that the settings name, with Keras' defaults for the rest."""
    entry = current().optimizers[settings.optimizer]
    options: dict[str, Any] = {"learning_rate": settings.learning_rate}
    if settings.weight_decay:
        options["weight_decay"] = settings.weight_decay
    options |= {name: getattr(settings, name) for name in entry.parameters}
    return resolve_name(entry.builder)(**options)


def _train_step(
    model: keras.Model,
    optimizer: keras.optimizers.Optimizer,
    settings: Settings,
    classes: int,
    augment: Augment | None,
    weights: NDArray[np.float32] | None,
) -> Step:
    """Return a step: (inputs, labels) -> (sum of losses, pictures that were right)."""
    objective = keras.losses.CategoricalCrossentropy(label_smoothing=settings.label_smoothing)

    def step(values: Any, labels: Any) -> tuple[Any, Any]:
        targets = tf.one_hot(labels, classes)
        values = tf.cast(values, tf.float32)
        if augment is not None:
            values, targets = augment(values, targets, training=True)
        with tf.GradientTape() as tape:
            probabilities = model(values, training=True)
            counts = None if weights is None else tf.linalg.matvec(targets, weights)
            loss = objective(targets, probabilities, sample_weight=counts)
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
        right = tf.argmax(targets, axis=1) == tf.argmax(probabilities, axis=1)
        count = tf.cast(tf.shape(labels)[0], tf.float32)
        return loss * count, tf.reduce_sum(tf.cast(right, tf.float32))

    return step


def _prediction(model: keras.Model) -> Callable[[Any], Any]:
    def predict(values: Any) -> Any:
        return model(tf.cast(values, tf.float32), training=False)

    return predict
