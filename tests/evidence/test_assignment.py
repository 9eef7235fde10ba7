"""An assignment is read whole, or refused with all of its mistakes and their lines."""

import re
from pathlib import Path

import pytest
from classroom import ASSIGNMENT, NONCE
from conftest import Command
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes.errors import SpecError
from scenes.evidence.grading.assignment import load_assignment
from scenes.evidence.grading.own_seeds import seeds_from

WHOLE = ASSIGNMENT.format(fingerprint="0" * 64)
NAMES = st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=3)


def save(folder: Path, text: str) -> Path:
    """Write an assignment."""
    path = folder / "assignment.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_an_assignment_is_read(tmp_path: Path) -> None:
    """Values go by their keys, points add up."""
    found = load_assignment(save(tmp_path, WHOLE))
    assert found.studies[0].values == ("0.1", "0.01")
    assert found.seeds_of(found.studies[0]) == 2
    assert found.points == 10
    assert load_assignment(save(tmp_path, 'title = "T"\n')).points == 0


MISTAKES = {
    "a key that is unknown": ("least_seeds", "least_seed", "least_seed: unknown key (did you mean"),
    "a fingerprint that is none": ("0" * 64, "abc", "fingerprint"),
    "a setting that is unknown": ("{ epochs = 3 }", "{ epoch = 3 }", "did you mean 'epochs'"),
    "points below nothing": ("points = 4", "points = -4", "at least 0"),
    "a fact of no study": ('study = "rates"\nvalue', 'study = "rate"\nvalue', "no study 'rate'"),
    "a fact of no value": ("value = 0.1", "value = 0.2", "asks for no value '0.2'"),
    "a measure that is none": ("equals", 'measure = "size"\nequals', "there is no measure 'size'"),
    "a question on no study": ('study = "rates"\npoints = 3', 'study = "x"\npoints = 3', "no"),
    "points for seeds that are free": ('nonce = "autumn"', "", "needs a nonce"),
    "no TOML": ("[data]", "[data", "is not a TOML file"),
    "a handout that is not there": ("[data]", 'handout = ["x"]\n[data]', "there is no folder"),
    "a title that is too long": ('"Rates"', f'"{"x" * 300}"', "at most 200 characters"),
    "two studies of one name": (
        "[[fact]]", '[[study]]\nname = "rates"\nfactor = "x"\nvalues = [1]\n[[fact]]',
        "there are two studies 'rates'"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refused(name: str, tmp_path: Path) -> None:
    """It is named, where it stands."""
    old, new, said = MISTAKES[name]
    assert old in WHOLE
    with pytest.raises(SpecError, match=re.escape(said)):
        load_assignment(save(tmp_path, WHOLE.replace(old, new, 1)))


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    """Not one after the other."""
    text = WHOLE.replace("points = 4", "points = -4").replace("0" * 64, "abc")
    with pytest.raises(SpecError) as raised:
        load_assignment(save(tmp_path, text))
    assert len(raised.value.problems) == 2


def test_a_file_that_is_not_there_is_a_mistake(tmp_path: Path, command: Command) -> None:
    """So is one without submissions, or with one that is not there."""
    code, _, errors = command("grade", tmp_path / "none.toml", tmp_path / "a.pdf")
    assert code == 2
    assert "none.toml cannot be read" in errors
    path = save(tmp_path, WHOLE)
    code, _, errors = command("grade", path)
    assert (code, "no submission was named" in errors) == (2, True)
    code, _, errors = command("grade", path, tmp_path / "a.pdf", tmp_path / "b.pdf")
    assert (code, errors.count("there is no file here")) == (2, 2)


def test_seeds_follow_from_a_name(tmp_path: Path, command: Command) -> None:
    """The command prints as many as the assignment asks for, as a report.toml has them."""
    path = save(tmp_path, WHOLE)
    code, output, _ = command("seeds", path, "Ana Ruiz", "Bo Li")
    seeds = seeds_from(NONCE, ["Ana Ruiz", "Bo Li"], 2)
    assert (code, output) == (0, f"seeds = [{seeds[0]}, {seeds[1]}]\n")
    assert command("seeds", path, "Ana Ruiz", "--count", "5")[1].count(",") == 4
    code, _, errors = command("seeds", save(tmp_path, 'title = "T"'), "Ana")
    assert (code, "has no nonce" in errors) == (2, True)


@settings(max_examples=30)
@given(NAMES, st.integers(1, 20))
def test_seeds_are_those_of_the_name_alone(names: list[str], count: int) -> None:
    """Spelling and order count little; more seeds begin with the same ones; none repeats."""
    seeds = seeds_from("n", names, count)
    spelled = [f"  {name} " for name in reversed(names)]
    assert seeds == seeds_from("n", spelled, count) == seeds_from("n", names, 20)[:count]
    assert len(set(seeds)) == count
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_seeds_differ_between_names_and_nonces() -> None:
    """A class of a thousand shares none of three."""
    found = [seed for name in range(1000) for seed in seeds_from("n", [f"Student {name}"], 3)]
    assert len(set(found)) == len(found)
    assert seeds_from("n", ["Ana"], 3) != seeds_from("m", ["Ana"], 3)
    assert seeds_from("n", ["JOSÉ  Ruiz"], 3) == seeds_from("n", ["jose\u0301 ruiz"], 3)
