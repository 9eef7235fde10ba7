"""What a run needs is foreseen, and runs that have no room side by side wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.plan.memory import available_memory, choose_with_room, expected_memory
from scenes.spec.settings import Settings

MEGABYTE = 2**20
RESNET = {"model": "transfer", "backbone": "ResNet50"}
VGG = {"model": "transfer", "backbone": "VGG16"}


@pytest.mark.parametrize(
    ("changed", "measured"),
    [
        ({"image_size": 32}, 597),
        ({"image_size": 64, "batch_size": 64}, 656),
        ({"image_size": 128}, 770),
        ({"image_size": 224}, 1028),
        ({"image_size": 224, "batch_size": 64}, 1479),
        ({**RESNET, "image_size": 32}, 782),
        ({**RESNET, "image_size": 128, "trainable": "all"}, 1948),
        ({**VGG, "image_size": 32, "trainable": "all"}, 744),
        ({**VGG, "image_size": 128, "trainable": "all", "optimizer": "adam"}, 1838),
    ],
    ids=str,
)
def test_measured_workers_were_foreseen(changed: dict[str, object], measured: float) -> None:
    """Peaks of worker processes, in MiB: seldom more than was foreseen, never much less."""
    settings = Settings.model_validate(changed)
    assert 0.9 < expected_memory(settings) / MEGABYTE / measured < 1.25


@pytest.mark.parametrize(
    "changed",
    [
        {"image_size": 128},
        {"batch_size": 256},
        {"optimizer": "adam"},
        {"momentum": 0.9},
        {"filters": (64, 64, 64)},
    ],
    ids=str,
)
def test_more_needs_more(changed: dict[str, object]) -> None:
    """Pixels, pictures at a time, what the optimizer keeps, filters."""
    more = Settings.model_validate({"image_size": 64, **changed})
    assert expected_memory(more) > expected_memory(Settings(image_size=64))


def test_a_frozen_backbone_keeps_nothing_for_gradients() -> None:
    """With augmentation it runs in every step, without it in batches of its own."""
    frozen = Settings(model="transfer", backbone="ResNet50", image_size=224)
    augmented = frozen.model_copy(update={"augmentation": "zoom"})
    trained = frozen.model_copy(update={"trainable": "all"})
    needs = [expected_memory(one) for one in (frozen, augmented, trained)]
    assert needs == sorted(needs)
    assert len(set(needs)) == 3


def test_a_run_without_room_goes_alone() -> None:
    """It waits until nothing else is under way, and small ones go on beside each other."""
    assert choose_with_room([9.0], 0, 5) == [0]
    assert choose_with_room([9.0], 1, 5) == []
    assert choose_with_room([9.0, 1.0], 0, 5) == [0]
    assert choose_with_room([9.0, 2.0, 2.0, 2.0], 1, 5) == [1, 2]
    assert choose_with_room([], 0, 5) == []


@given(st.lists(st.floats(1, 100), max_size=6), st.floats(0, 100), st.floats(1, 200))
def test_the_memory_is_never_overbooked(needs: list[float], taken: float, free: float) -> None:
    """Unless by one run that is alone; and while there is work, something runs."""
    chosen = [needs[index] for index in choose_with_room(needs, taken, free)]
    assert taken + sum(chosen) <= max(free, taken) or (not taken and len(chosen) == 1)
    assert chosen or taken or not needs


def test_this_machine_has_memory() -> None:
    """In bytes."""
    assert available_memory() > 10 * MEGABYTE
