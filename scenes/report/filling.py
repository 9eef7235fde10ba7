"""Fills a template twice: what it prints decides what it can list and refer to."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2.sandbox import ImmutableSandboxedEnvironment

from scenes.report.outline import Outline, read_outline
from scenes.report.render import render_html
from scenes.report.trace import trace_facts


def fill_template(
    template: str,
    context: Mapping[str, Any],
    *,
    templates: ImmutableSandboxedEnvironment,
    folder: Path,
    is_final: bool = True,
) -> str:
    """Return the HTML of a document.

    Args:
        template: Its file name.
        context: What it may print; `outline` comes from here.
        templates: As `open_templates` opens them.
        folder: Of the report.
        is_final: Whether it is filled a second time, with what it says of itself.
    """

    def fill(outline: Outline) -> str:
        whole = {**context, "outline": outline}
        return render_html(template, whole, folder=folder, templates=templates)

    html, facts = trace_facts(fill(Outline()), link=False)
    if not is_final:
        return html
    outline = read_outline(html, facts)
    return trace_facts(fill(outline), link=bool(outline.facts))[0]
