"""The final configuration is known when every run has ended, and no sooner."""

from dataclasses import replace

from conftest import build_record, build_study, describe

from scenes.plan.final import final_trial, passing_runs
from scenes.plan.plan import Plan
from scenes.runs.record import Failure, Record
from scenes.spec.loader import check_report


def run(loss: float, seed: int = 0) -> Record:
    """Return a run that ends with a validation loss."""
    return build_record(seed=seed, history={"val_loss": [9.0, loss]})


def plan_of(*results: dict[str, list[Record | Failure | None]], waiting: bool = False) -> Plan:
    """Return a plan of studies with these results."""
    studies = [build_study(of_study) for of_study in results]
    if waiting:
        studies[-1] = replace(studies[-1], waiting=("later",))
    return Plan(check_report(describe(), "a test"), tuple(studies))


def test_the_best_value_of_the_last_study_is_final() -> None:
    """Its runs stay, with every seed; all others pass."""
    plan = plan_of(
        {"a": [run(0.1)], "z": []}, {"b": [run(3, 0), run(3, 1)], "c": [run(1, 0), run(1, 1)]}
    )
    found = final_trial(plan.studies)
    assert found is not None
    assert found[1].key == "c"
    assert passing_runs(plan) == ["a-0", "b-0", "b-1"]


def test_while_a_run_is_missing_none_passes() -> None:
    """It may become the best."""
    assert passing_runs(plan_of({"a": [run(1)], "b": [None]})) == []


def test_without_results_nothing_is_final() -> None:
    """Where every run failed there is nothing to keep, and nothing is deleted."""
    plan = plan_of({"a": [Failure("a", "diverged")], "b": []})
    assert final_trial(plan.studies) is None
    assert passing_runs(plan) == []


def test_a_failed_value_is_not_final() -> None:
    """The other one is, though it comes second."""
    found = final_trial(plan_of({"a": [Failure("a", "diverged")], "b": [run(5)]}).studies)
    assert found is not None
    assert found[1].key == "b"
