"""Why a rule takes a value is said with its numbers."""

import re
from collections.abc import Mapping, Sequence

import pytest
from factories import build_record

from scenes.plan.plan import Chosen
from scenes.plan.ranking import rank_values
from scenes.report.language.catalogue import load_words
from scenes.report.language.fact_trace import trace_facts
from scenes.report.language.ranking_text import rule_reason, rule_text
from scenes.report.markup.templates import templates_folder
from scenes.runs.record import Record
from scenes.spec.settings import Settings
from scenes.spec.study import Choice

WORDS = load_words("en", templates_folder() / "locale")
CHEAPEST = Choice(take="cheapest within noise")
RULE = "lowest validation loss at the last epoch"
NOISE = f"the cheapest of the values that the noise does not tell from the best one ({RULE})"


def runs(losses: Sequence[float]) -> list[Record]:
    """Return a run per seed that ends at this validation loss."""
    return [
        build_record(seed=seed, history={"val_loss": [2.0, loss]})
        for seed, loss in enumerate(losses)
    ]


def reason(choice: Choice, values: Mapping[int, Sequence[float]]) -> str:
    """Return the reason of a rule on values that are picture sizes."""
    ranking = rank_values(
        choice, {str(size): (Settings(image_size=size), runs(of)) for size, of in values.items()}
    )
    assert ranking is not None
    labels = {str(size): f"{size}×{size}" for size in values}
    text = rule_reason("size", Chosen(choice, "x", ranking.taken, ranking), labels, WORDS)
    return re.sub("<[^>]+>", "", trace_facts(text, link=False)[0])


VALUES = {64: [0.50, 0.52, 0.51], 32: [0.51, 0.51, 0.53], 16: [0.9, 0.91, 0.92]}


@pytest.mark.parametrize(
    ("choice", "sizes", "text"),
    [
        (Choice(), (64, 32, 16), f"{RULE}: 0.510; next comes 32×32 with 0.517."),
        (Choice(), (16,), f"{RULE}: 0.910."),
        (
            CHEAPEST,
            (64, 32, 16),
            f"{NOISE}. The best one, 64×64, has 0.510; within the noise of it: 32×32 with 0.517. "
            "The least work of these is that of 32×32.",
        ),
        (
            CHEAPEST,
            (64, 16),
            f"{NOISE}. The best one, 64×64, has 0.510, and no other value is within the noise "
            "of it.",
        ),
    ],
)
def test_the_numbers_of_a_rule(choice: Choice, sizes: tuple[int, ...], text: str) -> None:
    """The best value and the next, or those within the noise and the cheapest of them."""
    assert reason(choice, {size: VALUES[size] for size in sizes}) == text


def test_before_the_results_the_rule_stands_alone() -> None:
    """An authors' value is handed on though the rule cannot speak yet."""
    assert rule_reason("size", Chosen(Choice(), "8", None), {}, WORDS) == f"{RULE}."


def test_a_rule_says_what_it_takes() -> None:
    """The best, or the cheapest of those that the noise does not tell from it."""
    assert rule_text(Choice(), WORDS) == RULE
    assert rule_text(CHEAPEST, WORDS) == NOISE
