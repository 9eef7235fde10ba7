import functools
import math
import sys
from collections.abc import Callable
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, NamedTuple

import keras
import numpy as np
import numpy.typing as npt
import pytest
from small_models import EXPECTED, KERAS_SAVES, compute, count_parameters, draw_pictures, gradients

from scenes.errors import UserError, WeightsError
from scenes.spec.builtin_backbones import BACKBONES
from scenes.training import models
from scenes.training.backbones import build_backbone, build_preprocessing, freeze
from scenes.training.weights import keras_models_folder

pytestmark = KERAS_SAVES

ROWS = EXPECTED["backbone"]
# Keras compiles each grouped convolution of ConvNeXt anew when it runs step by step: 6 s a test.
STEPPED = [
    pytest.param(name, marks=pytest.mark.slow) if name == "ConvNeXtTiny" else name
    for name in BACKBONES
]


class Built(NamedTuple):
    """A backbone, and the file, address and hash that Keras asked for when it was built."""

    model: keras.Model
    file: str
    url: str
    weights_hash: str


@functools.cache
def built(name: str) -> Built:
    """Build a backbone at its minimum size, with Keras' loading of ImageNet weights cut short.

    Once per test run: the big ones take seconds. Its weights are random.
    """
    asked: list[tuple[str, str, str]] = []

    def get_file(fname: str, origin: str, file_hash: str = "", **_: Any) -> str:
        asked.append((fname, origin, file_hash))
        return fname

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("keras.src.utils.file_utils.get_file", get_file)
        patch.setattr(keras.Model, "load_weights", lambda *_, **__: None)
        model = build_backbone(name, image_size=ROWS[name]["minimum_size"])
    return Built(model, *asked[0])


@pytest.fixture
def assembled(monkeypatch: pytest.MonkeyPatch) -> Callable[..., keras.Model]:
    """Build transfer models on the backbones that are already built."""
    monkeypatch.setattr(models, "build_backbone", lambda name, **_: built(name).model)

    def build(name: str, **changes: Any) -> keras.Model:
        size = ROWS[name]["minimum_size"]
        return models.build_transfer(image_size=size, classes=15, backbone=name, **changes)

    return build


def take_step(model: keras.Model, pictures: npt.NDArray[np.float32]) -> None:
    """Train on one batch, as the engine does: in training mode, trainable weights only."""
    optimizer = keras.optimizers.SGD(0.1)
    optimizer.build(model.trainable_weights)
    optimizer.apply(gradients(model, pictures))


def copies(weights: list[Any]) -> list[npt.NDArray[np.float32]]:
    """Copy the values of weights."""
    return [np.array(weight.numpy()) for weight in weights]


def test_table_builders_and_expected_facts_name_the_same_backbones() -> None:
    """A backbone is one entry and one row of facts; neither stands alone."""
    assert set(BACKBONES) == set(ROWS)


@pytest.mark.parametrize("name", BACKBONES)
def test_backbone_has_the_published_numbers(name: str) -> None:
    """Parameters, those that can be trained, and features are those of expected.toml."""
    row, model = ROWS[name], built(name).model
    freeze(model, "all")
    assert model.count_params() == row["parameters"] == compute(row["derivation"])
    assert count_parameters(model.trainable_weights) == row["trainable"]
    assert model.output_shape == (None, *row["features"])
    assert BACKBONES[name].minimum_size == row["minimum_size"]


@pytest.mark.parametrize("name", BACKBONES)
def test_table_tells_which_weights_keras_looks_for(name: str) -> None:
    """File name, address and hash are those that Keras itself asks for."""
    entry, keras_asks = BACKBONES[name], built(name)
    size = ROWS[name]["minimum_size"]
    assert entry.weights_file(size) == keras_asks.file
    assert entry.url(size) == keras_asks.url
    assert entry.weights_hash == keras_asks.weights_hash


@pytest.mark.parametrize(("size", "file"), [(96, "1.0_96_no_top.h5"), (100, "1.0_224_no_top.h5")])
def test_weights_of_mobilenetv2_depend_on_the_size(size: int, file: str) -> None:
    """Where ImageNet weights differ by size, the table tells those that Keras would take."""
    assert BACKBONES["MobileNetV2"].weights_file(size).endswith(file)


@pytest.mark.parametrize("name", BACKBONES)
def test_pictures_below_the_minimum_are_refused_by_name(name: str) -> None:
    """The message names the backbone, its minimum and the size that came."""
    minimum = ROWS[name]["minimum_size"]
    size = minimum - 1
    with pytest.raises(
        UserError, match=f"{name} needs at least {minimum}×{minimum} .*{size}×{size}"
    ):
        build_backbone(name, image_size=size, weights="random")


def test_unknown_backbone_is_refused_with_the_choices() -> None:
    """The message says what came and what can be chosen."""
    with pytest.raises(UserError, match="'VGG17' is unknown; choose from VGG16, VGG19, ResNet50"):
        build_backbone("VGG17", image_size=32, weights="random")


def test_weights_that_cannot_be_downloaded_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the file, where Keras looks for it, and how to go on without."""

    def no_network(fname: str, origin: str, **_: Any) -> str:
        raise Exception(f"URL fetch failure on {origin}: None -- [Errno 101]")

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", no_network)
    monkeypatch.setenv("KERAS_HOME", "/nowhere/keras")
    with pytest.raises(WeightsError) as caught:
        build_backbone("MobileNetV3Small", image_size=32)
    for told in (
        "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
        str(keras_models_folder()),
        'set weights to the path of another, or to "random"',
    ):
        assert told in str(caught.value)


def preprocess_like_keras(name: str, pictures: npt.NDArray[np.float32]) -> Any:
    """Call the function that Keras publishes beside the backbone."""
    module = sys.modules[resolve_name(BACKBONES[name].builder).__module__]
    return module.preprocess_input(pictures.copy())


@pytest.mark.parametrize("name", BACKBONES)
def test_preprocessing_is_that_of_the_backbone(name: str) -> None:
    """Layers inside the model do what the backbone's own `preprocess_input` does."""
    inputs = keras.Input((8, 8, 3))
    kind = BACKBONES[name].preprocessing
    layers = keras.Model(inputs, build_preprocessing(inputs, kind))
    pictures = draw_pictures(2, size=8)
    expected = preprocess_like_keras(name, pictures)
    np.testing.assert_allclose(layers(pictures), expected, rtol=1e-5, atol=1e-4)
    rescales = keras.layers.Rescaling | keras.layers.Normalization
    inside = any(isinstance(layer, rescales) for layer in built(name).model.layers)
    if name == "ConvNeXtTiny":  # has it in a block of its own
        inside = True
    assert inside is (kind == "included")


@pytest.mark.parametrize("name", STEPPED)
def test_nothing_frozen_changes_in_training(
    name: str, assembled: Callable[..., keras.Model]
) -> None:
    """A step changes the head and not one bit of the backbone, its random states included."""
    model, backbone = assembled(name), built(name).model
    frozen, head = copies(backbone.variables), copies(model.trainable_weights)
    assert len(head) == 4
    take_step(model, draw_pictures(4, size=ROWS[name]["minimum_size"]))
    for before, weight in zip(frozen, backbone.variables, strict=True):
        np.testing.assert_array_equal(before, weight.numpy(), err_msg=weight.path)
    assert np.all(head[-1] != model.trainable_weights[-1].numpy())


@pytest.mark.parametrize("name", STEPPED)
def test_every_weight_of_a_trainable_backbone_gets_a_gradient(
    name: str, assembled: Callable[..., keras.Model]
) -> None:
    """With trainable = "all", no weight is cut off, and batch normalisation sees the batch."""
    model = assembled(name, trainable="all", activation="tanh")
    statistics = [w for w in model.non_trainable_weights if "moving_mean" in w.path]
    before = copies(statistics)
    found = gradients(model, draw_pictures(4, size=ROWS[name]["minimum_size"]))
    for weight, gradient in zip(model.trainable_weights, found, strict=True):
        assert gradient is not None, weight.path
        assert np.all(np.isfinite(np.asarray(gradient))), weight.path
    assert count_parameters(model.trainable_weights) > ROWS[name]["trainable"]
    assert all(np.any(old != new.numpy()) for old, new in zip(before, statistics, strict=True))


def test_last_layers_alone_can_be_trained(assembled: Callable[..., keras.Model]) -> None:
    """VGG16's last four layers are its fifth block: 3 · (9·512·512 + 512) parameters."""
    model = assembled("VGG16", trainable=4)
    backbone = built("VGG16").model
    assert count_parameters(backbone.trainable_weights) == 3 * (9 * 512 * 512 + 512)
    before = copies(backbone.weights)
    take_step(model, draw_pictures(4))
    changed = {
        weight.path.split("_")[0]
        for old, weight in zip(before, backbone.weights, strict=True)
        if np.any(old != weight.numpy())
    }
    assert changed == {"block5"}


def test_frozen_layers_below_trained_ones_stay_at_inference(
    assembled: Callable[..., keras.Model],
) -> None:
    """Batch normalisations among the frozen layers keep their statistics while others train."""
    model = assembled("MobileNetV3Small", trainable=20)
    backbone = built("MobileNetV3Small").model
    norms = [lay for lay in backbone.layers if isinstance(lay, keras.layers.BatchNormalization)]
    before = copies([norm.moving_mean for norm in norms])
    model(draw_pictures(4), training=True)
    for norm, old in zip(norms, before, strict=True):
        assert bool(np.any(old != norm.moving_mean.numpy())) is norm.trainable, norm.name
    assert {norm.trainable for norm in norms} == {True, False}


@pytest.mark.parametrize("trainable", ["some", -1, 20])
def test_what_cannot_be_trained_is_refused(trainable: str | int) -> None:
    """The message tells the choices and how many layers there are."""
    message = f'choose "none", "all", or .* up to 19 .*{trainable!r} came'
    with pytest.raises(UserError, match=message):
        freeze(built("VGG16").model, trainable)


@pytest.mark.slow
@pytest.mark.parametrize("name", BACKBONES)
def test_saved_transfer_model_predicts_the_same(
    name: str, assembled: Callable[..., keras.Model], tmp_path: Path
) -> None:
    """A classifier on any backbone survives a file, in Keras' safe mode."""
    model = assembled(name)
    pictures = draw_pictures(2, size=ROWS[name]["minimum_size"])
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    expected = np.asarray(model(pictures, training=True))
    np.testing.assert_allclose(loaded(pictures, training=True), expected, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", BACKBONES)
def test_assembled_model_is_head_on_features_for_every_backbone(
    name: str, assembled: Callable[..., keras.Model]
) -> None:
    """Features computed once and the head on them predict what the whole model predicts."""
    model = assembled(name)
    features, head = models.split_at_backbone(model)
    pictures = draw_pictures(3, size=ROWS[name]["minimum_size"])
    stepwise = head(features(pictures, training=False))
    np.testing.assert_allclose(model(pictures, training=True), stepwise, atol=1e-5)
    assert features.output_shape == (None, math.prod(ROWS[name]["features"]))
