"""What two submissions share is found, and what is everybody's is not."""

import itertools
from dataclasses import replace
from random import Random

import pytest
from test_contract import run, submission, value

from scenes.evidence.grading.copying import EXPLANATIONS, SHINGLE, Shared, find_shared
from scenes.evidence.grading.prose import MOST_WORDS, prose_of
from scenes.evidence.grading.submission import GradedRun, Submission


def text(seed: int, words: int = 60) -> str:
    """Return words that nobody else writes."""
    random = Random(seed)
    letters = "abcdefghijklmnop"
    return " ".join("".join(random.choices(letters, k=6)) for _ in range(words))


NUMBERS = itertools.count()


def of_runs(*runs: GradedRun, prose: str = "") -> Submission:
    """Return a submission of these runs."""
    author = f"student {next(NUMBERS)}"
    return submission(value("8", *runs), prose=(prose,), authors=(author,))


def find(*found: Submission, handout: tuple[str, ...] = (), own: bool = True) -> list[Shared]:
    """Return what submissions share."""
    return find_shared(dict(enumerate(found)), handout=handout, has_own_seeds=own)


ONE = run(1, started="10:00", seconds=2.5)
PAIRS: dict[str, tuple[GradedRun, set[str]]] = {
    "nothing": (run(2, started="11:00", seconds=3.5), set()),
    "the same run": (ONE, {"same run"}),
    "the same run, trained elsewhere": (
        replace(ONE, started="11:00", seconds=7.0, machine="x"), {"same run"}),
    "the same results under another seed": (
        replace(ONE, seed=5, started="11:00"), {"same results, other seed"}),
    "the same results, clock and all": (
        replace(ONE, seed=5), {"same results, other seed", "same start and duration"}),
    "the same clock": (
        replace(ONE, seed=5, results="x"), {"same start and duration"}),
    "the same clock on another machine": (replace(ONE, seed=5, results="x", machine="y"), set()),
    "one start in common": (replace(ONE, seed=5, results="x", seconds=9.0), set()),
}  # fmt: skip


@pytest.mark.parametrize("name", PAIRS)
def test_shared_runs_are_found(name: str) -> None:
    """By their results and clocks; each with its innocent explanation, and no verdict."""
    other, kinds = PAIRS[name]
    found = find(of_runs(ONE), of_runs(other))
    assert {one.kind for one in found} == kinds
    for one in found:
        assert (one.first, one.second) == (0, 1)
        assert one.explanation == EXPLANATIONS[one.kind]
        assert "copied" not in one.text


def test_several_starts_in_common_are_found() -> None:
    """One may be chance, two are shown."""
    runs = [run(seed, started=f"{seed}:00", seconds=2.0) for seed in (1, 2)]
    others = [replace(it, seed=9, results=f"x{it.seed}", seconds=4.0) for it in runs]
    (one,) = find(of_runs(*runs), of_runs(*others))
    assert (one.kind, one.text) == ("same start", "2 runs")


def test_equal_runs_are_usual_where_seeds_are_free() -> None:
    """Everybody takes seed 0; only a record with the same clock is shown."""
    other = replace(ONE, started="11:00", seconds=7.0)
    assert find(of_runs(ONE), of_runs(other), own=False) == []
    assert [one.kind for one in find(of_runs(ONE), of_runs(ONE), own=False)] == ["same run"]


def test_the_same_authors_are_named() -> None:
    """Who hands in twice, and two people of one name."""
    (one,) = find(submission(value("8", run(1))), submission(value("8", run(2, started="1"))))
    assert (one.kind, one.text) == ("same authors", "Ana")


def written(*texts: str) -> list[Submission]:
    """Return submissions of these texts, whose runs have nothing in common."""
    return [of_runs(run(number, started=f"{number}"), prose=it) for number, it in enumerate(texts)]


def test_shared_prose_is_found() -> None:
    """Words in a row, whatever their case, signs and numbers; the passages are shown."""
    copied = text(0)
    other = f"{text(1)}. {copied.upper().replace(' ', ', ')}! {text(2)}"
    (one,) = find(*written(f"{text(3)} {copied}", other))
    assert (one.kind, one.text) == ("same prose", "60 words in 1 passage")
    assert copied.split()[0] in one.examples[0]


def test_prose_of_the_handout_is_nobodys() -> None:
    """What everybody was given is not shown; nor is a phrase that anybody may write."""
    copied = text(0)
    assert find(*written(copied, copied), handout=(copied,)) == []
    phrase = text(0, SHINGLE + 2)
    assert find(*written(f"{text(1)} {phrase}", f"{phrase} {text(2)}")) == []


def test_prose_of_half_a_class_is_nobodys() -> None:
    """In a class, what many write comes from elsewhere; what two write is shown."""
    common, copied = text(0), text(1)
    texts = [f"{common} {text(10 + place)}" for place in range(8)]
    texts[2], texts[5] = f"{texts[2]} {copied}", f"{copied} {texts[5]}"
    (one,) = find(*written(*texts))
    assert (one.first, one.second, one.kind) == (2, 5, "same prose")
    assert one.text.startswith("60 words")


def test_prose_is_read_without_markup() -> None:
    """Tags, Jinja and comments go; blocks stay apart; other files are not read."""
    files = {
        "own.html": b"{% if x %}<p>One <b>two</b> {{ fact }} three</p>{# no #}<li>Four &amp; five",
        "texts/a.md": b"Six\n\nseven",
        "locale/en.toml": b"no",
        "locale/x.md": b"no",
        "plan.png": b"no",
    }
    assert prose_of(files) == ("One two three", "Four & five", "Six", "seven")
    assert len(prose_of({"a.txt": b"x " * 100_000, "b.txt": b"y"})[0].split()) == MOST_WORDS
