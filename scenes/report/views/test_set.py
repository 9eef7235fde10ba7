"""The test set as a template sees it: openings and records in, figures and sentences out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from markupsafe import Markup

from scenes.claims.facts import Fact, Kind
from scenes.claims.split_figures import SplitComparison, SplitFigure, compare_splits
from scenes.claims.tested import Measured, TestResults
from scenes.data.folder import Dataset
from scenes.plan.final import final_trial, rival_trials
from scenes.plan.plan import Plan, StudyPlan, Trial
from scenes.report.language.locale import Words
from scenes.report.language.metric_words import bare_name
from scenes.report.language.printed_facts import PrintedFact, Source, factor_label, trial_label
from scenes.runs.openings import Opening
from scenes.spec.registry import find_metric

ALWAYS = ("val_accuracy", "val_loss")
"""The metrics that stand in the table in any case."""


@dataclass(frozen=True)
class TestCell:
    """A figure on one split, or a difference, with the ends of its interval."""

    value: PrintedFact
    low: PrintedFact
    high: PrintedFact


@dataclass(frozen=True)
class TestRow:
    """A metric of a configuration: on validation, on test, and test minus validation."""

    name: str
    validation: TestCell
    test: TestCell
    difference: TestCell
    sentence: Markup


@dataclass(frozen=True)
class TestPart:
    """A configuration that was measured: what it is called, and a row for each metric."""

    label: str
    rows: tuple[TestRow, ...]


@dataclass(frozen=True)
class TestView:
    """A test set: sealed, or opened so many times.

    Attributes:
        pictures: How many there are.
        times: How often any of them was opened.
        dates: Of the openings, in words.
        parts: The final configuration and its rivals; empty while it is sealed, and where the
            openings measured other configurations than the one that the report ends with.
        sentences: What is to be known of it.
        plan: What it shows, for claims.
    """

    pictures: PrintedFact
    times: PrintedFact
    dates: tuple[str, ...]
    parts: tuple[TestPart, ...]
    sentences: tuple[Markup, ...]
    plan: TestResults
    name: str = "test"

    @property
    def is_pending(self) -> bool:
        """Return whether more of it is to come: an opening is whole, or was not made."""
        return False

    @property
    def is_measured(self) -> bool:
        """Return whether there are figures of the final configuration."""
        return bool(self.parts)


def view_test_set(
    plan: Plan, dataset: Dataset, openings: Sequence[Opening], words: Words
) -> TestView | None:
    """Return the view of the test set; None where the pictures have none.

    Args:
        plan: With its results.
        dataset: With a test split, where there is one.
        openings: Of any of its pictures, the earliest first.
        words: Of the report's language.
    """
    members = dataset.splits.get("test")
    if not members:
        return None
    found = final_trial(plan.studies)
    opening = _measuring(openings, found[1] if found else None, [it.sha256 for it in members])
    parts = () if found is None or opening is None else tuple(_parts(plan, found, opening, words))
    dates = tuple(words.date(one.date.date()) for one in openings)
    results = _results(plan, found[1] if found else None, opening)
    view = TestView(
        pictures=_count("pictures", len(members), words),
        times=_count("times", len(openings), words),
        dates=dates,
        parts=parts,
        sentences=(),
        plan=results,
    )
    sentences = (_state(view, words), *(it.rows[0].sentence for it in parts[:1]))
    return replace(view, sentences=sentences)


def _measuring(
    openings: Sequence[Opening], final: Trial | None, contents: Sequence[str]
) -> Opening | None:
    """Return the first opening of these very pictures that measured the final configuration."""
    wanted = {record.id for record in final.records} if final else set()
    return next(
        (
            one
            for one in openings
            if wanted and wanted <= set(one.final) and sorted(one.contents) == sorted(contents)
        ),
        None,
    )


def _results(plan: Plan, final: Trial | None, opening: Opening | None) -> TestResults:
    """Return what claims on the test set rest on."""
    if final is None or opening is None:
        return TestResults(margin=plan.report.equal_within)
    rivals = {
        rival: _measured(trial, opening)
        for rival, trial in zip(plan.report.test.rivals, rival_trials(plan), strict=True)
        if _is_measured(trial, opening, rival)
    }
    return TestResults(opening.classes, _measured(final, opening), rivals, plan.report.equal_within)


def _measured(trial: Trial, opening: Opening) -> Measured:
    return Measured(
        validation=tuple(record.predictions for record in trial.records),
        test=tuple(opening.predictions(record.id) for record in trial.records),
    )


def _is_measured(trial: Trial, opening: Opening, rival: str) -> bool:
    ids = {record.id for record in trial.records}
    return bool(ids) and ids <= set(opening.rivals.get(rival, ()))


def _state(view: TestView, words: Words) -> Markup:
    """Say whether the test set is sealed, and if not, how often it was opened."""
    given = {"n": view.pictures, "times": view.times, "dates": words.listed(view.dates)}
    if not view.dates:
        return words.html("test.sealed", **given)
    if not view.is_measured:
        return words.html("test.other", **given)
    return words.html("test.once" if len(view.dates) == 1 else "test.again", **given)


def _parts(
    plan: Plan, found: tuple[StudyPlan, Trial], opening: Opening, words: Words
) -> Iterator[TestPart]:
    study, final = found
    label = words("test.final", configuration=_label(study, final, words))
    yield _part(plan, study, final, opening, words, label=label)
    for rival in plan.report.test.rivals:
        name, key = rival.split("/")
        other = plan.study(name)
        trial = other.trial(key)
        if _is_measured(trial, opening, rival):
            yield _part(plan, other, trial, opening, words, label=_label(other, trial, words))


def _label(study: StudyPlan, trial: Trial, words: Words) -> str:
    label = trial_label(trial, study.study.factor, words)
    return f"{factor_label(study, words)}: {label}"


def _part(
    plan: Plan, study: StudyPlan, trial: Trial, opening: Opening, words: Words, *, label: str
) -> TestPart:
    metrics = dict.fromkeys([*ALWAYS, *plan.report.metrics])
    if study.study.choose is not None:
        metrics[study.study.choose.by] = None
    measured = _measured(trial, opening)
    name = f"test.{study.study.name}.{trial.key}"
    runs = tuple(record.id for record in trial.records)
    rows = []
    for metric in metrics:
        figure = compare_splits(metric, opening.classes, measured.validation, measured.test)
        rows.append(_row(metric, figure, words, name=f"{name}.{metric}", label=label, runs=runs))
    return TestPart(label, tuple(rows))


def _row(
    metric: str,
    figure: SplitComparison,
    words: Words,
    *,
    name: str,
    label: str,
    runs: tuple[str, ...],
) -> TestRow:
    kind: Kind = find_metric(metric).kind
    called = bare_name(metric, words)

    def cell(what: str, value: float, low: float, high: float, kind: Kind) -> TestCell:
        def fact(end: str, number: float) -> PrintedFact:
            text = words(f"test.{what}", metric=called)
            if end:
                text = words(f"measure.interval_{end}", measure=text)
            source = Source(words("section.test"), label, text)
            found = Fact(f"{name}.{what}{end and '.'}{end}", number, kind, runs=runs)
            return PrintedFact(found, words, source)

        return TestCell(fact("", value), fact("low", low), fact("high", high))

    def of_split(what: str, it: SplitFigure) -> TestCell:
        return cell(what, it.value, it.low, it.high, kind)

    apart: Kind = "points" if kind == "percent" else kind
    difference = cell("difference", figure.difference, figure.low, figure.high, apart)
    validation, test = (of_split("validation", figure.validation), of_split("test", figure.test))
    sentence = words.html(
        f"test.finding.{figure.finding}",
        metric=called,
        test=test.value,
        validation=validation.value,
        low=difference.low.cell,
        high=difference.high,
    )
    unit = " (%)" if kind == "percent" else ""
    head = called[:1].upper() + called[1:] + unit
    return TestRow(head, validation, test, difference, sentence)


def _count(what: str, value: int, words: Words) -> PrintedFact:
    source = Source(words("section.test"), "", words(f"test.{what}"))
    return PrintedFact(Fact(f"test.{what}", value, "integer"), words, source)
