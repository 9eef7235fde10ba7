"""What a report will hold that can be referred to: its description and templates in, names out.

Known before anything is trained, so that a reference to what will not exist is reported then. It
errs on the side of what there may be: whether a figure is drawn depends on what finishes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch

from scenes.report.lint.template_refs import Passage
from scenes.report.lint.template_values import STAR
from scenes.spec import registry
from scenes.spec.report import Report
from scenes.spec.settings import Settings
from scenes.spec.study import Study, Value
from scenes.spec.validation import guess

WHOLE = "report"
"""Stands for the whole report where figures are asked for by study."""


@dataclass(frozen=True)
class Targets:
    """Names as references use them, such as `tab:batch_size`; a star stands for anything."""

    names: tuple[str, ...]

    def problem_with(self, name: str) -> str | None:
        """Return what is wrong with a reference to this name; None where there is such a thing."""
        if STAR in name or any(fnmatch(name, known) for known in self.names):
            return None
        choices = [known for known in self.names if STAR not in known]
        near = guess(name, choices)
        return f"there is nothing called {name!r} to refer to{near}; choices: {', '.join(choices)}"


def find_targets(report: Report, passages: Iterable[Passage]) -> Targets:
    """Return what can be referred to in a report.

    Args:
        report: As it is described.
        passages: Of its templates.
    """
    names = [f"fig:{key}" for key in figure_keys(report)]
    for passage in passages:
        match passage.kind:
            case "figure":
                names.append(f"fig:{passage.text}")
            case "caption":
                names.append(f"tab:{passage.text.removeprefix('tab-')}")
            case "heading":
                names.append(f"sec:{passage.text.removeprefix('study-')}")
    return Targets(tuple(dict.fromkeys(names)))


def absent_parts(report: Report) -> Iterator[str]:
    """Yield the names by which templates ask for parts that a report does not have."""
    if not report.workload:
        yield "workload"
    if report.bibliography is None:
        yield "references"
    if not (report.figures or any(study.figures for study in report.studies)):
        yield "exhibits"


def figure_keys(report: Report) -> Iterator[str]:
    """Yield the key of each numbered figure that a report can have."""
    for study in report.studies:
        for key in study.summaries:
            if study.use or _has_backbone(report, study, study.value(key)):
                yield f"{study.name}-{key}-before"
            yield f"{study.name}-{key}-after"
        yield from (f"{study.name}-accuracy", f"{study.name}-loss")
    asked = [(WHOLE, report.figures), *((study.name, study.figures) for study in report.studies)]
    for name, figures in asked:
        yield from (f"{name}-{registry.current().figures[figure].key}" for figure in figures)


def _has_backbone(report: Report, study: Study, value: Value) -> bool:
    settings = {**report.base.model_dump(), **study.set, **value.settings}
    return Settings.model_validate(settings).used_backbone is not None
