"""Small models and pictures for tests, and what is published of the models."""

import ast
import functools
import math
import operator
import tomllib
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from scenes.training import models
from scenes.training.backbones import build_backbone
from scenes.training.models import build_model

EXPECTED = tomllib.loads((Path(__file__).parent / "training/expected.toml").read_text("utf-8"))

SMALL_BACKBONE = {"model": "transfer", "backbone": "MobileNetV3Small", "weights": "random"}

# Keras 3.15 reads its variables in a way that NumPy 2 deprecates whenever it saves a model.
KERAS_SAVES = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)


@functools.cache
def small_backbone() -> keras.Model:
    """Build the backbone of the small transfer model once: it takes most of the time."""
    return build_backbone("MobileNetV3Small", image_size=32, weights="random")


def build_small(
    model: str, *, classes: int = 15, fresh: bool = False, **changes: Any
) -> keras.Model:
    """Build a registered model for pictures of 32 pixels, the transfer one on a small backbone.

    Transfer models share that backbone, unless `fresh`.
    """
    base = SMALL_BACKBONE if model == "transfer" else {"model": model}
    with pytest.MonkeyPatch.context() as patch:
        if not fresh:
            patch.setattr(models, "build_backbone", lambda *_, **__: small_backbone())
        return build_model({**base, "image_size": 32, **changes}, classes)


def draw_pictures(count: int, *, size: int = 32, seed: int = 0) -> npt.NDArray[np.float32]:
    """Draw pictures of noise, float32 (count, size, size, 3) in [0, 255]."""
    pixels = np.random.default_rng(seed).integers(0, 256, (count, size, size, 3))
    return pixels.astype("float32")


def count_parameters(weights: list[Any]) -> int:
    """Count the numbers in weights."""
    return sum(math.prod(weight.shape) for weight in weights)


def compute(sum_of_products: str) -> int:
    """Compute a derivation: whole numbers, +, -, *, brackets."""
    signs = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}

    def value(node: ast.expr) -> int:
        if isinstance(node, ast.BinOp):
            return int(signs[type(node.op)](value(node.left), value(node.right)))
        assert isinstance(node, ast.Constant)
        assert isinstance(node.value, int)
        return node.value

    return value(ast.parse(sum_of_products, mode="eval").body)


def gradients(model: keras.Model, pictures: npt.NDArray[np.float32]) -> list[Any]:
    """Return the gradients of the loss of one batch, in training mode."""
    labels = np.arange(len(pictures)) % 15
    with tf.GradientTape() as tape:
        losses = keras.losses.sparse_categorical_crossentropy(
            labels, model(pictures, training=True)
        )
        loss = tf.reduce_mean(losses)
    return list(tape.gradient(loss, model.trainable_weights))
