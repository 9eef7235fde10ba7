"""The built-in models, as entries of the registry: what is known of each without building it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from scenes.spec.builtin_backbones import LOAD_SIZE, find_backbone
from scenes.spec.entries import FlatSettings, Load, ModelEntry

ACTIVATIONS = (
    "linear", "tanh", "relu", "sigmoid", "leaky_relu", "elu", "selu", "gelu", "silu", "softplus",
)  # fmt: skip


def _tutorial_size(settings: FlatSettings) -> int:
    return int(2 ** len(settings.get("filters") or (16, 32, 64)))  # each block halves the side


def _lenet_size(settings: FlatSettings) -> int:
    return 12  # (12 / 2 - 5 + 1) / 2 = 1


def _mlp_size(settings: FlatSettings) -> int:
    return 1


def _transfer_size(settings: FlatSettings) -> int:
    return find_backbone(settings["backbone"]).minimum_size


def _tutorial_load(settings: FlatSettings) -> Load:
    filters, kernel = settings["filters"], settings["kernel_size"]
    return _stack_load(settings["image_size"], filters, kernel, settings["dense_units"])


def _lenet_load(settings: FlatSettings) -> Load:
    return _stack_load(settings["image_size"], (6, 16), 5, 120)


def _mlp_load(settings: FlatSettings) -> Load:
    return _stack_load(settings["image_size"], (), 1, settings["dense_units"])


def _transfer_load(settings: FlatSettings) -> Load:
    load = find_backbone(settings["backbone"]).load.at((settings["image_size"] / LOAD_SIZE) ** 2)
    # In a backbone's first block, input and output are both the largest.
    return replace(load, mega_entering=load.mega_largest)


def _stack_load(side: int, filters: Sequence[int], kernel: int, units: int) -> Load:
    """Return the load of convolutions, each followed by a pooling, and a dense layer."""
    entering = 3 * side * side
    channels, macs, numbers, largest, weights = 3, 0.0, 0.0, 0.0, 0.0
    for count in filters:
        macs += side * side * kernel**2 * channels * count
        weights += kernel**2 * channels * count
        largest = max(largest, side * side * count)
        numbers += 1.25 * side * side * count  # the convolution and its pooling, a quarter of it
        side, channels = max(1, side // 2), count
    dense = side * side * channels * units
    return Load(
        giga_macs=(macs + dense) / 1e9,
        mega_activations=numbers / 1e6,
        mega_largest=largest / 1e6,
        mega_parameters=(weights + dense) / 1e6,
        mega_entering=entering / 1e6,
    )


def _is_backbone_frozen(settings: FlatSettings) -> bool:
    return settings.get("trainable", "none") in ("none", 0)


MODELS: Mapping[str, ModelEntry] = {
    "tutorial": ModelEntry(
        builder="scenes.training.models:build_tutorial",
        label="model.tutorial",
        parameters=("activation", "filters", "kernel_size", "dense_units", "dropout"),
        minimum_size=_tutorial_size,
        load=_tutorial_load,
    ),
    "lenet": ModelEntry(
        builder="scenes.training.models:build_lenet",
        label="model.lenet",
        parameters=("activation", "dropout"),
        minimum_size=_lenet_size,
        load=_lenet_load,
    ),
    "mlp": ModelEntry(
        builder="scenes.training.models:build_mlp",
        label="model.mlp",
        parameters=("activation", "dense_units", "dropout"),
        minimum_size=_mlp_size,
        load=_mlp_load,
    ),
    "transfer": ModelEntry(
        builder="scenes.training.models:build_transfer",
        label="model.transfer",
        parameters=("activation", "backbone", "head_units", "dropout", "weights", "trainable"),
        minimum_size=_transfer_size,
        load=_transfer_load,
        frozen=_is_backbone_frozen,
        build_seconds=6.0,  # some hundred layers
        graph_bytes=120e6,
    ),
}
