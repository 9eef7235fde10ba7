"""Fills a template twice: what it prints decides what it can list and refer to."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from scenes.report.figures.cache import Drawer
from scenes.report.language.fact_trace import Printed, trace_facts
from scenes.report.language.locale import Words
from scenes.report.markup.bibliography import Bibliography
from scenes.report.markup.crossrefs import CrossReferences
from scenes.report.markup.markdown import Prose
from scenes.report.markup.outline import Outline, read_outline
from scenes.report.markup.templates import render_html


def fill_template(
    template: str,
    context: Mapping[str, Any],
    *,
    templates: ImmutableSandboxedEnvironment,
    folder: Path,
    words: Words,
    bibliography: Bibliography,
    drawer: Drawer,
    is_final: bool = True,
    facts: list[Printed] | None = None,
) -> str:
    """Return the HTML of a document.

    Args:
        template: Its file name.
        context: What it may print; what refers to the document itself comes from here.
        templates: As `open_templates` opens them.
        folder: Of the report.
        words: Its language.
        bibliography: What its texts may cite.
        drawer: Takes the formulas.
        is_final: Whether it is filled a second time, with what it says of itself.
        facts: Takes what the document prints.
    """

    def formula(tex: str, display: bool) -> Markup:
        from scenes.report.markup.formulas import set_formula  # loads matplotlib: few texts need it

        return set_formula(tex, display, drawer=drawer)

    def fill(outline: Outline) -> str:
        links = CrossReferences(outline, bibliography, words)
        own = {
            "outline": outline,
            "see": links.see,
            "cite": links.cite,
            "references": links.listed if is_final else [],
            "prose": Prose(links.cite, links.see, formula),
        }
        return render_html(template, {**context, **own}, folder=folder, templates=templates)

    html, found = trace_facts(fill(Outline()), link=False)
    if is_final:
        outline = read_outline(html, found)
        html, found = trace_facts(fill(outline), link=bool(outline.facts))
    if facts is not None:
        facts[:] = found
    return html
