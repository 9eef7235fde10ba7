"""The structure of a model as data: a Keras model in, what JSON can hold out.

Everything is read from layer objects, so that a table or a diagram of a report says what was
trained.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod
from typing import Any

import keras

from scenes.training.weights import snake_case


def summarise(model: keras.Model) -> dict[str, Any]:
    """Describe a model.

    Returns:
        name: Of the model.
        layers: One of `{name, type, output_shape, parameters, trainable}` per layer, the last two
            being numbers of parameters and None standing for the batch in shapes.
        parameters: In all.
        trainable, frozen: Its two parts.
        backbone: The same of the backbone alone with all of its layers, as it is before anything
            is frozen; None if there is none.
    """
    backbone = next((part for part in model.layers if isinstance(part, keras.Model)), None)
    return {**_structure(model), "backbone": _describe_thawed(backbone) if backbone else None}


def _describe_thawed(backbone: keras.Model) -> dict[str, Any]:
    with _thawed(backbone):
        return _structure(backbone)


def _structure(model: keras.Model) -> dict[str, Any]:
    parameters, trainable = _count(model.weights), _count(model.trainable_weights)
    return {
        "name": model.name,
        "layers": [
            _layer(layer, name)
            for layer, name in zip(model.layers, _names(model.layers), strict=True)
        ],
        "parameters": parameters,
        "trainable": trainable,
        "frozen": parameters - trainable,
    }


def _layer(layer: keras.layers.Layer, name: str) -> dict[str, Any]:
    return {
        "name": name,
        "type": type(layer).__name__,
        "output_shape": list(layer.output.shape),
        "parameters": _count(layer.weights),
        "trainable": _count(layer.trainable_weights),
    }


def _names(layers: Sequence[keras.layers.Layer]) -> list[str]:
    """Return the names that the layers would have if the model were the first of its process.

    Keras numbers layers without a name through the whole process (conv2d_188): what was built
    before must not show in a record.
    """
    first: dict[str, int] = {}
    for layer in layers:
        if (number := _automatic_number(layer)) is not None:
            kind = snake_case(type(layer).__name__)
            first[kind] = min(number, first.get(kind, number))
    return [_renumbered(layer, first) for layer in layers]


def _renumbered(layer: keras.layers.Layer, first: Mapping[str, int]) -> str:
    number = _automatic_number(layer)
    if number is None:
        return str(layer.name)
    kind = snake_case(type(layer).__name__)
    return f"{kind}_{number - first[kind]}" if number > first[kind] else kind


def _automatic_number(layer: keras.layers.Layer) -> int | None:
    match = re.fullmatch(rf"{snake_case(type(layer).__name__)}(?:_(\d+))?", layer.name)
    return int(match[1] or 0) if match else None


def _count(weights: Iterable[Any]) -> int:
    return sum(prod(weight.shape) for weight in weights)


@contextmanager
def _thawed(backbone: keras.Model) -> Iterator[None]:
    """Make every layer trainable for a while: what a layer never trains only it knows."""
    before = [(layer, layer.trainable) for layer in (backbone, *backbone.layers)]
    for layer, _ in before:
        layer.trainable = True
    try:
        yield
    finally:
        for layer, trainable in before:
            layer.trainable = trainable
