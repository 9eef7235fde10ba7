"""The document of a finished plan: views, figures and template in, PDF and HTML files out."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2.sandbox import ImmutableSandboxedEnvironment

from scenes import __version__
from scenes.claims.predicates import Verdict, find_predicate
from scenes.data.folder import Dataset
from scenes.errors import RenderError
from scenes.plan.plan import Plan
from scenes.report.figures.appendix_figures import exhibit_figures
from scenes.report.figures.cache import Drawer
from scenes.report.figures.pool import Studio
from scenes.report.figures.study_figures import samples_figure, study_figures
from scenes.report.language.fact_trace import Printed
from scenes.report.language.locale import Words
from scenes.report.lint.html_rules import find_forbidden
from scenes.report.markup.bibliography import load_bibliography
from scenes.report.markup.claim_tag import ClaimLog, taking_down
from scenes.report.markup.source_places import SourcePlaces
from scenes.report.markup.templates import (
    load_report_words,
    loaded_templates,
    open_templates,
    templates_folder,
)
from scenes.report.markup.two_pass import fill_template
from scenes.report.output.attachment import Attachment, bundle, pack_name
from scenes.report.output.html import render_screen
from scenes.report.output.pdf import PdfWriter, encode_job
from scenes.report.prose.writer import Writer
from scenes.report.results import Results, results_of
from scenes.report.views.data import data_name, view_data
from scenes.report.views.grouping import by_rule
from scenes.report.views.limits import view_limits
from scenes.report.views.networks import view_networks
from scenes.report.views.power import PowerView
from scenes.report.views.setup import base_settings
from scenes.report.views.study import StudyView, TrialView, view_study
from scenes.report.views.test_set import view_test_set
from scenes.report.views.workload import view_workload
from scenes.runs.openings import Opening
from scenes.runs.record import Record
from scenes.spec.entries import Origin
from scenes.spec.text import text_in
from scenes.system.disk import refuse_links
from scenes.system.files import save_atomically

if TYPE_CHECKING:
    from scenes.report.filling import Filler

Packer = Callable[["Document", Results], Sequence[Attachment]]
"""What makes the evidence that a document carries of what was rendered."""

KEYS = ("than", "of", "keys")
"""Arguments of claims that name values of a study."""

SAFE_GIT = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
RUNS_PROGRAMS = r"^(filter|include|includeif|extensions)\."
"""Settings of a repository with which looking for changes may start a program that it names: a
repository that somebody else made is asked for its commit only."""


@dataclass(frozen=True)
class Document:
    """What is written.

    Attributes:
        plan: Every run of it has a result.
        dataset: The pictures that the runs take.
        folder: Of the report; its own templates and bibliography are there.
        name: Of the files, without ending.
        command: The command that makes this document.
        profile: How much of the report's studies was carried out; None for all of it.
        is_reduced: Whether the profile takes fewer epochs or pictures than the report describes.
        description: A hash of the report.toml from which it is written.
        asked: Hashes of the descriptions by which its runs were asked for.
        openings: Of the test set, the earliest first.
        cache: The folder that keeps figures and templates from one writing to the next.
        components: Where those are read that are not built in.
    """

    plan: Plan
    dataset: Dataset
    folder: Path
    name: str
    command: str
    profile: str | None = None
    is_reduced: bool = False
    description: str = ""
    asked: tuple[str, ...] = ()
    openings: tuple[Opening, ...] = ()
    cache: Path | None = None
    components: Origin | None = None
    commit: str | None = None
    """Of the report's folder; None asks git for it."""
    carries_evidence: bool = False
    """Whether the PDF carries what it takes to check it, so that the text says how."""


def save_document(
    document: Document,
    *,
    writer: PdfWriter,
    filler: "Filler | None" = None,
    shown: Callable[[Path], None] | None = None,
    pack: "Packer | None" = None,
) -> tuple[Path, Path]:
    """Write PDF and HTML into `out/` of the report's folder; return where they are.

    Args:
        document: What is written.
        writer: Of the PDF.
        filler: Fills the templates within limits; None fills them in this process.
        shown: Is told of the HTML, which then is saved at once and does not wait for the PDF.
        pack: Returns what the PDF carries; None attaches nothing.

    Raises:
        RenderError: The document cannot be written as its template asks; the files that were there
            stay, except for an HTML that is shown before.
    """
    document = replace(document, commit=_commit_of(document))  # a child starts no program
    render = _render_within(filler, document) if filler else render_with_results(document)
    html, assets, results = render
    attachments = pack(document, results) if pack else ()
    out = document.folder / "out"
    paths = out / f"{document.name}.pdf", out / f"{document.name}.html"
    files = {out / document.name / name: data for name, data in assets.items()}
    if attachments:
        files[out / pack_name(document.name)] = bundle(attachments)
    refuse_links(document.folder, [*paths, *files])

    def make_screen() -> bytes:
        if forbidden := find_forbidden(html):
            ask = filler.places_of_forbidden if filler else forbidden_places
            raise _refused(ask(document) or [it.what for it in forbidden])
        link = pack_name(document.name) if attachments else ""
        screen = render_screen(html, assets, folder=templates_folder(), pack=link).encode("utf-8")
        if shown is not None:
            save_atomically(paths[1], screen)
            shown(paths[1])
        return screen

    job = encode_job(html, assets, attachments)  # before another thread competes for Python
    with ThreadPoolExecutor(1) as pool:
        # Another process makes the PDF meanwhile.
        screen = pool.submit(make_screen)
        pdf = writer.carry_out(job)
    page = screen.result()
    for path, data in files.items():
        save_atomically(path, data)
    save_atomically(paths[0], pdf)
    if shown is None:
        save_atomically(paths[1], page)
    return paths


def _render_within(filler: "Filler", document: Document) -> tuple[str, dict[str, bytes], Results]:
    """Return what `render_with_results` does; figures are drawn while a child fills."""
    words = load_report_words(document.plan.report.language, document.folder)
    with Studio() as studio, ThreadPoolExecutor(1) as pool:
        filled = pool.submit(filler.fill, document)
        drawer = Drawer(_figure_cache(document), studio=studio)
        _context(document, words, drawer, {})
        drawer.finish()
        html, formulas, results = filled.result()
    return html, {**drawer.assets, **formulas}, results


def _figure_cache(document: Document) -> Path | None:
    return document.cache / "figures" if document.cache else None


def render_document(
    document: Document,
    *,
    templates: ImmutableSandboxedEnvironment | None = None,
    is_drawn: bool = True,
    is_final: bool = True,
    facts: list[Printed] | None = None,
) -> tuple[str, dict[str, bytes]]:
    """Return the HTML of a document, and its pictures by the names that the HTML uses.

    Args:
        document: To be rendered.
        templates: As `open_templates` opens them; None for those of the document's folder.
        is_drawn: Whether the pictures are drawn; else they are empty.
        is_final: Whether the template is filled a second time with what it says of itself, such as
            the numbers of tables.
        facts: Takes each number that is printed.
    """
    report = document.plan.report
    words = load_report_words(report.language, document.folder)
    with Studio() as studio:
        drawer = Drawer(_figure_cache(document), is_dry=not is_drawn, studio=studio)
        html = fill_template(
            report.template,
            lambda numbers: _context(document, words, drawer, numbers),
            templates=templates or open_templates(document.folder),
            folder=document.folder,
            words=words,
            bibliography=load_bibliography(report, document.folder),
            drawer=drawer,
            is_final=is_final,
            facts=facts,
        )
        drawer.finish()
    return html, drawer.assets


def render_with_results(
    document: Document, *, is_drawn: bool = True
) -> tuple[str, dict[str, bytes], Results]:
    """Return HTML and pictures of a document, and what it says of its results as data."""
    log, facts = ClaimLog(), list[Printed]()
    with taking_down(log):
        html, assets = render_document(document, is_drawn=is_drawn, facts=facts)
    return html, assets, results_of(facts, log, loaded_templates(document.folder))


def forbidden_places(document: Document) -> list[str]:
    """Return what the HTML of a document must not hold, each with the line that writes it."""
    places = SourcePlaces()
    templates = open_templates(document.folder, places=places)
    render_document(document, templates=templates, is_drawn=False)
    # Before facts become links, which moves everything.
    found = find_forbidden(places.text)
    return list(dict.fromkeys(f"{places.place(it.end, it.element)}: {it.what}" for it in found))


def _refused(problems: Sequence[str]) -> RenderError:
    heading = "the report holds what a report must not hold; nothing was written"
    return RenderError("\n".join([heading, *(f"  - {problem}" for problem in problems)]))


def _context(
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
        "report": _view_report(document, words),
        "studies": studies,
        "exhibits": exhibit_figures(studies, report.figures, document.dataset, words, drawer),
        "study": _finder(studies),
        "claims": _Claims(),
        "by_rule": by_rule,
        "writer": Writer(words, studies, data, len(report.seeds), is_tested=is_tested),
        "data": data,
        "base": base_settings(report.base, words),
        "models": view_networks(studies, words),
        "workload": view_workload(report, words),
        "provenance": _provenance(document, words),
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
            # A number is a key where a key is wanted (8 for "8"), and a number elsewhere.
            named = args if name == "no_difference" else args[:1]
            keys = [*map(_key, named), *args[len(named) :]]
            others = {it: _key(value) if it in KEYS else value for it, value in options.items()}
            return replace(predicate(study.plan, *keys, **others), study=study.name)

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
    starts = [record.environment["started"] for record in _records(document.plan)]
    latest = max(starts, default="")
    return {
        **{name: text_in(text, report.language) for name, text in texts.items()},
        "authors": list(report.authors),
        # The day of the results, not of the rendering: the same records give the same document.
        "date": words.date(datetime.fromisoformat(latest).date()) if latest else "",
        "created": latest,
        "file": f"{document.name}.pdf",
        "carries_evidence": document.carries_evidence,
    }


def _records(plan: Plan) -> list[Record]:
    return [run.result for run in plan.runs if isinstance(run.result, Record)]


def _view_studies(
    document: Document, words: Words, drawer: Drawer, numbers: Mapping[str, int]
) -> list[StudyView]:
    plan = document.plan
    views: dict[str, StudyView] = {}
    number = 1
    for study in plan.studies:
        view = view_study(study, views, plan.report, words)
        figures = list(study_figures(view, number, document.dataset, words, drawer))
        number += sum(figure.number is not None for figure in figures)
        figures = [replace(it, number=numbers.get(it.key, it.number)) for it in figures]
        views[view.name] = replace(view, figures=tuple(figures))
    return list(views.values())


def _provenance(document: Document, words: Words) -> list[tuple[str, str]]:
    records = _records(document.plan)
    environments = [record.environment for record in records]
    fingerprint = document.dataset.fingerprint[:16]
    versions = {
        f"{name} {number}"
        for record in records
        for name, number in (record.identity["versions"] or {}).items()
    }
    rows = {
        "command": document.command,
        "profile": document.profile or "",
        "scenes": __version__,
        "commit": _commit_of(document),
        "description": f"report.toml · {document.description}" if document.description else "",
        "asked": ", ".join(one for one in document.asked if one != document.description),
        "data": f"{data_name(document.dataset, document.plan.report, words)} · {fingerprint}",
        "seeds": ", ".join(map(str, document.plan.seeds)),
        "runs": words.integer(len(records)),
        "versions": ", ".join(sorted(versions)),
        "python": _distinct(environments, "python"),
        "machine": _distinct(environments, "processor"),
        "instructions": _distinct(environments, "instruction_set"),
        "system": _distinct(environments, "system"),
        "duration": words.duration(sum(record.seconds for record in records)),
    }
    return [(words(f"provenance.{key}"), value) for key, value in rows.items() if value]


def _distinct(environments: list[dict[str, Any]], key: str) -> str:
    return "; ".join(sorted({str(environment.get(key, "")) for environment in environments}))


def _commit_of(document: Document) -> str:
    return _commit(document.folder) if document.commit is None else document.commit


def _commit(folder: Path) -> str:
    """Return the commit of the report's folder, "+" if it has changes, or "" without one."""

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(folder), *SAFE_GIT, *words],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.strip() if done.returncode == 0 else ""

    try:
        commit = git("rev-parse", "--short=12", "HEAD")
        if not commit or git("config", "--local", "--name-only", "--get-regexp", RUNS_PROGRAMS):
            return commit
        return commit + "+" if git("status", "--porcelain", "-uno") else commit
    except OSError:
        return ""
