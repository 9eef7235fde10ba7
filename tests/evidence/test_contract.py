"""A submission is compared with what is asked for, item by item."""

from dataclasses import replace
from typing import Any

import pytest

from scenes.evidence.grading.assignment import Assignment
from scenes.evidence.grading.contract import Requirement, check_contract, unread_items
from scenes.evidence.grading.own_seeds import seeds_from
from scenes.evidence.grading.submission import (
    GradedRun,
    GradedStudy,
    GradedValue,
    Submission,
)
from scenes.evidence.sentences import Sentence

ASKED: dict[str, Any] = {
    "title": "T", "nonce": "n", "seed_points": 1, "least_seeds": 2,
    "data": {"fingerprint": "0" * 64, "points": 1},
    "study": [{"name": "size", "factor": "batch_size", "values": [8, 16], "points": 3,
               "set": {"epochs": 3}}],
    "fact": [{"title": "Count", "study": "size", "value": 8, "equals": 63375, "points": 1}],
    "judge": [{"title": "Sound?", "study": "size", "points": 2}],
}  # fmt: skip
ASSIGNMENT = Assignment.model_validate(ASKED)
SEEDS = seeds_from("n", ["Ana"], 2)


def run(seed: int, **changed: Any) -> GradedRun:
    """Return a run."""
    found = GradedRun(f"r{seed}", seed, {"epochs": 3}, f"h{seed}", "2026", float(seed), "m")
    return replace(found, **changed)


def value(key: str, *runs: GradedRun, **changed: Any) -> GradedValue:
    """Return a value with its runs."""
    given = runs or tuple(run(seed, id=f"{key}{seed}") for seed in SEEDS)
    found = GradedValue(key, key, given, 0, {"parameters": 63375.0}, {"parameters": "63 375"})
    return replace(found, **changed)


def submission(*values: GradedValue, factor: str = "batch_size", **changed: Any) -> Submission:
    """Return a submission of one study; of the usual values where none are given."""
    study = GradedStudy("mine", "Size of a batch", factor, values or (value("8"), value("16")), "")
    pages = Sentence("Here is: size of a batch.", 2), Sentence("It has 63 375 parameters.", 4)
    found = Submission(
        title="R", authors=("Ana",), language="en", profile="", is_reduced=False, data="0" * 64,
        pictures=20, studies=(study,), sentences=pages, prose=(),
    )  # fmt: skip
    return replace(found, **changed)


def graded(found: Submission, *, holds: bool = True) -> dict[str, Requirement]:
    """Return the items of a submission by name."""
    return {item.name: item for item in check_contract(ASSIGNMENT, found, holds=holds)}


def test_everything_can_be_met() -> None:
    """With all points, and what a person judges left open; pages are named."""
    items = graded(submission())
    assert {name: (it.mark, it.points) for name, it in items.items()} == {
        "data": ("met", 1), "seeds": ("met", 1), "size": ("met", 3), "fact 1": ("met", 1),
        "judge 1": ("open", None),
    }  # fmt: skip
    assert items["size"].pages == items["judge 1"].pages == (2,)
    assert items["fact 1"].pages == (4,)


FEW = value("16", run(SEEDS[0]))
OTHER_EPOCHS = value("16", *(run(seed, settings={"epochs": 1}) for seed in SEEDS))
WRONG = value("8", measures={"parameters": 63374.0})
UNPRINTED = value("8", printed={})
NO_NUMBER = (Sentence("It has 163,375 of them, or 63,375,1.", 1), Sentence("See 63,375.5.", 2))
LACKS: dict[str, tuple[Submission, str, str, float, str]] = {
    # name: submission, item, its mark, points, what the evidence says
    "other pictures": (submission(data="1" * 64), "data", "not met", 0, "1111"),
    "a study of others": (submission(data="1" * 64), "size", "not met", 0, "other pictures"),
    "a seed of somebody else": (
        submission(value("8"), value("16", run(1), run(SEEDS[1]))), "seeds", "not met", 0,
        "1 of 3 seeds do not follow from Ana: 1"),
    "seeds of another name": (submission(authors=("Bo",)), "seeds", "not met", 0, "2 of 2 seeds"),
    "no run": (submission(studies=()), "seeds", "not met", 0, "0 seeds follow"),
    "no such study": (submission(factor="epochs"), "size", "not met", 0, "no study varies batch"),
    "a value missing": (submission(value("8")), "size", "partly", 1.5, "16: missing"),
    "too few runs": (submission(value("8"), FEW), "size", "partly", 1.5, "16: 1 run"),
    "failed runs": (
        submission(value("8"), replace(FEW, failed=1)), "size", "partly", 1.5, "1 run, 1 failed"),
    "other settings": (
        submission(value("8"), OTHER_EPOCHS), "size", "partly", 1.5, "epochs is 1, not 3"),
    "nothing right": (submission(FEW), "size", "not met", 0, "8: missing; 16: 1 run"),
    "another number": (submission(WRONG), "fact 1", "not met", 0, "its records give 63,374"),
    "a number on no page": (
        submission(UNPRINTED, sentences=NO_NUMBER), "fact 1", "not met", 0, "stands on no page"),
    "no such value": (submission(value("16")), "fact 1", "not met", 0, "no such value"),
}  # fmt: skip


@pytest.mark.parametrize("name", LACKS)
def test_what_is_lacking_is_named(name: str) -> None:
    """With the points that follow, and why."""
    found, item, mark, points, said = LACKS[name]
    one = graded(found)[item]
    assert (one.mark, one.points) == (mark, points)
    assert said in one.evidence


@pytest.mark.parametrize("number", ["63,375", "63.375", "63 375", "63\u202f375", "63375", "63'375"])
def test_a_number_is_found_in_any_language(number: str) -> None:
    """However its digits are grouped, and at the end of a sentence."""
    found = submission(UNPRINTED, sentences=(Sentence(f"Son {number}.", 7),))
    assert graded(found)["fact 1"].pages == (7,)


def test_a_study_goes_by_what_it_varies() -> None:
    """Whatever it is called; of several, the one with most of the values."""
    other = GradedStudy("size", "T", "batch_size", (value("8"),), "")
    whole = replace(submission().studies[0], name="else")
    found = submission(studies=(other, whole))
    assert graded(found)["size"].mark == "met"


def test_a_value_goes_by_its_setting() -> None:
    """A value that authors call otherwise is found by what it sets."""
    found = submission(value("small", setting="8"), value("large", setting="16"))
    assert graded(found)["size"].mark == "met"


@pytest.mark.parametrize(("eight", "mark"), [("8.0", "met"), ("8e0", "met"), ("8.1", "partly")])
def test_a_number_is_the_same_however_it_is_written(eight: str, mark: str) -> None:
    """As a key and as what a value sets; a key that is no number is what it is."""
    found = submission(value(eight), value("large", setting="16.0"))
    assert graded(found)["size"].mark == mark
    assert graded(submission(value("8.0.0"), value("16")))["size"].mark == "partly"


def test_a_document_that_does_not_hold_gets_no_points() -> None:
    """All is open, and what it says is shown as what it says."""
    items = graded(submission(), holds=False)
    assert {(it.mark, it.points) for it in items.values()} == {("open", None)}
    assert "met, by what the document says" in items["size"].evidence


def test_what_cannot_be_read_is_open() -> None:
    """Each item with the reason; they are the same as those of others."""
    items = unread_items(ASSIGNMENT, "it is no PDF")
    assert [it.name for it in items] == list(graded(submission()))
    assert {(it.mark, it.points, it.evidence) for it in items} == {("open", None, "it is no PDF")}
