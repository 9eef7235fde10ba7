"""What may be said of a study depends on how many seeds it was to have, and has."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from conftest import MakeRecord, MakeStudy

from scenes.live.verdicts import find_verdict
from scenes.plan.plan import StudyPlan
from scenes.stats.sequential import Look

MakeSeeds = Callable[[int], StudyPlan]


@pytest.fixture
def seeds(make_study: MakeStudy, make_record: MakeRecord) -> MakeSeeds:
    """Return a maker of studies of two values with so many finished seeds."""

    def make(count: int) -> StudyPlan:
        return make_study({key: [make_record() for _ in range(count)] for key in ("8", "16")})

    return make


def missing(study: StudyPlan, count: int) -> StudyPlan:
    """Return a study of whose first value so many runs are still to be trained."""
    first, *others = study.trials
    runs = [replace(run, result=None) for run in first.runs[:count]]
    trial = replace(first, runs=(*runs, *first.runs[count:]))
    return replace(study, trials=(trial, *others))


def test_a_fixed_number_of_seeds_has_one_look(seeds: MakeSeeds) -> None:
    """Before the last run there is no verdict, however clear it looks."""
    study = seeds(3)
    found = find_verdict(missing(study, 1), "en")
    assert (found.stage, len(found.lines)) == ("early", 1)
    assert found.lines[0] == "No verdict before the last seed: 5 of 6 runs have ended."
    assert find_verdict(study, "en").stage == "over"


def test_a_study_that_waits_says_for_what(seeds: MakeSeeds) -> None:
    """Its values are planned once the studies before it have chosen."""
    study = seeds(1)
    waiting = replace(
        study,
        trials=(),
        waiting=("8", "16"),
        study=study.study.model_copy(update={"use": ("size",)}),
    )
    found = find_verdict(waiting, "en")
    assert (found.stage, found.lines) == ("waiting", ("Waits for what size chooses.",))


def look(seeds: int, leader: str, *alike: str, last: bool = False) -> Look:
    """Return a look."""
    return Look(seeds, 0.01, leader, alike, (), last)


def test_planned_looks_are_told(seeds: MakeSeeds) -> None:
    """Each says who leads, who is not told apart, and when the next one is."""
    study = seeds(3)
    study = replace(study, planned_looks=(3, 4, 6))
    before = find_verdict(study, "en")
    assert (before.stage, before.lines) == (
        "early",
        ("The next look is at 3 seeds of each value; at most 6 seeds are trained.",),
    )
    once = find_verdict(replace(study, looks=(look(3, "8", "16"),)), "en")
    assert once.stage == "open"
    assert once.lines == (
        "After 3 seeds: 8 leads; not told apart: 16.",
        "The next look is at 4 seeds of each value; at most 6 seeds are trained.",
    )
    twice = find_verdict(replace(study, looks=(look(3, "8", "16"), look(4, "8"))), "en")
    assert twice.stage == "decided"
    assert twice.lines[1:] == (
        "After 4 seeds: 8 leads and is told apart.",
        "Decided: no more seeds are trained.",
    )
    never = find_verdict(replace(study, looks=(look(6, "8", "16", last=True),)), "en")
    assert (never.stage, never.lines[-1]) == (
        "over",
        "Not decided with the most seeds that may be trained.",
    )


def test_one_seed_decides_nothing(seeds: MakeSeeds) -> None:
    """The best run is named, as one of a single seed, and that it means little."""
    found = find_verdict(seeds(1), "en")
    assert found.lines[0].startswith("Best validation loss, of a single seed: ")
    assert found.lines[-1] == "One seed decides nothing between values."
