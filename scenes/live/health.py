"""Says how a run is doing, in words: its curves and its news in, notes out.

Each rule asks for a few epochs before it speaks, so that the noise of single epochs does not raise
an alarm. A note says what is seen, never what decides a study: verdicts are the claims' business.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

from scenes.system.formatting import said_time

Level = Literal["problem", "warning", "note"]

PATIENCE = 5
"""Epochs without a new lowest loss before it counts as rising."""
RISE = 1.1
"""How many times the lowest loss the last ones must be."""
LEARNT = 0.2
"""The share of its epochs that a run may take before chance is worth a word."""
DEVIATIONS = 2.0
"""Standard deviations above chance within which an accuracy is that of guessing."""
SLOWER = 1.5
"""How many times the expected duration of an epoch is slow."""
FIRST_EPOCH = 120.0
"""Seconds that an epoch may take of which nothing is known."""
SILENCE = 60.0
"""Seconds without news that are never worth a word."""
MISSED = 5
"""Epochs that could have passed in the silence before it is worth one."""


@dataclass(frozen=True)
class Note:
    """Something to know of a run."""

    level: Level
    text: str


@dataclass(frozen=True)
class Course:
    """What is known of a run under way or over.

    Attributes:
        history: One value per finished epoch.
        epochs: That it may train at most.
        classes: How many there are.
        pictures: Of the validation split.
        seconds: Of each finished epoch.
        expected: Seconds of an epoch, from what this machine has recorded; None where unknown.
        silence: Seconds since the last news; None for a run that is not under way.
        is_dead: Whether the process that trained it has ended without a word.
    """

    history: Mapping[str, Sequence[float]]
    epochs: int
    classes: int
    pictures: int
    seconds: Sequence[float] = field(default=())
    expected: float | None = None
    silence: float | None = None
    is_dead: bool = False


def health_of(course: Course) -> list[Note]:
    """Return what is to be known of a run, the worst first; nothing of one that does well."""
    rules: tuple[Callable[[Course], Note | None], ...] = (
        _lost,
        _not_a_number,
        _stale,
        _at_chance,
        _rising,
        _slow,
    )
    return [note for rule in rules if (note := rule(course)) is not None]


def _lost(course: Course) -> Note | None:
    if not course.is_dead:
        return None
    return Note("problem", "its process has ended without a word; start the command again")


def _not_a_number(course: Course) -> Note | None:
    for name in ("loss", "val_loss"):
        for epoch, value in enumerate(course.history.get(name, ()), 1):
            if not math.isfinite(value):
                what = "training loss" if name == "loss" else "validation loss"
                return Note("problem", f"{what} is not a number since epoch {epoch}")
    return None


def _stale(course: Course) -> Note | None:
    if course.silence is None or course.is_dead:
        return None
    usual = max(course.seconds, default=course.expected or FIRST_EPOCH)
    if course.silence <= max(SILENCE, MISSED * usual):
        return None
    return Note("warning", f"no news for {said_time(course.silence)}")


def _at_chance(course: Course) -> Note | None:
    accuracy = [value for value in course.history.get("val_accuracy", ()) if math.isfinite(value)]
    if course.classes < 2 or not course.pictures:
        return None
    if len(accuracy) < max(3, math.ceil(LEARNT * course.epochs)):
        return None
    chance = 1 / course.classes
    error = math.sqrt(chance * (1 - chance) / course.pictures)
    if max(accuracy[-3:]) > chance + DEVIATIONS * error:
        return None
    return Note("warning", f"stuck at chance, {chance:.1%}, after {len(accuracy)} epochs")


def _rising(course: Course) -> Note | None:
    losses = course.history.get("val_loss", ())
    if len(losses) <= PATIENCE or not all(map(math.isfinite, losses)):
        return None
    lowest = min(range(len(losses)), key=losses.__getitem__)
    if len(losses) - 1 - lowest < PATIENCE or median(losses[-3:]) < RISE * losses[lowest]:
        return None
    return Note("note", f"validation loss rising since epoch {lowest + 1}")


def _slow(course: Course) -> Note | None:
    if course.silence is None or len(course.seconds) < 3:
        return None
    now = median(course.seconds[-3:])
    if course.expected and now > SLOWER * course.expected:
        return Note("note", f"slower than foreseen: {_times(now, course.expected)} the time")
    before = median(course.seconds)
    if len(course.seconds) > 2 * PATIENCE and now > SLOWER * before:
        return Note("note", f"slower than it was: {_times(now, before)} the time of its epochs")
    return None


def _times(now: float, before: float) -> str:
    return f"{now / before:.1f} times"
