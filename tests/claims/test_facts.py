"""Numbers that may be printed come from records, with all that a reader may ask of them."""

import math

import pytest
from conftest import MakeRecord, MakeStudy

from scenes.claims.facts import MEASURES, trial_fact
from scenes.runs.record import Failure

FIRST = {
    "loss": [0.9, 0.5, 0.2],
    "accuracy": [0.5, 0.7, 0.9],
    "val_loss": [0.8, 0.6, 0.7],
    "val_accuracy": [0.55, 0.65, 0.6],
}
SECOND = {
    "loss": [0.9, 0.3, 0.4],
    "accuracy": [0.5, 0.7, 0.8],
    "val_loss": [0.8, 0.7, 0.5],
    "val_accuracy": [0.5, 0.5, 0.8],
}

EXPECTED = {
    "parameters": 10,
    "trainable": 7,
    "frozen": 3,
    "train_accuracy": 0.9,
    "train_loss": 0.2,
    "val_accuracy": 0.6,
    "val_loss": 0.7,
    "best_epoch": 2,
    "best_train_accuracy": 0.7,
    "best_train_loss": 0.5,
    "best_val_accuracy": 0.65,
    "best_val_loss": 0.6,
    "gap": 0.3,
    "seconds": 2.5,
}


@pytest.mark.parametrize("measure", MEASURES)
def test_each_measure_of_one_run(
    measure: str, make_record: MakeRecord, make_study: MakeStudy
) -> None:
    """A fact of one run is the run's own number, without a spread."""
    trial = make_study({"8": [make_record("r0", history=FIRST)], "16": []}).trial("8")
    fact = trial_fact("batch", trial, measure)
    assert fact.value == pytest.approx(EXPECTED[measure])
    assert fact.name == f"batch.8.{measure}"
    assert (fact.kind, fact.spread, fact.runs, fact.n) == (MEASURES[measure][0], None, ("r0",), 1)


def test_every_measure_is_expected() -> None:
    """The table of this test and that of the program name the same measures."""
    assert EXPECTED.keys() == MEASURES.keys()


def test_a_fact_of_several_runs_is_their_mean(
    make_record: MakeRecord, make_study: MakeStudy
) -> None:
    """It tells how far they spread and which they are; a failed run is not among them."""
    runs = [
        make_record("r0", history=FIRST),
        Failure("r1", "diverged"),
        make_record("r2", history=SECOND, seed=2),
    ]
    trial = make_study({"8": runs, "16": []}).trial("8")
    fact = trial_fact("batch", trial, "val_accuracy")
    assert fact.value == pytest.approx(0.7)
    assert fact.spread == pytest.approx(0.2 / math.sqrt(2))
    assert (fact.runs, fact.n) == (("r0", "r2"), 2)
    assert trial_fact("batch", trial, "best_epoch").value == pytest.approx(2.5)


def test_a_count_of_parameters_has_no_spread(
    make_record: MakeRecord, make_study: MakeStudy
) -> None:
    """The architecture is the same with every seed."""
    trial = make_study({"8": [make_record("r0"), make_record("r1")], "16": []}).trial("8")
    assert trial_fact("batch", trial, "parameters").spread is None
    assert trial_fact("batch", trial, "seconds").spread == 0.0


def test_without_results_there_is_no_number(make_study: MakeStudy) -> None:
    """Where every run failed, the value is NaN over no runs."""
    trial = make_study({"8": [Failure("r0", "diverged")], "16": []}).trial("8")
    fact = trial_fact("batch", trial, "val_loss")
    assert math.isnan(fact.value)
    assert (fact.n, fact.spread) == (0, None)
