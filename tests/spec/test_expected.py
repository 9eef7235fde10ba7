"""What a report expects of its networks is checked, tested, and printed only where it is proven."""

from pathlib import Path
from typing import Any

import pytest
from conftest import Command
from factories import build_record, build_study, describe

from scenes.errors import SpecError
from scenes.plan.plan import Plan, StudyPlan
from scenes.report.language.catalogue import load_words
from scenes.report.markup.templates import catalogues_folder
from scenes.report.views.counts import view_counts
from scenes.spec.loader import check_report
from scenes.testing.cases import facts_of
from scenes.testing.checks import Refuted

SMALL = {"image_size": 16, "classes": 2}


def planned(expected: dict[str, Any]) -> Plan:
    """Return a plan of one run of 16 pixels and 2 classes, with 7 of 10 parameters trainable."""
    study: StudyPlan = build_study({"a": [build_record()], "b": []})
    return Plan(check_report(describe(expected=expected), "a test"), (study,))


def test_a_count_is_printed_where_a_run_proves_it() -> None:
    """With the run behind it; what is not expected is not printed."""
    words = load_words("en", catalogues_folder())
    (row,) = view_counts(planned({"tutorial": {**SMALL, "trainable": 7}}), words)
    assert row.trainable is not None
    assert (row.name, row.trainable.fact.value, row.frozen) == ("tutorial", 7, None)
    assert len(row.trainable.fact.runs) == 1


@pytest.mark.parametrize(
    ("expected", "problem"),
    [
        ({**SMALL, "trainable": 8}, r"expected.tutorial.trainable = 8, but run \w+ has 7"),
        ({"trainable": 7}, "no run of this report is of such a network, with 32 pixels and 15"),
        ({**SMALL, "settings": {"dropout": 0.5}, "total": 10}, "nothing proves it"),
    ],
)
def test_what_no_run_proves_is_not_printed(expected: dict[str, Any], problem: str) -> None:
    """Another count, another size, another setting: the writing stops, and says which."""
    words = load_words("en", catalogues_folder())
    with pytest.raises(SpecError, match=problem):
        view_counts(planned({"tutorial": expected}), words)


@pytest.mark.parametrize(
    ("expected", "problem"),
    [
        ({"tutorail": {"total": 1}}, "no model or backbone 'tutorail' .did you mean 'tutorial'"),
        ({"tutorial": {}}, "nothing is expected: state trainable"),
        (
            {"a": {"model": "mlp", "settings": {"filters": [1]}, "total": 1}},
            "does not take 'filter",
        ),
        ({"tutorial": {"total": -1}}, "expected.tutorial.total"),
        ({"lenet": {"image_size": 9, "total": 1}}, "needs pictures of at least 12 pixels"),
    ],
)
def test_mistakes_are_found_when_the_report_is_read(expected: dict[str, Any], problem: str) -> None:
    """Unknown networks, settings that one does not take, and counts that are none."""
    with pytest.raises(SpecError, match=problem):
        check_report(describe(expected=expected), "a test")


def test_the_tests_of_a_report_hold_it() -> None:
    """A network of another count is caught, with both counts."""
    good = {"mlp": {"image_size": 8, "classes": 2, "settings": {"dense_units": 1}, "total": 199}}
    bad = {"mlp": {**good["mlp"], "total": 200}}
    outcomes = []
    for expected in (good, bad):
        report = check_report(describe(expected=expected), "a test")
        (test,) = [test for test in facts_of(report, Path()) if test.component == "expected.mlp"]
        try:
            test.run()
            outcomes.append("holds")
        except Refuted as error:
            outcomes.append(str(error))
    assert outcomes == ["holds", "total = 199 is built, 200 is expected"]


def test_counts_are_printed_to_be_pasted(command: Command) -> None:
    """As a table of a report.toml, at the size that was asked for."""
    code, output, _ = command("models", "mlp", "--expect", "--image-size", 8, "--classes", 2)
    assert code == 0
    assert "[expected.mlp]\nimage_size = 8\nclasses = 2\ntrainable = " in output
