"""Metrics of a study's values as a template sees them: records in, facts and a table out."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scenes.claims.amounts import interval
from scenes.claims.facts import MEASURES, Fact, trial_fact
from scenes.plan.plan import StudyPlan, Trial
from scenes.report.language.locale import Words
from scenes.report.language.metric_words import bare_name, measure_kind, measure_name
from scenes.report.language.printed_facts import PrintedFact, Source, trial_label
from scenes.spec.registry import find_metric


class TrialFacts(Mapping[str, PrintedFact]):
    """The facts of a trial by name: its measures, and on demand every metric of the registry."""

    def __init__(self, plan: StudyPlan, trial: Trial, section: str, words: Words) -> None:
        self._plan, self._trial, self._words = plan, trial, words
        self._source = (section, trial_label(trial, plan.study.factor, words))
        self._known = {name: self._make(name) for name in MEASURES}

    def __getitem__(self, name: str) -> PrintedFact:
        if name not in self._known:
            self._known[name] = self._make(name)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(MEASURES)

    def __len__(self) -> int:
        return len(MEASURES)

    def _make(self, name: str) -> PrintedFact:
        fact = trial_fact(self._plan.study.name, self._trial, name)
        return PrintedFact(
            fact, self._words, Source(*self._source, measure_name(name, self._words))
        )


@dataclass(frozen=True)
class MetricCell:
    """A metric of a value, with the ends of its 95 % interval."""

    value: PrintedFact
    low: PrintedFact
    high: PrintedFact


@dataclass(frozen=True)
class MetricTable:
    """The further metrics of a study: a row for each value with results.

    Attributes:
        heads: Name of each metric, with its unit.
        rows: Label of a value, and a cell for each metric.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[MetricCell, ...]], ...]


def view_metrics(
    plan: StudyPlan, asked: Sequence[str], section: str, words: Words
) -> MetricTable | None:
    """Return the table of the metrics that a report asks for and a study's rule goes by.

    None where there is no such metric besides those of every table, or no result.
    """
    rule = [plan.study.choose.by] if plan.study.choose is not None else []
    names = [it for it in dict.fromkeys([*asked, *rule]) if not find_metric(it).is_per_epoch]
    done = [trial for trial in plan.trials if trial.records]
    if not names or not done:
        return None
    rows = tuple(
        (
            trial_label(trial, plan.study.factor, words),
            tuple(_cell(plan, trial, name, section, words) for name in names),
        )
        for trial in done
    )
    return MetricTable(tuple(_head(name, words) for name in names), rows)


def _head(name: str, words: Words) -> str:
    called = bare_name(name, words)
    called = called[:1].upper() + called[1:]
    return f"{called} (%)" if measure_kind(name) == "percent" else called


def _cell(plan: StudyPlan, trial: Trial, name: str, section: str, words: Words) -> MetricCell:
    facts = TrialFacts(plan, trial, section, words)
    value = facts[name]
    entry = find_metric(name)
    mean, reach = interval(trial.records, name)
    ends = {"low": max(entry.low, mean - reach), "high": min(entry.high, mean + reach)}

    def end(which: str) -> PrintedFact:
        fact = Fact(f"{value.fact.name}.{which}", ends[which], entry.kind, runs=value.fact.runs)
        what = words(f"measure.interval_{which}", measure=measure_name(name, words))
        label = trial_label(trial, plan.study.factor, words)
        return PrintedFact(fact, words, Source(section, label, what))

    return MetricCell(value, end("low"), end("high"))
