"""How long a run takes, before it starts.

Settings and numbers of pictures go in, seconds come out. The time is counted in the architecture's
multiply-accumulates (MACs), plus what does not depend on the network: building it, each epoch, each
step. A training step costs about three forward passes. It is stated for a nominal core, and scaled
to the machine by what recorded runs took on it (`learn_speed`). Good to a factor of two, which is
what ordering, a progress bar and a plan need.
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from scenes.spec.entries import Load
from scenes.spec.settings import EVALUATION_BATCH, Settings

MAC_RATE = 28e9
"""MACs a second of one core, in float32: the middle of 47 runs on two cores of an AMD EPYC."""
BFLOAT16_GAIN = 1.8
"""How much faster a core with bfloat16 instructions is in mixed precision."""
EPOCH_SECONDS = 0.02
STEP_SECONDS = 0.0015
PICTURE_SECONDS = 2e-6
"""Gathering and moving one picture."""
START_SECONDS = 6.0
"""A worker process imports TensorFlow."""


@dataclass(frozen=True)
class RunCost:
    """What a run costs, in seconds of a nominal core.

    Attributes:
        kind: What runs have in common that take the same time for the same cost.
        start: Before its first epoch.
        epoch: Each epoch.
        epochs: How many there are.
        reached: Epochs that it does not train again.
        features: Names what is computed before the first epoch and kept for the next run that
            needs the same; empty where nothing is.
    """

    kind: str
    start: float
    epoch: float
    epochs: int
    reached: int = 0
    features: str = ""

    @property
    def whole(self) -> float:
        """The cost of the whole run."""
        return self.start + self.epochs * self.epoch


def expected_cost(settings: Settings, train: int, val: int) -> float:
    """Return the seconds of a run on so many pictures, on a nominal core."""
    return run_cost(settings, train, val).whole


def run_cost(settings: Settings, train: int, val: int, *, reached: int = 0) -> RunCost:
    """Return what a run on so many pictures costs before its first epoch, and in each.

    Args:
        settings: Of the run.
        train: Number of pictures.
        val: The same of validation.
        reached: Epochs that it does not train again.
    """
    steps = train / settings.batch_size + val / EVALUATION_BATCH
    gain = BFLOAT16_GAIN if settings.precision == "mixed_bfloat16" else 1.0
    once, each = (macs / (MAC_RATE * gain) for macs in _macs(settings, train, val))
    backbone = settings.used_backbone or ""
    kind = [settings.model, backbone, settings.image_size, settings.precision]
    kind += [settings.augmentation, "frozen" if settings.is_frozen else ""]
    features = [backbone, settings.weights, settings.image_size, settings.precision, train, val]
    return RunCost(
        " ".join(map(str, kind)),
        settings.entry.build_seconds + once,
        each + EPOCH_SECONDS + steps * STEP_SECONDS + (train + val) * PICTURE_SECONDS,
        settings.epochs,
        reached,
        " ".join(map(str, features)) if once else "",
    )


def _macs(settings: Settings, train: int, val: int) -> tuple[float, float]:
    """Return the multiply-accumulates of a run before its first epoch, and in each."""
    forward = forward_macs(settings)
    if settings.is_frozen:
        # Nothing goes back through a frozen backbone; without augmentation it runs once.
        whole = (train + val) * forward
        return (whole, 0.0) if settings.augmentation == "none" else (0.0, whole)
    return 0.0, (3 * train + val) * forward


def forward_macs(settings: Settings) -> float:
    """Return the multiply-accumulates of one picture's way through the network."""
    return network_load(settings).giga_macs * 1e9


def network_load(settings: Settings) -> Load:
    """Return what the network of these settings costs with one picture."""
    return settings.entry.load(settings.model_dump())


def learn_speed(runs: Iterable[tuple[float, float]]) -> float:
    """Return how fast a core of this machine is, the nominal one being 1.

    Args:
        runs: Of each recorded run, the expected and the measured seconds.
    """
    ratios = [expected / measured for expected, measured in runs if measured > 0]
    return median(ratios) if ratios else 1.0


def expected_duration(costs: Sequence[float], workers: int) -> float:
    """Return the seconds until all runs have ended, the longest beginning first.

    Args:
        costs: Seconds of each run.
        workers: Runs at a time; each worker starts once.
    """
    if not costs:
        return 0.0
    ends = [START_SECONDS] * min(workers, len(costs))
    for cost in sorted(costs, reverse=True):
        heapq.heapreplace(ends, ends[0] + cost)
    return max(ends)
