"""The multiply-accumulates of a network are those of its convolutions and dense layers."""

import keras
from keras import layers

from scenes.training.model_operations import count_operations


def test_each_call_of_a_layer_counts() -> None:
    """By the formulas: places × kernel; a nested network counts with its layers."""
    inner = keras.Sequential([keras.Input((6, 6, 4)), layers.DepthwiseConv2D(3)])
    pictures = keras.Input((8, 8, 3))
    x = layers.Conv2D(4, 3)(pictures)  # (6, 6, 4)
    x = layers.Flatten()(inner(x))  # (4, 4, 4)
    dense = layers.Dense(64)
    model = keras.Model(pictures, layers.Dense(2)(dense(dense(x))))
    by_hand = 6 * 6 * (3 * 3 * 3 * 4) + 4 * 4 * (3 * 3 * 4) + 2 * (64 * 64) + 64 * 2
    assert count_operations(model) == by_hand
