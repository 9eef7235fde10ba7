import inspect
import math
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from small_models import (
    EXPECTED,
    KERAS_SAVES,
    build_small,
    compute,
    count_parameters,
    draw_pictures,
    gradients,
)

from scenes.errors import UserError
from scenes.spec import registry
from scenes.spec.builtin_models import ACTIVATIONS, MODELS
from scenes.training import models
from scenes.training.models import (
    build_lenet,
    build_mlp,
    build_model,
    build_transfer,
    build_tutorial,
    split_at_backbone,
)

SIMPLE = ["tutorial", "lenet", "mlp"]

pytestmark = KERAS_SAVES

few = settings(max_examples=10, deadline=None, derandomize=True)
sides = st.integers(1, 9)
counts = st.integers(1, 40)


@pytest.mark.parametrize("name", MODELS)
def test_table_tells_the_parameters_of_each_builder(name: str) -> None:
    """The table's parameters are those that the builder takes beyond image size and classes."""
    taken = set(inspect.signature(resolve_name(MODELS[name].builder)).parameters) - {
        "image_size",
        "classes",
    }
    assert taken == set(MODELS[name].parameters)


def test_every_model_has_a_row_of_expected_facts() -> None:
    """A model without a published number is a model that no test pins down."""
    assert {row["settings"]["model"] for row in EXPECTED["model"]} == set(MODELS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_of_the_table_is_one_of_keras(name: str) -> None:
    """A description that passes the check finds its activation in Keras."""
    assert keras.activations.get(name) is getattr(keras.activations, name)


@pytest.mark.parametrize("row", EXPECTED["model"], ids=lambda row: row["name"])
def test_model_has_the_published_number_of_parameters(row: dict[str, Any]) -> None:
    """The builder gives the number that stands in expected.toml, and so does its derivation."""
    model = build_model(row["settings"], classes=row["classes"])
    assert model.count_params() == row["parameters"] == compute(row["derivation"])
    assert count_parameters(model.trainable_weights) == row["trainable"]
    if "head" in row:
        head = [model.get_layer(name).count_params() for name in ("dense", "softmax")]
        assert head == row["head"]
        assert sum(head) == row["trainable"]


@few
@given(kernel=sides, channels=counts, filters=counts)
def test_convolution_counts_follow_the_formula(kernel: int, channels: int, filters: int) -> None:
    """A convolution has k·k·channels·filters weights and one bias per filter."""
    layer = keras.layers.Conv2D(filters, kernel)
    layer.build((None, 32, 32, channels))
    assert layer.count_params() == kernel * kernel * channels * filters + filters


@few
@given(features=counts, units=counts)
def test_dense_counts_follow_the_formula(features: int, units: int) -> None:
    """A dense layer has features·units weights and one bias per unit."""
    layer = keras.layers.Dense(units)
    layer.build((None, features))
    assert layer.count_params() == features * units + units


@few
@given(
    size=st.integers(16, 48),
    kernel=sides,
    filters=st.lists(st.integers(1, 12), min_size=1, max_size=4),
    units=counts,
    classes=st.integers(2, 20),
)
def test_tutorial_counts_follow_the_formulas(
    size: int, kernel: int, filters: list[int], units: int, classes: int
) -> None:
    """The tutorial network's number is the sum of its layers' formulas, whatever its depth."""
    model = build_tutorial(
        image_size=size, classes=classes, filters=filters, kernel_size=kernel, dense_units=units
    )
    convolutions = sum(kernel**2 * a * b + b for a, b in pairwise([3, *filters]))
    features = (size // 2 ** len(filters)) ** 2 * filters[-1]
    dense = features * units + units + units * classes + classes
    assert model.count_params() == convolutions + dense


@few
@given(size=st.integers(12, 40), units=counts, classes=st.integers(2, 20))
def test_baseline_counts_follow_the_formulas(size: int, units: int, classes: int) -> None:
    """LeNet's and the perceptron's numbers are the sums of their layers' formulas."""
    features = ((size // 2 - 4) // 2) ** 2 * 16
    lenet = 456 + 2416 + (features + 1) * 120 + 121 * 84 + 85 * classes
    assert build_lenet(image_size=size, classes=classes).count_params() == lenet
    mlp = (3 * size**2 + 1) * units + (units + 1) * units + (units + 1) * classes
    built = build_mlp(image_size=size, classes=classes, dense_units=units)
    assert built.count_params() == mlp


@pytest.mark.parametrize("name", MODELS)
def test_model_gives_a_probability_for_each_class(name: str) -> None:
    """Any batch of pictures gives rows of probabilities that sum to 1, as many as classes."""
    probabilities = np.asarray(build_small(name, classes=7)(draw_pictures(3), training=False))
    assert probabilities.shape == (3, 7)
    assert probabilities.min() >= 0
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("name", MODELS)
def test_model_takes_pictures_as_bytes(name: str) -> None:
    """Pictures as uint8 and the same as float32 are told apart by no model."""
    model, pictures = build_small(name), draw_pictures(2)
    from_bytes = model(pictures.astype("uint8"), training=False)
    np.testing.assert_array_equal(from_bytes, model(pictures, training=False))


@pytest.mark.parametrize("name", SIMPLE)
def test_simple_model_rescales_pictures_itself(name: str) -> None:
    """The first hidden layer sees [0, 1]: black is 0, white is 1."""
    model = build_small(name)
    rescaled = keras.Model(model.input, model.get_layer("rescaling").output)
    black_and_white = np.stack([np.zeros((32, 32, 3)), np.full((32, 32, 3), 255)])
    seen = np.asarray(rescaled(black_and_white))
    np.testing.assert_allclose([seen[0].max(), seen[1].min(), seen[1].max()], [0, 1, 1], rtol=1e-6)


@pytest.fixture
def bfloat16() -> Iterator[None]:
    """Let new models compute in bfloat16."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    yield
    keras.config.set_dtype_policy(before)


@pytest.mark.usefixtures("bfloat16")
@pytest.mark.parametrize("name", MODELS)
def test_probabilities_are_float32_in_any_precision(name: str) -> None:
    """Hidden layers compute in bfloat16 where that is asked for, the softmax never does."""
    model = build_small(name, fresh=True)
    dense = next(layer for layer in model.layers if isinstance(layer, keras.layers.Dense))
    assert dense.compute_dtype == "bfloat16"
    probabilities = np.asarray(model(draw_pictures(2), training=False))
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("activation", ["linear", "tanh", "relu", "sigmoid"])
@pytest.mark.parametrize("name", MODELS)
def test_activation_reaches_every_hidden_layer(name: str, activation: str) -> None:
    """All layers but the softmax have the activation: "linear" leaves no relu behind."""
    kinds = (keras.layers.Conv2D, keras.layers.Dense)
    layers = build_small(name, activation=activation).layers
    own = [layer.activation.__name__ for layer in layers if isinstance(layer, kinds)]
    apart = [la.activation.__name__ for la in layers if isinstance(la, keras.layers.Activation)]
    # A convolution whose activation stands apart has none of its own.
    assert own[: len(apart)] + apart == ["linear"] * len(apart) + [activation] * len(apart)
    assert own[len(apart) :] == [activation] * (len(own) - len(apart) - 1) + ["softmax"]


def build_textbook(activation: str) -> keras.Model:
    """Build the tutorial network as the tutorial writes it: a convolution has its activation."""
    return keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            keras.layers.Rescaling(1 / 255),
            *(
                layer
                for filters in (16, 32, 64)
                for layer in (
                    keras.layers.Conv2D(filters, 3, padding="same", activation=activation),
                    keras.layers.MaxPooling2D(),
                )
            ),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation=activation),
            keras.layers.Dense(15, activation="softmax"),
        ]
    )


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_tutorial_network_is_the_textbooks(activation: str) -> None:
    """Wherever a block's activation stands, probabilities and gradients are the tutorial's.

    Two neighbours whose activations round to the same number may take each other's place.
    """
    keras.utils.set_random_seed(0)
    ours, textbook = build_small("tutorial", activation=activation), build_textbook(activation)
    textbook.set_weights(ours.get_weights())
    pictures, labels = draw_pictures(8), np.arange(8)
    found = []
    for model in (ours, textbook):
        with tf.GradientTape() as tape:
            probabilities = model(pictures, training=True)
            loss = keras.losses.sparse_categorical_crossentropy(labels, probabilities)
        gradients = tape.gradient(loss, model.trainable_variables)
        found.append([np.asarray(array) for array in (probabilities, *gradients)])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-3 * np.abs(other).max())


def test_what_follows_a_pooling_never_falls() -> None:
    """An activation that falls anywhere would give something else after the largest is taken."""
    x = np.linspace(-10, 10, 2001, dtype=np.float32)
    never_fall = {
        name
        for name in ACTIVATIONS
        # One unit in the last place is the rounding of a tanh.
        if (np.diff(np.asarray(keras.activations.get(name)(x))) >= -1e-6).all()
    }
    assert never_fall == models.NON_DECREASING


@pytest.mark.parametrize("name", ["lenet", "mlp"])  # max pooling is not linear
def test_hidden_layers_have_no_activation_beside_their_own(name: str) -> None:
    """Between input and softmax a linear model is linear: logits(a + b) = logits(a) + logits(b)."""
    model = build_small(name, activation="linear")
    model.get_layer("softmax").activation = keras.activations.linear
    a, b = draw_pictures(2)
    logits = np.asarray(model(np.stack([a + b, a, b, np.zeros_like(a)])))
    np.testing.assert_allclose(logits[0] + logits[3], logits[1] + logits[2], atol=1e-3)


@pytest.mark.parametrize("name", MODELS)
def test_dropout_is_there_when_asked_for(name: str) -> None:
    """A dropout share reaches every dropout layer; without one there is none."""
    kinds = keras.layers.Dropout
    dropped = [lay.rate for lay in build_small(name, dropout=0.3).layers if isinstance(lay, kinds)]
    assert dropped
    assert set(dropped) == {0.3}
    assert not [layer for layer in build_small(name).layers if isinstance(layer, kinds)]


@pytest.mark.parametrize("name", SIMPLE)
def test_every_weight_gets_a_gradient_on_the_first_step(name: str) -> None:
    """No trainable weight is cut off from the loss."""
    model = build_small(name, activation="tanh", dropout=0.1)
    for weight, gradient in zip(
        model.trainable_weights, gradients(model, draw_pictures(8)), strict=True
    ):
        assert gradient is not None, weight.path
        assert np.any(np.asarray(gradient) != 0), weight.path
        assert np.all(np.isfinite(np.asarray(gradient))), weight.path


@pytest.mark.parametrize("name", MODELS)
def test_loss_at_initialisation_is_that_of_chance(name: str) -> None:
    """An untrained softmax spreads evenly: cross-entropy is near ln(classes)."""
    keras.utils.set_random_seed(0)
    probabilities = build_small(name)(draw_pictures(30), training=False)
    loss = keras.losses.sparse_categorical_crossentropy(np.arange(30) % 15, probabilities)
    assert float(np.mean(loss)) == pytest.approx(math.log(15), abs=0.3)


@pytest.mark.parametrize("name", SIMPLE)
def test_ten_pictures_can_be_learned_by_heart(name: str) -> None:
    """A model that cannot fit ten pictures of noise has a fault in its wiring."""
    keras.utils.set_random_seed(0)
    model, pictures, labels = build_small(name), draw_pictures(10), np.arange(10)
    model.compile(keras.optimizers.Adam(0.001), loss="sparse_categorical_crossentropy")
    model.fit(np.tile(pictures, (100, 1, 1, 1)), np.tile(labels, 100), 10, shuffle=False, verbose=0)
    learned = np.asarray(model(pictures, training=False)).argmax(axis=1)
    np.testing.assert_array_equal(learned, labels)


@pytest.mark.parametrize("name", MODELS)
def test_seed_decides_the_initial_weights(name: str) -> None:
    """The same seed gives the same weights, another seed others."""
    build_small(name)  # a backbone that is kept for all tests is drawn once, here at the latest
    drawn = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        drawn.append(build_small(name).get_layer("softmax").get_weights()[0])
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert np.all(drawn[0] != drawn[2])


@pytest.mark.parametrize("name", MODELS)
def test_saved_model_predicts_the_same(name: str, tmp_path: Path) -> None:
    """A model survives a file, in Keras' safe mode, also after it was split."""
    model, pictures = build_small(name), draw_pictures(3)
    if name == "transfer":
        split_at_backbone(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_array_equal(loaded(pictures), model(pictures, training=False))


@pytest.mark.parametrize("backbone", ["VGG16", "ResNet50"])
def test_assembled_model_is_head_on_features(backbone: str, tmp_path: Path) -> None:
    """Features computed once and the head on them predict what the whole model predicts.

    With moving statistics unlike those of any batch, so that a batch normalisation that
    did not stay at inference would show; and through a file, safe mode on.
    """
    model = build_transfer(image_size=32, classes=15, backbone=backbone, weights="random")
    random = np.random.default_rng(0)
    for layer in next(part for part in model.layers if isinstance(part, keras.Model)).layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.moving_mean.assign(random.normal(0, 0.1, layer.moving_mean.shape))
            layer.moving_variance.assign(random.uniform(1.5, 3, layer.moving_variance.shape))
    pictures = draw_pictures(4)
    features, head = split_at_backbone(model)
    stepwise = head(features(pictures, training=False), training=False)
    for training in (False, True):
        np.testing.assert_allclose(model(pictures, training=training), stepwise, atol=1e-5)
    assert float(np.asarray(stepwise).std()) > 1e-3  # not the same for every picture and class
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    np.testing.assert_allclose(loaded(pictures, training=True), stepwise, atol=1e-5)


def test_parts_of_a_split_share_the_weights_of_the_whole() -> None:
    """What the head learns, the assembled model knows."""
    model = build_small("transfer")
    features, head = split_at_backbone(model)
    assert [id(weight) for weight in head.weights] == [
        id(weight) for weight in model.trainable_weights
    ]
    assert not features.trainable_weights


@pytest.mark.parametrize(
    ("changes", "frozen"),
    [
        ({"model": "transfer", "trainable": "none"}, True),
        ({"model": "transfer"}, True),
        ({"model": "transfer", "trainable": 0}, True),
        ({"model": "transfer", "trainable": 3}, False),
        ({"model": "transfer", "trainable": "all"}, False),
        ({"model": "tutorial", "trainable": "none"}, False),
    ],
)
def test_program_knows_whether_features_can_be_computed_once(
    changes: dict[str, Any], frozen: bool
) -> None:
    """Only a transfer model of whose backbone nothing is trained has fixed features."""
    assert MODELS[changes["model"]].frozen(changes) is frozen


def test_settings_that_a_model_does_not_take_are_not_looked_at() -> None:
    """One flat table of settings serves every model; None stands for the default."""
    flat = {"model": "tutorial", "image_size": 32, "backbone": None, "epochs": 3, "filters": None}
    assert build_model(flat, classes=15).count_params() == 156_719


def test_unknown_model_is_refused_with_the_choices() -> None:
    """The message says what came and what can be chosen."""
    with pytest.raises(UserError, match="'resnet' is unknown; choose from tutorial, lenet, mlp"):
        build_model({"model": "resnet", "image_size": 32}, classes=15)


@pytest.mark.parametrize(
    ("changes", "name", "minimum"),
    [
        ({"model": "tutorial"}, "tutorial", 8),
        ({"model": "tutorial", "filters": (4, 4)}, "tutorial", 4),
        ({"model": "lenet"}, "lenet", 12),
        ({"model": "transfer", "backbone": "Xception"}, "Xception", 71),
    ],
)
def test_pictures_that_are_too_small_are_refused(
    changes: dict[str, Any], name: str, minimum: int
) -> None:
    """The message names the model, its minimum and the size that came."""
    size = minimum - 1
    with pytest.raises(
        UserError, match=f"{name} needs at least {minimum}×{minimum}.*{size}×{size}"
    ):
        build_model({**changes, "image_size": size}, classes=2)


@pytest.mark.parametrize("settings", [{"model": "tutorial"}, {"model": "lenet"}, {"model": "mlp"}])
def test_smallest_pictures_are_enough(settings: dict[str, Any]) -> None:
    """The minimum that the table tells is one that the builder takes."""
    smallest = {**settings, "image_size": registry.minimum_image_size(settings)}
    assert build_model(smallest, classes=2).output_shape == (None, 2)
