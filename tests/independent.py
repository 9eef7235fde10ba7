"""What results say, worked out anew: record files in, figures and verdicts out.

Nothing of `scenes` is imported: definitions are those of `docs/explanation/statistics.md`, written
a second time in plain NumPy, value by value, so that a mistake in the one is none in the other.
"""

import csv
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

CURVES = ("loss", "accuracy", "val_loss", "val_accuracy")
SHORT = {"train_loss": "loss", "train_accuracy": "accuracy"}


@dataclass(frozen=True)
class RunFiles:
    """A run as its files have it.

    Attributes:
        id: Of the run.
        curves: By Keras' names.
        kept: Index of the epoch that was kept.
        truth: Class of each validation picture.
        counts: Parameters, of which trained, of which frozen.
        seconds: Time of the training.
        failed: Why it failed; None where it did not.
        classes: How many it tells apart.
    """

    id: str
    curves: Mapping[str, Sequence[float]] = field(default_factory=dict)
    kept: int = 0
    truth: Sequence[int] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    failed: str | None = None
    classes: int = 2

    def last(self, name: str) -> float:
        """Return a figure of the epoch that was kept."""
        return self.curves[name][self.kept]

    @property
    def best(self) -> int:
        """The epoch with the lowest validation loss, the first of ties."""
        curve = self.curves["val_loss"]
        return min(range(len(curve)), key=lambda epoch: curve[epoch])


def read_run(folder: Path) -> RunFiles:
    """Read a run's folder: a record, or a failure."""
    if (folder / "failure.json").is_file():
        reason = json.loads((folder / "failure.json").read_text())["reason"]
        return RunFiles(folder.name, failed=reason)
    with (folder / "history.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    with (folder / "pictures.csv").open(newline="") as file:
        truth = [int(row["truth"]) for row in csv.DictReader(file)]
    summary = json.loads((folder / "summary.json").read_text())
    return RunFiles(
        id=folder.name,
        curves={name: [float(row[name]) for row in rows] for name in CURVES},
        kept=json.loads((folder / "outcome.json").read_text())["kept_epoch"] - 1,
        truth=truth,
        counts={name: summary[name] for name in ("parameters", "trainable", "frozen")},
        seconds=float(json.loads((folder / "environment.json").read_text())["seconds"]),
        classes=len(json.loads((folder / "classes.json").read_text())),
    )


MEASURED = {
    "parameters": lambda run: run.counts["parameters"],
    "trainable": lambda run: run.counts["trainable"],
    "frozen": lambda run: run.counts["frozen"],
    "train_accuracy": lambda run: run.last("accuracy"),
    "train_loss": lambda run: run.last("loss"),
    "val_accuracy": lambda run: run.last("val_accuracy"),
    "val_loss": lambda run: run.last("val_loss"),
    "best_epoch": lambda run: run.best + 1,
    "best_train_accuracy": lambda run: run.curves["accuracy"][run.best],
    "best_train_loss": lambda run: run.curves["loss"][run.best],
    "best_val_accuracy": lambda run: run.curves["val_accuracy"][run.best],
    "best_val_loss": lambda run: run.curves["val_loss"][run.best],
    "gap": lambda run: run.last("accuracy") - run.last("val_accuracy"),
    "seconds": lambda run: run.seconds,
}
"""What a printed number may measure of a run."""


@dataclass(frozen=True)
class Value:
    """A value of a study with its runs.

    Attributes:
        key: Its key.
        label: How the report calls it.
        settings: Of its runs.
        runs: One per seed.
    """

    key: str
    label: str
    settings: Mapping[str, Any]
    runs: tuple[RunFiles, ...]

    @property
    def done(self) -> tuple[RunFiles, ...]:
        """The runs that finished."""
        return tuple(run for run in self.runs if run.failed is None)

    def figures(self, measure: str) -> list[float]:
        """Return a measure of each finished run."""
        return [float(MEASURED[measure](run)) for run in self.done]

    def mean(self, measure: str) -> float:
        """Return the mean of a measure over finished runs."""
        return sum(self.figures(measure)) / len(self.done)


@dataclass(frozen=True)
class StudyFiles:
    """A study with its values in order; `waiting` names those that could not be planned."""

    name: str
    number: str
    factor: str
    values: tuple[Value, ...]
    waiting: tuple[str, ...]
    rule: Mapping[str, Any] | None
    margin: float
    expected: str | None = None
    """The claim of its expectation, as a verdict writes it."""
    known: dict[str, Any] = field(default_factory=dict)
    """Intervals that were worked out before."""

    @property
    def done(self) -> tuple[Value, ...]:
        """The values with results."""
        return tuple(value for value in self.values if value.done)

    def value(self, key: str) -> Value:
        """Return the value with this key."""
        return next(value for value in self.values if value.key == key)

    def by_rule(self) -> str | None:
        """Return the value that the study's rule takes; None before it can."""
        if self.rule is None or self.waiting or not self.done:
            return None
        by, epoch = self.rule["by"], self.rule["epoch"]
        sign = 1 if by.endswith("loss") else -1

        def score(value: Value) -> float:
            ends = [
                run.last(by) if epoch == "last" else min(sign * it for it in run.curves[by]) * sign
                for run in value.done
            ]
            return sign * sum(ends) / len(ends)

        return min(self.done, key=score).key

    def chosen(self) -> str | None:
        """Return the value that later studies use."""
        return None if self.rule is None else self.rule["value"] or self.by_rule()


def read_studies(root: Path) -> list[StudyFiles]:
    """Read a plan and its runs from a folder."""
    plan = json.loads((root / "plan.json").read_text())
    return [
        StudyFiles(
            **{
                name: it[name]
                for name in ("name", "number", "factor", "rule", "margin", "expected")
            },
            waiting=tuple(it["waiting"]),
            values=tuple(
                Value(
                    each["key"],
                    each["label"],
                    each["settings"],
                    tuple(read_run(root / folder) for folder in each["runs"]),
                )
                for each in it["values"]
            ),
        )
        for it in plan["studies"]
    ]


# ---- comparisons between values


def _variance(figures: Sequence[float]) -> float:
    middle = sum(figures) / len(figures)
    if max(figures) - min(figures) <= 1e-12 * max(1.0, max(abs(it) for it in figures)):
        return 0.0
    return sum((it - middle) ** 2 for it in figures) / (len(figures) - 1)


def intervals(study: StudyFiles, metric: str) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Return difference, low and high of every pair of values, both ways, that hold together.

    Pairs of which no error is known have an infinite interval.
    """
    if metric not in study.known:
        study.known[metric] = _intervals(study, metric)
    return dict(study.known[metric])


def _intervals(study: StudyFiles, metric: str) -> dict[tuple[str, str], tuple[float, float, float]]:
    name = metric if metric in MEASURED else {v: k for k, v in SHORT.items()}[metric]
    samples = {value.key: value.figures(name) for value in study.done}
    known = {key: it for key, it in samples.items() if len(it) > 1 and all(map(math.isfinite, it))}
    pictures = min((len(value.done[0].truth) for value in study.done), default=0)
    floor = (1 / pictures) ** 2 / 12 if name == "val_accuracy" and pictures else 0.0
    freedoms = {key: len(it) - 1 for key, it in known.items()}
    raw = {key: max(_variance(it), floor) for key, it in known.items()}
    variances, worth = _borrow(raw, freedoms)
    pairs = len(known) * (len(known) - 1) // 2
    level = 1 - (1 - 0.05) ** (1 / max(1, pairs))
    found = {}
    for one, other in combinations(samples, 2):
        difference = float(np.mean(samples[one]) - np.mean(samples[other]))
        reach = math.inf
        if one in known and other in known:
            parts = [variances[key] / len(known[key]) for key in (one, other)]
            if sum(parts) > 0:
                tails = sum(
                    part**2 / worth[key] for part, key in zip(parts, (one, other), strict=True)
                )
                freedom = sum(parts) ** 2 / tails
                reach = float(stats.t.ppf(1 - level / 2, freedom)) * math.sqrt(sum(parts))
        found[one, other] = difference, difference - reach, difference + reach
        found[other, one] = -difference, -difference - reach, -difference + reach
    return found


def _borrow(
    raw: Mapping[str, float], freedoms: Mapping[str, int]
) -> tuple[dict[str, float], dict[str, float]]:
    """Draw each variance up towards the study's mean one, which is worth its own freedom."""
    if len(raw) < 3:
        return dict(raw), {key: float(it) for key, it in freedoms.items()}
    whole = sum(freedoms.values())
    pooled = sum(raw[key] * freedoms[key] / whole for key in raw)
    tail = sum(raw[key] ** 2 / freedoms[key] for key in raw)
    freedom = sum(raw.values()) ** 2 / tail if tail > 0 else 0.0
    variances, worth = {}, {}
    for key, own in freedoms.items():
        others = (1 - 2 / len(raw)) * max(freedom / own - 1, 0.0)
        weight = 8.0 * others
        drawn = (weight * pooled + own * raw[key]) / (weight + own)
        variances[key], worth[key] = max(raw[key], drawn), own * (1 + others)
    return variances, worth


def compare(study: StudyFiles, key: str, others: Sequence[str], metric: str) -> str:
    """Return whether a value beats each of the others: the status of that claim."""
    every = [study.value(it) for it in (key, *others)]
    if not others or not all(value.done for value in every):
        return "inconclusive"
    found = intervals(study, metric)
    sign = -1 if metric.endswith("loss") else 1
    ahead, behind, level = [], [], []
    for other in others:
        difference, low, high = found[key, other]
        sure = low > 0 or high < 0
        (ahead if sure and sign * difference > 0 else behind if sure else level).append(other)
    if behind:
        return "contradicted"
    if not level:
        return "supported"
    is_share = SHORT.get(metric, metric) in ("accuracy", "val_accuracy")
    within = [found[key, it][1] >= -study.margin and found[key, it][2] <= study.margin
              for it in level]  # fmt: skip
    return "equal" if is_share and all(within) else "inconclusive"


def ordered(study: StudyFiles, metric: str, direction: str, keys: Sequence[str] = ()) -> str:
    """Return whether a metric goes one way from value to value."""
    keys = list(keys) or [value.key for value in study.values]
    if study.waiting or not all(study.value(key).done for key in keys):
        return "inconclusive"
    found = intervals(study, metric)
    sign = 1 if direction == "rises" else -1
    against = [pair for pair in combinations(keys, 2) if sign * found[pair[::-1]][0] < 0
               and not found[pair[::-1]][1] <= 0 <= found[pair[::-1]][2]]  # fmt: skip
    if against:
        return "contradicted"
    steps = [found[after, before] for before, after in pairwise(keys)]
    return "supported" if all(low > 0 or high < 0 for _, low, high in steps) else "inconclusive"


def no_difference(study: StudyFiles, keys: Sequence[str], metric: str) -> str:
    """Return whether no pair is told apart."""
    keys = list(keys) or [value.key for value in study.values]
    if study.waiting or not all(study.value(key).done for key in keys):
        return "inconclusive"
    found = [intervals(study, metric)[pair] for pair in combinations(keys, 2)]
    if any(low > 0 or high < 0 for _, low, high in found):
        return "contradicted"
    return "supported" if all(math.isfinite(high) for _, _, high in found) else "inconclusive"


# ---- curves of one value


def share_margin(share: float, n: int) -> float:
    """Return half the 95 % interval of a share; Wilson's further end near 0 and 1."""
    z = float(stats.norm.ppf(0.975))
    if n * min(share, 1 - share) >= 5:
        return z * math.sqrt(share * (1 - share) / n)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(share - max(0.0, middle - reach), min(1.0, middle + reach) - share)


def _margin(run: RunFiles) -> float:
    return share_margin(run.last("val_accuracy"), len(run.truth))


def leaves_chance(value: Value) -> str:
    """Return whether a value predicts better than always naming the most frequent class."""
    if not value.done:
        return "inconclusive"
    truth = list(value.done[0].truth)
    chance = max(truth.count(label) for label in set(truth)) / len(truth)
    if all(run.last("val_accuracy") - _margin(run) > chance for run in value.done):
        return "supported"
    return "contradicted" if value.mean("val_accuracy") <= chance + 1e-12 else "inconclusive"


def diverged(value: Value) -> str:
    """Return whether training went astray in any run."""
    if not value.runs:
        return "inconclusive"
    broken = any("diverged" in (run.failed or "") for run in value.runs)
    rises = [run.curves["loss"][-1] > 1.05 * run.curves["loss"][0] for run in value.done]
    guess = [math.log(max(2, run.classes)) for run in value.done]
    blown = [
        max(run.curves["loss"]) > 10 * limit < 10 * run.curves["loss"][-1]
        for run, limit in zip(value.done, guess, strict=True)
    ]
    if broken or any(rises) or any(blown):
        return "supported"
    return "contradicted" if len(value.done) == len(value.runs) else "inconclusive"


def has_gap(value: Value) -> str:
    """Return whether training accuracy ends far above that of validation."""
    if not value.done:
        return "inconclusive"
    gaps, margin = value.figures("gap"), max(map(_margin, value.done))
    if min(gaps) - margin > 0.05:
        return "supported"
    return "contradicted" if max(gaps) + margin < 0.05 else "inconclusive"


def overfits(value: Value) -> str:
    """Return whether validation loss has risen for good while training loss went on falling."""
    if not value.done or diverged(value) == "supported":
        return "inconclusive"
    found = [_rise(run) for run in value.done]
    if None in found:
        return "inconclusive"
    known = [it for it in found if it is not None]
    if all(it[0] for it in known):
        return "supported"
    return "contradicted" if all(it[1] for it in known) else "inconclusive"


def _rise(run: RunFiles) -> tuple[bool, bool] | None:
    """Return whether a run's rise is sure, and whether it is excluded; None for short runs."""
    curve = np.array(run.curves["val_loss"][: run.kept + 1])
    loss = np.array(run.curves["loss"][: run.kept + 1])
    window = min(5, len(curve) // 4)
    if window < 2:
        return None
    smooth = [float(curve[i : i + window].mean()) for i in range(len(curve) - window + 1)]
    trained = [float(loss[i : i + window].mean()) for i in range(len(loss) - window + 1)]
    at = smooth.index(min(smooth))
    lowest = max(smooth[at], 1e-9)
    degree = min(5, len(curve) // 4)
    epochs = np.arange(len(curve))
    fitted = np.polynomial.Polynomial.fit(epochs, curve, degree)(epochs)
    rest = curve - fitted
    means = [float(rest[i : i + window].mean()) for i in range(len(rest) - window + 1)]
    single = float(np.median(np.abs(rest))) / math.sqrt(window)
    noise = max(single, float(np.median(np.abs(means)))) / 0.6745
    error = noise * math.sqrt(len(curve) / (len(curve) - degree - 1)) / lowest
    share = (smooth[-1] - smooth[at]) / lowest
    pairs = zip(run.curves["accuracy"], run.curves["val_accuracy"], strict=True)
    gaps = [a - b for a, b in pairs][: run.kept + 1][-window:]
    is_sure = share > max(0.05, 7 * error)
    gap = sum(gaps) / window
    is_overfit = is_sure and trained[-1] < trained[at] and gap > _margin(run)
    return is_overfit, not is_sure and share + 2 * error < 0.1


# ---- the test set


@dataclass(frozen=True)
class Splits:
    """Figures of a configuration on validation and test, one per run.

    Attributes:
        validation: Accuracy and loss of each run.
        test: The same on the test pictures.
        reach: Half the interval that the pictures alone give, of accuracy and loss, by split.
    """

    validation: Sequence[tuple[float, float]]
    test: Sequence[tuple[float, float]]
    reach: tuple[tuple[float, float], tuple[float, float]]

    def difference(self, place: int) -> tuple[float, float, float]:
        """Return test minus validation of accuracy (0) or loss (1), with its interval."""
        apart = [b[place] - a[place] for a, b in zip(self.validation, self.test, strict=True)]
        middle = sum(apart) / len(apart)
        of_runs = _student(apart) if len(apart) > 1 else 0.0
        reach = math.sqrt(sum(split[place] ** 2 for split in self.reach) + of_runs**2)
        return middle, middle - reach, middle + reach


def read_openings(root: Path) -> tuple[int, Splits | None]:
    """Return how often the test set was opened, and what the first opening shows, if anything."""
    folders = sorted((root / "openings").glob("*")) if (root / "openings").is_dir() else []
    if not folders:
        return 0, None
    about = json.loads((folders[0] / "opening.json").read_text())
    places = json.loads((root / "runs.json").read_text())
    if not set(about["final"]) <= set(places):
        return len(folders), None
    sides = [
        [_scores(root / places[name], "probabilities.npz") for name in about["final"]],
        [_scores(folders[0], f"{name}.npz") for name in about["final"]],
    ]
    figures = [[(right.mean(), losses.mean()) for right, losses in side] for side in sides]
    reach = [(_wilson(side[0][0]), _student(list(side[0][1]))) for side in sides]
    return len(folders), Splits(figures[0], figures[1], (reach[0], reach[1]))


def judge_test(splits: Splits | None, claim: str) -> str | None:
    """Return the status of a claim on the test set; None if unknown."""
    found = re.match(r"(lower|higher)_on_test\((val_accuracy|val_loss)\)$", claim)
    if found is None:
        return None
    if splits is None:
        return "inconclusive"
    _, low, high = splits.difference(("val_accuracy", "val_loss").index(found[2]))
    if low <= 0 <= high:
        return "inconclusive"
    return "supported" if (high < 0) == (found[1] == "lower") else "contradicted"


def _scores(folder: Path, name: str) -> tuple[Any, Any]:
    """Return of each picture whether it is right, and its loss."""
    with (folder / "pictures.csv").open(newline="") as file:
        truth = np.array([int(row["truth"]) for row in csv.DictReader(file)])
    with np.load(folder / name) as content:
        said = content["probabilities"]
    own = np.maximum(said[np.arange(len(truth)), truth].astype(float), 1.1754944e-38)
    return said.argmax(axis=1) == truth, -np.log(own)


def _student(values: Sequence[float]) -> float:
    spread = float(np.std(values, ddof=1)) / math.sqrt(len(values))
    return float(stats.t.ppf(0.975, len(values) - 1)) * spread


def _wilson(right: Any) -> float:
    z, n, share = float(stats.norm.ppf(0.975)), len(right), float(right.mean())
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return (min(1.0, middle + reach) - max(0.0, middle - reach)) / 2


# ---- claims by what they say of themselves

_CALL = re.compile(r"(\w+)\((.*)\)$", re.DOTALL)


def judge(study: StudyFiles, claim: str) -> str | None:
    """Return the status of a claim that is written as its verdict writes it; None if unknown."""
    found = _CALL.match(claim)
    if found is None:
        return None
    name, inside = found.groups()
    keys = re.findall(r"(?<!=)'([^']*)'", inside)
    than = re.search(r"than='([^']*)'", inside)
    metric = inside.rpartition(", ")[2]
    match name:
        case "better" if than:
            return compare(study, keys[0], (than[1],), metric)
        case "worse" if than:
            return compare(study, than[1], (keys[0],), metric)
        case "best":
            others = [value.key for value in study.values if value.key != keys[0]]
            return "inconclusive" if study.waiting else compare(study, keys[0], others, metric)
        case "ordered":
            direction = inside.rpartition(", ")[2]
            return ordered(study, inside.partition(",")[0], direction)
        case "no_difference":
            return no_difference(study, keys, metric)
        case "overfits" | "leaves_chance" | "diverged" | "has_gap":
            return {"overfits": overfits, "leaves_chance": leaves_chance, "diverged": diverged,
                    "has_gap": has_gap}[name](study.value(keys[0]))  # fmt: skip
        case "more_parameters" | "fewer_parameters" if than:
            return _more(study, (keys[0], than[1]), metric, is_more=name == "more_parameters")
        case "chosen_by_rule":
            return _by_rule(study)
        case "trains_with":
            return _trains_with(study, inside)
    return None


def _more(study: StudyFiles, keys: tuple[str, str], count: str, *, is_more: bool) -> str:
    values = [study.value(key) for key in keys]
    if not all(value.done for value in values):
        return "inconclusive"
    one, other = (value.done[0].counts[count] for value in values)
    return "supported" if (one > other if is_more else one < other) else "contradicted"


def _by_rule(study: StudyFiles) -> str:
    rule, chosen = study.by_rule(), study.chosen()
    if rule is None or chosen is None:
        return "inconclusive"
    return "supported" if rule == chosen else "contradicted"


def _trains_with(study: StudyFiles, inside: str) -> str:
    named = re.search(r", keys=\[(.*)\]$", inside)
    keys = re.findall(r"'([^']*)'", named[1]) if named else [it.key for it in study.values]
    asked = re.findall(r"(\w+)=('([^']*)'|[^,\[]+)", inside[: named.start()] if named else inside)
    wanted = {name: text if quoted.startswith("'") else quoted for name, quoted, text in asked}
    if not [it for it in study.values if it.key in keys]:
        return "inconclusive"
    holds = [
        all(str(study.value(key).settings.get(name)) == value for name, value in wanted.items())
        for key in keys
    ]
    return "supported" if all(holds) else "inconclusive" if any(holds) else "contradicted"
