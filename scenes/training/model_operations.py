"""Counts what a network computes: a Keras model in, multiply-accumulates for a picture out."""

import math
from typing import Any

import keras

from scenes.spec.entries import STATED_CLASSES, STATED_SIZE
from scenes.spec.settings import Settings
from scenes.training.models import build_model

SEPARABLE = (keras.layers.SeparableConv1D, keras.layers.SeparableConv2D)
MULTIPLYING = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.DepthwiseConv1D,
    keras.layers.DepthwiseConv2D,
    keras.layers.Dense,
    *SEPARABLE,
)


def counts_of(settings: Settings) -> dict[str, int]:
    """Return what a model counts with its default settings, at the size counts are stated for.

    Args:
        settings: Of which the model counts, and the backbone where it takes one.
    """
    minimum = settings.entry.minimum_size(settings.model_dump())
    flat = Settings(
        model=settings.model,
        backbone=settings.used_backbone,
        weights="random",
        image_size=max(STATED_SIZE, minimum),
    )
    return counts_with(flat, STATED_CLASSES)


def counts_with(settings: Settings, classes: int) -> dict[str, int]:
    """Return what a model of some settings counts, by the names with which it is stated."""
    model = build_model(settings.model_dump(), classes)
    trainable, total = (
        sum(math.prod(weight.shape) for weight in weights)
        for weights in (model.trainable_weights, model.weights)
    )
    return {
        "trainable": trainable,
        "frozen": total - trainable,
        "total": total,
        "operations": count_operations(model),
    }


def count_operations(model: keras.Model) -> int:
    """Return the multiply-accumulates of convolutions and dense layers, for one picture.

    Everything else (activations, poolings, normalisations) is not counted, as is usual. A layer
    that is called several times counts each time.
    """
    graph = getattr(model, "_functional", None) or model  # of a Sequential
    nodes = [node for level in graph._nodes_by_depth.values() for node in level]
    return sum(_of_node(node.operation, node) for node in nodes)


def _of_node(layer: Any, node: Any) -> int:
    if isinstance(layer, keras.Model):
        return count_operations(layer)
    if not isinstance(layer, keras.layers.Layer):
        return 0
    # Each number of a kernel multiplies once at each place of the output, channels aside.
    kernels = layer.weights[:2] if isinstance(layer, SEPARABLE) else layer.weights[:1]
    numbers = sum(math.prod(kernel.shape) for kernel in kernels)
    places = math.prod(node.output_tensors[0].shape[1:-1])
    return int(places * numbers) if isinstance(layer, MULTIPLYING) else 0
