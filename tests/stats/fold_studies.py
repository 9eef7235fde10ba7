"""Cross-validation of made-up classifiers: error rates and power of comparisons over folds.

Every value is a ridge classifier on features of its own. The features of all values carry as much
of the class, so that values are alike over data sets; on a single data set one of them is luckier,
and in all folds so, since these share most of their pictures.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import special

from scenes.stats.folds import fold_errors
from scenes.stats.simultaneous import pair_level

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Learner:
    """What each value learns from.

    Attributes:
        features: Of its own.
        signal: Of each feature, in deviations.
    """

    features: int
    signal: float


LEARNERS = {"eight features": Learner(8, 0.35), "thirty weak ones": Learner(30, 0.2)}
"""The weaker, the more of the accuracy is luck that folds share."""
CHUNK = 200
"""Studies that fit into memory together."""


def accuracies(
    random: np.random.Generator,
    learner: Learner,
    size: tuple[int, int, int],
    *,
    studies: int,
    lead: float,
) -> Array:
    """Return the accuracy of each value on each fold: (studies, values, folds).

    Args:
        random: Of the pictures.
        learner: Of all values.
        size: Values, folds, and pictures of a data set, a multiple of the folds.
        studies: How many data sets.
        lead: Share by which the signal of the first value's features is stronger.
    """
    values, folds, pictures = size
    truth = np.where(random.random((studies, 1, pictures)) < 0.5, -1.0, 1.0)
    signal = np.full(values, learner.signal)
    signal[0] *= 1 + lead
    seen = random.standard_normal((studies, values, pictures, learner.features))
    seen += truth[..., None] * signal[:, None, None]
    labels = np.broadcast_to(truth, (studies, values, pictures))
    right = np.empty((studies, values, folds))
    for fold in range(folds):
        out = np.arange(pictures) * folds // pictures == fold
        train, known = seen[:, :, ~out], labels[:, :, ~out]
        square = np.einsum("svpf,svpg->svfg", train, train) + np.eye(learner.features)
        moment = np.einsum("svpf,svp->svf", train, known)
        weights = np.linalg.solve(square, moment[..., None])[..., 0]
        named = np.einsum("svpf,svf->svp", seen[:, :, out], weights)
        right[:, :, fold] = (np.sign(named) == labels[:, :, out]).mean(axis=2)
    return right


def corrected(figures: Array, resolution: float) -> NDArray[np.bool_]:
    """Judge as reports with folds do."""
    apart = _apart(figures)
    return _beyond(apart, fold_errors(apart, resolution))


def paired(figures: Array, resolution: float) -> NDArray[np.bool_]:
    """Judge by paired t-tests that take folds for independent."""
    apart = _apart(figures)
    spread = np.maximum(apart.std(axis=2, ddof=1), resolution / np.sqrt(6))
    return _beyond(apart, spread / np.sqrt(apart.shape[2]))


def _apart(figures: Array) -> Array:
    first, second = np.triu_indices(figures.shape[1], 1)
    return np.asarray(figures[:, first] - figures[:, second])


def _beyond(apart: Array, errors: Array) -> NDArray[np.bool_]:
    reach = special.stdtrit(apart.shape[2] - 1, 1 - pair_level(apart.shape[1]) / 2) * errors
    return np.asarray(np.abs(apart.mean(axis=2)) > reach)


METHODS: Mapping[str, Callable[[Array, float], NDArray[np.bool_]]] = {
    "corrected (ours)": corrected,
    "paired t": paired,
}


def share_found(
    method: Callable[[Array, float], NDArray[np.bool_]],
    learner: Learner,
    size: tuple[int, int, int],
    *,
    studies: int,
    lead: float = 0.0,
) -> float:
    """Return how often any pair is told apart, or with a lead, the first value from any other.

    Args:
        method: Figures and resolution in, verdicts out.
        learner: Of all values.
        size: Values, folds, pictures.
        studies: How many.
        lead: See `accuracies`.
    """
    values, folds, pictures = size
    random = np.random.default_rng(size)
    chunk = min(CHUNK, studies)
    with_first = np.triu_indices(values, 1)[0] == 0
    found = []
    for _ in range(studies // chunk):
        figures = accuracies(random, learner, size, studies=chunk, lead=lead)
        told = method(figures, folds / pictures)
        found.append((told[:, with_first] if lead else told).any(axis=1))
    return float(np.mean(found))


SIZES = [
    (values, folds, pictures) for values in (2, 4) for folds in (5, 10) for pictures in (100, 400)
]
LEAD = 0.5
"""Share by which the first value's signal is stronger, for power."""


def fold_table(studies: int, sizes: Sequence[tuple[int, int, int]] = SIZES) -> list[str]:
    """Return the table of errors and power, in per cent."""
    columns = " | ".join(f"{name}: error | power" for name in METHODS)
    lines = [f"| each learns from | values | folds | pictures | {columns} |"]
    lines.append("|---" * (4 + 2 * len(METHODS)) + "|")
    for (name, learner), size in product(LEARNERS.items(), sizes):
        shares = [
            share_found(method, learner, size, studies=studies, lead=lead)
            for method in METHODS.values()
            for lead in (0.0, LEAD)
        ]
        cells = [name, *map(str, size), *(f"{100 * share:.1f}" for share in shares)]
        lines.append("| " + " | ".join(cells) + " |")
    return lines
