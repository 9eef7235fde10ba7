"""What the results say of a study's expectation."""

from markupsafe import Markup

from scenes.claims.expectation import judge_expectation
from scenes.report.language.locale import Words
from scenes.report.markup.claim_tag import noted
from scenes.report.prose.phrasing import sentence
from scenes.report.views.study import StudyView


def outcome(study: StudyView, words: Words) -> Markup:
    """Say whether the results bear the expectation out; nothing where there is none."""
    verdict = judge_expectation(study.plan)
    if verdict is None:
        return Markup()
    return sentence(words, f"expected.{noted(study.name, verdict).status}")
