"""Error rates and power of the comparison of a study's values, by simulated and real seeds.

Run as a program it writes the tables of `docs/explanation/statistics.md`: `nox -s simulate`, or
`python tests/stats/simulation.py`. Everything is seeded.
"""

import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
from adastop import sequential_table
from crossed import crossed_table
from fold_studies import fold_table
from null_figures import RELU_VAL_ACCURACY, RELU_VAL_LOSS, TANH_VAL_ACCURACY, TANH_VAL_LOSS
from numpy.typing import NDArray
from overfitting_curves import overfitting_table
from scipy import special, stats

from scenes.stats.simultaneous import ALPHA, compare_pairs

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int, int, int], Array]
"""A generator, studies, values and seeds in; figures out: (studies, values, seeds)."""
Method = Callable[[Array], NDArray[np.bool_]]
"""Figures in; whether each pair is told apart out: (studies, pairs)."""

PICTURES = 300
STUDIES = 10_000
REPLAYED = 1_000
"""Studies of each cell of the tables that go through permutations or pictures."""


def ours(figures: Array, resolution: float = 0.0) -> NDArray[np.bool_]:
    """Judge as the reports do."""
    means, variances = figures.mean(axis=2), figures.var(axis=2, ddof=1)
    counts = np.full(figures.shape[1], figures.shape[2])
    return compare_pairs(means, variances, counts, resolution=resolution).told_apart


def holm_paired(figures: Array) -> NDArray[np.bool_]:
    """Judge by paired t-tests with Holm's correction: the reports' method until version 0.1."""
    first, second = np.triu_indices(figures.shape[1], 1)
    differences = figures[:, first] - figures[:, second]
    n = figures.shape[2]
    errors = np.maximum(differences.std(axis=2, ddof=1), 1e-300) / np.sqrt(n)
    return _holm(2 * special.stdtr(n - 1, -np.abs(differences.mean(axis=2)) / errors))


def holm_welch(figures: Array) -> NDArray[np.bool_]:
    """Judge by Welch's tests with Holm's correction."""
    return _holm(_satterthwaite(figures, prior=0.0))


def holm_shrunk(figures: Array) -> NDArray[np.bool_]:
    """Judge with variances drawn towards their mean, prior of half the own degrees of freedom."""
    return _holm(_satterthwaite(figures, prior=0.5))


def tukey(figures: Array) -> NDArray[np.bool_]:
    """Judge by Tukey's range test with one variance for the whole study."""
    _, values, n = figures.shape
    first, second = np.triu_indices(values, 1)
    means = figures.mean(axis=2)
    error = np.sqrt(figures.var(axis=2, ddof=1).mean(axis=1) / n)[:, None]
    return np.asarray(
        np.abs(means[:, first] - means[:, second]) > tukey_quantile(values, n) * error
    )


@cache  # the same for all studies of a size, and slow
def tukey_quantile(values: int, seeds: int) -> float:
    """Return how far the range of means may reach, in their standard errors."""
    return float(stats.studentized_range.isf(ALPHA, values, values * (seeds - 1)))


def autorank_like(figures: Array) -> NDArray[np.bool_]:
    """Judge as autorank does normal, homoscedastic figures: repeated-measures ANOVA, then Tukey.

    Herbold 2020, J. Open Source Softw. 5:2173: seeds are its data sets; pairs count only where the
    analysis of variance rejects. Two values are compared by a paired t-test.
    """
    if figures.shape[1] == 2:
        return holm_paired(figures)
    _, values, n = figures.shape
    centred = figures - figures.mean(axis=(1, 2), keepdims=True)
    by_value, by_seed = centred.mean(axis=2, keepdims=True), centred.mean(axis=1, keepdims=True)
    rest = ((centred - by_value - by_seed) ** 2).sum(axis=(1, 2)) / ((values - 1) * (n - 1))
    ratio = n * (by_value**2).sum(axis=(1, 2)) / (values - 1) / rest
    p = special.fdtrc(values - 1, (values - 1) * (n - 1), ratio)
    return np.asarray(tukey(figures) & (p < ALPHA)[:, None])


def _satterthwaite(figures: Array, *, prior: float) -> Array:
    n = figures.shape[2]
    first, second = np.triu_indices(figures.shape[1], 1)
    own = figures.var(axis=2, ddof=1)
    variances = (prior * own.mean(axis=1, keepdims=True) + own) / (prior + 1)
    means = figures.mean(axis=2)
    one, other = variances[:, first], variances[:, second]
    total = np.maximum(one + other, 1e-300)
    degrees = total**2 / np.maximum(one**2 + other**2, 1e-300) * (prior + 1) * (n - 1)
    t = np.abs(means[:, first] - means[:, second]) / np.sqrt(total / n)
    return np.asarray(2 * special.stdtr(degrees, -t))


def _holm(p: Array) -> NDArray[np.bool_]:
    pairs = p.shape[1]
    order = np.argsort(p, axis=1)
    steps = np.maximum.accumulate(
        np.take_along_axis(p, order, 1) * (pairs - np.arange(pairs)), axis=1
    )
    return np.asarray(np.take_along_axis(steps, np.argsort(order, axis=1), 1) <= ALPHA)


METHODS: Mapping[str, Method] = {
    "ours": ours,
    "Holm, paired t (before)": holm_paired,
    "Holm, Welch": holm_welch,
    "Holm, shrunk by half": holm_shrunk,
    "Tukey, pooled": tukey,
    "autorank-like": autorank_like,
}


def from_pool(*pools: tuple[float, ...], scale: float = 1.0) -> Draw:
    """Draw each value's seeds from real networks, centred, without drawing one twice in a study.

    Args:
        pools: One for each value, the last repeated; values of one pool share it.
        scale: Divides the figures.
    """

    def draw(random: np.random.Generator, studies: int, values: int, seeds: int) -> Array:
        of_value = [pools[min(index, len(pools) - 1)] for index in range(values)]
        figures = np.empty((studies, values, seeds))
        for pool in dict.fromkeys(of_value):
            places = [index for index, each in enumerate(of_value) if each is pool]
            centred = np.array(pool, float) / scale - np.mean(pool) / scale
            wanted = len(places) * seeds
            if wanted <= len(pool):
                taken = np.argsort(random.random((studies, len(pool))), axis=1)[:, :wanted]
            else:
                taken = random.integers(0, len(pool), (studies, wanted))
            figures[:, places] = centred[taken].reshape(studies, len(places), seeds)
        return figures

    return draw


def het(*deviations: float) -> Draw:
    """Draw normal seeds of which each value has its own deviation, in turn."""

    def draw(random: np.random.Generator, studies: int, values: int, seeds: int) -> Array:
        scales = np.resize(np.array(deviations), values)
        return random.standard_normal((studies, values, seeds)) * scales[:, None]

    return draw


def correlated(random: np.random.Generator, studies: int, values: int, seeds: int) -> Array:
    """Draw seeds of which each correlates by 0.5 between values: the same seed, the same luck."""
    own = random.standard_normal((studies, values, seeds))
    shared = random.standard_normal((studies, 1, seeds))
    return np.asarray((own + shared) / np.sqrt(2))


ALIKE: Mapping[str, Draw] = {
    "normal": lambda r, *size: r.standard_normal(size),
    "t, 3 degrees": lambda r, *size: r.standard_t(3, size),
    "exponential": lambda r, *size: r.exponential(size=size),
    "ReLU, loss": from_pool(RELU_VAL_LOSS),
    "ReLU, accuracy": from_pool(RELU_VAL_ACCURACY, scale=PICTURES),
    "tanh, loss": from_pool(TANH_VAL_LOSS),
    "tanh, accuracy": from_pool(TANH_VAL_ACCURACY, scale=PICTURES),
    "log-normal": lambda r, *size: np.exp(r.standard_normal(size)),
    "same luck of a seed": correlated,
}
"""Values that do not differ, and whose seeds are equally spread."""

MIXED: Mapping[str, Draw] = {
    "1 ReLU, rest tanh, loss": from_pool(RELU_VAL_LOSS, TANH_VAL_LOSS),
    "2 ReLU, rest tanh, loss": from_pool(RELU_VAL_LOSS, RELU_VAL_LOSS, TANH_VAL_LOSS),
    "3 ReLU, rest tanh, loss": from_pool(*[RELU_VAL_LOSS] * 3, TANH_VAL_LOSS),
    "1 ReLU, rest tanh, accuracy": from_pool(RELU_VAL_ACCURACY, TANH_VAL_ACCURACY, scale=PICTURES),
    "normal, 1 and 4 in turn": het(1, 4),
    "normal, one of 4": het(4, 1, 1, 1, 1, 1),
}
"""Values that do not differ, and whose seeds are spread one to four."""

HARD: Mapping[str, Draw] = {
    "uniform": lambda r, *size: r.uniform(size=size),
    "two clusters, 30 %": lambda r, *size: (
        3.0 * (r.uniform(size=size) < 0.3) + 0.1 * r.standard_normal(size)
    ),
    "accuracy on 24 pictures": lambda r, *size: r.binomial(24, 0.6, size) / 24,
    "exponential, 1 and 4": lambda r, *size: (
        (r.exponential(size=size) - 1) * np.resize([1.0, 4.0], size[1])[:, None]
    ),
}
"""Nulls on which no known method holds throughout, and those of few pictures."""

DEVIATIONS = {"normal": 1.0, "ReLU, loss": 0.132, "ReLU, accuracy": 0.040, "tanh, loss": 0.030}
"""Between seeds, for leads in multiples of it."""

REPLAYED_FROM = {
    "normal": (ALIKE["normal"], 1.0),
    "ReLU, loss": (ALIKE["ReLU, loss"], DEVIATIONS["ReLU, loss"]),
    "tanh, loss": (ALIKE["tanh, loss"], DEVIATIONS["tanh, loss"]),
    "1 ReLU, rest tanh, loss": (MIXED["1 ReLU, rest tanh, loss"], DEVIATIONS["ReLU, loss"]),
}
"""Seeds to be replayed, with their deviation."""


def family_error(
    method: Method, draw: Draw, values: int, seeds: int, *, studies: int = STUDIES
) -> float:
    """Return how often a study of values that do not differ shows any difference."""
    random = np.random.default_rng([values, seeds])
    return float(method(draw(random, studies, values, seeds)).any(axis=1).mean())


def power(
    method: Method, draw: Draw, values: int, seeds: int, *, lead: float, studies: int = STUDIES
) -> float:
    """Return how often a value that leads by so much is told apart from any other."""
    random = np.random.default_rng([values, seeds])
    figures = draw(random, studies, values, seeds)
    figures[:, 0] += lead
    with_first = np.triu_indices(values, 1)[0] == 0
    return float(method(figures)[:, with_first].any(axis=1).mean())


def upper_bound(rate: float, studies: int) -> float:
    """Return the upper 95 % bound of a rate (Clopper and Pearson 1934, one-sided)."""
    found = round(rate * studies)
    return float(special.betaincinv(found + 1, studies - found, 0.95)) if found < studies else 1.0


def error_table(draws: Mapping[str, Draw], sizes: list[tuple[int, int]], studies: int) -> list[str]:
    """Return the table of family-wise errors in per cent: a line per null and size."""
    lines = ["| null | values | seeds | " + " | ".join(METHODS) + " |"]
    lines.append("|---" * (3 + len(METHODS)) + "|")
    for name, draw in draws.items():
        for values, seeds in sizes:
            rates = (
                family_error(method, draw, values, seeds, studies=studies)
                for method in METHODS.values()
            )
            cells = " | ".join(f"{100 * rate:.1f}" for rate in rates)
            lines.append(f"| {name} | {values} | {seeds} | {cells} |")
    return lines


def power_table(sizes: list[tuple[int, int]], studies: int) -> list[str]:
    """Return the table of power in per cent at a lead of two deviations."""
    lines = ["| seeds from | values | seeds | " + " | ".join(METHODS) + " |"]
    lines.append("|---" * (3 + len(METHODS)) + "|")
    for name, deviation in DEVIATIONS.items():
        for values, seeds in sizes:
            rates = (
                power(method, ALIKE[name], values, seeds, lead=2 * deviation, studies=studies)
                for method in METHODS.values()
            )
            cells = " | ".join(f"{100 * rate:.0f}" for rate in rates)
            lines.append(f"| {name} | {values} | {seeds} | {cells} |")
    return lines


REAL: Mapping[str, tuple[Draw, int, float]] = {
    "4 ReLU, loss": (ALIKE["ReLU, loss"], 3, 0.132),
    "4 ReLU, accuracy": (ALIKE["ReLU, accuracy"], 3, 0.040),
    "4 ReLU, loss, 5 seeds": (ALIKE["ReLU, loss"], 5, 0.132),
    "2 ReLU, 2 tanh, loss": (MIXED["2 ReLU, rest tanh, loss"], 3, 0.132),
    "1 ReLU, 3 tanh, loss": (MIXED["1 ReLU, rest tanh, loss"], 3, 0.132),
    "1 ReLU, 3 tanh, loss, 5 seeds": (MIXED["1 ReLU, rest tanh, loss"], 5, 0.132),
    "1 ReLU, 3 tanh, accuracy": (MIXED["1 ReLU, rest tanh, accuracy"], 3, 0.040),
}
"""Studies of four values from real networks: how seeds are drawn, how many, their deviation."""


def real_table(studies: int) -> list[str]:
    """Return error and power in per cent on real networks, with a lead of two deviations."""
    lines = ["| values drawn from | " + " | ".join(METHODS) + " |"]
    lines.append("|---" * (1 + len(METHODS)) + "|")
    for name, (draw, seeds, deviation) in REAL.items():
        cells = (
            f"{100 * family_error(method, draw, 4, seeds, studies=studies):.1f} / "
            f"{100 * power(method, draw, 4, seeds, lead=2 * deviation, studies=studies):.0f}"
            for method in METHODS.values()
        )
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


SIZES = [(values, seeds) for values in range(2, 7) for seeds in (3, 5, 10)]


def write_tables(page: Path, *, studies: int = STUDIES) -> None:
    """Write the tables into a page, each between its two marks."""
    text = page.read_text(encoding="utf-8")
    tables = {
        "alike": error_table(ALIKE, SIZES, studies),
        "mixed": error_table(MIXED, [size for size in SIZES if size[0] > 2], studies),
        "hard": error_table(HARD, SIZES, studies),
        "power": power_table(SIZES, studies),
        "real": real_table(studies),
        "overfitting": overfitting_table(studies),
        "sequential": sequential_table(REPLAYED_FROM, REPLAYED),
        "crossed": crossed_table(REPLAYED),
        "folds": fold_table(REPLAYED),
    }
    for name, lines in tables.items():
        start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = text.partition(start)
        _, found, after = rest.partition(end)
        if not found:
            raise SystemExit(f"{page} has no place for the table {name!r}")
        text = before + start + "\n".join(lines) + "\n" + end + after
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_tables(Path(sys.argv[1]))
