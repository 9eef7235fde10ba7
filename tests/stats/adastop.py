"""AdaStop beside `scenes.stats.sequential`: error, what is found, and seeds spent, replayed.

AdaStop (Mathieu et al. 2023, arXiv:2306.10882) adds blocks of seeds and compares all pairs by
permutations within blocks, each conditional on no rejection before. Block sizes here allow every
permutation to be gone through, so that nothing but the seeds is random. Version 0.1.3 of its
package takes the boundary from signed differences, for which two equal values are told apart
twice as often as asked for; here they are absolute, as the paper has them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from scenes.stats.sequential import plan_looks
from scenes.stats.simultaneous import ALPHA, ROUNDING, compare_pairs

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, int, int], Array]


@dataclass(frozen=True)
class Replay:
    """What a method found in recorded studies: arrays of one element per study.

    Attributes:
        any_pair: Whether it told any two values apart.
        leads: Whether it told the first value apart from every other.
        seeds: Of each value, when the best was told apart from every other, or at the end.
    """

    any_pair: NDArray[np.bool_]
    leads: NDArray[np.bool_]
    seeds: NDArray[np.int64]


def replay_ours(figures: Array, most: int, looks: Sequence[int] | None = None) -> Replay:
    """Look as reports do, up to so many seeds: figures (studies, values, seeds), low is good.

    Args:
        figures: Recorded.
        most: Seeds of each value, at most.
        looks: When to look; a single one at the end is a study of fixed size.
    """
    looks = looks or plan_looks(most)
    told = []
    for seeds in looks:
        seen = figures[:, :, :seeds]
        counts = np.full(figures.shape[1], seeds)
        found = compare_pairs(
            seen.mean(axis=2), seen.var(axis=2, ddof=1), counts, alpha=ALPHA / len(looks)
        )
        told.append(found.told_apart)
    return _stop(figures, np.array(told), looks)


def _stop(figures: Array, told: NDArray[np.bool_], looks: Sequence[int]) -> Replay:
    """Stop each study where its best value is told apart: told (looks, studies, pairs)."""
    studies, values, _ = figures.shape
    first, second = np.triu_indices(values, 1)
    decided = np.zeros((len(looks), studies), bool)
    leads = np.zeros_like(decided)
    for look, seeds in enumerate(looks):
        best = figures[:, :, :seeds].mean(axis=2).argmin(axis=1)[:, None]
        decided[look] = (told[look] | ((first != best) & (second != best))).all(axis=1)
        leads[look] = decided[look] & (best[:, 0] == 0)
    at = np.where(decided.any(axis=0), decided.argmax(axis=0), len(looks) - 1)
    seen = np.arange(len(looks))[:, None] <= at
    return Replay(
        any_pair=(told.any(axis=2) & seen).any(axis=0),
        leads=leads[at, np.arange(studies)],
        seeds=np.array(looks)[at],
    )


def replay_adastop(figures: Array, block: int, blocks: int, *, is_signed: bool = False) -> Replay:
    """Judge by AdaStop; a pair that is told apart stays so.

    Args:
        figures: Recorded: (studies, values, seeds).
        block: Seeds that are added to each value at a time.
        blocks: How often, at most.
        is_signed: Take the boundary as version 0.1.3 of the package does.
    """
    looks = [block * (index + 1) for index in range(blocks)]
    told = np.stack([_adastop(study, block, blocks, is_signed) for study in figures], axis=1)
    return _stop(figures, told, looks)


def _adastop(study: Array, block: int, blocks: int, is_signed: bool) -> NDArray[np.bool_]:
    """Return which pairs are told apart after each block: (blocks, pairs)."""
    first, second = np.triu_indices(len(study), 1)
    masks = np.array(
        [np.isin(range(2 * block), one) for one in combinations(range(2 * block), block)]
    )
    signs = np.where(masks, 1.0, -1.0) / block
    told = np.zeros((blocks, len(first)), bool)
    permuted = np.zeros((len(first), 1))
    open_pairs = np.ones(len(first), bool)
    spent, total, observed = 0.0, 1, np.zeros(len(first))
    for k in range(blocks):
        part = study[:, k * block : (k + 1) * block]
        both = np.concatenate([part[first], part[second]], axis=1)  # (pairs, 2 * block)
        permuted = (permuted[:, None, :] + (both @ signs.T)[:, :, None]).reshape(len(first), -1)
        total *= len(signs)
        observed += part[first].mean(axis=1) - part[second].mean(axis=1)
        boundary, added = np.inf, 0.0
        tracked = open_pairs
        while open_pairs.any():
            tracked = open_pairs.copy()
            sizes = permuted[tracked] if is_signed else np.abs(permuted[tracked])
            ordered = np.sort(sizes.max(axis=0))
            boundary, added = _boundary(ordered, ALPHA * (k + 1) / blocks - spent, total)
            largest = np.where(tracked, np.abs(observed), -1).argmax()
            if abs(observed[largest]) <= boundary + ROUNDING:
                break
            open_pairs[largest] = False
        told[k:] = ~open_pairs
        if not open_pairs.any():
            break
        spent += added
        permuted = permuted[:, np.abs(permuted[tracked]).max(axis=0) <= boundary + ROUNDING]
    return told


def _boundary(ordered: Array, level: float, total: int) -> tuple[float, float]:
    """Return the smallest value that so few of all permutations exceed, and their share."""
    above = np.arange(len(ordered))[::-1] / total
    fits = np.flatnonzero(above <= level)
    return (float(ordered[fits[0]]), float(above[fits[0]])) if len(fits) else (np.inf, 0.0)


METHODS: Mapping[str, Callable[[Array], Replay]] = {
    "ours, 3 to 10": lambda figures: replay_ours(figures, 10),
    "AdaStop, 5 × 2": lambda figures: replay_adastop(figures, 2, 5),
    "AdaStop, 3 × 3": lambda figures: replay_adastop(figures, 3, 3),
    "10 at once": lambda figures: replay_ours(figures, 10, (10,)),
}
LEADS = (0, 2, 4)
"""Of the first value, in deviations between seeds."""


def sequential_table(sources: Mapping[str, tuple[Draw, float]], studies: int) -> list[str]:
    """Return the table of what four values' seeds show, with the seeds that it took.

    Args:
        sources: By name how seeds are drawn, and their deviation.
        studies: Of each cell.
    """
    lines = ["| seeds from | lead | " + " | ".join(METHODS) + " |"]
    lines.append("|---" * (2 + len(METHODS)) + "|")
    for name, (draw, deviation) in sources.items():
        for lead in LEADS:
            figures = draw(np.random.default_rng([lead, 1]), studies, 4, 10)
            figures[:, 0] -= lead * deviation
            found = [method(figures) for method in METHODS.values()]
            cells = " | ".join(
                f"{100 * np.mean(it.leads if lead else it.any_pair):.1f} / {it.seeds.mean():.1f}"
                for it in found
            )
            lines.append(f"| {name} | {lead} | {cells} |")
    return lines
