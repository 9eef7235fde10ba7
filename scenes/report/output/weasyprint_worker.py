"""Sets pages: WeasyPrint, where everything that it would only log is an error.

A document comes in two jobs: its text and pictures, from which pages are laid out, and the files
that it carries, with which they are written. The answer is the PDF, or the problems met on the way.
It runs in a `LimitedChild`, which `scenes.report.output.pdf` starts.
"""

import base64
import gc
import io
import logging
import os
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from scenes.report.output.attachment import Attachment
from scenes.report.output.glyphs import missing_glyphs
from scenes.report.output.svg_drawing import draw_figures_whole

SCHEME = "asset:"
MEDIA_TYPES = {
    ".css": "text/css",
    ".jpg": "image/jpeg",
    ".otf": "font/otf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}

ARCHIVE = b"PK"
"""How a ZIP file begins."""
VARIANT = {"pdf_variant": "pdf/a-3a", "pdf_tags": True}

# Said about how a font is cut down to the glyphs in use, which depends on the machine's libraries;
# the page is the same.
HARMLESS = ("Using fontTools instead of HarfBuzz", "Unable to subset")

_UA = "http://www.aiim.org/pdfua/ns/id/"
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


_FACT = re.compile(r'<span class="fact"[^>]*>([^<]*)</span>')


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


class Pages:
    """The pages of a document: laid out when made, and written with what they carry.

    What a document carries can be put together while its pages are laid out.

    Args:
        html: The document.
        assets: Its pictures and fonts by name.
    """

    def __init__(self, html: str, assets: Mapping[str, bytes]) -> None:
        self._html, self._assets = html, assets
        self._collector = _Collector()
        self._document: Any = None
        weasyprint, _ = load_weasyprint()
        fetcher = _build_fetcher(assets)
        with self._collecting():
            source = weasyprint.HTML(string=for_paper(html), url_fetcher=fetcher)
            self._document = source.render(**VARIANT)

    def write(self, attachments: Iterable[Attachment] = ()) -> tuple[bytes, list[str]]:
        """Return the PDF and all problems, those of the layout too; without a PDF, b""."""
        if self._document is None:
            return b"", [*self._collector.problems]
        weasyprint, _ = load_weasyprint()
        carried, pdf = _attach(weasyprint, attachments), b""
        _claim_ua(self._document.metadata)
        with self._collecting():
            pdf = self._document.write_pdf(**VARIANT, finisher=_finish, attachments=carried)
        missing = missing_glyphs(self._html, self._assets) if pdf else []
        return pdf, [*missing, *self._collector.problems]

    @contextmanager
    def _collecting(self) -> Iterator[None]:
        """Keep what WeasyPrint logs, and what makes it stop, among the problems."""
        _, fatal = load_weasyprint()
        logger = logging.getLogger("weasyprint")
        logger.propagate = False
        logger.setLevel(logging.WARNING)
        logger.addHandler(self._collector)
        try:
            yield
        except fatal as error:
            before = dict.fromkeys([str(error.__cause__ or error)])
            self._collector.problems = before | self._collector.problems
        finally:
            logger.removeHandler(self._collector)


def for_paper(html: str) -> str:
    """Return a document without the elements that say on a screen where a number comes from.

    There are some thousand of them, and each costs time in the layout of the pages.
    """
    return _FACT.sub(r"\1", html)


def load_weasyprint() -> tuple[Any, type[Exception]]:
    """Return WeasyPrint and the error with which it refuses to go on."""
    with warnings.catch_warnings():
        # Without harfbuzz-subset WeasyPrint falls back to fontTools and says so; same pages.
        warnings.simplefilter("ignore", DeprecationWarning)
        import weasyprint
        import weasyprint.svg
        from weasyprint.urls import FatalURLFetchingError

        from scenes.report.markup import html5  # noqa: F401  # mends the parser
    draw_figures_whole(weasyprint.svg)
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


def _attach(weasyprint: Any, attachments: Iterable[Attachment]) -> list[Any]:
    """Return attachments as WeasyPrint takes them, in the order that PDF asks of their names."""
    stamp = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
    return [
        weasyprint.Attachment(
            file_obj=io.BytesIO(one.data),
            name=one.name,
            description=one.description,
            relationship=one.relationship,
            created=stamp,
            modified=stamp,
        )
        for one in sorted(attachments, key=lambda one: one.name)
    ]


def _finish(_document: Any, pdf: Any) -> None:
    """Mend what PDF/A asks otherwise, and list each attachment once.

    Archives read metadata without unpacking it, and forbid viewers to smooth a picture.
    """
    for item in pdf.objects:
        extra = getattr(item, "extra", {})
        if extra.get("Type") == "/Metadata" or _is_packed(item, extra):
            item.compress = False
        if "Interpolate" in extra:
            extra["Interpolate"] = "false"
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])
    pdf.objects[:] = map(_packed_once, pdf.objects)


def _is_packed(item: Any, extra: Mapping[str, Any]) -> bool:
    """Return whether an object is an attached archive, which no compression makes smaller."""
    return extra.get("Type") == "/EmbeddedFile" and b"".join(item.stream[:1]).startswith(ARCHIVE)


def _packed_once(item: Any) -> Any:
    """Return an object of a PDF whose content is final; a stream is compressed once only.

    The bytes of every object are needed twice, for the identifier of the file and to write it.
    """
    import pydyf

    class PackedStream(pydyf.Stream):  # type: ignore[misc]  # pydyf publishes no types
        @cached_property
        def data(self) -> Any:
            return super().data

    if not isinstance(item, pydyf.Stream):
        return item
    packed = PackedStream()
    packed.__dict__.update(item.__dict__)
    return packed


def prepare() -> Callable[[Any], Any]:
    """Load WeasyPrint and return the function that answers a job."""
    load_weasyprint()
    # A document is a web of objects that lives until it is written: looking for garbage in it
    # takes a tenth of the time and finds none.
    gc.disable()
    return Typesetter()


class Typesetter:
    """Answers jobs: to lay a document out, and then to write it."""

    def __init__(self) -> None:
        self._pages: Pages | None = None

    def rest(self) -> None:
        """Put away the document that was written, which the next one would come on top of."""
        if self._pages is None:
            gc.collect()

    def __call__(self, job: Any) -> Any:
        """Lay pages out and answer nothing; or return their PDF, in base64, and all problems."""
        if job["task"] == "lay out":
            assets = {name: base64.b64decode(data) for name, data in job["assets"].items()}
            self._pages = Pages(job["html"], assets)
            return None
        if self._pages is None:
            raise ValueError("no pages are laid out")
        carried = [
            Attachment(**{**one, "data": base64.b64decode(one["data"])})
            for one in job["attachments"]
        ]
        pdf, problems = self._pages.write(carried)
        self._pages = None
        return {"pdf": base64.b64encode(pdf).decode("ascii"), "problems": problems}
