"""Studies as a template sees them: a study's plan with its results in, a view out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from scenes.claims.facts import Fact
from scenes.plan.plan import StudyPlan, Trial
from scenes.report.language.locale import Words
from scenes.report.language.printed_facts import (
    PrintedFact,
    Source,
    factor_label,
    factor_phrase,
    language_of,
    trial_label,
)
from scenes.report.language.ranking_text import rule_reason, rule_text
from scenes.report.pending import is_pending, is_pending_study
from scenes.report.views.effects import EffectTable, view_effects
from scenes.report.views.failures import failure_text
from scenes.report.views.figure import FigureView, SummaryView, view_summary
from scenes.report.views.grouping import Judged, Sorted, sort_trials
from scenes.report.views.looks import looks_text
from scenes.report.views.metrics import MetricTable, TrialFacts, view_metrics
from scenes.report.views.setup import chosen_settings, fixed_settings
from scenes.spec.registry import is_lower_better
from scenes.spec.report import Report
from scenes.spec.text import text_in, with_epochs


@dataclass(frozen=True)
class TrialView:
    """A trial: its label and its facts, each by its name in `scenes.claims.facts.MEASURES`.

    A metric of the registry is a fact by its name too; that of a class is `facts["recall:cat"]`.
    """

    key: str
    label: str
    failed: str | None
    facts: Mapping[str, PrintedFact]
    summary: "SummaryView | None"
    is_pending: bool = False
    """Whether its runs are still to be trained, as in a draft."""
    last_epoch: str = ""
    """Of which epoch the final figures are, as a table prints it."""

    def __getattr__(self, name: str) -> PrintedFact:
        facts: Mapping[str, PrintedFact] = self.__dict__.get("facts", {})
        try:
            return facts[name]
        except KeyError:
            raise AttributeError(
                f"a trial has no {name!r}; its facts: {', '.join(facts)}"
            ) from None

    @property
    def n(self) -> int:
        """Finished runs."""
        return self.facts["val_loss"].n


@dataclass(frozen=True)
class ChoiceView:
    """What a study hands on."""

    key: str
    value: str
    because: str
    by_author: bool
    rule: str
    rule_key: str | None
    rule_value: str | None
    rule_reason: Markup
    """The rule as a sentence, with the numbers by which it takes its value."""


@dataclass(frozen=True)
class StudyView:
    """A study as its section of the report tells it."""

    name: str
    number: str
    title: str
    question: str
    expected: str
    """What the authors expect, in markdown; "" where they say nothing."""
    points: PrintedFact | None
    factor: str
    phrase: str
    """The factor as a sentence has it."""
    values: tuple[str, ...]
    epochs: str
    most_epochs: int
    """By which a noun agrees: 1 where `epochs` is "1"."""
    seeds: str
    """How many a value has, such as "3 seeds"; empty where no value could be planned."""
    fixed: tuple[tuple[str, str], ...]
    uses: tuple[tuple[str, str, str], ...]
    trials: tuple[TrialView, ...]
    metrics: MetricTable | None
    effects: EffectTable | None
    """How each value differs from the reference; None where every value has one seed."""
    looks: str
    """How many seeds it took and why no more were trained; empty where their number was fixed."""
    choice: ChoiceView | None
    notes: tuple[str, ...]
    remarks: tuple[str, ...]
    """The notes again, short enough for the caption of a figure or table."""
    figures: tuple[FigureView, ...] = ()
    table: str = ""
    """Anchor of the table with its results, where that is not its own."""
    plan: StudyPlan = field(repr=False, kw_only=True)
    judged: Judged = field(default_factory=dict, repr=False, compare=False, kw_only=True)

    @property
    def section(self) -> str:
        """Number and title, as the list of printed facts names the study."""
        return f"{self.number} {self.title}"

    def trial(self, key: object) -> TrialView:
        """Return the trial with this key (`8` or `"8"`)."""
        for trial in self.trials:
            if trial.key == str(key):
                return trial
        keys = ", ".join(trial.key for trial in self.trials)
        raise KeyError(f"study {self.name!r} has no value {key!r}; its values: {keys}")

    @property
    def finished(self) -> tuple[TrialView, ...]:
        """The trials with results."""
        return tuple(trial for trial in self.trials if trial.n)

    @property
    def is_pending(self) -> bool:
        """Return whether some of its runs are still to be trained, as in a draft."""
        return is_pending_study(self.plan)

    @property
    def is_single(self) -> bool:
        """Return whether no value has results of several seeds, so that nothing is decided."""
        return all(trial.n < 2 for trial in self.trials)

    def top(self, measure: str = "val_accuracy") -> TrialView:
        """Return the finished trial with the best value of an accuracy, a loss or a metric."""
        sign = -1 if is_lower_better(measure) else 1
        return max(self.finished, key=lambda trial: sign * trial.facts[measure].value)

    def bottom(self, measure: str = "val_accuracy") -> TrialView:
        """Return the finished trial with the worst value of an accuracy, a loss or a metric."""
        sign = -1 if is_lower_better(measure) else 1
        return min(self.finished, key=lambda trial: sign * trial.facts[measure].value)

    def sorted_by(self, predicate: str, **options: Any) -> Sorted[TrialView]:
        """Sort the finished trials by the verdict of a claim on each: see `sort_trials`."""
        return sort_trials(self.plan, self.finished, predicate, self.judged, **options)

    def tied(self, trial: TrialView, measure: str) -> tuple[TrialView, ...]:
        """Return the finished trials whose measure is printed like that of this one."""
        shown = str(trial.facts[measure].mean)
        return tuple(each for each in self.finished if str(each.facts[measure].mean) == shown)

    def widest(self) -> TrialView:
        """Return the finished trial whose training accuracy ends furthest above validation."""
        return max(self.finished, key=lambda trial: trial.facts["gap"].value)


def view_study(
    plan: StudyPlan, others: Mapping[str, StudyView], report: Report, words: Words
) -> StudyView:
    """Return the view of a study, without its figures.

    Args:
        plan: The study with its results.
        others: Views of the studies before it, whose choices it may use.
        report: The report.
        words: Its language.
    """
    study, language = plan.study, language_of(words)
    number, title = study.number or str(len(others) + 1), text_in(study.title, language)
    section = f"{number} {title}"
    used = [others[name].plan.study for name in study.use]
    epochs = _range(_planned_epochs(plan, report), words)
    trials = tuple(_view_trial(plan, trial, section, words) for trial in plan.trials)
    return StudyView(
        name=study.name,
        number=number,
        title=title,
        question=with_epochs(text_in(study.question, language), epochs),
        expected=with_epochs(text_in(study.expected.text, language), epochs)
        if study.expected
        else "",
        points=_points(study.name, study.points, section, words),
        factor=factor_label(plan, words),
        phrase=factor_phrase(plan, words),
        values=_value_labels(plan, words),
        epochs=epochs,
        most_epochs=max(_planned_epochs(plan, report)),
        seeds=_seeds(plan, words),
        fixed=fixed_settings(plan, chosen_settings(used), report.base, words),
        uses=tuple(_used(others[name], words) for name in study.use),
        trials=trials,
        metrics=view_metrics(plan, report.metrics, section, words),
        effects=view_effects(plan, section, words),
        looks=looks_text(plan, words),
        choice=_view_choice(plan, trials, section, words),
        notes=(*_notes(plan, "notice.random_weights", words), *_stops(plan, "stopped", words)),
        remarks=(
            *_notes(plan, "notice.random_weights_short", words),
            *_stops(plan, "stopped_short", words),
        ),
        plan=plan,
    )


def _points(study: str, points: float | None, section: str, words: Words) -> PrintedFact | None:
    if points is None:
        return None
    kind = "integer" if points == int(points) else "hours"
    fact = Fact(f"{study}.points", points, kind)  # type: ignore[arg-type]
    return PrintedFact(fact, words, Source(section, "", words("facts.points")))


def _value_labels(plan: StudyPlan, words: Words) -> tuple[str, ...]:
    """Return how each value is called, those included that could not be planned."""
    known = {trial.key: trial_label(trial, plan.study.factor, words) for trial in plan.trials}
    return tuple(
        known.get(value.key) or text_in(value.label or value.key, language_of(words))
        for value in plan.study.values
    )


def _planned_epochs(plan: StudyPlan, report: Report) -> set[int]:
    planned = {trial.settings.epochs for trial in plan.trials}
    return planned or {plan.study.set.get("epochs", report.base.epochs)}


def _seeds(plan: StudyPlan, words: Words) -> str:
    numbers = sorted({len(trial.runs) for trial in plan.trials})
    fewest = f"{words.integer(numbers[0])}–" if len(numbers) > 1 else ""
    return fewest + words.count("count.seeds", numbers[-1]) if numbers else ""


def _used(other: StudyView, words: Words) -> tuple[str, str, str]:
    value = other.choice.value if other.choice else ""
    return other.factor, value, other.number


def _view_trial(plan: StudyPlan, trial: Trial, section: str, words: Words) -> TrialView:
    study = plan.study
    label = trial_label(trial, study.factor, words)
    facts = TrialFacts(plan, trial, section, words)
    failed = (
        None
        if trial.records
        else next((failure_text(item.reason, words) for item in trial.failures), None)
    )
    summary = None
    if trial.records:
        name, runs = f"{study.name}.{trial.key}", facts["parameters"].fact.runs
        summary = view_summary(
            trial.records[0].summary, name, words, source=(section, label), runs=runs
        )
    last = _last_epoch(trial, words)
    pending = is_pending(trial)
    return TrialView(trial.key, label, failed, facts, summary, pending, last_epoch=last)


def _last_epoch(trial: Trial, words: Words) -> str:
    """Say which epoch the final figures of a trial are of: "8", or "kept 3–5" over seeds."""
    kept = {record.kept + 1 for record in trial.records}
    goes_back = any(record.kept + 1 < record.epochs for record in trial.records)
    return f"{words('results.kept')} {_range(kept, words)}" if goes_back else _range(kept, words)


def _range(numbers: Iterable[int], words: Words) -> str:
    ends = sorted(numbers)
    return "–".join(words.integer(value) for value in ends[:1] + ends[1:][-1:])


def _stops(plan: StudyPlan, key: str, words: Words) -> Iterator[str]:
    """Say of each trial that stopped early after how many epochs."""
    for trial in plan.trials:
        trained = {record.epochs for record in trial.records if record.stopped_early}
        if trained:
            yield words.count(
                f"notice.{key}",
                max(trained),
                values=trial_label(trial, plan.study.factor, words),
                epochs=_range(trained, words),
                planned=words.integer(trial.settings.epochs),
            )


def _view_choice(
    plan: StudyPlan, trials: tuple[TrialView, ...], section: str, words: Words
) -> ChoiceView | None:
    chosen = plan.chosen
    if chosen is None:
        return None
    labels = {trial.key: trial.label for trial in trials}
    because = chosen.choice.because
    return ChoiceView(
        key=chosen.key,
        value=labels[chosen.key],
        because=text_in(because, language_of(words)) if because is not None else "",
        by_author=chosen.choice.value is not None,
        rule=rule_text(chosen.choice, words),
        rule_key=chosen.by_rule,
        rule_value=labels.get(chosen.by_rule or ""),
        rule_reason=rule_reason(plan.study.name, chosen, labels, words, section=section),
    )


def _notes(plan: StudyPlan, key: str, words: Words) -> tuple[str, ...]:
    """Return what a reader of the study must not overlook."""
    random = [
        backbone
        for trial in plan.trials
        if (backbone := trial.settings.used_backbone) and trial.settings.weights == "random"
    ]
    backbones = tuple(dict.fromkeys(random))
    if not backbones:
        return ()
    return (words.count(key, len(backbones), backbones=words.listed(backbones)),)
