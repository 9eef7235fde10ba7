"""Perturbed plans hold other results, which agree with themselves, and are chosen from anew."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from factories import build_record, build_study, describe

from scenes.claims.mishaps import mishaps
from scenes.claims.perturbation import SEEDS, perturb, perturbations
from scenes.claims.predicates import best, better, leaves_chance, ordered, overfits
from scenes.plan.plan import Plan, StudyPlan
from scenes.runs.record import Failure, Record
from scenes.spec.loader import check_report


def plan_of(*results: Sequence[Record | Failure | None], choose: bool = True) -> Plan:
    """Return a plan of one study whose values have these results."""
    study = build_study(dict(zip("abcdef", results, strict=False)))
    described = study.study.model_dump() | {"choose": {"by": "val_loss"} if choose else None}
    report = check_report(describe(study=[described]), "a test")
    return Plan(report, (StudyPlan(report.studies[0], study.trials, (), None),))


def run(loss: float, name: str = "r") -> Record:
    """Return the record of one seed over 60 pictures and 20 epochs."""
    return build_record(name, history={"val_loss": [loss] * 20}, right=[True, False] * 30)


UNSETTLED = {"trained otherwise", *mishaps(lambda trials: trials)}
"""Perturbations that leave some runs without three whole seeds."""
PLAN = plan_of([run(1.0, "x")], [run(2.0, "y")], [run(3.0, "z")])


def perturbed(name: str, plan: Plan = PLAN) -> StudyPlan:
    """Return the study under a perturbation."""
    return perturb(plan, perturbations(plan)[name]).studies[0]


@pytest.mark.parametrize(
    ("name", "losses"),
    [
        ("values in reverse", [3, 2, 1]),
        ("each value as the next", [2, 3, 1]),
        ("all values as the first", [1, 1, 1]),
    ],
)
def test_recorded_results_are_dealt_out_anew(name: str, losses: list[float]) -> None:
    """The values keep their names and settings and get the results of others."""
    study = perturbed(name)
    assert [trial.key for trial in study.trials] == ["a", "b", "c"]
    assert [trial.records[0].history["val_loss"][-1] for trial in study.trials] == losses


@pytest.mark.parametrize(
    "name", [name for name in perturbations(PLAN) if "value" not in name and name not in UNSETTLED]
)
def test_settled_runs_agree_with_themselves(name: str) -> None:
    """Over three seeds, history and predictions end at the same loss and accuracy."""
    for trial in perturbed(name).trials:
        assert [it.identity["seed"] for it in trial.records] == list(SEEDS)
        for record in trial.records:
            told = record.predictions
            assert np.mean(-np.log(told.truth_probability)) == pytest.approx(
                record.history["val_loss"][-1]
            )
            share = np.mean(told.truth == told.predicted)
            assert share == pytest.approx(record.history["val_accuracy"][-1], abs=0.5 / 60)
            assert {len(curve) for curve in record.history.values()} == {20}
            assert all(math.isfinite(it) for curve in record.history.values() for it in curve)


def test_perturbations_are_what_they_are_called() -> None:
    """Each turns the claims that it is for."""
    assert ordered(perturbed("figures rise"), "loss", direction="rises").status == "supported"
    assert ordered(perturbed("figures fall"), "loss", direction="rises").status == "contradicted"
    assert overfits(perturbed("all overfit"), "a").status == "supported"
    assert overfits(perturbed("none overfits"), "a").status == "contradicted"
    assert leaves_chance(perturbed("all at chance"), "b").status == "contradicted"
    assert leaves_chance(perturbed("all learn"), "b").status == "supported"
    assert better(perturbed("noise over seeds"), "a", than="b").status == "inconclusive"
    assert best(perturbed("value 2 far ahead"), "b").status == "supported"
    assert best(perturbed("value 3 ahead by chance"), "c").status == "inconclusive"


@pytest.mark.parametrize("degree", ["far ahead", "ahead by chance"])
def test_the_rule_chooses_anew(degree: str) -> None:
    """What a study hands on follows the perturbed results."""
    chosen = [perturbed(f"value {index} {degree}").chosen for index in (1, 2, 3)]
    assert [it.by_rule for it in chosen if it is not None] == ["a", "b", "c"]


def test_failed_values_stay_failed() -> None:
    """A value without a result gets none made up."""
    plan = plan_of([run(1.0)], [Failure("f", "died")])
    assert perturbed("all learn", plan).trial("b").records == ()


def test_the_same_plan_is_perturbed_the_same_way() -> None:
    """Nothing is drawn anew."""
    first, second = (perturbed("noise over seeds").trials[1].records for _ in range(2))
    assert [it.history for it in first] == [it.history for it in second]
