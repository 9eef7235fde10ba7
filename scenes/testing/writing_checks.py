"""What is held of a report's description and template, as `scenes check` does."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from scenes.report.lint.claim_branches import missing_branches
from scenes.report.lint.preflight import check_writing
from scenes.spec.loader import apply_profile, read_description
from scenes.testing.cases import Test
from scenes.testing.checks import require

NAME = "the report"


def writing_tests(folder: Path) -> Iterator[Test]:
    """Yield what is to be tested of the writing of a report."""
    yield Test(NAME, "the description is valid", partial(_is_valid, folder))
    yield Test(NAME, "template, texts and references are in order", partial(_is_written, folder))
    yield Test(NAME, "each claim has words for each verdict", partial(_has_words, folder))


def _is_valid(folder: Path) -> None:
    report = read_description(folder).report
    for profile in report.profiles:
        apply_profile(report, profile)


def _is_written(folder: Path) -> None:
    description = read_description(folder)
    check_writing(description.report, description)


def _has_words(folder: Path) -> None:
    missing = missing_branches(read_description(folder).report.template, folder)
    require(not missing, "\n".join(missing))
