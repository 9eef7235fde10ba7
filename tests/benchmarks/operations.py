"""How many floating-point operations a trial takes: model summaries in, operations out.

Counted are the multiply-adds of convolutions and dense layers, two operations each; a bias counts
as one more of them. A training step costs three forward passes (forward, gradient of the inputs,
gradient of the weights), a validation one. Activations, pooling, normalisation and the optimizer
are not counted, so that a share of the machine's ceiling is rather too low than too high.
"""

from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

COUNTED = ("Conv2D", "DepthwiseConv2D", "Dense")
FORWARD_PASSES = 3
"""Of a training step."""


def forward_operations(layers: Iterable[Mapping[str, Any]]) -> float:
    """Return the operations of one picture through layers as a model summary lists them."""
    counts: list[int] = [
        prod(layer["output_shape"][1:-1]) * layer["parameters"]
        for layer in layers
        if layer["type"] in COUNTED
    ]
    return 2.0 * sum(counts)


def run_operations(
    settings: Mapping[str, Any], summary: Mapping[str, Any], *, train: int, val: int
) -> float:
    """Return the operations that a run cannot do without.

    Args:
        settings: Of the run. What a frozen backbone sees in unchanged pictures is needed once.
        summary: Of its model, as `scenes.training.model_summary` makes it.
        train: Pictures to learn from, each once an epoch.
        val: Pictures to validate with, each once an epoch.
    """
    head = forward_operations(summary["layers"])
    backbone = forward_operations((summary["backbone"] or {"layers": []})["layers"])
    steps: int = settings["epochs"] * (FORWARD_PASSES * train + val)
    if settings["trainable"] == "none" and settings["augmentation"] == "none":
        return (train + val) * backbone + steps * head
    return steps * (head + backbone)
