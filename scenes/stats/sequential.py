"""Decides with how many seeds a study's choice is made: seeds so far in, whether to stop out.

A study with `seeds = "until decided"` is looked at after planned numbers of seeds. Each look
compares all pairs as `scenes.stats.simultaneous` does, at its share of the level, so that the
family-wise error over all looks is at most that of one comparison (Bonferroni, which holds
whatever the looks share). A look decides where one value is told apart from every other, or from
the reference where the question is against one; values that are alike never part, and end at the
last look.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from scenes.stats.simultaneous import ALPHA, compare_pairs, has_error

FIRST_LOOK = 3
"""Seeds at the first look: with two, only an enormous difference is found."""
GROWTH = 1.5
"""How many times as many seeds the next look has: few looks leave each more of the level."""


Stop = Literal["decided", "most", "nothing"]
"""The question is answered; the most seeds are trained; fewer than two values can be compared."""


@dataclass(frozen=True)
class Look:
    """What one look found.

    Attributes:
        seeds: Of each value that were planned; some may have failed.
        alpha: The level that the look spent.
        leader: The value with the best mean; empty where nothing could be compared.
        open: The values from which it is not told apart, or with a reference, which are not told
            apart from that.
        out: The values that more seeds would not tell apart: no run finished, or some figure is
            not finite.
        is_last: Whether no more seeds may follow.
    """

    seeds: int
    alpha: float
    leader: str
    open: tuple[str, ...]
    out: tuple[str, ...]
    is_last: bool

    @property
    def is_decided(self) -> bool:
        """Return whether the question is answered."""
        return self.stop == "decided"

    @property
    def stop(self) -> Stop | None:
        """Why no more seeds are trained; None where they are."""
        if not self.leader:
            return "nothing"
        if not self.open:
            return "decided"
        return "most" if self.is_last else None


def plan_looks(most: int) -> tuple[int, ...]:
    """Return after how many seeds to look, up to the most that may be trained.

    Raises:
        ValueError: Fewer than two seeds allow no look.
    """
    if most < 2:
        raise ValueError(f"seeds until decided need max_seeds of 2 or more, got {most}")
    looks = [min(FIRST_LOOK, most)]
    while looks[-1] < most:
        looks.append(min(most, max(looks[-1] + 1, round(looks[-1] * GROWTH))))
    return tuple(looks)


def take_look(
    samples: Mapping[str, Sequence[float]],
    *,
    seeds: int,
    looks: Sequence[int],
    lower_is_better: bool,
    reference: str | None = None,
    resolution: float = 0.0,
) -> Look:
    """Look at the seeds that each value has.

    Args:
        samples: One figure per finished seed by value, of two values or more.
        seeds: Of each value that were planned.
        looks: All that were planned; each spends the same share of the level.
        lower_is_better: Of losses.
        reference: The value that the question is against; without it, the choice decides.
        resolution: See `compare_pairs`.
    """
    alpha = ALPHA / len(looks)
    able = {key: each for key, each in samples.items() if len(each) and np.isfinite(each).all()}
    out = tuple(key for key in samples if key not in able)
    sign = 1 if lower_is_better else -1
    leader = min(able, key=lambda key: sign * float(np.mean(able[key])), default="")
    asked = reference or leader
    if len(able) < 2 or asked not in able:
        return Look(seeds, alpha, "", (), out, seeds >= looks[-1])
    told = _told_apart(able, asked, alpha, resolution)
    unresolved = tuple(key for key in able if key not in told and key != asked)
    return Look(seeds, alpha, leader, unresolved, out, seeds >= looks[-1])


def _told_apart(
    samples: Mapping[str, Sequence[float]], key: str, alpha: float, resolution: float
) -> set[str]:
    """Return the values that are told apart from one; none of which a single seed finished."""
    usable = {name: np.asarray(each, float) for name, each in samples.items() if has_error(each)}
    if len(usable) < 2 or key not in usable:
        return set()
    names = list(usable)
    found = compare_pairs(
        [each.mean() for each in usable.values()],
        [each.var(ddof=1) for each in usable.values()],
        [len(each) for each in usable.values()],
        resolution=resolution,
        alpha=alpha,
    )
    firsts, seconds = np.triu_indices(len(names), 1)
    pairs = zip(firsts, seconds, found.told_apart, strict=True)
    apart = [{names[one], names[other]} for one, other, is_sure in pairs if is_sure]
    return {name for pair in apart if key in pair for name in pair} - {key}
