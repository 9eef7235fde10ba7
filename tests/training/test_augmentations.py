import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from scenes.errors import UserError
from scenes.spec.registry import BUILT_IN, canonical_augmentation
from scenes.training.augmentations import Augmentation, build_augmentation

Pictures = npt.NDArray[np.float32]

CHANGES = [name for name in BUILT_IN.augmentations if name != "none"]
NAMES = [*CHANGES, "zoom+horizontal_flip", "brightness+random_crop+mixup"]
ALONE = [name for name in NAMES if "mixup" not in name]  # what treats each picture on its own
CLASSES = 5

some = settings(max_examples=8, deadline=None, derandomize=True)
seeds = st.integers(0, 2**31 - 1)
pictures = st.integers(1, 4).flatmap(
    lambda count: arrays(
        np.float32, (count, 8, 8, 3), elements=st.floats(0, 255, width=32), fill=st.just(255)
    )
)


def augmentation(name: str, strength: float | None = None) -> Augmentation:
    """Build an augmentation once."""
    # Through one call, since a cache takes an argument that is left out for another one.
    return _built(name, strength)


@functools.cache
def _built(name: str, strength: float | None) -> Augmentation:
    built = build_augmentation(name, strength=strength, seed=0)
    assert built is not None
    return built


def label(images: Pictures) -> Pictures:
    """Give pictures one-hot labels."""
    return np.eye(CLASSES, dtype="float32")[np.arange(len(images)) % CLASSES]


def draw(count: int = 32, *, size: int = 16, seed: int = 0) -> Pictures:
    """Draw pictures of noise."""
    pixels = np.random.default_rng(seed).uniform(0, 255, (count, size, size, 3))
    return pixels.astype("float32")


def change(
    name: str, images: Pictures, seed: int, *, strength: float | None = None
) -> tuple[Pictures, Pictures]:
    """Augment a batch from a seed."""
    augment = augmentation(name, strength)
    augment.reset(seed)
    changed, labels = augment(tf.constant(images), tf.constant(label(images)), training=True)
    return np.asarray(changed), np.asarray(labels)


@pytest.mark.parametrize("name", CHANGES)
def test_table_says_what_each_assumes(name: str) -> None:
    """One sentence in each language, and a default strength inside of the range."""
    entry = BUILT_IN.augmentations[name]
    for language in ("en", "es"):
        assert entry.assumption[language].endswith(".")
        assert entry.assumption[language].count(".") == 1
        assert entry.unit[language]
    assert 0 < entry.strength <= entry.maximum


@pytest.mark.parametrize("name", NAMES)
@some
@given(images=pictures, seed=seeds)
def test_shape_type_and_range_stay(name: str, images: Pictures, seed: int) -> None:
    """Whatever comes in, as many float32 pictures in [0, 255] and labels come out."""
    changed, labels = change(name, images, seed)
    assert changed.shape == images.shape
    assert labels.shape == (len(images), CLASSES)
    assert changed.dtype == labels.dtype == np.float32
    assert changed.min() >= 0
    assert changed.max() <= 255


@pytest.mark.parametrize("name", NAMES)
@some
@given(images=pictures)
def test_nothing_changes_at_inference(name: str, images: Pictures) -> None:
    """Outside of training a batch stays as it is, bit for bit, and nothing is drawn."""
    augment = augmentation(name)
    before = [generator.state.numpy() for generator in augment.seed_generators]
    same, labels = augment(tf.constant(images), tf.constant(label(images)), training=False)
    np.testing.assert_array_equal(same, images)
    np.testing.assert_array_equal(labels, label(images))
    for generator, state in zip(augment.seed_generators, before, strict=True):
        np.testing.assert_array_equal(generator.state, state)


@pytest.mark.parametrize("name", NAMES)
@some
@given(seed=seeds)
def test_same_seed_same_output(name: str, seed: int) -> None:
    """A reset to a seed, or a new augmentation of that seed, repeats every batch."""
    images, labels = tf.constant(draw(6)), tf.constant(label(draw(6)))
    fresh = build_augmentation(name, seed=seed)
    assert fresh is not None
    augment = augmentation(name)
    augment.reset(seed)
    for _ in range(2):
        for one, other in zip(
            fresh(images, labels, training=True),
            augment(images, labels, training=True),
            strict=True,
        ):
            np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", NAMES)
@some
@given(seed=seeds)
def test_other_seed_other_output(name: str, seed: int) -> None:
    """Another seed, and the next batch of the same seed, are changed in another way."""
    images = draw()
    first, _ = change(name, images, seed)
    following, _ = augmentation(name)(images, tf.constant(label(images)), training=True)
    other, _ = change(name, images, seed + 1)
    assert np.any(first != images)
    assert np.any(first != other)
    assert np.any(first != np.asarray(following))


@pytest.mark.parametrize("name", ALONE)
@some
@given(seed=seeds)
def test_labels_stay(name: str, seed: int) -> None:
    """A changed picture belongs to the class of the original."""
    np.testing.assert_array_equal(change(name, draw(4), seed)[1], label(draw(4)))


@pytest.mark.parametrize("name", ALONE)
@some
@given(seed=seeds)
def test_picture_alone_or_in_a_batch_is_changed_alike(name: str, seed: int) -> None:
    """A batch of one is treated like the first of a batch of many."""
    images = draw(5)
    np.testing.assert_allclose(
        change(name, images[:1], seed)[0], change(name, images, seed)[0][:1], atol=1e-3
    )


@pytest.mark.parametrize("name", ALONE)
def test_each_picture_is_changed_on_its_own(name: str) -> None:
    """The same picture comes out in many ways within a batch."""
    images = np.repeat(draw(1), 32, axis=0)
    changed, _ = change(name, images, 0)
    assert len(np.unique(changed.reshape(32, -1), axis=0)) >= (
        2 if name == "horizontal_flip" else 20
    )


@pytest.mark.parametrize("name", [name for name in CHANGES if name != "mixup"])
def test_strength_says_how_much_changes(name: str) -> None:
    """Next to no strength changes next to nothing; more strength changes more."""
    ramp = 5 * np.add.outer(np.arange(16), np.arange(16)).astype("float32")
    images = np.tile(ramp[None, :, :, None], (64, 1, 1, 3))
    default = BUILT_IN.augmentations[name].strength
    changes = [
        np.abs(change(name, images, 3, strength=strength)[0] - images).mean()
        for strength in (1e-5, default / 4, default)
    ]
    assert changes[0] < 0.02
    assert changes[0] < changes[1] < changes[2]


@pytest.mark.parametrize("name", CHANGES)
def test_default_strength_is_that_of_the_table(name: str) -> None:
    """Naming no strength is naming the one that the table tells."""
    images, strength = draw(4), BUILT_IN.augmentations[name].strength
    default, named = change(name, images, 1), change(name, images, 1, strength=strength)
    for one, other in zip(default, named, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", NAMES)
def test_graph_computes_what_eager_execution_computes(name: str) -> None:
    """Inside `tf.function` the same seed gives the same batches, one after the other."""
    augment, images = augmentation(name), draw(4)
    compiled = tf.function(lambda x, y: augment(x, y, training=True))
    batches = []
    for call in (compiled, functools.partial(augment, training=True)):
        augment.reset(7)
        batches.append([call(tf.constant(images), tf.constant(label(images))) for _ in range(3)])
    for in_graph, eager in zip(*batches, strict=True):
        for one, other in zip(in_graph, eager, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-3)


@some
@given(images=pictures, seed=seeds)
def test_flip_gives_the_picture_or_its_mirror(images: Pictures, seed: int) -> None:
    """Nothing else comes out of a horizontal flip."""
    for image, changed in zip(images, change("horizontal_flip", images, seed)[0], strict=True):
        assert any(np.array_equal(changed, way) for way in (image, image[:, ::-1]))


@pytest.mark.parametrize("strength", [0.2, 0.5, 1.0])
def test_flip_has_the_probability_asked_for(strength: float) -> None:
    """Its strength is how often it flips."""
    images = draw(400, size=4)
    flipped = np.any(
        change("horizontal_flip", images, 0, strength=strength)[0] != images, (1, 2, 3)
    )
    assert flipped.mean() == pytest.approx(strength, abs=0.08)


@some
@given(images=pictures, seed=seeds)
def test_mixup_blends_pictures_as_their_labels(images: Pictures, seed: int) -> None:
    """Soft labels sum to 1, and say in what proportion which pictures were blended."""
    changed, labels = change("mixup", images, seed, strength=1.0)
    np.testing.assert_allclose(labels.sum(axis=1), 1, atol=1e-5)
    assert labels.min() >= 0
    blended = np.einsum("ij,jhwc->ihwc", labels[:, : len(images)], images)
    np.testing.assert_allclose(changed, blended, atol=0.01)


def test_mixup_makes_soft_labels() -> None:
    """Labels are shared between two classes, most of the time."""
    _, labels = change("mixup", draw(), 0, strength=1.0)
    assert np.mean(labels.max(axis=1) < 0.99) > 0.5


def test_mixup_of_one_picture_is_that_picture() -> None:
    """A batch of one has nothing to be blended with."""
    np.testing.assert_allclose(change("mixup", draw(1), 0, strength=1.0)[0], draw(1), atol=1e-3)


@some
@given(seed=seeds)
def test_brightness_adds_the_same_to_every_pixel(seed: int) -> None:
    """Up to the strength, as a share of 255, in both directions."""
    images = np.full((64, 4, 4, 3), 128, "float32")
    added = change("brightness", images, seed, strength=0.2)[0] - images
    assert np.ptp(added, axis=(1, 2, 3)).max() == 0
    assert -51 <= added.min() < 0 < added.max() <= 51


@some
@given(seed=seeds)
def test_contrast_goes_up_and_down_around_the_mean(seed: int) -> None:
    """A picture's mean stays; its deviation is scaled within 1 ± strength, to both sides."""
    images = np.clip(draw(64), 80, 170)
    changed, _ = change("contrast", images, seed, strength=0.3)
    scales = changed.std(axis=(1, 2, 3)) / images.std(axis=(1, 2, 3))
    np.testing.assert_allclose(changed.mean((1, 2)), images.mean((1, 2)), atol=0.01)
    assert 0.69 < scales.min() < 0.95
    assert 1.05 < scales.max() < 1.31


@some
@given(seed=seeds)
def test_erasing_hides_a_share_of_the_picture(seed: int) -> None:
    """A grey rectangle, never larger than the strength by more than a rim of a pixel."""
    images = np.zeros((32, 16, 16, 3), "float32")
    changed, _ = change("random_erasing", images, seed, strength=0.25)
    assert set(np.unique(changed)) == {0.0, 127.5}
    shares = (changed[..., 0] > 0).mean(axis=(1, 2))
    assert 0 < shares.max() <= (0.5 + 1 / 16) ** 2


@pytest.mark.parametrize("axis", [1, 2])
@some
@given(seed=seeds)
def test_crop_shows_a_window_at_full_size(axis: int, seed: int) -> None:
    """On a ramp: still a ramp, flatter by at most the strength, with values of the picture only."""
    ramp = np.linspace(0, 240, 16, dtype="float32")
    images = np.broadcast_to(ramp if axis == 2 else ramp[:, None], (32, 16, 16)).copy()
    changed, _ = change("random_crop", np.stack([images] * 3, axis=-1), seed, strength=0.3)
    steps = np.diff(changed, axis=axis) / 16
    assert 0.69 < steps.min() < 0.95
    assert steps.max() <= 1.001
    assert np.ptp(steps, axis=(1, 2, 3)).max() < 0.001


@pytest.mark.parametrize("name", ["zoom", "rotation", "translation", "random_crop"])
@some
@given(seed=seeds, level=st.floats(0, 255, width=32))
def test_what_moves_a_picture_fills_it_with_itself(name: str, seed: int, level: float) -> None:
    """A picture of one colour stays that: no black comes in from outside."""
    images = np.full((8, 8, 8, 3), level, "float32")
    np.testing.assert_allclose(change(name, images, seed)[0], images, atol=1e-2)


@pytest.mark.parametrize("parts", [("horizontal_flip", "zoom"), ("zoom", "brightness", "mixup")])
def test_combination_is_its_parts_in_a_row(parts: tuple[str, ...]) -> None:
    """Each part of a combination does what it does alone, in the order of the table."""
    images = draw(6)
    step, labels = tf.constant(images), tf.constant(label(images))
    for part in parts:
        augmentation(part).reset(5)
        step, labels = augmentation(part)(step, labels, training=True)
    together = change("+".join(parts), images, 5)
    np.testing.assert_allclose(together[0], step, atol=1e-3)
    np.testing.assert_allclose(together[1], labels, atol=1e-5)


def test_parts_of_a_combination_draw_apart() -> None:
    """One seed gives each part a stream of its own."""
    states = [tuple(g.state.numpy()) for g in augmentation("zoom+brightness").seed_generators]
    assert len(set(states)) == 2


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("zoom+horizontal_flip", "horizontal_flip+zoom"),
        ("flip+zoom", "horizontal_flip+zoom"),
        ("brightness + zoom", "zoom+brightness"),
        ("none+zoom", "zoom"),
        ("none", "none"),
    ],
)
def test_combination_has_one_name(name: str, canonical: str) -> None:
    """Whatever the order, it is the same augmentation, and the same run."""
    assert canonical_augmentation(name) == canonical
    built = build_augmentation(name, seed=0)
    assert (built.name if built else "none") == canonical


def test_none_is_no_augmentation() -> None:
    """The caller has nothing to call."""
    assert build_augmentation("none", seed=0) is None


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: build_augmentation("blur", seed=0), "'blur' is unknown; choose from none, horiz"),
        (lambda: build_augmentation("zoom+zoom", seed=0), "names a part twice"),
        (
            lambda: build_augmentation("zoom", strength=0.95, seed=0),
            "zoom takes more than 0 and at most 0.9 .*0.95 came",
        ),
        (lambda: build_augmentation("mixup", strength=0, seed=0), "mixup takes more than 0"),
        (
            lambda: build_augmentation("zoom+flip", strength=0.2, seed=0),
            "horizontal_flip\\+zoom takes none",
        ),
    ],
)
def test_mistakes_are_refused_with_the_rule(call: Callable[[], Any], message: str) -> None:
    """The message says the rule and what came."""
    with pytest.raises(UserError, match=message):
        call()
