"""What is held of every model: a model and its settings in, a fact refuted or not.

Pictures are noise around a colour of their class, float32 in [0, 255]. Where seeds matter they are
fixed, so that a check that fails once fails every time.
"""

import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from scenes.spec.entries import STATED_CLASSES
from scenes.spec.settings import Settings
from scenes.testing.checks import Suite, require
from scenes.training.model_operations import counts_of, counts_with
from scenes.training.models import build_model

CLASSES = 3
"""A number that no other size here has, so that no axis is mistaken for another."""
TOLERANCE = 1e-5
"""Of a probability, between two ways to compute it in float32."""
STEPS, RATES = 150, (1e-2, 1e-3, 3e-2)
"""The budget in which ten pictures must be learned by heart, with Adam at one of these rates."""
STATISTICS = (keras.layers.BatchNormalization, keras.layers.SpectralNormalization)
"""Layers whose frozen weights are meant to follow the batches, while the layer is trained."""

Pictures = NDArray[np.float32]


@dataclass(frozen=True)
class ModelCase:
    """A model with the settings under which a report uses it.

    Attributes:
        settings: For pictures of the size that is tested.
        stated: Counts that the model states, as `ModelEntry.stated`.
        learns: Whether it is meant to fit ten pictures.
    """

    settings: Settings
    stated: Mapping[str, int]
    learns: bool = True

    def build(self, *, seed: int = 0, classes: int = CLASSES) -> keras.Model:
        """Build the model anew from a seed."""
        keras.utils.set_random_seed(seed)
        return build_model(self.settings.model_dump(), classes)


MODELS: Suite[ModelCase] = Suite()


def draw(case: ModelCase, count: int, *, seed: int = 0) -> tuple[Pictures, NDArray[np.int64]]:
    """Return pictures (count, size, size, 3) and labels (count,): a colour each, and noise."""
    random = np.random.default_rng(seed)
    labels = np.arange(count) % CLASSES
    colours = np.eye(3, dtype=np.float32)[labels] * 160 + 40
    size = case.settings.image_size
    noise = random.normal(0, 30, (count, size, size, 3)).astype(np.float32)
    return np.clip(colours[:, None, None] + noise, 0, 255), labels


def predict(model: keras.Model, pictures: Pictures) -> NDArray[np.float32]:
    """Return probabilities, as the program asks for them."""
    return np.asarray(model(pictures, training=False))


def _values(weights: Sequence[Any]) -> list[NDArray[Any]]:
    """Return a copy of what weights hold."""
    return [np.array(weight.numpy()) for weight in weights]


def _difference(one: Any, other: Any) -> float:
    return float(np.max(np.abs(np.asarray(one, np.float64) - np.asarray(other, np.float64))))


@MODELS.holds("it is built for the smallest pictures and for any number of classes")
def _is_built(case: ModelCase) -> None:
    smallest = max(8, case.settings.entry.minimum_size(case.settings.model_dump()))
    for size, classes in {(smallest, 2), (case.settings.image_size, STATED_CLASSES)}:
        flat = {**case.settings.model_dump(), "image_size": size}
        model = build_model(flat, classes)
        require(isinstance(model, keras.Model), f"its function returns {type(model).__name__}")
        shape = tuple(model.output_shape)
        require(
            shape == (None, classes),
            f"for {classes} classes and {size} pixels its output is {shape}, not (None, {classes})",
        )


@MODELS.holds("it has the counts that it states")
def _has_counts(case: ModelCase) -> None:
    if case.stated:
        _compare(counts_of(case.settings), case.stated, "is stated")


def check_expected(settings: Settings, classes: int, expected: Mapping[str, int]) -> None:
    """Refute that a model has the counts that a report expects of it."""
    _compare(counts_with(settings, classes), expected, "is expected")


def _compare(found: Mapping[str, int], wanted: Mapping[str, int], verb: str) -> None:
    wrong = [
        f"{name} = {found[name]:,} is built, {value:,} {verb}"
        for name, value in wanted.items()
        if found[name] != value
    ]
    require(not wrong, "; ".join(wrong))


@MODELS.holds("its probabilities sum to 1")
def _sums_to_one(case: ModelCase) -> None:
    found = predict(case.build(), draw(case, 7)[0])
    require(found.shape == (7, CLASSES), f"7 pictures give an array of shape {found.shape}")
    require(found.dtype == np.float32, f"they are {found.dtype}; give the last layer dtype float32")
    require(np.isfinite(found).all(), "some are not finite")
    require(found.min() >= 0, f"the smallest is {found.min():.3g}")
    sums = found.sum(axis=1)
    require(
        np.abs(sums - 1).max() < 1e-4,
        f"they sum to between {sums.min():.4g} and {sums.max():.4g} (a softmax over classes, "
        "the last axis, is required)",
    )


@MODELS.holds("every trainable weight gets a gradient")
def _gets_gradients(case: ModelCase) -> None:
    left: set[int] | None = None  # by number: paths differ between networks
    for seed in range(3):
        model = case.build(seed=seed)
        still = {
            number
            for number, gradient in enumerate(_gradients(model, *draw(case, 12, seed=seed)))
            if gradient is None or not np.any(np.asarray(gradient))
        }
        left = still if left is None else left & still
    names = [model.trainable_weights[number].path for number in sorted(left or ())]
    require(not names, f"none for {', '.join(names)}")


def _gradients(model: keras.Model, pictures: Pictures, labels: NDArray[np.int64]) -> list[Any]:
    with tf.GradientTape() as tape:
        chances = model(pictures, training=True)
        loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, chances))
    return [
        None if it is None else tf.convert_to_tensor(it)
        for it in tape.gradient(loss, model.trainable_weights)
    ]


@MODELS.holds("nothing frozen changes")
def _keeps_frozen(case: ModelCase) -> None:
    model = case.build()
    frozen = [weight for weight in model.weights if id(weight) in _frozen(model)]
    before = _values(frozen)
    _train(model, *draw(case, 12), steps=3, rate=1e-2)
    moved = [
        weight.path
        for weight, then, now in zip(frozen, before, _values(frozen), strict=True)
        if not np.array_equal(then, now)
    ]
    require(not moved, f"training changes {', '.join(moved)}")


def _frozen(model: keras.Model) -> set[int]:
    """Return the weights that training must leave alone, by `id`."""
    trained = {id(weight) for weight in model.trainable_weights}
    for layer in model._flatten_layers():
        if isinstance(layer, STATISTICS) and layer.trainable:
            trained |= {id(weight) for weight in layer.weights}
    draws = {id(weight) for weight in model.weights if "seed_generator" in weight.path}
    return {id(weight) for weight in model.weights} - trained - draws


def _train(
    model: keras.Model, pictures: Pictures, labels: NDArray[np.int64], *, steps: int, rate: float
) -> None:
    """Train on one batch, over and over, until all of it is known or the steps are over."""
    if not model.trainable_weights:
        return
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build(model.trainable_variables)

    def step() -> Any:
        with tf.GradientTape() as tape:
            chances = model(pictures, training=True)
            loss = tf.reduce_mean(keras.losses.sparse_categorical_crossentropy(labels, chances))
        variables = model.trainable_variables
        pairs = [
            (gradient, variable)
            for gradient, variable in zip(tape.gradient(loss, variables), variables, strict=True)
            if gradient is not None
        ]
        optimizer.apply([gradient for gradient, _ in pairs], [it for _, it in pairs])
        return loss

    compiled: Callable[[], Any] = tf.function(step, autograph=False)
    for number in range(steps):
        compiled()
        if number % 10 == 9 and _knows(model, pictures, labels):
            return


def _knows(model: keras.Model, pictures: Pictures, labels: NDArray[np.int64]) -> bool:
    return bool((predict(model, pictures).argmax(axis=1) == labels).all())


@MODELS.holds("ten pictures can be learned by heart")
def _learns(case: ModelCase) -> None:
    if not case.learns:
        return
    pictures, labels = draw(case, 10)
    best = 0
    for rate in RATES:
        model = case.build()
        _train(model, pictures, labels, steps=STEPS, rate=rate)
        best = max(best, int((predict(model, pictures).argmax(axis=1) == labels).sum()))
        if best == len(labels):
            return
    require(
        best == len(labels),
        f"it knows {best} of {len(labels)} after {STEPS} steps of Adam at each of the rates "
        f"{', '.join(f'{rate:g}' for rate in RATES)}",
    )


@MODELS.holds("the same seed gives the same network, and another seed another")
def _follows_seed(case: ModelCase) -> None:
    first, second, other = (case.build(seed=seed) for seed in (5, 5, 6))
    same = [
        np.array_equal(one, two)
        for one, two in zip(_values(first.weights), _values(second.weights), strict=True)
    ]
    require(all(same), "two networks of one seed have different weights")
    if first.trainable_weights:
        pair = _values(first.trainable_weights), _values(other.trainable_weights)
        differ = [not np.array_equal(one, two) for one, two in zip(*pair, strict=True)]
        require(any(differ), "networks of two seeds have the same weights")


@MODELS.holds("the same seed trains the same network")
def _trains_alike(case: ModelCase) -> None:
    trained = []
    for _ in range(2):
        model = case.build(seed=3)
        _train(model, *draw(case, 12), steps=3, rate=1e-3)
        trained.append(_values(model.weights))
    worst = max(map(_difference, *trained), default=0.0)
    require(
        worst < 1e-6, f"weights differ by up to {worst:.3g} after 3 steps: what draws needs a seed"
    )


@MODELS.holds("two networks share no weights")
def _shares_nothing(case: ModelCase) -> None:
    one, other = case.build(seed=1), case.build(seed=2)
    shared = {id(weight) for weight in one.weights} & {id(weight) for weight in other.weights}
    names = sorted({weight.path for weight in one.weights if id(weight) in shared})
    require(not names, f"{', '.join(names)}: build each layer inside of the function")


@MODELS.holds("a picture is predicted alone as among others")
def _ignores_others(case: ModelCase) -> None:
    model = case.build()
    _train(model, *draw(case, 12), steps=2, rate=1e-3)
    pictures, _ = draw(case, 7, seed=1)
    together = predict(model, pictures)
    alone = np.concatenate([predict(model, pictures[[index]]) for index in range(7)])
    worst = _difference(together, alone)
    require(
        worst < TOLERANCE,
        f"a probability differs by {worst:.3g} (at most {TOLERANCE:g}): a layer depends on the "
        "batch in inference",
    )


@MODELS.holds("nothing is drawn in inference")
def _is_settled(case: ModelCase) -> None:
    model, (pictures, _) = case.build(), draw(case, 7)
    worst = _difference(predict(model, pictures), predict(model, pictures))
    require(
        worst == 0,
        f"two predictions of the same pictures differ by {worst:.3g}: pass `training` on",
    )


@MODELS.holds("it predicts the same when it is saved and loaded")
def _survives_saving(case: ModelCase) -> None:
    model, (pictures, _) = case.build(), draw(case, 5)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # Keras 3.15 reads its variables in a way that NumPy 2 deprecates whenever it saves a model.
        warnings.simplefilter("ignore")
        path = Path(folder) / "model.keras"
        model.save(path)
        loaded = keras.models.load_model(path)
    worst = _difference(predict(model, pictures), predict(loaded, pictures))
    require(worst == 0, f"probabilities differ by {worst:.3g}")
