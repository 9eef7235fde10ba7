"""Fills a template twice: what it prints decides what it can list and refer to.

Where an author's own figures move the numbers of the others, it is filled a third time.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from scenes.report.figures.cache import Drawer
from scenes.report.language.fact_trace import Printed, trace_facts
from scenes.report.language.locale import Words
from scenes.report.markup.bibliography import Bibliography
from scenes.report.markup.chapters import number_chapters, studies_chapter
from scenes.report.markup.crossrefs import CrossReferences
from scenes.report.markup.markdown import Prose
from scenes.report.markup.outline import Outline, read_outline, with_titles
from scenes.report.markup.own_figures import (
    embed_pictures,
    figure_numbers,
    own_figures,
    write_numbers,
)
from scenes.report.markup.templates import render_html


def fill_template(
    template: str,
    context: Callable[[Mapping[str, int]], Mapping[str, Any]],
    *,
    templates: ImmutableSandboxedEnvironment,
    folder: Path,
    words: Words,
    bibliography: Bibliography,
    drawer: Drawer,
    is_final: bool = True,
    lists_facts: bool = False,
    is_numbered: bool = False,
    facts: list[Printed] | None = None,
) -> str:
    """Return the HTML of a document.

    Args:
        template: Its file name.
        context: Returns what it may print, given the numbers of figures by key where these are
            not the report's; what refers to the document itself comes from here.
        templates: As `open_templates` opens them.
        folder: Of the report.
        words: Its language.
        bibliography: What its texts may cite.
        drawer: Takes the formulas.
        is_final: Whether it is filled a second time, with what it says of itself.
        lists_facts: Whether it may list what it prints, and lead there from each number.
        is_numbered: Whether its chapters are.
        facts: Takes what the document prints.
    """

    def formula(tex: str, display: bool) -> Markup:
        from scenes.report.markup.formulas import set_formula  # loads matplotlib: few texts need it

        return set_formula(tex, display, drawer=drawer)

    known: dict[tuple[tuple[str, int], ...], Mapping[str, Any]] = {}

    def fill(outline: Outline, numbers: Mapping[str, int]) -> str:
        asked = tuple(numbers.items())
        if asked not in known:
            known[asked] = context(numbers)
        links = CrossReferences(outline, bibliography, words)
        own = {
            "outline": outline,
            "see": links.see,
            "cite": links.cite,
            "references": links.listed if is_final else [],
            "prose": Prose(links.cite, links.see, formula),
        }
        return render_html(template, {**known[asked], **own}, folder=folder, templates=templates)

    def filled(outline: Outline, numbers: Mapping[str, int]) -> tuple[str, tuple[Printed, ...]]:
        html, found = trace_facts(fill(outline, numbers), link=bool(outline.facts))
        return (number_chapters(html) if is_numbered else html), found

    html, found = filled(Outline(), {})
    if is_final:
        numbers = {**figure_numbers(html), **(studies_chapter(html) if is_numbered else {})}
        if numbers:
            html, found = filled(Outline(), numbers)
        html, found = _fill_finally(
            html, found, numbers, filled, words("label.figure"), lists_facts=lists_facts
        )
        html, pictures = embed_pictures(html, folder)
        drawer.assets.update(pictures)
    if facts is not None:
        facts[:] = found
    return html


def _fill_finally(
    html: str,
    found: tuple[Printed, ...],
    numbers: Mapping[str, int],
    filled: Callable[[Outline, Mapping[str, int]], tuple[str, tuple[Printed, ...]]],
    label: str,
    *,
    lists_facts: bool,
) -> tuple[str, tuple[Printed, ...]]:
    """Return a document that knows what it holds, by its first filling, and its facts."""
    outline = replace(
        read_outline(write_numbers(html, label), found if lists_facts else ()),
        own_figures=own_figures(html),
    )
    html, found = filled(outline, numbers)
    titled = with_titles(outline, write_numbers(html, label), own_figures(html))
    if titled != outline:  # a title refers to something, whose number stands in it only now
        html, found = filled(titled, numbers)
    return write_numbers(html, label), found
