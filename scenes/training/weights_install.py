"""Puts a weights file where the program finds it, once it is known to fit."""

import shutil
from pathlib import Path

from scenes.errors import StorageError, WeightsError
from scenes.spec.builtin_backbones import find_backbone
from scenes.system.files import atomic_file
from scenes.system.keras_cache import keras_models_folder
from scenes.training.weights import check_weights_file, file_has_hash


def install_weights(file: Path, backbone: str, *, image_size: int = 224) -> Path:
    """Put a weights file where the program finds it, and return its new path.

    The very file that Keras would download goes into Keras' place, and `weights = "imagenet"`
    finds it. Any other that fits is kept beside it under its own name, and `weights = "<name>"`
    finds it: Keras would reject it in its own place, and it need not come from ImageNet.

    Args:
        file: The weights.
        backbone: The name of the backbone that they are for.
        image_size: The size of pictures, where ImageNet weights differ by size.

    Raises:
        WeightsError: The file is missing or does not fit, or it cannot be written there.
    """
    entry = find_backbone(backbone)
    check_weights_file(file)
    if entry.weights_hash and file_has_hash(file, entry.weights_hash):
        return _copy(file, keras_models_folder() / entry.weights_file(image_size))
    # Only now: this imports TensorFlow.
    from scenes.training.backbones import build_backbone
    from scenes.training.weights import load_weights_into

    load_weights_into(build_backbone(backbone, image_size=image_size, weights="random"), file)
    unchecked = not entry.weights_hash and file.name == entry.weights_file(image_size)
    return _copy(file, keras_models_folder() / (file.name if unchecked else f"scenes_{file.name}"))


def _copy(file: Path, target: Path) -> Path:
    try:
        with file.open("rb") as source, atomic_file(target) as copy:
            shutil.copyfileobj(source, copy)
    except StorageError as error:
        raise WeightsError(
            "The weights cannot be put in place; what was there has not changed",
            [f"{error.place}: {error.cause}"],
            "Make room there, or name another folder of Keras with KERAS_HOME.",
        ) from error
    return target
