"""What a model has learned, as arrays by name, and back into a model of the same settings.

A frozen backbone with pretrained weights is left out: it is what the file holds that is part of the
run's identity. One with random weights is kept, as are all other models, whole.
"""

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from scenes.spec.settings import Settings


def collect_weights(model: keras.Model, settings: Settings) -> dict[str, NDArray[Any]]:
    """Return a copy of the weights that a run of these settings has made its own, in order."""
    own = _own_weights(model, settings)
    return {name: np.asarray(weight).copy() for name, weight in own.items()}


def restore_weights(
    model: keras.Model, settings: Settings, weights: Mapping[str, NDArray[Any]]
) -> None:
    """Give a freshly built model of these settings what another one has learned.

    Raises:
        ValueError: They are of another model; the first difference is named.
    """
    own = _own_weights(model, settings)
    if different := own.keys() ^ weights.keys():
        raise ValueError(f"weights of another model: {min(different)}")
    for name, weight in own.items():
        if tuple(weight.shape) != weights[name].shape:
            raise ValueError(f"weights of another model: {name} is {weights[name].shape}")
        weight.assign(weights[name])


def _own_weights(model: keras.Model, settings: Settings) -> dict[str, Any]:
    """Return the variables by number and path: Keras' paths alone need not be distinct."""
    left_out: set[int] = set()
    if settings.is_frozen and settings.weights != "random":
        backbone = next(part for part in model.layers if isinstance(part, keras.Model))
        left_out = {id(weight) for weight in backbone.weights}
    own = [weight for weight in model.weights if id(weight) not in left_out]
    return {f"{number:04d} {weight.path}": weight for number, weight in enumerate(own)}
