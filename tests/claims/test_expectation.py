"""An expectation is judged by the claim that it makes."""

from typing import Any, get_args

import pytest
from outcomes import Outcome, plan_of, study_table

from scenes.claims.expectation import judge_expectation
from scenes.claims.predicates import PREDICATES
from scenes.errors import SpecError
from scenes.plan.plan import StudyPlan
from scenes.spec.study import Expected

LOSSES = {8: 1.0, 16: 1.3, 32: 1.6}


def studied(expected: dict[str, Any] | None, losses: dict[int, float] = LOSSES) -> StudyPlan:
    """Return a study of three batch sizes that end with these losses over three seeds."""
    more = {} if expected is None else {"expected": {"text": "So.", **expected}}
    study = study_table("batch_size", list(losses), **more)
    plan = plan_of(
        [study], lambda settings, _: Outcome(loss=losses[settings["batch_size"]]), (0, 1, 2)
    )
    return plan.studies[0]


@pytest.mark.parametrize(
    ("expected", "status"),
    [
        ({"claim": "better", "value": 8, "than": 16}, "supported"),
        ({"claim": "better", "value": 16, "than": 8}, "contradicted"),
        ({"claim": "better", "value": 8, "than": 16, "metric": "val_accuracy"}, "equal"),
        ({"claim": "best", "value": 8}, "supported"),
        ({"claim": "ordered", "direction": "rises"}, "supported"),
        ({"claim": "ordered", "direction": "falls"}, "contradicted"),
        ({"claim": "no_difference"}, "contradicted"),
        ({"claim": "leaves_chance", "value": 8}, "supported"),
        ({"claim": "overfits", "value": 8}, "contradicted"),
    ],
)
def test_what_results_say_of_an_expectation(expected: dict[str, Any], status: str) -> None:
    """The verdict is that of the claim, with its metric and direction."""
    verdict = judge_expectation(studied(expected))
    assert verdict is not None
    assert verdict.status == status


def test_without_an_expectation_there_is_no_verdict() -> None:
    """Most studies have none."""
    assert judge_expectation(studied(None)) is None


def test_every_claim_of_an_expectation_exists() -> None:
    """What a description may name is a predicate."""
    assert set(get_args(Expected)) <= set(PREDICATES)


@pytest.mark.parametrize(
    ("expected", "message"),
    [
        ({"claim": "better", "value": 8}, "takes than and value"),
        ({"claim": "ordered"}, "takes direction"),
        ({"claim": "no_difference", "value": 8}, "takes neither"),
        ({"claim": "best", "value": 9}, "there is no value '9'"),
        ({"claim": "wins", "value": 8}, "better"),
    ],
)
def test_an_expectation_that_says_nothing_is_refused(
    expected: dict[str, Any], message: str
) -> None:
    """What it lacks, has too much or does not exist is named before anything is trained."""
    with pytest.raises(SpecError, match=message):
        studied(expected)
