"""Claims on the test set rest on the opened pictures, and on nothing while it is sealed."""

import numpy as np
import pytest
from factories import build_predictions

from scenes.claims.tested import (
    Measured,
    TestResults,
    better_on_test,
    higher_on_test,
    lower_on_test,
)
from scenes.claims.verdict import Status
from scenes.runs.record import Predictions

SIZE = 200


def runs(*shares: float, fold: str = "") -> tuple[Predictions, ...]:
    """Return what runs say that are right about these shares of the pictures."""
    made = []
    for number, share in enumerate(shares):
        right = np.arange(SIZE) < round(share * SIZE)
        said = build_predictions(list(right), 0.8, 2)
        names = tuple(f"{fold and fold + str(number)}{name}" for name in said.pictures)
        made.append(type(said)(**{**vars(said), "pictures": names}))
    return tuple(made)


def results(final: Measured | None, **rivals: Measured) -> TestResults:
    """Return what a test set of two classes has shown."""
    named = {name.replace("__", "/"): each for name, each in rivals.items()}
    return TestResults(("a", "b"), final, named)


VALIDATION = runs(0.9, 0.91, 0.89)


@pytest.mark.parametrize(
    ("test", "lower", "higher"),
    [
        (runs(0.6, 0.61, 0.59), "supported", "contradicted"),
        (runs(0.99, 0.995, 1.0), "contradicted", "supported"),
        (runs(0.88, 0.9, 0.89), "inconclusive", "inconclusive"),
    ],
)
def test_test_and_validation_are_compared(
    test: tuple[Predictions, ...], lower: Status, higher: Status
) -> None:
    """By the interval of the difference; one is the mirror image of the other."""
    found = results(Measured(VALIDATION, test))
    assert lower_on_test(found).status == lower
    assert higher_on_test(found).status == higher
    assert "val_accuracy: " in lower_on_test(found).reason


def test_a_loss_goes_the_other_way() -> None:
    """Where fewer pictures are right, the loss is higher."""
    found = results(Measured(VALIDATION, runs(0.5, 0.51, 0.49)))
    assert higher_on_test(found, metric="val_loss").status == "supported"


def test_a_sealed_set_decides_nothing() -> None:
    """Nor does one that was opened for another configuration."""
    for verdict in (
        lower_on_test(results(None)),
        higher_on_test(results(None)),
        better_on_test(results(None), than="s/8"),
    ):
        assert verdict.status == "inconclusive"
        assert "not been opened" in verdict.reason


@pytest.mark.parametrize(
    ("rival", "status"),
    [
        (runs(0.6, 0.62, 0.61), "supported"),
        (runs(0.97, 0.98, 0.975), "contradicted"),
        (runs(0.7, 0.95, 0.99), "inconclusive"),
        (runs(0.9, 0.9, 0.9), "equal"),
        (runs(0.5), "inconclusive"),
    ],
)
def test_a_rival_is_compared_on_the_test_pictures(
    rival: tuple[Predictions, ...], status: Status
) -> None:
    """Over the seeds of both; one run decides nothing."""
    final = Measured(VALIDATION, runs(0.9, 0.9, 0.905))
    found = results(final, s__8=Measured(VALIDATION[: len(rival)], rival))
    assert better_on_test(found, than="s/8").status == status
    assert better_on_test(found, than="s/16").status == "inconclusive"


def test_folds_are_paired() -> None:
    """Networks of one fold meet each other, and their difference is widened for what they share."""
    validation = runs(0.9, 0.8, 0.85, 0.9, 0.7, fold="f")
    final = Measured(validation, runs(0.90, 0.70, 0.80, 0.85, 0.60))
    rival = Measured(validation, runs(0.82, 0.61, 0.73, 0.77, 0.51))
    assert better_on_test(results(final, s__8=rival), than="s/8").status == "supported"
    shared = VALIDATION[:1] * 5
    seeds = results(Measured(shared, final.test), s__8=Measured(shared, rival.test))
    assert better_on_test(seeds, than="s/8").status == "inconclusive"
