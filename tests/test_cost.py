"""Expected work grows with what makes a run longer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes import catalogue
from scenes.cost import FIXED, GIGA_MACS, expected_cost
from scenes.settings import Settings

TUTORIAL = Settings()


@pytest.mark.parametrize(
    "changed",
    [
        {"epochs": 100},
        {"image_size": 128},
        {"filters": (32, 64, 128)},
        {"kernel_size": 5},
        {"model": "transfer", "backbone": "VGG16", "augmentation": "zoom"},
    ],
    ids=str,
)
def test_more_work_costs_more(changed: dict[str, object]) -> None:
    """Epochs, pixels, filters, kernels and a backbone that runs in every epoch."""
    more = Settings.model_validate({**TUTORIAL.model_dump(), **changed})
    assert expected_cost(more, 100, 50) > expected_cost(TUTORIAL, 100, 50)


@given(st.integers(1, 500), st.integers(1, 500), st.integers(1, 100))
def test_cost_is_linear_in_epochs(train: int, val: int, epochs: int) -> None:
    """Twice the epochs are twice the work, beyond what building costs."""
    once, twice = (
        expected_cost(TUTORIAL.model_copy(update={"epochs": n}), train, val) - FIXED
        for n in (epochs, 2 * epochs)
    )
    assert twice == pytest.approx(2 * once)
    assert once > 0


def test_a_forward_pass_is_counted() -> None:
    """One 3×3 convolution of 3 to 16 channels on 8×8, then 4·4·16 to 128 units: twice the sum."""
    settings = Settings(image_size=8, filters=(16,), epochs=1)
    operations = 2 * (8 * 8 * 9 * 3 * 16 + 4 * 4 * 16 * 128)
    assert expected_cost(settings, 0, 1) - FIXED == pytest.approx(operations + 2e5)


@pytest.mark.parametrize("backbone", catalogue.BACKBONES)
def test_every_backbone_has_a_cost(backbone: str) -> None:
    """Frozen, its features are computed once, which is far less than in every epoch."""
    frozen = Settings(model="transfer", backbone=backbone, image_size=96)
    trained = frozen.model_copy(update={"trainable": "all"})
    assert 0 < expected_cost(frozen, 100, 50) < expected_cost(trained, 100, 50)


def test_the_table_names_the_backbones() -> None:
    """Table and catalogue name the same ones."""
    assert GIGA_MACS.keys() == catalogue.BACKBONES.keys()
