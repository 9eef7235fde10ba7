"""The preview of an augmentation shows one changed picture per class."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenes.data.folder import Dataset, load_folder
from scenes.runs.record import PREVIEW_SIZE
from scenes.spec.settings import Settings
from scenes.training.augmentation_preview import render_preview


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Make a folder of two classes: dark left halves, and dark right halves."""
    for index, kind in enumerate(("a", "b")):
        picture = np.full((32, 32, 3), 200, np.uint8)
        picture[:, 16 * index : 16 * (index + 1)] = 30
        for split in ("train", "val"):
            folder = tmp_path / split / kind
            folder.mkdir(parents=True)
            Image.fromarray(picture + len(split)).save(folder / "1.png")
    return load_folder(tmp_path, cache=None)


def strip(settings: Settings, dataset: Dataset, seed: int) -> np.ndarray:
    """Return the pixels of a preview."""
    preview = render_preview(settings, dataset, seed=seed)
    assert preview is not None
    return np.asarray(Image.open(io.BytesIO(preview)))


def test_without_augmentation_there_is_none(dataset: Dataset) -> None:
    """Nothing is shown of a run that changes no picture."""
    assert render_preview(Settings(), dataset, seed=0) is None


def test_one_picture_of_each_class_side_by_side(dataset: Dataset) -> None:
    """The strip is as high as one picture and as wide as all of them."""
    shown = strip(Settings(augmentation="brightness"), dataset, 0)
    assert shown.shape == (PREVIEW_SIZE, 2 * PREVIEW_SIZE, 3)


def test_it_depends_on_the_seed_alone(dataset: Dataset) -> None:
    """The same seed shows the same pictures, another one others."""
    settings = Settings(augmentation="brightness")
    assert (strip(settings, dataset, 1) == strip(settings, dataset, 1)).all()
    assert (strip(settings, dataset, 1) != strip(settings, dataset, 2)).any()


def test_a_flip_shows_the_picture_or_its_mirror(dataset: Dataset) -> None:
    """What is shown is what training sees: class a dark on the left, or mirrored."""
    settings = Settings(augmentation="horizontal_flip")
    seen = {bool(strip(settings, dataset, seed)[48, 4, 0] < 100) for seed in range(12)}
    assert seen == {True, False}
