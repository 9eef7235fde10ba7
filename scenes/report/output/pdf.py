"""HTML to PDF, strictly: what is missing, broken or dangling stops it.

In go a document and its pictures by name (`asset:figures/01.svg`); out come the bytes of a
PDF/A-3a that is PDF/UA-1 as well. Nothing is read from disk or network on the document's behalf.
WeasyPrint runs in a limited child process, as `scenes.report.output.weasyprint_worker`: without any
font its libraries crash, which then is an error to report and not the end of the program.
"""

import base64
import os
import signal
from collections.abc import Iterable, Mapping
from typing import Any

from scenes.errors import RenderError
from scenes.report.output.attachment import Attachment
from scenes.report.style import font_assets
from scenes.system.formatting import said_size
from scenes.system.limited_child import (
    ChildEndedError,
    ChildRaisedError,
    LimitedChild,
    Limits,
)

TIME_LIMIT = 300  # seconds; a report of 20 pages takes four
MEMORY_LIMIT = 4 * 2**30
"""Bytes; a report of 40 pages with photographs takes a fifth of it."""
FONT_STAMP = "315532800"  # 1980-01-01, unless the caller sets a date: same input, same bytes
ENTRY = "scenes.report.output.weasyprint_worker:prepare"


class PdfWriter:
    """The child process that writes PDFs: one document after the other, until it is closed.

    It starts when it is made and loads WeasyPrint while its maker does something else.
    """

    def __init__(self) -> None:
        self._child = LimitedChild(
            ENTRY,
            limits=Limits(TIME_LIMIT, MEMORY_LIMIT),
            variables={"SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", FONT_STAMP)},
        )

    def __enter__(self) -> "PdfWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self._child.close()

    def end(self) -> None:
        """End the child process until there is another document; it then starts anew."""
        self._child.end()

    def render(
        self, html: str, *, assets: Mapping[str, bytes], attachments: Iterable[Attachment] = ()
    ) -> bytes:
        """Return the PDF of an HTML document, as `render_pdf` does."""
        self.lay_out(html, assets)
        return self.write(attachments)

    def lay_out(self, html: str, assets: Mapping[str, bytes]) -> None:
        """Lay out the pages of a document, whose PDF `write` then returns.

        Args:
            html: The document.
            assets: Its pictures by name; the fonts of the report are there already.

        Raises:
            RenderError: The process that does it ended. All else is told by `write`.
        """
        files = {name: _base64(data) for name, data in {**font_assets(), **assets}.items()}
        self._ask({"task": "lay out", "html": html, "assets": files})

    def write(self, attachments: Iterable[Attachment] = ()) -> bytes:
        """Return the PDF of the pages that were laid out, with the files that it carries.

        Raises:
            RenderError: As `render_pdf`.
        """
        carried = [{**vars(one), "data": _base64(one.data)} for one in attachments]
        answer = self._ask({"task": "write", "attachments": carried})
        if answer["problems"]:
            raise RenderError(_list("the PDF was not written", answer["problems"]))
        return base64.b64decode(answer["pdf"])

    def _ask(self, job: Mapping[str, Any]) -> Any:
        try:
            return self._child.ask(job)
        except ChildEndedError as error:
            raise RenderError(_explain_end(error)) from error
        except ChildRaisedError as error:
            raise RenderError(_list("the PDF was not written", [str(error)])) from error


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def render_pdf(html: str, *, assets: Mapping[str, bytes]) -> bytes:
    """Return the PDF of an HTML document.

    Args:
        html: The whole document; it names its pictures `asset:<name>`.
        assets: Pictures by name; the fonts of the report are there already.

    Raises:
        RenderError: a picture, anchor, glyph or rule is missing or broken, the document asks for
            something outside `assets`, or the writing process failed; all problems are listed.
    """
    with PdfWriter() as writer:
        return writer.render(html, assets=assets)


def _explain_end(error: ChildEndedError) -> str:
    said = error.said.strip().splitlines()[-3:]
    if error.reason == "time":
        return f"the PDF was not ready after {TIME_LIMIT} seconds"
    if error.reason == "memory":
        return f"the PDF needs more than {said_size(MEMORY_LIMIT)} of memory"
    if error.code == -signal.SIGSEGV:
        return _list(
            "WeasyPrint's libraries crashed while writing the PDF",
            ["they do when no font at all can be found", *said],
        )
    if "cannot load library" in error.said:
        return _list(
            "WeasyPrint's libraries are missing",
            [
                "Debian, Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
                "macOS: brew install pango",
                *said[-1:],
            ],
        )
    return _list(f"the process that writes the PDF ended with code {error.code}", said)


def _list(heading: str, problems: list[str]) -> str:
    return "\n".join([heading, *(f"  - {problem}" for problem in problems)])
