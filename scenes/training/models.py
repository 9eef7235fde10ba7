"""Classifiers of pictures: settings in, a Keras model out.

Every model takes `pictures`, RGB in [0, 255] of shape (n, size, size, 3), and gives probabilities
of shape (n, classes) in float32; rescaling and a backbone's own preprocessing are inside. Hidden
layers take `activation`; the last is always a softmax.
"""

import inspect
from collections.abc import Mapping, Sequence
from pkgutil import resolve_name
from typing import Any

import keras
from keras import layers

from scenes.spec import registry
from scenes.spec.builtin_backbones import find_backbone
from scenes.training.backbones import build_backbone, build_preprocessing, freeze

NON_DECREASING = frozenset(
    {"linear", "tanh", "relu", "sigmoid", "leaky_relu", "elu", "selu", "softplus"}
)
"""Activations of which the largest value is the value of the largest: after a max pooling they give
what they give before it, gradients included and but for rounding, for a quarter of the work."""


def build_tutorial(
    *,
    image_size: int,
    classes: int,
    activation: str = "relu",
    filters: Sequence[int] = (16, 32, 64),
    kernel_size: int = 3,
    dense_units: int = 128,
    dropout: float = 0.0,
) -> keras.Model:
    """Build the network of TensorFlow's image-classification tutorial.

    Blocks of a convolution and a 2×2 max pooling, then a dense layer
    (https://www.tensorflow.org/tutorials/images/classification). A block's activation follows the
    pooling where that changes nothing.

    Args:
        image_size: Side of the square pictures, in pixels.
        classes: Number of classes.
        activation: Of every layer but the last.
        filters: Filters of each block; their number is the depth.
        kernel_size: Side of the convolutions, in pixels.
        dense_units: Units of the dense layer.
        dropout: Share of the last block's outputs that is dropped in training.
    """
    pictures = _input(image_size)
    x = layers.Rescaling(1 / 255, name="rescaling")(pictures)
    for block, count in enumerate(filters, start=1):
        x = layers.Conv2D(count, kernel_size, padding="same", name=f"conv_{block}")(x)
        pool = layers.MaxPooling2D(name=f"pool_{block}")  # (n, h, w, c) -> (n, h/2, w/2, c)
        activate = layers.Activation(activation, name=f"activate_{block}")
        x = activate(pool(x)) if activation in NON_DECREASING else pool(activate(x))
    x = layers.Flatten(name="flatten")(_dropped(x, dropout, "dropout"))
    x = layers.Dense(dense_units, activation=activation, name="dense")(x)
    return keras.Model(pictures, _softmax(x, classes), name="tutorial")


def build_lenet(
    *, image_size: int, classes: int, activation: str = "relu", dropout: float = 0.0
) -> keras.Model:
    """Build LeNet-5 on colour pictures (LeCun et al., 1998, figure 2), with a softmax output.

    Args:
        image_size: Side of the square pictures, in pixels; at least 12.
        classes: Number of classes.
        activation: Of every layer but the last.
        dropout: Share of the last hidden layer's outputs that is dropped in training.
    """
    pictures = _input(image_size)
    x = layers.Rescaling(1 / 255, name="rescaling")(pictures)
    for number, (count, padding) in enumerate([(6, "same"), (16, "valid")], start=1):
        x = layers.Conv2D(count, 5, padding=padding, activation=activation, name=f"conv_{number}")(
            x
        )
        x = layers.AveragePooling2D(2, name=f"pool_{number}")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(120, activation=activation, name="hidden_1")(x)
    x = layers.Dense(84, activation=activation, name="hidden_2")(x)
    return keras.Model(pictures, _softmax(_dropped(x, dropout, "dropout"), classes), name="lenet")


def build_mlp(
    *,
    image_size: int,
    classes: int,
    activation: str = "relu",
    dense_units: int = 128,
    dropout: float = 0.0,
) -> keras.Model:
    """Build a multilayer perceptron with two hidden layers: what pixels say without convolution.

    Args:
        image_size: Side of the square pictures, in pixels.
        classes: Number of classes.
        activation: Of both hidden layers.
        dense_units: Units of each hidden layer.
        dropout: Share of each hidden layer's outputs that is dropped in training.
    """
    pictures = _input(image_size)
    x = layers.Rescaling(1 / 255, name="rescaling")(pictures)
    x = layers.Flatten(name="flatten")(x)
    for number in (1, 2):
        x = layers.Dense(dense_units, activation=activation, name=f"hidden_{number}")(x)
        x = _dropped(x, dropout, f"drop_{number}")
    return keras.Model(pictures, _softmax(x, classes), name="mlp")


def build_transfer(
    *,
    image_size: int,
    classes: int,
    activation: str = "relu",
    backbone: str,
    head_units: int = 120,
    dropout: float = 0.0,
    weights: str = "imagenet",
    trainable: str | int = "none",
) -> keras.Model:
    """Build a classifier on a backbone: preprocessing, backbone, flatten, dense, softmax.

    Args:
        image_size: Side of the square pictures, in pixels; at least the backbone's minimum.
        classes: Number of classes.
        activation: Of the head's hidden layer; the backbone keeps its own.
        backbone: One of `scenes.spec.builtin_backbones.BACKBONES`.
        head_units: Units of the head's hidden layer.
        dropout: Share of that layer's outputs that is dropped in training.
        weights: "imagenet", "random", or the path of a weights file.
        trainable: "none", "all", or the last N layers of the backbone.

    Raises:
        UserError: The backbone is unknown, the pictures are too small for it, or it has fewer
            than N layers.
        WeightsError: The weights are missing or do not fit.
    """
    extractor = build_backbone(backbone, image_size=image_size, weights=weights)
    freeze(extractor, trainable)
    pictures = _input(image_size)
    x = build_preprocessing(pictures, find_backbone(backbone).preprocessing)
    x = layers.Flatten(name="flatten")(extractor(x))
    x = layers.Dense(head_units, activation=activation, name="dense")(x)
    output = _softmax(_dropped(x, dropout, "dropout"), classes)
    return keras.Model(pictures, output, name=f"transfer_{backbone}")


def build_model(settings: Mapping[str, Any], classes: int) -> keras.Model:
    """Build the model that flat settings describe.

    Args:
        settings: `model`, `image_size`, and what the model takes; the rest is not looked at, and
            None stands for the builder's default.
        classes: Number of classes.

    Raises:
        UserError: The model is unknown, or the pictures are too small for it.
        WeightsError: Its weights are missing or do not fit.
    """
    registry.check_image_size(settings)
    builder = resolve_name(registry.find_model(settings["model"]).builder)
    taken = inspect.signature(builder).parameters
    chosen = {name: settings[name] for name in taken if settings.get(name) is not None}
    model: keras.Model = builder(**{**chosen, "classes": classes})
    return model


def split_at_backbone(model: keras.Model) -> tuple[keras.Model, keras.Model]:
    """Cut a transfer model in two that share its layers.

    Returns:
        features: pictures (n, size, size, 3) -> features (n, k), k being the flattened width.
        head: features (n, k), float32 -> probabilities (n, classes).
    """
    flatten = model.get_layer("flatten")
    features = keras.Model(model.input, flatten.output, name="features")
    inputs = keras.Input(flatten.output.shape[1:], name="features")
    x = inputs
    for layer in model.layers[model.layers.index(flatten) + 1 :]:
        x = layer(x)
    return features, keras.Model(inputs, x, name="head")


def _input(image_size: int) -> Any:
    return keras.Input((image_size, image_size, 3), name="pictures")


def _dropped(x: Any, share: float, name: str) -> Any:
    return layers.Dropout(share, name=name)(x) if share else x


def _softmax(x: Any, classes: int) -> Any:
    # In float32 under any precision: a probability in bfloat16 has two digits.
    return layers.Dense(classes, activation="softmax", dtype="float32", name="softmax")(x)
