"""Whether the metrics that a report names fit its classes: a report and class names in."""

from collections.abc import Iterator, Sequence

from scenes.errors import SpecError
from scenes.spec.registry import find_metric
from scenes.spec.report import Report
from scenes.spec.validation import guess


def check_metrics(report: Report, classes: Sequence[str]) -> None:
    """Refuse metrics of classes that there are not, and those that every network would reach.

    Raises:
        SpecError: With each such metric and where it is named.
    """
    problems = [
        f"{place}: {problem}"
        for place, metric in _named(report)
        if (problem := _problem(metric, classes))
    ]
    if problems:
        raise SpecError("metrics do not fit the classes of the pictures", problems)


def _named(report: Report) -> Iterator[tuple[str, str]]:
    for metric in report.metrics:
        yield "metrics", metric
    for study in report.studies:
        if study.choose is not None:
            yield f"study {study.name!r}, choose.by", study.choose.by
        for value in study.values:
            if value.combine is not None:
                yield f"study {study.name!r}, value {value.key!r}, combine.by", value.combine.by


def _problem(metric: str, classes: Sequence[str]) -> str | None:
    _, colon, name = metric.partition(":")
    if colon and name not in classes:
        choices = ", ".join(classes)
        return f"{metric!r}: there is no class {name!r}{guess(name, classes)}; choices: {choices}"
    fewest = find_metric(metric).fewest_classes
    if len(classes) < fewest:
        return (
            f"{metric} needs at least {fewest} classes to tell networks apart, not {len(classes)}"
        )
    return None
