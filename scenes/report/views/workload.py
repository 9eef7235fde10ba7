"""The workload as a template sees it: a report in, a table with its sums out."""

from dataclasses import dataclass

from scenes.claims.facts import Fact
from scenes.report.language.locale import Words
from scenes.report.language.printed_facts import PrintedFact, Source
from scenes.spec.report import Report


@dataclass(frozen=True)
class WorkloadRow:
    """A task and the hours of each person."""

    task: str
    hours: tuple[PrintedFact, ...]


@dataclass(frozen=True)
class WorkloadView:
    """The workload table with its sums."""

    people: tuple[str, ...]
    rows: tuple[WorkloadRow, ...]
    totals: tuple[PrintedFact, ...]


def view_workload(report: Report, words: Words) -> WorkloadView | None:
    """Return the workload table, or None where the report has none."""
    if not report.workload:
        return None
    people = tuple(dict.fromkeys(name for task in report.workload for name in task.hours))

    def fact(task: str, name: str, value: float) -> PrintedFact:
        source = Source(words("section.workload"), task, name)
        return PrintedFact(Fact(f"workload.{task}.{name}", value, "hours"), words, source)

    rows = tuple(
        WorkloadRow(
            task.task,
            tuple(fact(task.task, name, task.hours.get(name, 0.0)) for name in people),
        )
        for task in report.workload
    )
    totals = tuple(
        fact(words("label.total"), name, sum(task.hours.get(name, 0.0) for task in report.workload))
        for name in people
    )
    return WorkloadView(people, rows, totals)
