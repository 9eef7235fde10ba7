import json
from typing import Any

import keras
import pytest
from small_models import EXPECTED, build_small

from scenes.spec.builtin_models import MODELS
from scenes.training.model_summary import summarise
from scenes.training.models import build_model, build_transfer

Summary = dict[str, Any]


@pytest.fixture(scope="module")
def frozen_vgg16() -> Summary:
    """The summary of the report's frozen VGG16, 32×32 pictures, 15 classes."""
    settings = {"model": "transfer", "backbone": "VGG16", "weights": "random", "image_size": 32}
    return summarise(build_model(settings, classes=15))


def rows(summary: Summary, *columns: str) -> list[tuple[Any, ...]]:
    """Return some columns of a summary's layers."""
    return [tuple(layer[column] for column in columns) for layer in summary["layers"]]


def test_frozen_vgg16_is_the_published_table(frozen_vgg16: Summary) -> None:
    """After freezing: the backbone as one row that does not learn, and the head that does."""
    assert rows(frozen_vgg16, "type", "output_shape", "parameters", "trainable")[-4:] == [
        ("Functional", [None, 1, 1, 512], 14_714_688, 0),
        ("Flatten", [None, 512], 0, 0),
        ("Dense", [None, 120], 61_560, 61_560),
        ("Dense", [None, 15], 1_815, 1_815),
    ]
    assert rows(frozen_vgg16, "name")[-4:] == [("vgg16",), ("flatten",), ("dense",), ("softmax",)]
    totals = {key: frozen_vgg16[key] for key in ("parameters", "trainable", "frozen")}
    assert totals == {"parameters": 14_778_063, "trainable": 63_375, "frozen": 14_714_688}


def test_backbone_is_described_as_before_freezing(frozen_vgg16: Summary) -> None:
    """Before freezing: the backbone alone, layer by layer, every one of which would learn."""
    backbone = frozen_vgg16["backbone"]
    totals = {key: backbone[key] for key in ("name", "parameters", "trainable", "frozen")}
    assert totals == {
        "name": "vgg16", "parameters": 14_714_688, "trainable": 14_714_688, "frozen": 0,
    }  # fmt: skip
    assert len(backbone["layers"]) == 19
    assert backbone["layers"][1] == {
        "name": "block1_conv1",
        "type": "Conv2D",
        "output_shape": [None, 32, 32, 64],
        "parameters": 1_792,
        "trainable": 1_792,
    }
    assert all(part == trained for part, trained in rows(backbone, "parameters", "trainable"))


def test_moving_statistics_are_never_trainable() -> None:
    """A thawed ResNet50 still keeps its batch normalisations' statistics out of training."""
    row = EXPECTED["backbone"]["ResNet50"]
    model = build_transfer(image_size=32, classes=15, backbone="ResNet50", weights="random")
    backbone = summarise(model)["backbone"]
    assert backbone["parameters"] == row["parameters"]
    assert backbone["trainable"] == row["trainable"]
    assert backbone["frozen"] == row["parameters"] - row["trainable"]


@pytest.mark.parametrize("trainable", ["none", "all", 20])
def test_summary_leaves_the_model_as_it_was(trainable: str | int) -> None:
    """Looking at what a backbone was before freezing shows all of it, and does not thaw it."""
    model = build_small("transfer", trainable=trainable)
    layers = [model, *model.layers, *model.layers[1].layers]
    before = [layer.trainable for layer in layers]
    thawed = summarise(model)["backbone"]["trainable"]
    assert thawed == EXPECTED["backbone"]["MobileNetV3Small"]["trainable"]
    assert [layer.trainable for layer in layers] == before
    assert len(set(before)) == (1 if trainable == "all" else 2)


@pytest.mark.parametrize("name", MODELS)
def test_summary_adds_up(name: str) -> None:
    """Layers' parameters sum to the model's, trainable and frozen ones to all."""
    model = build_small(name)
    summary = summarise(model)
    for part in (summary, summary["backbone"] or summary):
        assert sum(layer["parameters"] for layer in part["layers"]) == part["parameters"]
        assert sum(layer["trainable"] for layer in part["layers"]) == part["trainable"]
        assert part["trainable"] + part["frozen"] == part["parameters"]
    assert summary["parameters"] == model.count_params()
    assert (summary["backbone"] is None) is (name != "transfer")


@pytest.mark.parametrize("name", MODELS)
def test_summary_is_plain_data_and_the_same_every_time(name: str) -> None:
    """A summary survives JSON, and no counter of the process shows in its names."""
    first, second = (summarise(build_small(name, fresh=True)) for _ in range(2))
    assert first == second == json.loads(json.dumps(first))


def test_layers_without_a_name_are_numbered_as_in_a_new_process() -> None:
    """From 0 for each kind, in the order in which they were made; given names stay."""
    inputs = keras.Input((8, 8, 3))
    x = keras.layers.Conv2D(2, 1, name="first_conv2d_7")(inputs)
    late, early = keras.layers.ReLU(), keras.layers.ReLU()
    x = early(keras.layers.Conv2D(2, 1)(x))
    outputs = late(keras.layers.Conv2D(2, 1)(x))
    assert rows(summarise(keras.Model(inputs, outputs)), "name") == [
        ("input_layer",), ("first_conv2d_7",), ("conv2d",), ("re_lu_1",), ("conv2d_1",), ("re_lu",),
    ]  # fmt: skip


def test_tutorial_network_is_the_published_table() -> None:
    """Each layer of the tutorial network with its shape and its number of parameters."""
    assert rows(summarise(build_small("tutorial")), "name", "output_shape", "parameters") == [
        ("pictures", [None, 32, 32, 3], 0),
        ("rescaling", [None, 32, 32, 3], 0),
        ("conv_1", [None, 32, 32, 16], 448),
        ("pool_1", [None, 16, 16, 16], 0),
        ("activate_1", [None, 16, 16, 16], 0),
        ("conv_2", [None, 16, 16, 32], 4_640),
        ("pool_2", [None, 8, 8, 32], 0),
        ("activate_2", [None, 8, 8, 32], 0),
        ("conv_3", [None, 8, 8, 64], 18_496),
        ("pool_3", [None, 4, 4, 64], 0),
        ("activate_3", [None, 4, 4, 64], 0),
        ("flatten", [None, 1024], 0),
        ("dense", [None, 128], 131_200),
        ("softmax", [None, 15], 1_935),
    ]
