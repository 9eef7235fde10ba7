"""How the learning rate goes: settings and an epoch in, the rate of that epoch out.

It changes between epochs alone, so that an epoch's rate depends on nothing but its number.
"""

import math
from collections.abc import Callable

from scenes.spec.settings import Settings


def learning_rate_at(settings: Settings, epoch: int) -> float:
    """Return the learning rate of an epoch, counted from 0."""
    return settings.learning_rate * SCHEDULES[settings.learning_rate_schedule](settings, epoch)


def _constant(settings: Settings, epoch: int) -> float:
    return 1.0


def _cosine(settings: Settings, epoch: int) -> float:
    """Half a cosine from 1 to the floor (Loshchilov and Hutter, 2017, without restarts)."""
    floor, reached = settings.schedule_floor, epoch / settings.epochs
    return floor + (1 - floor) * (1 + math.cos(math.pi * reached)) / 2


def _exponential(settings: Settings, epoch: int) -> float:
    return float(settings.schedule_factor ** (epoch / settings.schedule_every))


def _step(settings: Settings, epoch: int) -> float:
    return float(settings.schedule_factor ** (epoch // settings.schedule_every))


SCHEDULES: dict[str, Callable[[Settings, int], float]] = {
    "constant": _constant,
    "cosine": _cosine,
    "exponential": _exponential,
    "step": _step,
}
"""Share of the learning rate in an epoch."""
