"""How a study's values differ from its reference: simultaneous intervals in, a table out."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scenes.claims.comparison import PairTest, compare_study
from scenes.claims.differences import judge_pair
from scenes.claims.facts import Fact, Kind
from scenes.plan.plan import StudyPlan, Trial
from scenes.report.language.locale import Words
from scenes.report.language.metric_words import bare_name, measure_kind, measure_name
from scenes.report.language.printed_facts import PrintedFact, Source, trial_label

ALWAYS = ("val_accuracy", "val_loss")
"""Metrics that every table has, besides the one that the study's rule goes by."""

EffectStatus = Literal["better", "worse", "equal", "open", "untested"]
STATUSES: dict[str, EffectStatus] = {
    "supported": "better", "contradicted": "worse", "equal": "equal", "inconclusive": "open"
}  # fmt: skip
"""What a verdict on "better than the reference" says of a value."""


BAR_MARGIN = 0.06
"""Share of a bar's width that stays free at both of its ends, so that no dot is cut."""


@dataclass(frozen=True)
class Bar:
    """Where an effect lies on the scale of its column, in percent of the width from the left."""

    zero: float
    difference: float
    low: float
    width: float
    """Of the interval, which begins at `low`; 0 where there is none."""


@dataclass(frozen=True)
class EffectView:
    """One value minus the reference, in one metric.

    Attributes:
        status: What the interval decides.
        verdict: The same in words.
        difference: Of the means over seeds.
        low: Lower end of the simultaneous interval.
        high: Its upper end.
        bar: The same drawn; None where the difference is not a number.
    """

    status: EffectStatus
    verdict: str
    difference: PrintedFact
    low: PrintedFact
    high: PrintedFact
    bar: Bar | None = None

    @property
    def is_tested(self) -> bool:
        """Return whether there is an interval."""
        return self.status != "untested"


@dataclass(frozen=True)
class EffectRow:
    """A value with its effect in each metric."""

    label: str
    effects: tuple[EffectView, ...]


@dataclass(frozen=True)
class EffectTable:
    """The values of a study beside its reference.

    Attributes:
        reference: How the report calls it.
        metrics: Names of the metrics.
        heads: How the report calls them, with their units.
        rows: Every other value with results.
        margin: Within which differences in accuracy count as none, in words.
    """

    reference: str
    metrics: tuple[str, ...]
    heads: tuple[str, ...]
    rows: tuple[EffectRow, ...]
    margin: str

    def of(self, label: str, metric: str) -> EffectView | None:
        """Return the effect of a value in a metric; None for the reference and what has none."""
        place = self.metrics.index(metric)
        return next((row.effects[place] for row in self.rows if row.label == label), None)

    @property
    def is_partly_tested(self) -> bool:
        """Return whether some difference has no interval."""
        return any(not effect.is_tested for row in self.rows for effect in row.effects)


def view_effects(plan: StudyPlan, section: str, words: Words) -> EffectTable | None:
    """Return how each value differs from the study's reference.

    None where no pair of values can be tested, as with one seed: differences then are described,
    and nothing is put beside an interval.
    """
    done = [trial for trial in plan.trials if trial.records]
    reference = reference_of(plan)
    if reference is None or sum(len(trial.records) > 1 for trial in done) < 2:
        return None
    label = trial_label(reference, plan.study.factor, words)
    rule = [plan.study.choose.by] if plan.study.choose is not None else []
    metrics = tuple(dict.fromkeys([*ALWAYS, *rule]))
    found = {metric: compare_study(plan, metric) for metric in metrics}
    rows = []
    for trial in done:
        if trial is reference:
            continue
        own = trial_label(trial, plan.study.factor, words)
        view = _viewer(plan, label, Source(section, own, ""), words)
        effects = (view(metric, found[metric][trial.key, reference.key]) for metric in metrics)
        rows.append(EffectRow(own, tuple(effects)))
    if not any(effect.is_tested for row in rows for effect in row.effects):
        return None
    heads = tuple(_head(metric, words) for metric in metrics)
    margin = words("number.points", number=words.points(plan.margin, 0))
    return EffectTable(label, metrics, heads, _with_bars(rows), margin)


def _with_bars(rows: Sequence[EffectRow]) -> tuple[EffectRow, ...]:
    """Place the effects of each metric on a scale of their own, which holds zero."""
    columns = zip(*(row.effects for row in rows), strict=True)
    drawn = zip(*map(_drawn, columns), strict=True)
    return tuple(replace(row, effects=effects) for row, effects in zip(rows, drawn, strict=True))


def _drawn(column: Sequence[EffectView]) -> tuple[EffectView, ...]:
    facts = (fact for it in column for fact in (it.difference, it.low, it.high))
    known = [0.0, *(fact.value for fact in facts if math.isfinite(fact.value))]
    room = BAR_MARGIN * (max(known) - min(known)) or 1.0
    left, right = min(known) - room, max(known) + room

    def place(value: float) -> float:
        return round(100 * (value - left) / (right - left), 1)

    def bar(effect: EffectView) -> Bar | None:
        if not math.isfinite(effect.difference.value):
            return None
        middle = place(effect.difference.value)
        if not effect.is_tested:
            return Bar(place(0), middle, middle, 0.0)
        low, high = place(effect.low.value), place(effect.high.value)
        return Bar(place(0), middle, low, round(high - low, 1))

    return tuple(replace(effect, bar=bar(effect)) for effect in column)


def reference_of(plan: StudyPlan) -> Trial | None:
    """Return the value that others are compared with: declared, or chosen, or else the first.

    None where it has no result.
    """
    declared = plan.study.reference
    key = declared or (plan.chosen.key if plan.chosen else None)
    done = (trial for trial in plan.trials if trial.records and key in (None, trial.key))
    return next(done, None)


def _viewer(
    plan: StudyPlan, reference: str, source: Source, words: Words
) -> Callable[[str, PairTest], EffectView]:
    """Return what views a value's pair with the reference."""

    def view(metric: str, pair: PairTest) -> EffectView:
        name = f"{plan.study.name}.{pair.first}.minus.{pair.second}.{metric}"
        kind = difference_kind(metric)
        measure = words(
            "measure.difference", measure=measure_name(metric, words), reference=reference
        )

        def fact(value: float, end: str = "") -> PrintedFact:
            what = words(f"measure.interval_{end}", measure=measure) if end else measure
            made = Fact(f"{name}.{end}".rstrip("."), value, kind, runs=_runs(plan, pair))
            return PrintedFact(made, words, Source(source.group, source.part, what))

        tested = math.isfinite(pair.found.low)
        status = STATUSES[judge_pair(plan, pair, metric)] if tested else "untested"
        ends = fact(pair.found.low, "low"), fact(pair.found.high, "high")
        return EffectView(status, words(f"effects.{status}"), fact(pair.found.difference), *ends)

    return view


def _runs(plan: StudyPlan, pair: PairTest) -> tuple[str, ...]:
    trials = plan.trial(pair.first), plan.trial(pair.second)
    return tuple(record.id for trial in trials for record in trial.records)


def difference_kind(metric: str) -> Kind:
    """Return how a difference in a metric is printed: of percentages, in points."""
    kind = measure_kind(metric)
    return "points" if kind == "percent" else kind


def _head(metric: str, words: Words) -> str:
    called = bare_name(metric, words)
    called = called[:1].upper() + called[1:]
    return words("effects.points", metric=called) if difference_kind(metric) == "points" else called
