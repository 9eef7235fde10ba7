"""Random changes of training pictures: a name and a strength in, an `Augmentation` out.

An augmentation takes a batch, pictures in [0, 255] of shape (n, h, w, 3) and one-hot labels of
shape (n, classes), both float32, and returns one of the same shapes, types and ranges. Each picture
is changed on its own. It works inside `tf.function`, and what it draws depends only on the seed
last given to `reset` and on the batches since.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from scenes.errors import UserError
from scenes.spec.entries import AugmentationEntry
from scenes.spec.registry import canonical_augmentation, current

Change = Callable[[Any, Any], tuple[Any, Any]]
"""(pictures, labels) -> (pictures, labels)"""

BLACK_TO_WHITE = (0, 255)
GREY = 127.5


@dataclass(frozen=True)
class Step:
    """One random change.

    Args:
        change: What it does to a batch.
        generator: The state of its randomness.
    """

    change: Change
    generator: keras.random.SeedGenerator


@dataclass(frozen=True)
class Augmentation:
    """One random change or several in a row.

    Args:
        name: Its canonical name.
        steps: Its changes by name, in the order in which they are made.
    """

    name: str
    steps: dict[str, Step]

    def __call__(self, images: Any, labels: Any, *, training: bool) -> tuple[Any, Any]:
        """Return the batch changed if `training`, else as it came."""
        if not training:
            return images, labels
        for step in self.steps.values():
            images, labels = step.change(images, labels)
        return ops.clip(images, *BLACK_TO_WHITE), labels

    @property
    def seed_generators(self) -> list[keras.random.SeedGenerator]:
        """Return the states of its randomness."""
        return [step.generator for step in self.steps.values()]

    def reset(self, seed: int) -> None:
        """Start the randomness again from a seed, the same for every other augmentation in it."""
        for name, step in self.steps.items():
            step.generator.state.assign([_seed(name, seed), 0])


def build_augmentation(
    name: str,
    *,
    strength: float | None = None,
    seed: int,
    settings: Mapping[str, Any] | None = None,
) -> Augmentation | None:
    """Build an augmentation.

    Args:
        name: One of the registry's augmentations, or several joined by "+", in any order.
        strength: In the unit that its entry names; None for the default. A combination
            takes the defaults of its parts.
        seed: Of its randomness, as if `reset(seed)` were called.
        settings: Those that an own augmentation takes, by name; else their defaults.

    Returns:
        None for "none".

    Raises:
        UserError: The name is unknown, or the strength is outside of its range.
    """
    canonical = canonical_augmentation(name)
    if canonical == "none":
        return None
    entries = {part: current().augmentations[part] for part in canonical.split("+")}
    _check_strength(entries, strength)
    steps = {
        part: _build_step(part, entry, strength=strength, seed=seed, settings=settings or {})
        for part, entry in entries.items()
    }
    return Augmentation(canonical, steps)


def _build_step(
    name: str,
    entry: AugmentationEntry,
    *,
    strength: float | None,
    seed: int,
    settings: Mapping[str, Any],
) -> Step:
    builder = resolve_name(str(entry.builder))
    strength, seed = entry.strength if strength is None else strength, _seed(name, seed)
    if not entry.is_change:
        step: Step = builder(strength, seed)
        return step
    chosen = {name: settings[name] for name in entry.parameters if name in settings}
    return _change_step(builder, seed, strength=strength, **chosen)


def _change_step(function: Callable[..., Any], seed: int, **options: Any) -> Step:
    """Return the step of a function that changes pictures, or pictures and labels."""
    generator = keras.random.SeedGenerator(seed)
    takes_labels = "labels" in inspect.signature(function).parameters

    def change(images: Any, labels: Any) -> tuple[Any, Any]:
        if takes_labels:
            images, labels = function(images, labels, generator=generator, **options)
            return images, labels
        return function(images, generator=generator, **options), labels

    return Step(change, generator)


def _check_strength(entries: Mapping[str, AugmentationEntry], strength: float | None) -> None:
    if strength is None:
        return
    name, entry = next(iter(entries.items()))
    if len(entries) > 1:
        problem = f"{'+'.join(entries)} takes none, its parts being of different units"
    elif not 0 < strength <= entry.maximum:
        problem = f"{name} takes more than 0 and at most {entry.maximum:g} ({_unit(entry)})"
    else:
        return
    raise UserError(
        "The augmentation cannot be built", [f"augmentation_strength: {problem}; {strength} came"]
    )


def _unit(entry: AugmentationEntry) -> str:
    return entry.unit.get("en") or entry.unit.get("") or "of no unit"


def _seed(name: str, seed: int) -> int:
    """Give each change a stream of its own, so that two in a combination do not draw alike."""
    entropy = (int.from_bytes(name.encode(), "big"), seed)
    return int(np.random.SeedSequence(entropy).generate_state(1)[0] >> 1)  # 31 bits: a Keras seed


def _layer_step(layer: keras.layers.Layer) -> Step:
    def change(images: Any, labels: Any) -> tuple[Any, Any]:
        return layer(images, training=True), labels

    return Step(change, layer.generator)


def build_horizontal_flip(strength: float, seed: int) -> Step:
    """Mirror each picture with probability `strength`."""
    layer = layers.RandomFlip("horizontal", seed=seed, dtype="float32")

    def change(images: Any, labels: Any) -> tuple[Any, Any]:
        # Keras' own draw is a fair coin; this one has the probability that was asked for.
        shape = (ops.shape(images)[0], 1, 1, 1)
        flips = keras.random.uniform(shape, dtype="float32", seed=layer.generator) < strength
        return layer.transform_images(images, {"flips": flips}), labels

    return Step(change, layer.generator)


def build_zoom(strength: float, seed: int) -> Step:
    """Enlarge or shrink each picture by at most `strength`."""
    return _layer_step(layers.RandomZoom(strength, fill_mode="reflect", seed=seed, dtype="float32"))


def build_rotation(strength: float, seed: int) -> Step:
    """Turn each picture by at most `strength` of a full turn."""
    return _layer_step(
        layers.RandomRotation(strength, fill_mode="reflect", seed=seed, dtype="float32")
    )


def build_translation(strength: float, seed: int) -> Step:
    """Shift each picture by at most `strength` of its side."""
    return _layer_step(
        layers.RandomTranslation(
            strength, strength, fill_mode="reflect", seed=seed, dtype="float32"
        )
    )


def build_random_crop(strength: float, seed: int) -> Step:
    """Show a random window of each picture at full size.

    Keras' RandomCrop cuts the same window out of a whole batch and changes its size.
    """
    generator = keras.random.SeedGenerator(seed)

    def change(images: Any, labels: Any) -> tuple[Any, Any]:
        count, *sides, _ = ops.shape(images)
        height, width = (ops.cast(side, "float32") for side in sides)
        draws = keras.random.uniform((count, 3), dtype="float32", seed=generator)
        cut = strength * draws[:, :1]  # share of a side, in [0, strength)
        left, top = ops.split(draws[:, 1:] * cut, 2, axis=1)
        zero = ops.zeros_like(cut)
        # Where each pixel of the output comes from: x = a0 x' + a1 y' + a2, y = b0 x' + b1 y' + b2.
        rows = [1 - cut, zero, left * (width - 1), zero, 1 - cut, top * (height - 1), zero, zero]
        window = ops.concatenate(rows, axis=1)
        return ops.image.affine_transform(images, window, fill_mode="reflect"), labels

    return Step(change, generator)


def build_brightness(strength: float, seed: int) -> Step:
    """Shift the brightness of each picture by at most `strength` of the range."""
    return _layer_step(
        layers.RandomBrightness(strength, value_range=BLACK_TO_WHITE, seed=seed, dtype="float32")
    )


def build_contrast(strength: float, seed: int) -> Step:
    """Change the contrast of each picture by at most `strength`."""
    # As a pair: a single number is the range [0, strength] to Keras 3.15, never less contrast.
    return _layer_step(
        layers.RandomContrast(
            (strength, strength), value_range=BLACK_TO_WHITE, seed=seed, dtype="float32"
        )
    )


def build_random_erasing(strength: float, seed: int) -> Step:
    """Cover at most `strength` of each picture with grey."""
    # Every picture, in grey, as in cutout (DeVries and Taylor, 2017). By default Keras spares half
    # of them and fills with noise that is half black and takes twice as long as all the rest.
    return _layer_step(
        layers.RandomErasing(
            (1.0, 1.0), scale=(0.0, strength), fill_value=GREY, seed=seed, dtype="float32"
        )
    )


def build_mixup(strength: float, seed: int) -> Step:
    """Blend pairs of pictures and labels by a weight of Beta(strength, strength)."""
    layer = layers.MixUp(strength, seed=seed, dtype="float32")

    def change(images: Any, labels: Any) -> tuple[Any, Any]:
        mixed = layer({"images": images, "labels": labels}, training=True)
        return mixed["images"], mixed["labels"]

    return Step(change, layer.generator)
