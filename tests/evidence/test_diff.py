"""Changes between two documents are sorted by what can be said of them."""

import json
from dataclasses import replace

import pytest
from conftest import Command
from written import WrittenReport

from scenes.evidence.diff import Change, compare, move_of, shared_runs
from scenes.evidence.summary import Measured, Summary

IDENTITY = {"settings": {"epochs": 3}, "data": "d", "code": {}, "weights": None, "versions": {}}


def measured(
    value: float | None = 0.5, spread: float | None = 0.1, runs: str = "abc", **changed: object
) -> Measured:
    """Return a measure of some runs, a letter each."""
    return Measured("s", "8", "val_loss", value, spread, tuple(runs), {**IDENTITY, **changed})


OTHER = measured(0.52, 0.1, "def")
MOVES = [
    (measured(), "same", "the same runs"),
    (replace(measured(), runs=("c", "b", "a")), "same", "the same runs"),
    (measured(runs="def"), "same", "the same value"),
    (OTHER, "within noise", "p = "),
    (measured(0.9, 0.1, "def"), "beyond noise", "p = "),
    (measured(0.1, 0.1, "def"), "beyond noise", "p = "),
    (measured(0.9, 0.0, "def"), "beyond noise", "p = "),
    (measured(0.55, None, "d"), "within noise", "p = "),
    (measured(2.5, None, "d"), "beyond noise", "p = "),
    (measured(None, None, ""), "not comparable", "no finished run"),
    *(
        (measured(0.9, 0.1, "def", **{part: "other"}), "not comparable", f"other {part}")
        for part in IDENTITY
    ),
    (measured(0.9, 0.1, "def", data="e", code="x"), "not comparable", "other data, code"),
]


@pytest.mark.parametrize(("after", "state", "said"), MOVES)
def test_a_number_is_sorted_by_its_runs(after: Measured, state: str, said: str) -> None:
    """The same both ways round; other data, code or settings are never worse or better."""
    for found in (move_of(measured(), after), move_of(after, measured())):
        assert found[0] == state
        assert said in found[1]


def test_two_single_seeds_tell_nothing() -> None:
    """How far seeds spread is not known then."""
    found = move_of(measured(0.5, None, "a"), measured(0.9, None, "b"))
    assert found == ("not comparable", "one seed each: how far seeds spread is not known")


def test_claims_and_choices_flip() -> None:
    """Both are shown side by side; one that only one document has did not flip."""
    first = Summary("a", (measured(),), {"x": "supported", "y": "equal"}, {"s": "8"})
    second = Summary("b", (OTHER,), {"x": "contradicted", "z": "equal"}, {"s": "16"})
    changes = {one.what: one for one in compare(first, second)}
    assert changes["claim x"] == Change("claim x", "flipped", "supported", "contradicted")
    assert changes["choice of s"].state == "flipped"
    assert {changes[f"claim {it}"].state for it in "yz"} == {"not comparable"}
    assert shared_runs(first, first) == {"a", "b", "c"}
    assert shared_runs(first, second) == set()


def test_a_document_is_the_same_as_itself(short: WrittenReport, command: Command) -> None:
    """As a PDF, and as the folder that holds it."""
    code, output, _ = command("diff", short.pdf, short.folder, "--json")
    told = json.loads(output)
    assert code == 0
    assert {one["state"] for one in told["changes"]} == {"same"}
    assert len(told["shared_runs"]) == 4


def test_what_carries_no_evidence_cannot_be_compared(
    short: WrittenReport, command: Command
) -> None:
    """A mistake of the user, in a line."""
    code, _, errors = command("diff", short.pdf, short.folder / "report.toml")
    assert code == 2
    assert "it cannot be compared" in errors
