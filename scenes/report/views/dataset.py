"""The pictures as a template sees them: a data set in, a view out."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from scenes.claims.facts import Fact
from scenes.data.decoding import Seen
from scenes.data.findings import Finding
from scenes.data.folder import Dataset
from scenes.report.language.locale import Words
from scenes.report.language.printed_facts import PrintedFact, Source, language_of
from scenes.report.views.figure import FigureView
from scenes.spec.report import Report
from scenes.spec.text import text_in

NAMED = (
    "dropped",
    "leakage",
    "near_leakage",
    "test_leakage",
    "near_test_leakage",
    "duplicates_across_classes",
    "near_across_classes",
)
"""Findings of which a report names the first pictures: they bear on its results."""
EXAMPLES = 3
"""So many of them, in the full form."""


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
    side: int
    """Of the largest picture, in pixels; 0 where that is not known."""
    samples: FigureView | None


def view_data(
    dataset: Dataset, report: Report, words: Words, *, samples: FigureView | None
) -> DataView:
    """Return the view of the pictures that the runs take; a short paper names no files."""
    name = data_name(dataset, report, words)
    named = 0 if report.document.form == "short" else EXAMPLES
    folds = report.data.folds
    return data_view(dataset, words, name=name, samples=samples, folds=folds, named=named)


def data_view(
    dataset: Dataset,
    words: Words,
    *,
    name: str,
    samples: FigureView | None = None,
    folds: int | None = None,
    named: int = EXAMPLES,
) -> DataView:
    """Return the view of pictures under the name that a reader knows them by.

    With folds, which are made of train, each of its pictures is one of val as well. Findings that
    bear on results name so many of their pictures.
    """
    findings = [*_findings(dataset, words, named)]
    if folds:
        findings.insert(0, words("finding.folds", n=words.integer(folds)))
        dataset = replace(dataset, splits={**dataset.splits, "val": dataset.splits["train"]})
    splits = tuple(name for name in ("train", "val", "test") if dataset.splits.get(name))

    def fact(split: str, value: int, name: str) -> PrintedFact:
        source = Source(words("section.data"), words(f"split.{split}"), name)
        return PrintedFact(Fact(f"data.{split}.{name}", value, "integer"), words, source)

    counts = {split: dataset.counts(split) for split in splits}
    rows = tuple(
        ClassRow(name, tuple(fact(split, counts[split][name], name) for split in splits))
        for name in dataset.classes
    )
    totals = tuple(
        fact(split, len(dataset.splits[split]), words("label.total")) for split in splits
    )
    return DataView(
        name=name,
        synthetic=dataset.source == "synthetic",
        splits=tuple(words(f"split.{split}") for split in splits),
        classes=rows,
        totals=totals,
        findings=tuple(findings),
        sizes=_sizes(dataset, words),
        side=max((max(one.width, one.height) for one in _seen(dataset)), default=0),
        samples=samples,
    )


def _findings(dataset: Dataset, words: Words, named: int) -> Iterator[str]:
    for item in dataset.findings:
        text = finding_text(item, words)
        if named and item.kind in NAMED:
            text += words("finding.which", files=", ".join(item.pictures[:named]))
            text += ",\N{NO-BREAK SPACE}…" if item.count > named else ""
        yield text
    if dataset.skipped:
        files = ", ".join(item.path for item in dataset.skipped)
        yield words("finding.skipped", n=words.integer(len(dataset.skipped)), files=files)


def finding_text(item: Finding, words: Words) -> str:
    """Return a finding in a sentence."""
    told = words(f"finding.{item.kind}", n=words.integer(item.count))
    if item.at_most is None:
        return told
    return f"{told} {words('finding.explains', points=words.points(item.at_most))}"


def _sizes(dataset: Dataset, words: Words) -> str:
    """Return a sentence on how large the pictures are, or nothing where that is not known."""
    seen = _seen(dataset)
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


def _seen(dataset: Dataset) -> list[Seen]:
    """Return what is known of each picture."""
    places = dataset.places()
    return [dataset.seen[it.sha256] for it in places if it.sha256 in dataset.seen]


def data_name(dataset: Dataset, report: Report, words: Words) -> str:
    """Return how the report calls its pictures."""
    if report.data.name is not None:
        return text_in(report.data.name, language_of(words))
    return words("data.painted") if dataset.source == "synthetic" else dataset.name
