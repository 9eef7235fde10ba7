"""How much memory a run needs, before it starts, and which runs have room side by side.

Settings go in, bytes come out: the worker with TensorFlow, the batch with its gradients, the
validation batch, and the parameters with what the optimizer keeps. Of the nine workers that were
measured, none took less than 0.8 or more than 1.1 of what was foreseen.
"""

from collections.abc import Sequence

import psutil

from scenes.plan.cost import EVALUATION_BATCH, network_load
from scenes.spec.settings import Settings

WORKER_BYTES = 600e6
"""A process that has imported TensorFlow."""
GRAPH_BYTES = 120e6
"""The graph of some hundred layers."""
FLOAT_BYTES = 4
ACTIVATIONS_KEPT, LARGEST_KEPT = 0.5, 3.0
"""A training step keeps part of all activations, and works on the largest layer's several times."""
FEATURE_BATCH = 16
OPTIMIZER_SLOTS = {"sgd": 0, "rmsprop": 1, "adam": 2, "adamw": 2}
"""Numbers that an optimizer keeps for each parameter, without momentum."""


def expected_memory(settings: Settings) -> float:
    """Return the bytes that the worker of a run needs at its peak, mapped pictures aside."""
    load = network_load(settings)
    is_transfer = settings.model == "transfer"
    is_frozen = is_transfer and settings.trainable in ("none", 0)
    largest = 1e6 * load.mega_largest
    # A layer's input and output: in a backbone's first block both are the largest.
    forward = largest + (largest if is_transfer else 3 * settings.image_size**2)
    backward = 1e6 * ACTIVATIONS_KEPT * load.mega_activations + LARGEST_KEPT * largest
    if is_frozen and settings.augmentation == "none":
        numbers = FEATURE_BATCH * forward
    else:
        step = forward if is_frozen else backward
        numbers = settings.batch_size * step + EVALUATION_BATCH * forward
    slots = OPTIMIZER_SLOTS[settings.optimizer] + bool(settings.momentum)
    numbers += 1e6 * load.mega_parameters * (1 if is_frozen else 2 + slots)
    return WORKER_BYTES + is_transfer * GRAPH_BYTES + FLOAT_BYTES * numbers


def available_memory() -> float:
    """Return the bytes that this machine has left for workers."""
    return float(psutil.virtual_memory().available)


def choose_with_room(needs: Sequence[float], taken: float, available: float) -> list[int]:
    """Return which of the next runs have room beside those under way.

    A run for which there is no room at all goes alone: the estimate may be too large, and if it
    is not, nothing else is lost with it.

    Args:
        needs: Bytes of each run that waits, in the order in which they should start.
        taken: Bytes of the runs under way; 0 where there is none.
        available: Bytes for all of them.
    """
    chosen = []
    for index, need in enumerate(needs):
        if not taken or taken + need <= available:
            taken += need
            chosen.append(index)
    return chosen
