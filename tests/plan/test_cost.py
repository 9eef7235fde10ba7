"""Expected time grows with what makes a run longer, and with nothing else."""

import math
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.plan import cost
from scenes.plan.cost import (
    expected_cost,
    expected_duration,
    forward_macs,
    learn_speed,
    network_load,
)
from scenes.spec.builtin_backbones import BACKBONES
from scenes.spec.settings import Settings

TUTORIAL = Settings()
TRANSFER = {"model": "transfer", "image_size": 32, "epochs": 15}


@pytest.mark.parametrize(
    "changed",
    [
        {"epochs": 100},
        {"image_size": 128},
        {"filters": (32, 64, 128)},
        {"kernel_size": 5},
        {"batch_size": 8},
        {"model": "transfer", "backbone": "VGG16", "augmentation": "zoom"},
    ],
    ids=str,
)
def test_more_work_costs_more(changed: dict[str, object]) -> None:
    """Epochs, pixels, filters, kernels, steps and a backbone that runs in every epoch."""
    more = Settings.model_validate({**TUTORIAL.model_dump(), **changed})
    assert expected_cost(more, 100, 50) > expected_cost(TUTORIAL, 100, 50)


@given(st.integers(1, 500), st.integers(1, 500), st.integers(1, 100))
def test_cost_is_linear_in_epochs(train: int, val: int, epochs: int) -> None:
    """Twice the epochs are twice the time, beyond what building takes."""
    once, twice = (
        expected_cost(TUTORIAL.model_copy(update={"epochs": n}), train, val)
        - TUTORIAL.entry.build_seconds
        for n in (epochs, 2 * epochs)
    )
    assert twice == pytest.approx(2 * once)
    assert once > 0


def test_a_forward_pass_is_counted() -> None:
    """One 3×3 convolution of 3 to 16 channels on 8×8, then 4·4·16 to 128 units."""
    settings = Settings(image_size=8, filters=(16,), epochs=1)
    assert forward_macs(settings) == pytest.approx(8 * 8 * 9 * 3 * 16 + 4 * 4 * 16 * 128)


@pytest.mark.parametrize(
    ("changed", "seconds", "train", "val"),
    [
        ({"image_size": 32, "epochs": 50, "batch_size": 32}, 42.3, 1500, 2985),
        ({"image_size": 64, "epochs": 50, "batch_size": 8}, 157.3, 1500, 2985),
        ({"image_size": 224, "epochs": 50, "batch_size": 32}, 2236.1, 1500, 2985),
        ({"image_size": 32, "epochs": 8, "batch_size": 32}, 3.9, 600, 300),
        ({**TRANSFER, "backbone": "ResNet50"}, 10.2, 600, 300),
        ({**TRANSFER, "backbone": "VGG16"}, 33.2, 1500, 2985),
    ],
    ids=str,
)
def test_measured_runs_were_foreseen(
    changed: dict[str, object], seconds: float, train: int, val: int
) -> None:
    """Small ones as well as large ones, within a factor of two."""
    settings = Settings.model_validate({**TUTORIAL.model_dump(), **changed})
    assert 0.5 < expected_cost(settings, train, val) / seconds < 2


@pytest.mark.parametrize("backbone", BACKBONES)
def test_a_frozen_backbone_runs_once(backbone: str) -> None:
    """Its features are computed once; with augmentation it runs forward in every epoch."""
    frozen = Settings(model="transfer", backbone=backbone, image_size=96, epochs=20)
    augmented = frozen.model_copy(update={"augmentation": "zoom"})
    trained = frozen.model_copy(update={"trainable": "all"})
    costs = [expected_cost(one, 1000, 500) for one in (frozen, augmented, trained)]
    assert 0 < costs[0] < costs[1] < costs[2]


def test_bfloat16_is_faster() -> None:
    """The arithmetic is, what surrounds it is not."""
    large = Settings(image_size=224, precision="mixed_bfloat16")
    ratio = expected_cost(Settings(image_size=224), 100, 100) / expected_cost(large, 100, 100)
    assert 1.5 < ratio < cost.BFLOAT16_GAIN


@pytest.mark.parametrize("backbone", ["MobileNetV3Small", "VGG16"])
def test_the_catalogue_counts_as_keras_does(backbone: str) -> None:
    """Multiply-accumulates, activations and parameters of a backbone at 224×224."""
    check_load(backbone)


@pytest.mark.slow
@pytest.mark.parametrize("backbone", BACKBONES)
def test_the_catalogue_counts_every_backbone_as_keras_does(backbone: str) -> None:
    """The same of all of them."""
    check_load(backbone)


def check_load(backbone: str) -> None:
    """Compare an entry with the sums over the layers that Keras builds."""
    from scenes.training.backbones import build_backbone

    model = build_backbone(backbone, image_size=224, weights="random")
    layers = list(leaves(model))
    sizes = [math.prod(layer.output.shape[1:]) for layer in layers]
    load = BACKBONES[backbone].load
    assert load.giga_macs == pytest.approx(sum(map(layer_macs, layers)) / 1e9, rel=0.02)
    assert load.mega_activations == pytest.approx(sum(sizes) / 1e6, rel=0.02)
    assert load.mega_largest == pytest.approx(max(sizes) / 1e6, rel=0.02)
    assert load.mega_parameters == pytest.approx(model.count_params() / 1e6, rel=0.02)


def leaves(model: Any) -> Iterator[Any]:
    """Yield the layers of a model; the stem of a ConvNeXt is a model in the model."""
    import keras

    for layer in model.layers:
        yield from leaves(layer) if isinstance(layer, keras.Model) else [layer]


def layer_macs(layer: object) -> int:
    """Return the multiply-accumulates of a layer with one picture."""
    import keras

    kernels: list[tuple[int, ...]] = []
    if isinstance(layer, keras.layers.SeparableConv2D):
        *side, channels, _ = layer.depthwise_kernel.shape
        where = math.prod(layer.output.shape[1:3])
        return int(where * channels * (math.prod(side) + layer.pointwise_kernel.shape[-1]))
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        kernels = [layer.kernel.shape[:2]]
    elif isinstance(layer, keras.layers.Conv2D):
        kernels = [layer.kernel.shape[:3]]
    elif isinstance(layer, keras.layers.Dense):
        kernels = [layer.kernel.shape[:1]]
    return sum(math.prod(layer.output.shape[1:]) * math.prod(kernel) for kernel in kernels)  # type: ignore[attr-defined]


def test_small_networks_have_a_load() -> None:
    """Their parameters are those of the kernels: filters, then the dense layer."""
    load = network_load(Settings(image_size=32, filters=(16, 32, 64)))
    kernels = 9 * 3 * 16 + 9 * 16 * 32 + 9 * 32 * 64 + 4 * 4 * 64 * 128
    assert load.mega_parameters * 1e6 == pytest.approx(kernels)
    mlp = network_load(Settings(model="mlp", image_size=16, dense_units=10))
    assert mlp.giga_macs * 1e9 == pytest.approx(16 * 16 * 3 * 10)
    assert network_load(Settings(model="lenet", image_size=32)).giga_macs > 0


def test_speed_is_what_recorded_runs_say() -> None:
    """The middle one: a run that was disturbed changes nothing; without runs it is a guess."""
    assert learn_speed([]) == 1.0
    assert learn_speed([(10.0, 5.0), (20.0, 10.0), (10.0, 900.0)]) == 2.0
    assert learn_speed([(10.0, 0.0)]) == 1.0


@given(st.lists(st.floats(0.1, 1000), min_size=1, max_size=12), st.integers(1, 4))
def test_a_schedule_is_between_its_bounds(costs: list[float], workers: int) -> None:
    """No shorter than the longest run or than all shared out; no longer than one after another."""
    time = expected_duration(costs, workers) - cost.START_SECONDS
    assert max(max(costs), sum(costs) / workers) <= time * (1 + 1e-9)
    assert time <= sum(costs) * (1 + 1e-9)


def test_a_schedule_begins_with_the_longest() -> None:
    """Two workers: 9 beside 5 and 4; nothing to do takes no time, not even a start."""
    assert expected_duration([4.0, 9.0, 5.0], 2) == cost.START_SECONDS + 9
    assert expected_duration([], 2) == 0.0
