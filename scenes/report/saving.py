"""A document as files: PDF and HTML in the `out` folder of its report."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from scenes.errors import RenderError
from scenes.report.figures.cache import Drawer
from scenes.report.figures.pool import Studio
from scenes.report.formats.names import file_name
from scenes.report.lint.html_rules import find_forbidden
from scenes.report.markup.templates import (
    templates_folder,
    words_of,
)
from scenes.report.output.attachment import Attachment, bundle, pack_name
from scenes.report.output.html import render_screen
from scenes.report.output.pdf import PdfWriter
from scenes.report.results import Results
from scenes.system.disk import refuse_links
from scenes.system.files import save_atomically

if TYPE_CHECKING:
    from scenes.report.filling import Filler

from scenes.report.context import template_context
from scenes.report.document import Document
from scenes.report.provenance import commit_of
from scenes.report.rendering import forbidden_places, render_with_results, with_citations

Packer = Callable[["Document", Results], Sequence[Attachment]]
"""What makes the evidence that a document carries of what was rendered."""


def save_document(
    document: Document,
    *,
    writer: PdfWriter,
    filler: "Filler | None" = None,
    shown: Callable[[Path], None] | None = None,
    check: Callable[[], None] | None = None,
    pack: "Packer | None" = None,
    to: Sequence[str] = (),
) -> tuple[Path, Path]:
    """Write PDF and HTML into `out/` of the report's folder; return where they are.

    Args:
        document: What is written.
        writer: Of the PDF.
        filler: Fills the templates within limits; None fills them in this process.
        shown: Called with the path of the HTML, which is then saved without waiting for the PDF.
        check: Called while another process fills the templates; what it raises is raised, and
            nothing is written.
        pack: Returns what the PDF carries; None attaches nothing.
        to: More formats (`scenes.report.formats.names`), whose files are written beside the PDF.

    Raises:
        RenderError: The document cannot be written as its template asks; the files that were there
            stay, except for an HTML that is shown before.
    """
    document = replace(document, commit=commit_of(document))  # a child starts no program
    document, (html, assets, results) = render_cited(document, filler, check)
    out = document.folder / "out"
    paths = out / f"{document.name}.pdf", out / f"{document.name}.html"
    files = {out / document.name / name: data for name, data in assets.items()}
    evidence = out / pack_name(document.name)
    others = [out / file_name(document.name, one) for one in to]
    refuse_links(document.folder, [*paths, *files, evidence, *others])

    def make_screen() -> bytes:
        refuse_forbidden(html, document, filler)
        link = evidence.name if pack else ""
        screen = render_screen(
            html, assets, folder=templates_folder(), pack=link, fonts=document.font_cache
        ).encode("utf-8")
        if shown is not None:
            save_atomically(paths[1], screen)
            shown(paths[1])
        return screen

    with ThreadPoolExecutor(2) as pool:
        # Another process lays the pages out meanwhile.
        laid = pool.submit(writer.lay_out, html, assets)
        if shown is not None:  # somebody waits for the screen, everybody else for the PDF
            page = make_screen()
        attachments = pack(document, results) if pack else ()
        if shown is None:
            screen = pool.submit(make_screen)
        laid.result()
        pdf = writer.write(attachments)
    if shown is None:
        page = screen.result()
    if attachments:
        files[evidence] = bundle(attachments)
    if to:
        from scenes.report.formats.writing import write_formats  # few ask for them

        made = write_formats(html, assets, to, document.name, writer=writer)
        files |= {out / name: data for name, data in made.items()}
    for path, data in files.items():
        save_atomically(path, data)
    save_atomically(paths[0], pdf)
    if shown is None:
        save_atomically(paths[1], page)
    return paths


def render_cited(
    document: Document,
    filler: "Filler | None" = None,
    check: Callable[[], None] | None = None,
) -> tuple[Document, tuple[str, dict[str, bytes], Results]]:
    """Return a document with its citations set, and what `render_with_results` returns of it."""
    rendered = render_within(filler, document, check) if filler else render_with_results(document)
    cited = with_citations(document, rendered[0])
    if cited.citations is not None:
        rendered = render_within(filler, cited) if filler else render_with_results(cited)
    return cited, rendered


def render_within(
    filler: "Filler", document: Document, check: Callable[[], None] | None = None
) -> tuple[str, dict[str, bytes], Results]:
    """Return what `render_with_results` does; figures are drawn while a child fills."""
    with Studio() as studio, ThreadPoolExecutor(1) as pool:
        filled = pool.submit(filler.filling_of(document))
        words = words_of(document.plan.report, document.folder)
        drawer = Drawer(document.figure_cache, studio=studio)
        template_context(document, words, drawer, {})
        drawer.finish()
        if check is not None:
            check()
        html, formulas, results = filled.result()
    return html, {**drawer.assets, **formulas}, results


def refuse_forbidden(html: str, document: Document, filler: "Filler | None" = None) -> None:
    """Check that HTML holds nothing that a report must not hold.

    Raises:
        RenderError: It does; each place is named, with the line that writes it.
    """
    if forbidden := find_forbidden(html):
        ask = filler.places_of_forbidden if filler else forbidden_places
        raise _refused(ask(document) or [it.what for it in forbidden])


def _refused(problems: Sequence[str]) -> RenderError:
    heading = "the report holds what a report must not hold; nothing was written"
    return RenderError("\n".join([heading, *(f"  - {problem}" for problem in problems)]))
