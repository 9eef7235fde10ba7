"""What an augmentation does to pictures of the training set: one of each class in, a strip out."""

import io

import numpy as np
from PIL import Image

from scenes.data.folder import Dataset
from scenes.runs.record import PREVIEW_SIZE
from scenes.spec.settings import Settings
from scenes.training.augmentations import build_augmentation


def render_preview(settings: Settings, dataset: Dataset, *, seed: int) -> bytes | None:
    """Return a PNG with an augmented picture of each class, side by side; None without one.

    Args:
        settings: Name the augmentation and its strength.
        dataset: The pictures; the first of each class in train is shown.
        seed: Of the augmentation.
    """
    augmentation = build_augmentation(
        settings.augmentation,
        strength=settings.augmentation_strength,
        seed=seed,
        settings=settings.model_dump(),
    )
    if augmentation is None:
        return None
    size = (PREVIEW_SIZE, PREVIEW_SIZE)
    pictures = np.stack(
        [
            np.asarray(dataset.decode(picture).resize(size), np.float32)
            for picture in dataset.examples()
        ]
    )  # (classes, size, size, 3)
    labels = np.eye(len(pictures), dtype=np.float32)
    changed, _ = augmentation(pictures, labels, training=True)
    strip = np.concatenate(list(np.asarray(changed)), axis=1)  # (size, classes * size, 3)
    file = io.BytesIO()
    Image.fromarray(strip.round().astype(np.uint8)).save(file, "PNG")
    return file.getvalue()
