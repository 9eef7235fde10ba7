"""What a frozen backbone sees in each picture, computed once and kept on disk."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from scenes.spec.settings import FEATURE_BATCH
from scenes.system.files import load_array, save_array


def load_features(extractor: keras.Model, images: NDArray[Any], path: Path) -> NDArray[np.float32]:
    """Return the features of a split: uint8 (n, size, size, 3) -> float32 (n, width).

    A file that is there, whole and of the right shape, is used as it is; its name stands for
    pictures and backbone alike.
    """
    shape = (len(images), extractor.output_shape[-1])
    known = load_array(path, shape, np.float32)
    if known is not None:
        return known
    features = _compute(extractor, images, shape[1])
    save_array(path, features)
    return features


def _compute(extractor: keras.Model, images: NDArray[Any], width: int) -> NDArray[np.float32]:
    apply = tf.function(lambda batch: extractor(tf.cast(batch, tf.float32), training=False))
    features = np.empty((len(images), width), np.float32)
    for start in range(0, len(images), FEATURE_BATCH):
        part = slice(start, start + FEATURE_BATCH)
        features[part] = apply(images[part])
    return features
