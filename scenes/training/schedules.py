"""How the learning rate goes: settings and an epoch in, the rate of that epoch out.

It changes between epochs alone, so that an epoch's rate depends on nothing but its number.
"""

import math
from pkgutil import resolve_name

from scenes.spec.registry import current
from scenes.spec.settings import Settings


def learning_rate_at(settings: Settings, epoch: int) -> float:
    """Return the learning rate of an epoch, counted from 0."""
    share = resolve_name(current().schedules[settings.learning_rate_schedule].builder)
    return float(settings.learning_rate * share(settings, epoch))


def constant(settings: Settings, epoch: int) -> float:
    """Return 1: the rate stays as it is."""
    return 1.0


def cosine(settings: Settings, epoch: int) -> float:
    """Half a cosine from 1 to the floor (Loshchilov and Hutter, 2017, without restarts)."""
    floor, reached = settings.schedule_floor, epoch / settings.epochs
    return floor + (1 - floor) * (1 + math.cos(math.pi * reached)) / 2


def exponential(settings: Settings, epoch: int) -> float:
    """Return `schedule_factor` to the power of the epochs, each `schedule_every` counting one."""
    return float(settings.schedule_factor ** (epoch / settings.schedule_every))


def step(settings: Settings, epoch: int) -> float:
    """Return `schedule_factor` to the power of the `schedule_every` epochs that are complete."""
    return float(settings.schedule_factor ** (epoch // settings.schedule_every))
