"""HTML to PDF, strictly: what is missing, broken or dangling stops it.

In go a document and its pictures by name (`asset:figures/01.svg`); out come the bytes of a
PDF/A-3a that is PDF/UA-1 as well. Nothing is read from disk or network on the document's behalf.
WeasyPrint runs in a child process, `python -m scenes.report.pdf`: without any font its libraries
crash, which then is an error to report and not the end of the program.
"""

import base64
import contextlib
import gc
import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import unicodedata
import warnings
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree

from scenes.errors import RenderError
from scenes.report.style import font_assets

SCHEME = "asset:"
MEDIA_TYPES = {
    ".css": "text/css",
    ".jpg": "image/jpeg",
    ".otf": "font/otf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}
TIME_LIMIT = 300  # seconds; a report of 20 pages takes four
FONT_STAMP = "315532800"  # 1980-01-01, when nothing else is asked for: same input, same bytes

# Said about how a font is cut down to the glyphs in use, which depends on the machine's libraries;
# the page is the same.
HARMLESS = ("Using fontTools instead of HarfBuzz", "Unable to subset")

UNSEEN = {"Cc", "Cf", "Zs", "Zl", "Zp"}  # categories of characters that need no glyph

_UA = "http://www.aiim.org/pdfua/ns/id/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
# PDF/A allows no property that it does not know unless the file describes it: this is that of UA.
_UA_DESCRIPTION = """
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
    xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
    xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"
    xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
  <rdf:Description rdf:about=""><pdfuaid:part>1</pdfuaid:part></rdf:Description>
  <rdf:Description rdf:about=""><pdfaExtension:schemas><rdf:Bag>
    <rdf:li rdf:parseType="Resource">
      <pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
      <pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
      <pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
      <pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
        <pdfaProperty:name>part</pdfaProperty:name>
        <pdfaProperty:valueType>Integer</pdfaProperty:valueType>
        <pdfaProperty:category>internal</pdfaProperty:category>
        <pdfaProperty:description>Part of ISO 14289</pdfaProperty:description>
      </rdf:li></rdf:Seq></pdfaSchema:property>
    </rdf:li>
  </rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF>
"""


class PdfWriter:
    """The child process that writes PDFs: one document after the other, until it is closed.

    It starts when it is made and loads WeasyPrint while its maker does something else.
    """

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        package_root = str(Path(__file__).parents[2])
        paths = [package_root, *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {
            "SOURCE_DATE_EPOCH": FONT_STAMP,
            **os.environ,
            "PYTHONPATH": os.pathsep.join(paths),
        }
        # -P: a file in the user's folder must not stand in for a module of the same name.
        command = [sys.executable, "-P", "-m", "scenes.report.pdf"]
        # A file, as a pipe that nobody reads would stop the child once it is full.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # `close` closes it
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
        )
        self._jobs, self._answers = _pipes(self._child)
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
        if self._child.poll() is not None and self._is_used:
            # It died of the document before this one.
            self.close()
            self._start()
        self._is_used = True
        job = {
            "html": html,
            "assets": {
                name: base64.b64encode(data).decode("ascii")
                for name, data in {**font_assets(), **assets}.items()
            },
        }
        answer = self._ask(json.dumps(job).encode("ascii"))
        if answer["problems"]:
            raise RenderError(_list("the PDF was not written", answer["problems"]))
        return base64.b64decode(answer["pdf"])

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


def _pipes(child: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if child.stdin is None or child.stdout is None:
        raise ValueError("a child is spoken to through pipes")
    return child.stdin, child.stdout


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


class _Collector(logging.Handler):
    """Keeps what WeasyPrint only logs and goes on after: each message once, in order."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.problems: dict[str, None] = {}

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if not message.startswith(HARMLESS):
            self.problems[_shorten(message)] = None


def _shorten(message: str) -> str:
    """Cut inlined data out of a message; it may be a whole picture."""
    return re.sub(r"(data:[^,;]{0,40}).{60,}", r"\1…", message, flags=re.DOTALL)[:500]


def _write(html: str, assets: Mapping[str, bytes]) -> tuple[bytes, list[str]]:
    """Return the PDF and the problems met on the way (in the child process)."""
    weasyprint, fatal = _load_weasyprint()
    collector = _Collector()
    logger = logging.getLogger("weasyprint")
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    logger.addHandler(collector)
    try:
        document = weasyprint.HTML(string=html, url_fetcher=_build_fetcher(assets)).render(
            pdf_variant="pdf/a-3a", pdf_tags=True
        )
        _claim_ua(document.metadata)
        pdf = document.write_pdf(
            pdf_variant="pdf/a-3a", pdf_tags=True, finisher=_uncompress_metadata
        )
    except fatal as error:
        return b"", [str(error.__cause__ or error), *collector.problems]
    finally:
        logger.removeHandler(collector)
    return pdf, [*missing_glyphs(html, assets), *collector.problems]


def _load_weasyprint() -> tuple[Any, type[Exception]]:
    """Return WeasyPrint and the error with which it refuses to go on."""
    with warnings.catch_warnings():
        # Without harfbuzz-subset WeasyPrint falls back to fontTools and says so; same pages.
        warnings.simplefilter("ignore", DeprecationWarning)
        import weasyprint
        from weasyprint.urls import FatalURLFetchingError
    return weasyprint, FatalURLFetchingError


def _build_fetcher(assets: Mapping[str, bytes]) -> Any:
    """Return a fetcher that knows `assets` and inline data, and refuses all else for good."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class AssetFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint publishes no types
        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
            if url.startswith("data:"):
                return super().fetch(url, headers)
            name = url.removeprefix(SCHEME)
            if not url.startswith(SCHEME):
                raise ValueError(f"the document asks for {url}; only {SCHEME}<name> is served")
            if name not in assets:
                raise ValueError(f"there is no picture or file named {name}")
            kind = MEDIA_TYPES.get(Path(name).suffix, "application/octet-stream")
            return URLFetcherResponse(url, assets[name], {"Content-Type": kind})

    return AssetFetcher(allowed_protocols={"data"}, fail_on_errors=True)


def _claim_ua(metadata: Any) -> None:
    """Make the metadata of a PDF/A say that the file is PDF/UA-1 as well."""
    generate = metadata.generate_rdf_metadata

    def generate_both(*args: object) -> bytes:
        ElementTree.register_namespace("pdfuaid", _UA)
        for prefix, end in (
            ("Extension", "extension/"),
            ("Schema", "schema#"),
            ("Property", "property#"),
        ):
            ElementTree.register_namespace(f"pdfa{prefix}", f"http://www.aiim.org/pdfa/ns/{end}")
        rdf = ElementTree.fromstring(generate(*args))
        rdf.extend(ElementTree.fromstring(_UA_DESCRIPTION))
        both: bytes = ElementTree.tostring(rdf, encoding="utf-8")
        return both

    metadata.generate_rdf_metadata = generate_both


def _uncompress_metadata(_document: Any, pdf: Any) -> None:
    """Leave the metadata readable without unpacking, as archives want it."""
    for item in pdf.objects:
        if getattr(item, "extra", {}).get("Type") == "/Metadata":
            item.compress = False


def missing_glyphs(html: str, assets: Mapping[str, bytes]) -> Iterator[str]:
    """Yield every character that none of the report's fonts has, and the text it stands in.

    A font of the machine might have it, and then the page would be another one elsewhere.
    """
    known = _characters(assets)
    places = {"the text": re.sub(r"<style>.*?</style>|<[^>]+>", " ", html, flags=re.DOTALL)}
    for name, data in assets.items():
        if name.endswith(".svg"):
            texts = re.findall(r"<text[^>]*>(.*?)</text>", data.decode("utf-8"), flags=re.DOTALL)
            places[name] = " | ".join(texts)
    for place, markup in places.items():
        text = unescape(markup)
        for character in sorted(set(text) - known):
            if unicodedata.category(character) not in UNSEEN:
                at = text.index(character)
                near = " ".join(text[max(0, at - 30) : at + 30].split())
                code = f"U+{ord(character):04X}"
                yield f"no font of the report has {character!r} ({code}), in {place}: … {near} …"


def _characters(assets: Mapping[str, bytes]) -> set[str]:
    """Return the characters of all the fonts together."""
    from fontTools.ttLib import TTFont

    fonts = (
        TTFont(io.BytesIO(data), lazy=True)
        for name, data in assets.items()
        if Path(name).suffix in (".otf", ".ttf")
    )
    return {chr(code) for font in fonts for code in font["cmap"].getBestCmap()}


def main() -> None:
    """Read jobs from standard input and answer each on standard output, both JSON, in lines."""
    _load_weasyprint()  # before the first job is there
    # A document is a web of objects that lives until it is written: looking for garbage in it
    # takes a tenth of the time and finds none.
    gc.disable()
    for line in sys.stdin.buffer:
        job = json.loads(line)
        assets = {name: base64.b64decode(data) for name, data in job["assets"].items()}
        pdf, problems = _write(job["html"], assets)
        answer = {"pdf": base64.b64encode(pdf).decode("ascii"), "problems": problems}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
        gc.collect()


if __name__ == "__main__":
    main()
