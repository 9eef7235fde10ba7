"""Claims on the test set: what the opened pictures say of the final configuration and its rivals.

Each takes the test set in place of a study: `claims.lower_on_test(test)`. While it is sealed, and
where it was opened for another configuration, nothing is decided. Metrics are those of the
registry, computed from the predictions on both splits (`scenes.claims.split_figures`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from scenes.claims.split_figures import SplitComparison, compare_splits
from scenes.claims.verdict import Status, Verdict, no_results
from scenes.runs.record import Predictions
from scenes.spec.registry import find_metric, is_lower_better
from scenes.stats.folds import compare_folds
from scenes.stats.metrics import value_in
from scenes.stats.simultaneous import Difference, compare_family

SEALED = "the test set has not been opened for the final configuration"


@dataclass(frozen=True)
class Measured:
    """A configuration on both splits: what each of its runs says, in one order."""

    validation: tuple[Predictions, ...]
    test: tuple[Predictions, ...]


@dataclass(frozen=True)
class TestResults:
    """What a test set has shown.

    Attributes:
        classes: Names, in the order of the indices.
        final: The final configuration; None where nothing is measured of it.
        rivals: Those that were measured beside it, by `study/value`.
        margin: Shares that differ by less count as practically equal.
    """

    __test__ = False  # no tests for pytest to collect

    classes: Sequence[str] = ()
    final: Measured | None = None
    rivals: Mapping[str, Measured] = field(default_factory=dict)
    margin: float = 0.02


def lower_on_test(test: TestResults, *, metric: str = "val_accuracy") -> Verdict:
    """Judge whether a figure of the final configuration is lower on test than on validation.

    Test: the 95 % interval of the difference lies below zero; contradicted where it lies above.
    It allows for the pictures of both splits and, where there are several, for the seeds. Unit:
    the picture and the seed. Source: the predictions of the runs on both splits.
    """
    return _compare_splits(test, metric, "lower")


def higher_on_test(test: TestResults, *, metric: str = "val_accuracy") -> Verdict:
    """Judge whether a figure of the final configuration is higher on test than on validation.

    The mirror image of `lower_on_test`.
    """
    return _compare_splits(test, metric, "higher")


def better_on_test(test: TestResults, *, than: str, metric: str = "val_accuracy") -> Verdict:
    """Judge whether the final configuration beats a rival on the test pictures.

    Test: the simultaneous 95 % interval of the difference, over all pairs of measured
    configurations, excludes zero; one seed decides nothing. It speaks of these test pictures. Unit:
    the seed, or the fold. Source: the predictions on the test set.

    Args:
        test: The test set.
        than: A rival, as `study/value`.
        metric: Of the registry.
    """
    claim = f"better_on_test(than={than!r}, {metric})"
    if test.final is None:
        return Verdict("inconclusive", claim, SEALED)
    if than not in test.rivals:
        return no_results(claim)
    found = _compare_all(test, metric).get(("", than))
    if found is None:
        return Verdict("inconclusive", claim, "one run decides nothing between configurations")
    sign = -1 if is_lower_better(metric) else 1
    status: Status = "inconclusive"
    if found.is_sure:
        status = "supported" if sign * found.difference > 0 else "contradicted"
    elif find_metric(metric).kind == "percent" and found.lies_within(test.margin):
        status = "equal"
    return Verdict(status, claim, _told(metric, found.difference, found.low, found.high))


def compare_on_test(test: TestResults, metric: str) -> SplitComparison | None:
    """Return a figure of the final configuration on both splits; None where there is none."""
    if test.final is None:
        return None
    return compare_splits(metric, test.classes, test.final.validation, test.final.test)


def _compare_splits(test: TestResults, metric: str, asked: str) -> Verdict:
    claim = f"{asked}_on_test({metric})"
    found = compare_on_test(test, metric)
    if found is None:
        return Verdict("inconclusive", claim, SEALED)
    status: Status = "inconclusive"
    if found.finding != "open":
        status = "supported" if found.finding == asked else "contradicted"
    return Verdict(status, claim, _told(metric, found.difference, found.low, found.high))


def _compare_all(test: TestResults, metric: str) -> dict[tuple[str, str], Difference]:
    """Compare the final configuration, which is called "", and its rivals with each other."""
    measured = {"": test.final, **test.rivals}
    known = {name: each for name, each in measured.items() if each is not None}
    samples = {
        name: [value_in(metric, test.classes, run) for run in each.test]
        for name, each in known.items()
    }
    is_share = metric == "val_accuracy" and known[""].test
    step = 1 / len(known[""].test[0].truth) if is_share else 0.0
    folds = {name: [run.pictures for run in each.validation] for name, each in known.items()}
    if any(len(set(each)) > 1 for each in folds.values()):
        by_fold = {
            name: dict(zip(folds[name], figures, strict=True)) for name, figures in samples.items()
        }
        return compare_folds(by_fold, resolution=step)
    return compare_family(samples, resolution=step)


def _told(metric: str, difference: float, low: float, high: float) -> str:
    return f"{metric}: {difference:+.4g} ({low:+.4g} to {high:+.4g})"
