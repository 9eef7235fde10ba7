"""HTML to PDF, strictly: what is missing, broken or dangling stops it.

In go a document and its pictures by name (`asset:figures/01.svg`); out come the bytes of a
PDF/A-3a that is PDF/UA-1 as well. Nothing is read from disk or network on the document's behalf.
WeasyPrint runs in a child process, `scenes.report.output.weasyprint_worker`: without any font its
libraries crash, which then is an error to report and not the end of the program.
"""

import base64
import contextlib
import json
import os
import signal
import tempfile
import threading
from collections.abc import Mapping
from typing import Any

from scenes.errors import RenderError
from scenes.report.style import font_assets
from scenes.system.processes import pipes_of, start_module

TIME_LIMIT = 300  # seconds; a report of 20 pages takes four
FONT_STAMP = "315532800"  # 1980-01-01, when nothing else is asked for: same input, same bytes


class PdfWriter:
    """The child process that writes PDFs: one document after the other, until it is closed.

    It starts when it is made and loads WeasyPrint while its maker does something else.
    """

    def __init__(self) -> None:
        self._last = b"", b""
        self._start()

    def _start(self) -> None:
        # A file, as a pipe that nobody reads would stop the child once it is full.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # `close` closes it
        self._child = start_module(
            "scenes.report.output.weasyprint_worker",
            environment={"SOURCE_DATE_EPOCH": FONT_STAMP, **os.environ},
            errors=self._errors,
        )
        self._jobs, self._answers = pipes_of(self._child)
        self._is_used = False

    def __enter__(self) -> "PdfWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child process; nothing happens where it has ended already."""
        self._child.kill()
        with contextlib.suppress(BrokenPipeError):  # the end of a job that it did not read
            self._child.communicate()
        self._errors.close()

    def render(self, html: str, *, assets: Mapping[str, bytes]) -> bytes:
        """Return the PDF of an HTML document, as `render_pdf` does."""
        return self.carry_out(encode_job(html, assets))

    def carry_out(self, job: bytes) -> bytes:
        """Return the PDF of a job that `encode_job` has made."""
        if self._child.poll() is not None and self._is_used:
            # It died of the document before this one.
            self.close()
            self._start()
        self._is_used = True
        if job == self._last[0]:  # what changed was not on the pages
            return self._last[1]
        answer = self._ask(job)
        if answer["problems"]:
            raise RenderError(_list("the PDF was not written", answer["problems"]))
        self._last = job, base64.b64decode(answer["pdf"])
        return self._last[1]

    def _ask(self, job: bytes) -> dict[str, Any]:
        """Give the child one job and return its answer; each is a line."""
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._child.kill()

        timer = threading.Timer(TIME_LIMIT, stop)
        timer.start()
        try:
            with contextlib.suppress(BrokenPipeError):  # it has died: what follows says why
                self._jobs.write(job + b"\n")
                self._jobs.flush()
            line = self._answers.readline()
        finally:
            timer.cancel()
        if late.is_set():
            raise RenderError(f"the PDF was not ready after {TIME_LIMIT} seconds")
        if not line:
            code = self._child.wait()
            self._errors.seek(0)
            said = self._errors.read().decode(errors="replace")
            raise RenderError(_explain_death(code, said))
        answer: dict[str, Any] = json.loads(line)
        return answer


def encode_job(html: str, assets: Mapping[str, bytes]) -> bytes:
    """Return what the child is told of a document and its pictures."""
    files = {**font_assets(), **assets}
    encoded = {name: base64.b64encode(data).decode("ascii") for name, data in files.items()}
    return json.dumps({"html": html, "assets": encoded}).encode("ascii")


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


def _explain_death(code: int, errors: str) -> str:
    said = errors.strip().splitlines()[-3:]
    if code == -signal.SIGSEGV:
        return _list(
            "WeasyPrint's libraries crashed while writing the PDF",
            ["they do when no font at all can be found", *said],
        )
    if "cannot load library" in errors:
        return _list(
            "WeasyPrint's libraries are missing",
            [
                "Debian, Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0",
                "macOS: brew install pango",
                *said,
            ],
        )
    return _list(f"the process that writes the PDF ended with code {code}", said)


def _list(heading: str, problems: list[str]) -> str:
    return "\n".join([heading, *(f"  - {problem}" for problem in problems)])
