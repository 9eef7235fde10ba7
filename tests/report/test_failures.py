"""Why a run failed is said in the language of the report."""

import pytest

from scenes.report.language.catalogue import load_words
from scenes.report.markup.templates import catalogues_folder
from scenes.report.views.failures import failure_text
from scenes.spec.text import Language
from scenes.training.engine import DIED, VANISHED


@pytest.mark.parametrize(
    ("reason", "spanish", "english"),
    [
        (
            "TrainingError: diverged in epoch 3: loss is not a number (a smaller rate helps)",
            "diverge en la época 3",
            "diverges in epoch 3",
        ),
        ("tensorflow.ResourceExhaustedError: OOM when allocating", "memoria", "enough memory"),
        (DIED, "su proceso murió", "its process died"),
        (VANISHED, "sin dejar un resultado", "without a result"),
        ("ValueError: something new", "ValueError: something new", "ValueError: something new"),
    ],
)
def test_what_the_training_half_records_is_translated(
    reason: str, spanish: str, english: str
) -> None:
    """What nobody foresaw is quoted as it is recorded."""
    told: list[tuple[Language, str]] = [("es", spanish), ("en", english)]
    for language, part in told:
        words = load_words(language, catalogues_folder())
        assert part in failure_text(reason, words)
