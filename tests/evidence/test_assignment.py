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
    "points that are a text": ("points = 4", 'points = "4"', "must be a number, got '4'"),
    "points without end": ("points = 4", "points = inf", "must be at most 1,000,000"),
    "a number that is none": ("63375", "nan", "must be a finite number"),
    "runs that are true": ("least_seeds = 2", "least_seeds = true", "must be a whole number"),
    "a setting no run can have": ("epochs = 3", 'epochs = "3"', "set.epochs: must be a whole"),
    "a misspelt optimizer": ("epochs = 3", 'optimizer = "sdg"', "did you mean 'sgd'"),
    "the factor held fixed": ("epochs = 3", "learning_rate = 0.1", "is what the study varies"),
    "a misspelt factor": ('"learning_rate"', '"learning_rat"', "did you mean 'learning_rate'"),
    "a value twice": ("[0.1, 0.01]", "[0.1, 0.1]", "asks for one value twice"),
    "a value that is none": ("[0.1, 0.01]", "[0.1, []]", "must be a number, a text or a list"),
    "a study named like a column": ('name = "rates"', 'name = "points"', "another column 'points'"),
    "a file that is no folder": (
        "[data]", 'handout = ["assignment.toml"]\n[data]', "assignment.toml:6: handout"),
    "a folder of a long name": (
        "[data]", "handout = ['" + "x" * 300 + "']\n[data]", "there is no folder"),
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
    """Not one after the other: of parts, of what belongs together, and of files; with lines."""
    text = WHOLE.replace("points = 4", "points = -4").replace("0" * 64, "abc")
    text = text.replace("{ epochs = 3 }", "{ epoch = 3, batch_size = 0 }")
    text = text.replace('study = "rates"\npoints = 3', 'study = "rate"\npoints = 3')
    text = text.replace("value = 0.1", "value = 0.2").replace("[data]", 'handout = ["x"]\n[data]')
    with pytest.raises(SpecError) as raised:
        load_assignment(save(tmp_path, text))
    problems = raised.value.problems
    assert len(problems) == 7
    assert all(re.match(r"assignment\.toml:\d+: ", it) for it in problems), problems
    lines = {it.split(":")[1]: it for it in problems}
    assert "points: must be at least 0, got -4" in lines["15"]
    assert "there is no study 'rate'" in lines[str(text[: text.index('"rate"\n')].count("\n") + 1)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{ epochs = 3 }", '{ model = "my_own_network" }'),
        ("{ epochs = 3 }", '{ augmentation = "elastic" }'),
        ("{ epochs = 3 }", "{ image_size = 224, filters = [16, 32] }"),
        ('factor = "learning_rate"\nvalues = [0.1, 0.01]', 'factor = "network"\nvalues = [0.1, 1]'),
    ],
)
def test_what_a_submission_may_bring_can_be_asked_for(old: str, new: str, tmp_path: Path) -> None:
    """Networks and augmentations of one's own, groups of settings under any name."""
    assert old in WHOLE
    assert load_assignment(save(tmp_path, WHOLE.replace(old, new))).points == 10


def test_no_line_of_a_mistake_is_written_by_a_key(tmp_path: Path) -> None:
    """A key may hold what ends a line and what colours a terminal."""
    with pytest.raises(SpecError) as raised:
        load_assignment(save(tmp_path, 'title = "T"\n"\\u001b[31m\\n" = 1\n'))
    assert raised.value.problems[0].startswith(r"\x1b[31m\n: unknown key")


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
