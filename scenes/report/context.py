"""What a template sees: a finished plan and its pictures in, plain views with printed facts out.

A view holds what a template may print, in the language of the report, and nothing that it would
have to compute. Every number in it is a `PrintedFact`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from scenes.analysis.facts import MEASURES, Fact, trial_fact
from scenes.dataset.findings import Finding
from scenes.dataset.folder import Dataset
from scenes.identity import effective
from scenes.plan import StudyPlan, Trial
from scenes.report.locale import Words
from scenes.report.printing import (
    PrintedFact,
    factor_label,
    language_of,
    setting_label,
    setting_text,
    trial_label,
)
from scenes.report.reasons import rule_reason, rule_text
from scenes.spec import Report, text_in

SHOWN_SETTINGS = (
    "model",
    "backbone",
    "image_size",
    "batch_size",
    "activation",
    "augmentation",
    "optimizer",
    "learning_rate",
    "learning_rate_schedule",
    "schedule_factor",
    "schedule_every",
    "schedule_floor",
    "patience",
    "stop_by",
    "restore_best",
    "momentum",
    "weight_decay",
    "label_smoothing",
    "dropout",
    "precision",
    "train_per_class",
    "val_per_class",
)
"""Settings that a study's setup names, in this order, where they are fixed and have an effect."""

SILENT_AT: Mapping[str, object] = {
    "momentum": 0.0,
    "schedule_floor": 0.0,
    "restore_best": False,
    "weight_decay": 0.0,
    "label_smoothing": 0.0,
    "dropout": 0.0,
    "precision": "float32",
}
"""Values that go without saying."""


@dataclass(frozen=True)
class TrialView:
    """A trial: its label and its facts, each by its name in `scenes.analysis.facts.MEASURES`."""

    key: str
    label: str
    failed: str | None
    facts: Mapping[str, PrintedFact]
    summary: "SummaryView | None"

    def __getattr__(self, name: str) -> PrintedFact:
        facts: Mapping[str, PrintedFact] = self.__dict__.get("facts", {})
        if name in facts:
            return facts[name]
        raise AttributeError(f"a trial has no {name!r}; its facts: {', '.join(facts)}")

    @property
    def n(self) -> int:
        """Finished runs."""
        return self.facts["val_loss"].n


@dataclass(frozen=True)
class LayerView:
    """A row of a model summary."""

    name: str
    type: str
    output_shape: str
    parameters: PrintedFact


@dataclass(frozen=True)
class SummaryView:
    """A model as the table of its layers."""

    name: str
    layers: tuple[LayerView, ...]
    parameters: PrintedFact
    trainable: PrintedFact
    frozen: PrintedFact


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
    """Why the rule takes its value, in numbers."""


@dataclass(frozen=True)
class FigureView:
    """A figure: a picture by the name of its asset, or a model summary set as a table.

    Attributes:
        number: None for a plate that is not referred to; `A1`, … in the appendix.
        kind: `image` (curves), `preview`, `samples`, `summary` or `exhibit` (asked for by name).
    """

    number: int | str | None
    kind: str
    title: str
    caption: str
    asset: str = ""
    alt: str = ""
    summary: SummaryView | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class StudyView:
    """A study as its section of the report tells it."""

    name: str
    number: str
    title: str
    question: str
    points: PrintedFact | None
    factor: str
    values: tuple[str, ...]
    epochs: str
    fixed: tuple[tuple[str, str], ...]
    uses: tuple[tuple[str, str, str], ...]
    trials: tuple[TrialView, ...]
    choice: ChoiceView | None
    notes: tuple[str, ...]
    figures: tuple[FigureView, ...] = ()
    plan: StudyPlan = field(repr=False, kw_only=True)

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

    def top(self, measure: str = "val_accuracy") -> TrialView:
        """Return the finished trial with the highest accuracy, or lowest loss, of this name."""
        sign = -1 if measure.endswith("loss") else 1
        return max(self.finished, key=lambda trial: sign * trial.facts[measure].value)

    def bottom(self, measure: str = "val_accuracy") -> TrialView:
        """Return the finished trial with the lowest accuracy, or highest loss, of this name."""
        sign = -1 if measure.endswith("loss") else 1
        return min(self.finished, key=lambda trial: sign * trial.facts[measure].value)

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
    trials = tuple(_view_trial(plan, trial, words) for trial in plan.trials)
    return StudyView(
        name=study.name,
        number=study.number or str(len(others) + 1),
        title=text_in(study.title, language),
        question=text_in(study.question, language),
        points=_points(study.name, study.points, words),
        factor=factor_label(plan, words),
        values=tuple(trial.label for trial in trials),
        epochs=_epochs(plan, words),
        fixed=_fixed(plan, _inherited(study.use, others), words),
        uses=tuple(_used(others[name], words) for name in study.use),
        trials=trials,
        choice=_view_choice(plan, trials, words),
        notes=_notes(plan, words),
        plan=plan,
    )


def _points(study: str, points: float | None, words: Words) -> PrintedFact | None:
    if points is None:
        return None
    kind = "integer" if points == int(points) else "hours"
    return PrintedFact(Fact(f"{study}.points", points, kind), words)  # type: ignore[arg-type]


def _epochs(plan: StudyPlan, words: Words) -> str:
    epochs = sorted({trial.settings.epochs for trial in plan.trials})
    return "–".join(words.integer(value) for value in epochs[:1] + epochs[1:][-1:])


def _inherited(used: Sequence[str], others: Mapping[str, StudyView]) -> set[str]:
    """Return the settings that other studies have chosen."""
    studies = [others[name].plan.study for name in used]
    return {name for study in studies for value in study.values for name in value.settings} | {
        study.factor for study in studies
    }


def _fixed(plan: StudyPlan, inherited: set[str], words: Words) -> tuple[tuple[str, str], ...]:
    """Return the settings that no value changes and that no other study has chosen."""
    if not plan.trials:
        return ()
    per_class = ("train_per_class", "val_per_class")
    seen = [
        {**effective(trial.settings), **trial.settings.model_dump(include=set(per_class))}
        for trial in plan.trials
    ]
    varied = (
        inherited
        | {plan.study.factor}
        | {name for value in plan.study.values for name in value.settings}
    )
    rows = []
    for name in SHOWN_SETTINGS:
        values = [settings[name] for settings in seen if settings.get(name) is not None]
        same = bool(values) and all(value == values[0] for value in values)
        if same and name not in varied and SILENT_AT.get(name) != values[0]:
            rows.append((setting_label(name, words), setting_text(name, values[0], words)))
    return tuple(rows)


def _used(other: StudyView, words: Words) -> tuple[str, str, str]:
    value = other.choice.value if other.choice else ""
    return other.factor, value, other.number


def _view_trial(plan: StudyPlan, trial: Trial, words: Words) -> TrialView:
    study = plan.study
    facts = {
        measure: PrintedFact(trial_fact(study.name, trial, measure), words) for measure in MEASURES
    }
    failed = None if trial.records else next((item.reason for item in trial.failures), None)
    summary = None
    if trial.records:
        summary = view_summary(trial.records[0].summary, f"{study.name}.{trial.key}", words)
    return TrialView(trial.key, trial_label(trial, study.factor, words), failed, facts, summary)


def view_summary(summary: Mapping[str, Any], name: str, words: Words) -> SummaryView:
    """Return a model's summary, as its record holds it, with printed facts."""

    def fact(what: str, value: float) -> PrintedFact:
        return PrintedFact(Fact(f"{name}.{what}", value, "integer"), words)

    layers = tuple(
        LayerView(
            name=layer["name"],
            type=layer["type"],
            output_shape=_shape(layer["output_shape"]),
            parameters=fact(f"{layer['name']}.parameters", layer["parameters"]),
        )
        for layer in summary["layers"]
    )
    counts = {what: fact(what, summary[what]) for what in ("parameters", "trainable", "frozen")}
    return SummaryView(summary["name"], layers, **counts)


def _shape(shape: Sequence[int | None]) -> str:
    return "(" + ", ".join("None" if side is None else str(side) for side in shape) + ")"


def _view_choice(plan: StudyPlan, trials: tuple[TrialView, ...], words: Words) -> ChoiceView | None:
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
        rule_reason=rule_reason(plan.study.name, chosen, labels, words),
    )


def _notes(plan: StudyPlan, words: Words) -> tuple[str, ...]:
    """Return what a reader of the study must not overlook."""
    random = [
        str(trial.settings.backbone)
        for trial in plan.trials
        if trial.settings.model == "transfer" and trial.settings.weights == "random"
    ]
    notes = []
    if random:
        notes.append(words("notice.random_weights", backbones=", ".join(random)))
    return tuple(notes)


@dataclass(frozen=True)
class ClassRow:
    """A class and how many pictures of it each split has."""

    name: str
    counts: tuple[PrintedFact, ...]


@dataclass(frozen=True)
class DataView:
    """The pictures as the report tells them."""

    name: str
    synthetic: bool
    splits: tuple[str, ...]
    classes: tuple[ClassRow, ...]
    totals: tuple[PrintedFact, ...]
    findings: tuple[str, ...]
    sizes: str
    samples: FigureView | None


def view_data(
    dataset: Dataset, report: Report, words: Words, *, samples: FigureView | None
) -> DataView:
    """Return the view of the pictures that the runs take."""
    return data_view(dataset, words, name=data_name(dataset, report, words), samples=samples)


def data_view(
    dataset: Dataset, words: Words, *, name: str, samples: FigureView | None = None
) -> DataView:
    """Return the view of pictures under the name that a reader knows them by."""
    splits = tuple(name for name in ("train", "val", "test") if dataset.splits.get(name))

    def fact(name: str, value: int) -> PrintedFact:
        return PrintedFact(Fact(f"data.{name}", value, "integer"), words)

    counts = {split: dataset.counts(split) for split in splits}
    rows = tuple(
        ClassRow(name, tuple(fact(f"{split}.{name}", counts[split][name]) for split in splits))
        for name in dataset.classes
    )
    totals = tuple(fact(split, len(dataset.splits[split])) for split in splits)
    return DataView(
        name=name,
        synthetic=dataset.source == "synthetic",
        splits=tuple(words(f"split.{split}") for split in splits),
        classes=rows,
        totals=totals,
        findings=tuple(_findings(dataset, words)),
        sizes=_sizes(dataset, words),
        samples=samples,
    )


def _findings(dataset: Dataset, words: Words) -> Iterator[str]:
    for item in dataset.findings:
        yield finding_text(item, words)
    if dataset.skipped:
        files = ", ".join(item.path for item in dataset.skipped)
        yield words("finding.skipped", n=words.integer(len(dataset.skipped)), files=files)


def finding_text(item: Finding, words: Words) -> str:
    """Return a finding in a sentence."""
    told = words(f"finding.{item.kind}", n=words.integer(item.count))
    if item.share is None:
        return told
    return f"{told} {words('finding.explains', points=words.points(item.share))}"


def _sizes(dataset: Dataset, words: Words) -> str:
    """Return a sentence on how large the pictures are, or nothing where that is not known."""
    seen = [
        dataset.seen[place.sha256] for place in dataset.places() if place.sha256 in dataset.seen
    ]
    if not seen:
        return ""
    ordered = sorted(seen, key=lambda one: one.pixels)
    small, middle, large = (
        f"{one.width}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{one.height}"
        for one in (ordered[0], ordered[len(ordered) // 2], ordered[-1])
    )
    formats = " · ".join(sorted({one.format for one in seen}))
    if len({(one.width, one.height) for one in seen}) == 1:
        return words("data.one_size", size=small, formats=formats)
    return words("data.sizes", small=small, middle=middle, large=large, formats=formats)


def data_name(dataset: Dataset, report: Report, words: Words) -> str:
    """Return how the report calls its pictures."""
    if report.data.name is not None:
        return text_in(report.data.name, language_of(words))
    return words("data.painted") if dataset.source == "synthetic" else dataset.name


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

    def fact(name: str, value: float) -> PrintedFact:
        return PrintedFact(Fact(f"workload.{name}", value, "hours"), words)

    rows = tuple(
        WorkloadRow(
            task.task,
            tuple(fact(f"{task.task}.{name}", task.hours.get(name, 0.0)) for name in people),
        )
        for task in report.workload
    )
    totals = tuple(
        fact(f"total.{name}", sum(task.hours.get(name, 0.0) for task in report.workload))
        for name in people
    )
    return WorkloadView(people, rows, totals)
