"""The multiply-accumulates of a network are those of its convolutions and dense layers."""

import tomllib
from pathlib import Path

import keras
from conftest import Command
from keras import layers
from own_code import REPORT, write_own

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


def test_counts_are_printed_to_be_pasted(command: Command, tmp_path: Path) -> None:
    """An own model's by its name and folder; pasted, they are what its tests find."""
    (write_own(tmp_path) / "report.toml").write_text(REPORT)
    code, output, _ = command("models", "small_resnet", "--report", tmp_path, "--trust", "--expect")
    # Three convolutions of 3 × 3 at 16 × 16 places, two of them of 4 channels; a dense layer.
    parameters = (27 * 4 + 4) + 2 * (36 * 4 + 4) + (4 * 15 + 15)
    operations = 16 * 16 * (27 * 4 + 2 * 36 * 4) + 4 * 15
    assert code == 0
    decorator, block = output.split("\n", 1)
    assert decorator == (
        f"@model(trainable={parameters}, frozen=0, total={parameters}, "
        f"operations={operations:_})  # small_resnet"
    )
    assert tomllib.loads(block)["expected"]["small_resnet"]["trainable"] == parameters
