"""What runs get wrong is reported by picture, and what there is not is reported as well."""

from dataclasses import replace

import numpy as np
import pytest
from conftest import MakeRecord, MakeStudy

from scenes.live.mistakes import describe_mistakes, find_trial
from scenes.plan.plan import Plan, StudyPlan, Trial
from scenes.runs.record import Record, derive_predictions


def record_of(record: Record, pictures: list[str], probabilities: list[list[float]]) -> Record:
    """Return a record whose network says this of pictures whose classes alternate."""
    truth = np.arange(len(pictures), dtype=np.int64) % 2
    shares = np.array(probabilities, np.float32)
    predictions = derive_predictions(pictures, truth, shares)
    return replace(record, classes=("cat", "dog"), predictions=predictions)


@pytest.fixture
def study(make_study: MakeStudy) -> StudyPlan:
    """Return a study of two values and two seeds each."""
    return make_study({"8": [None, None], "16": [None, None]})


def with_records(trial: Trial, *records: Record) -> Trial:
    """Return a value with these results."""
    runs = zip(trial.runs, records, strict=True)
    return replace(trial, runs=tuple(replace(run, result=found) for run, found in runs))


def test_each_seed_says_its_own(study: StudyPlan, make_record: MakeRecord) -> None:
    """Pictures, truth, and for each seed the class it names and how sure it is."""
    first = record_of(make_record("a"), ["x", "y"], [[0.9, 0.1], [0.6, 0.4]])
    second = record_of(make_record("b"), ["x", "y"], [[0.2, 0.8], [0.1, 0.9]])
    found = describe_mistakes(with_records(study.trials[0], first, second))
    assert (found["classes"], found["pictures"], found["truth"]) == (
        ["cat", "dog"],
        ["x", "y"],
        [0, 1],
    )
    assert found["said"] == [[0, 0], [1, 1]]
    assert found["sure"][0] == pytest.approx([0.9, 0.6])


def test_folds_see_other_pictures(study: StudyPlan, make_record: MakeRecord) -> None:
    """A run says nothing of a picture that it was not shown."""
    first = record_of(make_record("a"), ["x", "y"], [[0.9, 0.1], [0.6, 0.4]])
    second = record_of(make_record("b"), ["v", "w"], [[0.2, 0.8], [0.1, 0.9]])
    found = describe_mistakes(with_records(study.trials[0], first, second))
    assert found["pictures"] == ["x", "y", "v", "w"]
    assert found["said"] == [[0, 0, None, None], [None, None, 1, 1]]


def test_without_results_there_are_none(study: StudyPlan) -> None:
    """A value that is still trained has no classes yet."""
    trial = study.trials[0]
    assert describe_mistakes(trial)["classes"] == []


def test_names_that_nothing_has_are_refused(study: StudyPlan) -> None:
    """A study or a value that does not exist is a KeyError, which the server answers with 404."""
    plan = Plan(None, (study,))  # type: ignore[arg-type]
    name = study.study.name
    assert find_trial(plan, name, "8").key == "8"
    for wrong in (("none", "8"), (name, "9"), ("", "")):
        with pytest.raises(KeyError):
            find_trial(plan, *wrong)
