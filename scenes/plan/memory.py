"""How much memory a run needs, before it starts, and which runs have room side by side.

Settings go in, bytes come out: the worker with TensorFlow, the batch with its gradients, the
validation batch, and the parameters with what the optimizer keeps. Of the nine workers that were
measured, none took less than 0.8 or more than 1.1 of what was foreseen.
"""

from collections.abc import Sequence

import psutil

from scenes.plan.cost import network_load
from scenes.spec import registry
from scenes.spec.settings import EVALUATION_BATCH, FEATURE_BATCH, Settings

WORKER_BYTES = 600e6
"""A process that has imported TensorFlow."""
FLOAT_BYTES = 4
ACTIVATIONS_KEPT, LARGEST_KEPT = 0.5, 3.0
"""A training step keeps part of all activations, and works on the largest layer's several times."""


def expected_memory(settings: Settings) -> float:
    """Return the bytes that the worker of a run needs at its peak, mapped pictures aside."""
    load = network_load(settings)
    largest = 1e6 * load.mega_largest
    forward = largest + 1e6 * load.mega_entering
    backward = 1e6 * ACTIVATIONS_KEPT * load.mega_activations + LARGEST_KEPT * largest
    if settings.is_frozen and settings.augmentation == "none":
        numbers = FEATURE_BATCH * forward
    else:
        step = forward if settings.is_frozen else backward
        numbers = settings.batch_size * step + EVALUATION_BATCH * forward
    slots = registry.current().optimizers[settings.optimizer].slots(settings.model_dump())
    numbers += 1e6 * load.mega_parameters * (1 if settings.is_frozen else 2 + slots)
    return WORKER_BYTES + settings.entry.graph_bytes + FLOAT_BYTES * numbers


def weights_bytes(settings: Settings) -> float:
    """Return the bytes of the weights that a finished run keeps, at most."""
    return FLOAT_BYTES * 1e6 * network_load(settings).mega_parameters


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
