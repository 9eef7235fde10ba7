"""What the results say of a study's expectation."""

from markupsafe import Markup

from scenes.claims.expectation import judge_expectation
from scenes.report.language.locale import Words
from scenes.report.markup.claim_tag import noted
from scenes.report.prose.phrasing import paragraph, sentence
from scenes.report.views.study import StudyView


def outcome(study: StudyView, words: Words) -> Markup:
    """Say whether the results bear the expectation out; nothing where there is none.

    Networks that start from random weights neither confirm nor refute what pretrained ones do.
    """
    verdict = judge_expectation(study.plan)
    if verdict is None:
        return Markup()
    found = sentence(words, f"expected.{noted(study.name, verdict).status}")
    return paragraph([found, sentence(words, "expected.random")] if _is_random(study) else [found])


def _is_random(study: StudyView) -> bool:
    """Return whether what was expected is about a known architecture with random weights."""
    expected = study.plan.study.expected
    named = {expected.value, expected.than} - {None} if expected else set()
    return any(
        trial.settings.used_backbone and trial.settings.weights == "random"
        for trial in study.plan.trials
        if trial.key in named or not named
    )
