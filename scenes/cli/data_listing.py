"""What `data` lists: a data set in; a table and lines for a terminal out."""

from collections.abc import Iterator

from rich.table import Table

from scenes.data.findings import FINDINGS
from scenes.data.folder import Dataset
from scenes.data.known_datasets import differences, recognise_set, totals
from scenes.system.formatting import said_count


def dataset_table(dataset: Dataset) -> Table:
    """Return how many pictures of each class each split has."""
    splits = [name for name in ("train", "val", "test") if dataset.splits.get(name)]
    table = Table(
        title=f"{dataset.name} ({dataset.source})", title_justify="left", show_footer=True
    )
    table.add_column("class", "all")
    for split in splits:
        table.add_column(split, str(len(dataset.splits[split])), justify="right")
    counts = {split: dataset.counts(split) for split in splits}
    for name in dataset.classes:
        table.add_row(name, *(str(counts[split][name]) for split in splits))
    return table


def finding_lines(dataset: Dataset) -> Iterator[str]:
    """Give a line for each finding, with examples."""
    for finding in dataset.findings:
        examples = ", ".join(finding.pictures[:3])
        more = ", …" if finding.count > 3 else ""
        worth = ""
        if finding.at_most is not None:
            worth = f" (at most {finding.at_most * 100:.1f} points of validation accuracy)"
        yield f"{said_count(finding.count, FINDINGS[finding.kind])}{worth}: {examples}{more}"
    for skipped in dataset.skipped:
        yield f"left out: {skipped.path}: {skipped.cause}"


def known_lines(dataset: Dataset) -> Iterator[str]:
    """Say whether a folder that looks like a known data set is all of it."""
    known = recognise_set(dataset)
    if known is None:
        return
    wrong = list(differences(known, totals(known, dataset)))
    if not wrong:
        yield f"These are all {known.total:,} pictures of {known.title}, class by class."
    for line in wrong:
        yield f"not as published: {line}"
