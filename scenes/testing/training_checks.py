"""What is held of every augmentation and of every learning-rate schedule."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenes.spec.settings import Settings
from scenes.testing.checks import Suite, require
from scenes.training.augmentations import Augmentation, build_augmentation
from scenes.training.schedules import learning_rate_at

CLASSES, SIZE = 3, 16
drawn = settings(
    max_examples=8,
    deadline=None,
    database=None,
    derandomize=True,  # what fails once fails every time
    phases=(Phase.generate,),  # the message says what came, so a smaller example says no more
    suppress_health_check=list(HealthCheck),
)
seeds = st.integers(0, 2**32 - 1)


@dataclass(frozen=True)
class AugmentationCase:
    """An augmentation as a report uses it: one name, its strength and the settings it takes."""

    name: str
    strength: float | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    def build(self, seed: int = 0) -> Augmentation:
        """Build it from a seed."""
        built = build_augmentation(
            self.name, strength=self.strength, seed=seed, settings=self.settings
        )
        if built is None:
            raise ValueError(f"{self.name} changes nothing")
        return built


@dataclass(frozen=True)
class ScheduleCase:
    """A schedule with the settings under which a report uses it."""

    settings: Settings


AUGMENTATIONS: Suite[AugmentationCase] = Suite()
SCHEDULES: Suite[ScheduleCase] = Suite()


def draw_batch(count: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return pictures of smooth noise in [0, 255] and their one-hot labels."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (count, 4, 4, 3))
    pictures = coarse.repeat(SIZE // 4, axis=1).repeat(SIZE // 4, axis=2).astype(np.float32)
    return pictures, np.eye(CLASSES, dtype=np.float32)[np.arange(count) % CLASSES]


def _changed(case: AugmentationCase, count: int, seed: int) -> tuple[Any, Any]:
    images, labels = case.build(seed)(*draw_batch(count, seed), training=True)
    return np.asarray(images), np.asarray(labels)


@AUGMENTATIONS.holds("shape and type stay")
def _keeps_shape(case: AugmentationCase) -> None:
    @drawn
    @given(st.integers(1, 9), seeds)
    def check(count: int, seed: int) -> None:
        images, labels = _changed(case, count, seed)
        require(images.shape == (count, SIZE, SIZE, 3), f"{count} pictures become {images.shape}")
        require(images.dtype == np.float32, f"pictures become {images.dtype}")
        require(labels.shape == (count, CLASSES), f"their labels become {labels.shape}")
        require(labels.dtype == np.float32, f"labels become {labels.dtype}")

    check()


@AUGMENTATIONS.holds("pictures stay in [0, 255]")
def _keeps_range(case: AugmentationCase) -> None:
    pictures, labels = draw_batch(12, 0)
    images, _ = case.build()(pictures, labels, training=True)
    found = np.asarray(images)
    require(np.isfinite(found).all(), "some pixels are not finite")
    require(found.min() >= 0 and found.max() <= 255, f"from {found.min():g} to {found.max():g}")
    steps = case.build().steps.values()
    raw = np.stack([np.asarray(step.change(pictures, labels)[0]) for step in steps])
    require(
        raw.max() > 2 or raw.max() == raw.min(),
        f"pictures in [0, 255] become pictures in [{raw.min():.3g}, {raw.max():.3g}]",
    )


@AUGMENTATIONS.holds("labels sum to 1")
def _keeps_sums(case: AugmentationCase) -> None:
    @drawn
    @given(st.integers(1, 9), seeds)
    def check(count: int, seed: int) -> None:
        _, labels = _changed(case, count, seed)
        require(labels.min() >= 0, f"the smallest label is {labels.min():g}")
        worst = np.abs(labels.sum(axis=1) - 1).max()
        require(worst < 1e-5, f"one sums to {1 + worst:g} or {1 - worst:g}")

    check()


@AUGMENTATIONS.holds("pictures of one class stay in it")
def _keeps_class(case: AugmentationCase) -> None:
    pictures, _ = draw_batch(8, 0)
    labels = np.tile(np.eye(CLASSES, dtype=np.float32)[0], (8, 1))
    for seed in range(3):
        _, found = case.build(seed)(pictures, labels, training=True)
        worst = float(np.abs(np.asarray(found) - labels).max())
        require(worst < 1e-5, f"where all are of one class, labels change by {worst:g}")


@AUGMENTATIONS.holds("nothing changes in inference")
def _rests(case: AugmentationCase) -> None:
    pictures, labels = draw_batch(6, 0)
    images, targets = case.build()(pictures, labels, training=False)
    require(np.array_equal(np.asarray(images), pictures), "pictures of validation change")
    require(np.array_equal(np.asarray(targets), labels), "labels of validation change")


@AUGMENTATIONS.holds("what it is given stays as it was")
def _copies(case: AugmentationCase) -> None:
    pictures, labels = draw_batch(6, 0)
    before = pictures.copy(), labels.copy()
    case.build()(pictures, labels, training=True)
    require(np.array_equal(pictures, before[0]), "it writes into the pictures that it is given")
    require(np.array_equal(labels, before[1]), "it writes into the labels that it is given")


@AUGMENTATIONS.holds("the same seed gives the same pictures")
def _follows_seed(case: AugmentationCase) -> None:
    @drawn
    @given(seeds)
    def check(seed: int) -> None:
        one, other = _changed(case, 5, seed), _changed(case, 5, seed)
        same = all(np.array_equal(first, second) for first, second in zip(one, other, strict=True))
        require(same, f"two results of seed {seed} differ: draw with `seed=generator`")

    check()


@AUGMENTATIONS.holds("another seed gives other pictures, and so does the next batch")
def _draws_anew(case: AugmentationCase) -> None:
    pictures, labels = draw_batch(12, 0)
    one, other = (case.build(seed)(pictures, labels, training=True)[0] for seed in (1, 2))
    require(not np.array_equal(np.asarray(one), np.asarray(other)), "two seeds draw alike")
    built = case.build()
    batches = [np.asarray(built(pictures, labels, training=True)[0]) for _ in range(3)]
    alike = all(np.array_equal(batches[0], batch) for batch in batches[1:])
    require(not alike, "three batches in a row are changed alike")


@AUGMENTATIONS.holds("a compiled step draws anew in every batch")
def _is_compiled(case: AugmentationCase) -> None:
    built = case.build()
    pictures, labels = draw_batch(8, 0)
    signature = [tf.TensorSpec((None, SIZE, SIZE, 3)), tf.TensorSpec((None, CLASSES))]

    def change(images: Any, targets: Any) -> Any:
        return built(images, targets, training=True)

    step = tf.function(change, autograph=False, input_signature=signature)
    first, *others = (np.asarray(step(pictures, labels)[0]) for _ in range(3))
    require(
        not all(np.array_equal(first, other) for other in others),
        "every batch is changed alike: it draws once, when the step is compiled",
    )
    require(step(pictures[:3], labels[:3])[0].shape == (3, SIZE, SIZE, 3), "a batch of 3 fails")


@SCHEDULES.holds("the rate of every epoch is positive and finite")
def _is_positive(case: ScheduleCase) -> None:
    @drawn
    @given(st.integers(1, 300), st.data())
    def check(epochs: int, data: st.DataObject) -> None:
        changed = case.settings.model_copy(update={"epochs": epochs})
        for epoch in {0, epochs - 1, data.draw(st.integers(0, epochs - 1))}:
            rate = learning_rate_at(changed, epoch)
            require(
                math.isfinite(rate) and rate > 0,
                f"epoch {epoch} of {epochs} has the share {rate / changed.learning_rate:g}",
            )

    check()


@SCHEDULES.holds("an epoch has one rate")
def _is_settled(case: ScheduleCase) -> None:
    for epoch in range(min(case.settings.epochs, 20)):
        one, other = (learning_rate_at(case.settings, epoch) for _ in range(2))
        require(one == other, f"epoch {epoch} has the rates {one:g} and {other:g}")


@SCHEDULES.holds("no rate is ten times that of the settings")
def _is_bounded(case: ScheduleCase) -> None:
    count = case.settings.epochs
    for epoch in range(0, count, max(1, count // 50)):
        share = learning_rate_at(case.settings, epoch) / case.settings.learning_rate
        require(share <= 10, f"epoch {epoch} has {share:g} times the rate of the settings")
