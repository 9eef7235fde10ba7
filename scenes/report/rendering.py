"""A document as HTML and pictures: views, figures and template are put together."""

from dataclasses import replace

from jinja2.sandbox import ImmutableSandboxedEnvironment

from scenes.report.context import template_context
from scenes.report.document import Document
from scenes.report.figures.cache import Drawer
from scenes.report.figures.pool import Studio
from scenes.report.language.fact_trace import Printed
from scenes.report.lint.html_rules import find_forbidden
from scenes.report.markup.bibliography import load_bibliography
from scenes.report.markup.cited import read_clusters
from scenes.report.markup.claim_tag import ClaimLog, taking_down
from scenes.report.markup.source_places import SourcePlaces
from scenes.report.markup.templates import (
    loaded_templates,
    open_templates,
    words_of,
)
from scenes.report.markup.two_pass import fill_template
from scenes.report.results import Results, results_of


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
    words = words_of(report, document.folder)
    with Studio() as studio:
        drawer = Drawer(document.figure_cache, is_dry=not is_drawn, studio=studio)
        html = fill_template(
            report.template,
            lambda numbers: template_context(document, words, drawer, numbers),
            templates=templates or open_templates(document.folder),
            folder=document.folder,
            words=words,
            bibliography=replace(
                load_bibliography(report, document.folder), citations=document.citations
            ),
            drawer=drawer,
            is_final=is_final,
            lists_facts=report.list_numbers and report.document.form == "full",
            is_numbered=report.document.numbered,
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


def with_citations(document: Document, html: str) -> Document:
    """Return a document with what it cites by author and year, given its HTML without.

    Where its style has numbers, or nothing is cited, it stays as it is.

    Raises:
        UserError: The style or an entry cannot be set, or what sets them is not installed.
    """
    report = document.plan.report
    if report.bibliography is None:
        return document
    clusters = read_clusters(html)
    cited = dict.fromkeys(key for cluster in clusters for key in cluster)
    bibliography = load_bibliography(report, document.folder)
    words = words_of(report, document.folder)
    return replace(document, citations=bibliography.set_citations(clusters, cited, words))


def forbidden_places(document: Document) -> list[str]:
    """Return what the HTML of a document must not hold, each with the line that writes it."""
    places = SourcePlaces()
    templates = open_templates(document.folder, places=places)
    render_document(document, templates=templates, is_drawn=False)
    # Before facts become links, which moves everything.
    found = find_forbidden(places.text)
    return list(dict.fromkeys(f"{places.place(it.end, it.element)}: {it.what}" for it in found))
