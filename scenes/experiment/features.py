"""What a frozen backbone sees in each picture, computed once and kept on disk."""

import os
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from scenes.durable import atomic_path

BATCH = 64


def load_features(extractor: keras.Model, images: NDArray[Any], path: Path) -> NDArray[np.float32]:
    """Return the features of a split: uint8 (n, size, size, 3) -> float32 (n, width).

    A file that is there, of the right shape, is used as it is; its name stands for pictures and
    backbone alike.
    """
    width = extractor.output_shape[-1]
    try:
        known = np.load(path, mmap_mode="r", allow_pickle=False)
        if known.shape == (len(images), width):
            return known  # type: ignore[no-any-return]
    except (OSError, ValueError, EOFError):
        pass
    features = _compute(extractor, images, width)
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        np.save(file, features)
        file.flush()
        os.fsync(file.fileno())  # its length alone is checked when it is read
    return features


def _compute(extractor: keras.Model, images: NDArray[Any], width: int) -> NDArray[np.float32]:
    apply = tf.function(lambda batch: extractor(tf.cast(batch, tf.float32), training=False))
    features = np.empty((len(images), width), np.float32)
    for start in range(0, len(images), BATCH):
        part = slice(start, start + BATCH)
        features[part] = apply(images[part])
    return features
