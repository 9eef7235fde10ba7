"""Seeds and pictures as crossed sources of error: what a comparison gains and loses by both.

Networks are made up: whether one is right about a picture depends on the picture, on the network's
seed and on how well its value suits that picture. Values are equally good over all pictures, so
that what is told apart is wrong there, though true of the split.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from scenes.stats.simultaneous import compare_pairs, pair_level

Array = NDArray[np.float64]
Right = NDArray[np.bool_]
PICTURES = 300
LEAD = 0.4
"""In log odds: about two deviations between seeds."""


@dataclass(frozen=True)
class Networks:
    """How much makes a network right about a picture: deviations of log odds.

    Attributes:
        suits: Of how well a value suits a picture.
        seed: Of how good a network of the value is.
        lead: Of the first value, over all pictures.
    """

    suits: float
    seed: float = 0.15
    lead: float = 0.0

    def draw(self, random: np.random.Generator, studies: int, values: int, seeds: int) -> Right:
        """Return who is right where: (studies, values, seeds, pictures)."""
        size = (studies, values, seeds, PICTURES)
        odds = 2.0 * random.standard_normal((studies, 1, 1, PICTURES))
        odds = odds + self.suits * random.standard_normal((studies, values, 1, PICTURES))
        odds = odds + self.seed * random.standard_normal((studies, values, seeds, 1))
        odds[:, 0] += self.lead
        return np.asarray(random.random(size) < special.expit(odds))


def by_seeds(right: Right) -> NDArray[np.bool_]:
    """Judge as reports do, by seeds alone."""
    return _compare(right, np.zeros(right.shape[:2]))


def floored(right: Right) -> NDArray[np.bool_]:
    """Judge by seeds, with no variance below what so few pictures bring to it."""
    return _compare(right, finite_part(right))


def crossed(right: Right) -> NDArray[np.bool_]:
    """Judge by seeds and pictures, as if both were drawn anew."""
    _, values, seeds, pictures = right.shape
    accuracies = right.mean(axis=3)
    first, second = np.triu_indices(values, 1)
    found = compare_pairs(
        accuracies.mean(axis=2),
        accuracies.var(axis=2, ddof=1),
        np.full(values, seeds),
        resolution=1 / pictures,
    )
    each = right.mean(axis=2)  # (studies, values, pictures)
    of_pictures = (each[:, first] - each[:, second]).var(axis=2, ddof=1) / pictures
    residual = finite_part(right) / seeds  # is in the variance between seeds already
    of_pictures = np.maximum(of_pictures - residual[:, first] - residual[:, second], 0)
    whole = found.errors**2 + of_pictures
    degrees = whole**2 / (found.errors**4 / found.degrees + of_pictures**2 / (pictures - 1))
    reach = special.stdtrit(degrees, 1 - pair_level(len(first)) / 2) * np.sqrt(whole)
    return np.asarray(np.abs(found.differences) > reach)


def finite_part(right: Right) -> Array:
    """Return of each value's variance between seeds what the number of pictures brings."""
    of_picture = right.var(axis=2, ddof=1).mean(axis=2)
    of_seeds = right.mean(axis=3).var(axis=2, ddof=1)
    return np.maximum((of_picture - of_seeds) / (right.shape[3] - 1), 0)


def _compare(right: Right, floor: Array) -> NDArray[np.bool_]:
    accuracies = right.mean(axis=3)
    return compare_pairs(
        accuracies.mean(axis=2),
        np.maximum(accuracies.var(axis=2, ddof=1), floor),
        np.full(right.shape[1], right.shape[2]),
        resolution=1 / right.shape[3],
    ).told_apart


METHODS: Mapping[str, Callable[[Right], NDArray[np.bool_]]] = {
    "seeds (ours)": by_seeds,
    "with a floor": floored,
    "seeds and pictures": crossed,
}


def share_of_studies(
    method: Callable[[Right], NDArray[np.bool_]],
    networks: Networks,
    values: int,
    seeds: int,
    *,
    studies: int,
) -> float:
    """Return how often a method tells the first value apart from any other, or any pair."""
    random = np.random.default_rng([values, seeds])
    pairs = np.triu_indices(values, 1)[0] == 0 if networks.lead else slice(None)
    chunk = min(250, studies)  # what fits into memory
    found = [
        method(networks.draw(random, chunk, values, seeds))[:, pairs].any(axis=1)
        for _ in range(studies // chunk)
    ]
    return float(np.mean(found))


def crossed_table(studies: int) -> list[str]:
    """Return the table of errors over all pictures and of power, in per cent."""
    columns = (f"{name}: {what}" for name in METHODS for what in ("error", "power"))
    lines = ["| values suit pictures | values | seeds | " + " | ".join(columns) + " |"]
    lines.append("|---" * (3 + 2 * len(METHODS)) + "|")
    for suits, name in ((0.0, "alike"), (0.5, "somewhat"), (1.0, "each its own")):
        for values, seeds in ((2, 3), (4, 3), (4, 10)):
            cells = [
                share_of_studies(method, networks, values, seeds, studies=studies)
                for method in METHODS.values()
                for networks in (Networks(suits), Networks(suits, lead=LEAD))
            ]
            figures = " | ".join(f"{100 * cell:.1f}" for cell in cells)
            lines.append(f"| {name} | {values} | {seeds} | {figures} |")
    return lines
