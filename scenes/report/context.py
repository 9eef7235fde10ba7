"""What a template knows: the views of a document's studies, data and report, by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from scenes.claims.predicates import Verdict, find_predicate
from scenes.plan.plan import StudyPlan
from scenes.report.document import Document
from scenes.report.figures.appendix_figures import exhibit_figures
from scenes.report.figures.cache import Drawer
from scenes.report.figures.study_figures import drawn_as, samples_figure, study_figures
from scenes.report.language.locale import Words
from scenes.report.markup.chapters import STUDIES
from scenes.report.prose.writer import Writer
from scenes.report.provenance import provenance_rows, records_of
from scenes.report.views.counts import view_counts
from scenes.report.views.dataset import view_data
from scenes.report.views.grouping import by_rule
from scenes.report.views.limits import view_limits
from scenes.report.views.networks import view_networks
from scenes.report.views.power import PowerView
from scenes.report.views.setup import base_settings
from scenes.report.views.study import StudyView, TrialView, view_study
from scenes.report.views.test_set import view_test_set
from scenes.report.views.workload import view_workload
from scenes.spec.text import base_language, text_in

ALL_VALUES = "tab-values"
"""Anchor of the table of a short paper that holds the results of all studies."""
KEYS = ("than", "of", "keys")
"""Arguments of claims that name values of a study."""


def template_context(
    document: Document, words: Words, drawer: Drawer, numbers: Mapping[str, int]
) -> dict[str, Any]:
    """Return what a template knows, by the names that it uses.

    Args:
        document: What is written.
        words: Its language.
        drawer: Takes its figures.
        numbers: Of figures by key, where they are not counted as they are made.
    """
    report = document.plan.report
    studies = _view_studies(document, words, drawer, numbers)
    samples = samples_figure(document.dataset, words, drawer)
    data = view_data(document.dataset, report, words, samples=samples)
    power = PowerView(document.plan, words)
    test = view_test_set(document.plan, document.dataset, document.openings, words)
    is_tested = test is not None and test.is_measured
    return {
        "words": words,
        "language": report.language,
        "base_language": base_language(report.language),
        "report": _view_report(document, words),
        "layout": report.document,
        "studies": studies,
        "exhibits": exhibit_figures(studies, report.figures, document.dataset, words, drawer),
        "study": _finder(studies),
        "claims": _Claims(),
        "by_rule": by_rule,
        "writer": Writer(
            words,
            studies,
            data,
            report.most_seeds,
            most=report.max_seeds,
            is_tested=is_tested,
            is_short=report.document.form == "short",
        ),
        "data": data,
        "base": base_settings(report.base, words),
        "models": view_networks(studies, words),
        "counts": view_counts(document.plan, words),
        "workload": view_workload(report, words),
        "provenance": provenance_rows(document, words),
        "seeds": document.plan.seeds,
        "max_seeds": report.max_seeds,
        "power": power,
        "test": test,
        "limits": view_limits(
            document.plan,
            document.dataset,
            words,
            power,
            test=test,
            reduced_by=document.profile if document.is_reduced else None,
        ),
    }


def _finder(studies: Sequence[StudyView]) -> Callable[[str], StudyView]:
    """Return a function that gives a study by its name."""
    by_name = {study.name: study for study in studies}

    def study(name: str) -> StudyView:
        if name not in by_name:
            raise KeyError(f"there is no study {name!r}; the studies are {', '.join(by_name)}")
        return by_name[name]

    return study


class _Claims:
    """The predicates of `scenes.claims.predicates`, for the views that templates know."""

    def __getattr__(self, name: str) -> Callable[..., Verdict]:
        if name.startswith("_"):
            raise AttributeError(name)
        predicate = find_predicate(name)

        def judge(study: StudyView, *args: object, **options: object) -> Verdict:
            # A number is a key where a key is expected (8 for "8"), and a number elsewhere.
            named = args if name == "no_difference" else args[:1]
            keys = [*map(_key, named), *args[len(named) :]]
            others = {it: _key(value) if it in KEYS else value for it, value in options.items()}
            verdict = predicate(study.plan, *keys, **others)
            return replace(verdict, study=study.name, is_pending=study.is_pending)

        return judge


def _key(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_key(item) for item in value]
    return value.key if isinstance(value, TrialView) else str(value)


def _view_report(document: Document, words: Words) -> dict[str, Any]:
    report = document.plan.report
    texts = {
        name: getattr(report, name)
        for name in ("title", "subtitle", "institution", "course", "abstract")
    }
    starts = [record.environment["started"] for record in records_of(document.plan)]
    latest = max(starts, default="")
    return {
        **{name: text_in(text, report.language) for name, text in texts.items()},
        "authors": list(report.authors),
        "group": text_in(report.document.group, report.language),
        # The day of the results, not of the rendering: the same records give the same document.
        "date": words.date(datetime.fromisoformat(latest).date()) if latest else "",
        "created": latest,
        "file": f"{document.name}.pdf",
        "carries_evidence": document.carries_evidence,
    }


def _with_number(plan: StudyPlan, position: int, numbers: Mapping[str, int]) -> StudyPlan:
    """Give a study without a number of its own one below that of its chapter, if that has one."""
    if plan.study.number or STUDIES not in numbers:
        return plan
    number = f"{numbers[STUDIES]}.{position}"
    return replace(plan, study=plan.study.model_copy(update={"number": number}))


def _view_studies(
    document: Document, words: Words, drawer: Drawer, numbers: Mapping[str, int]
) -> list[StudyView]:
    plan = document.plan
    views: dict[str, StudyView] = {}
    number = 1
    is_short = plan.report.document.form == "short"
    table = ALL_VALUES if is_short else ""
    for position, planned in enumerate(plan.studies, 1):
        study = _with_number(planned, position, numbers)
        view = view_study(study, views, plan.report, words)
        explained = frozenset(drawn_as(earlier) for earlier in views.values())
        figures = list(
            study_figures(
                view,
                number,
                document.dataset,
                words,
                drawer,
                explained=explained,
                is_short=is_short,
            )
        )
        number += sum(figure.number is not None for figure in figures)
        figures = [replace(it, number=numbers.get(it.key, it.number)) for it in figures]
        views[view.name] = replace(view, figures=tuple(figures), table=table)
    return list(views.values())
