"""The table of counts that are expected and proven: a plan in, rows of printed facts out."""

from dataclasses import dataclass

from scenes.claims.facts import Fact
from scenes.errors import SpecError
from scenes.plan.plan import Plan
from scenes.report.language.locale import Words
from scenes.report.language.printed_facts import PrintedFact, Source
from scenes.runs.record import Record
from scenes.spec.settings import Settings

PROVEN = {"trainable": "trainable", "frozen": "frozen", "total": "parameters"}
"""What a record proves, and what it calls it."""


@dataclass(frozen=True)
class CountRow:
    """A network with the counts that are expected of it; None where nothing is."""

    name: str
    trainable: PrintedFact | None
    frozen: PrintedFact | None
    total: PrintedFact | None


def view_counts(plan: Plan, words: Words) -> tuple[CountRow, ...]:
    """Return a row for each `[expected.NAME]` of a report, each proven by a record.

    Raises:
        SpecError: No run of the report is of such a network, or one counts something else.
    """
    rows, problems = [], list[str]()
    for name, expected in plan.report.expected.items():
        records = _records(plan, expected.settings_of(name), expected.classes)
        if not records:
            problems.append(
                f"expected.{name}: no run of this report is of such a network, with "
                f"{expected.image_size} pixels and {expected.classes} classes: nothing proves it"
            )
            continue
        counts = {it: value for it, value in expected.counts.items() if it in PROVEN}
        for what, value in counts.items():
            found = records[0].summary[PROVEN[what]]
            if found != value:
                problems.append(
                    f"expected.{name}.{what} = {value:,}, but run {records[0].id} has {found:,}"
                )
        facts = {what: _fact(name, what, value, records, words) for what, value in counts.items()}
        rows.append(CountRow(name, *(facts.get(what) for what in PROVEN)))
    if problems:
        raise SpecError("what the report expects of its networks is not proven", problems)
    return tuple(rows)


def _records(plan: Plan, settings: Settings, classes: int) -> list[Record]:
    """Return the records of runs of a network, whatever they were trained with."""
    names = ("model", "image_size", *settings.entry.parameters)
    wanted = _architecture(settings, names)
    return [
        run.result
        for run in plan.runs
        if isinstance(run.result, Record)
        and len(run.result.classes) == classes
        and _architecture(run.settings, names) == wanted
    ]


def _architecture(settings: Settings, names: tuple[str, ...]) -> list[object]:
    """Return what decides the counts; with which weights a network starts does not."""
    return [getattr(settings, name) for name in names if name != "weights"]


def _fact(name: str, what: str, value: int, records: list[Record], words: Words) -> PrintedFact:
    runs = tuple(record.id for record in records)
    fact = Fact(f"expected.{name}.{what}", value, "integer", runs=runs)
    label = words(f"summary.{what}")
    return PrintedFact(fact, words, Source(words("section.method"), name, label))
