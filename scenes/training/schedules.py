"""How the learning rate goes: settings and an epoch in, the rate of that epoch out.

A schedule takes the epoch, the keyword `epochs` and those of its settings, and returns a share.

It changes between epochs alone, so that an epoch's rate depends on nothing but its number.
"""

import math
from pkgutil import resolve_name

from scenes.spec.registry import current
from scenes.spec.settings import Settings


def learning_rate_at(settings: Settings, epoch: int) -> float:
    """Return the learning rate of an epoch, counted from 0."""
    entry = current().schedules[settings.learning_rate_schedule]
    options = {name: getattr(settings, name) for name in entry.parameters}
    share = resolve_name(entry.builder)(epoch, epochs=settings.epochs, **options)
    return float(settings.learning_rate * share)


def constant(epoch: int, *, epochs: int) -> float:
    """Return 1: the rate stays as it is."""
    return 1.0


def cosine(epoch: int, *, epochs: int, schedule_floor: float) -> float:
    """Half a cosine from 1 to the floor (Loshchilov and Hutter, 2017, without restarts)."""
    reached = epoch / epochs
    return schedule_floor + (1 - schedule_floor) * (1 + math.cos(math.pi * reached)) / 2


def exponential(epoch: int, *, epochs: int, schedule_factor: float, schedule_every: int) -> float:
    """Return `schedule_factor` to the power of the epochs, each `schedule_every` counting one."""
    return float(schedule_factor ** (epoch / schedule_every))


def step(epoch: int, *, epochs: int, schedule_factor: float, schedule_every: int) -> float:
    """Return `schedule_factor` to the power of the `schedule_every` epochs that are complete."""
    return float(schedule_factor ** (epoch // schedule_every))
