"""Checks that every text of a report can be printed: its description and its class names."""

from collections.abc import Iterable

from scenes.errors import SpecError
from scenes.report.style import unprintable
from scenes.spec.report import Report, report_texts
from scenes.spec.text import text_in
from scenes.spec.validation import name_place


def check_signs(report: Report, classes: Iterable[str]) -> None:
    """Refuse characters that would print as empty boxes.

    Raises:
        SpecError: A text has a character that no font of the report has; all are listed.
    """
    tables = report.model_dump(by_alias=True)
    texts = [
        (name_place(place, tables), text_in(text, report.language))
        for place, text in report_texts(report)
        if text is not None
    ]
    texts += [("authors", author) for author in report.authors]
    texts += [("workload", task.task) for task in report.workload]
    texts += [("workload", person) for task in report.workload for person in task.hours]
    texts += [("class", name) for name in classes]
    problems = [
        f"{place}: {', '.join(signs)}" for place, text in texts if (signs := unprintable(text))
    ]
    if problems:
        raise SpecError(
            "the report's fonts lack characters that its texts use",
            dict.fromkeys(problems),
            "They have Latin, Greek, Cyrillic, Hebrew and Arabic, and many symbols.",
        )
