"""Writes a filled document in the formats that are asked for: its HTML in, files by ending out."""

from collections.abc import Callable, Mapping, Sequence

from scenes.report.formats.docx import write_docx
from scenes.report.formats.latex import write_latex
from scenes.report.formats.markdown import write_markdown
from scenes.report.formats.names import file_name
from scenes.report.formats.pictures import draw_pages
from scenes.report.formats.reading import Content, read_content
from scenes.report.output.pdf import PdfWriter
from scenes.system.plain_zip import encode_zip


def write_formats(
    html: str, assets: Mapping[str, bytes], formats: Sequence[str], name: str, *, writer: PdfWriter
) -> dict[str, bytes]:
    """Return the files of a document by their names.

    Args:
        html: The document, filled.
        assets: Pictures by the names that the HTML uses.
        formats: Of those in `scenes.report.formats.names`; PDF and HTML are written elsewhere.
        name: Of the files, without ending.
        writer: Draws the figures.

    Raises:
        RenderError: One cannot be written.
        MachineError: Pandoc is not installed.
    """
    chosen = [it for it in _WRITERS if it in formats]
    if not chosen:
        return {}
    content = read_content(html, assets)
    pages = draw_pages(content.pictures, writer=writer)
    return {file_name(name, one): _WRITERS[one](content, name, pages) for one in chosen}


def _docx(content: Content, _: str, pages: Mapping[str, bytes]) -> bytes:
    return write_docx(content, pages=pages)


def _latex(content: Content, name: str, pages: Mapping[str, bytes]) -> bytes:
    return encode_zip(write_latex(content, name, pages=pages))


def _markdown(content: Content, name: str, pages: Mapping[str, bytes]) -> bytes:
    return encode_zip(write_markdown(content, name, pages=pages))


_WRITERS: Mapping[str, Callable[[Content, str, Mapping[str, bytes]], bytes]] = {
    "docx": _docx,
    "latex": _latex,
    "markdown": _markdown,
}
