"""Checks a document by its evidence, in a limited child: the bytes of a PDF in, findings out.

The document is made again from the evidence that it carries, and compared with what it is.
"""

import gc
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pypdf.errors import PyPdfError

from scenes.evidence import layout
from scenes.evidence.contents import Manifest
from scenes.evidence.findings import ORIGIN, Finding, State
from scenes.evidence.making import Made, blame, finding, make_again, other_versions
from scenes.evidence.marked_content import marked_keys
from scenes.evidence.object_diff import Difference, compare_objects
from scenes.evidence.page_content import PdfPages, differing_pages, numbered, open_pages
from scenes.evidence.pdf_file import (
    NoPdfError,
    PdfFile,
    alternatives,
    form_findings,
    open_pdf,
    read_attachments,
)
from scenes.evidence.printed_pictures import describe_printed
from scenes.evidence.recorded_runs import describe_runs, list_ids
from scenes.evidence.surroundings import surroundings
from scenes.evidence.text_diff import compare_words, words_of
from scenes.evidence.unpacking import check_attachments
from scenes.evidence.unreached import count_unreached
from scenes.report.output.weasyprint_worker import load_weasyprint
from scenes.system.formatting import said_count

UNREADABLE = (KeyError, TypeError, AttributeError, ValueError, RecursionError)
"""What reading raises where a file is not laid out as it says; pypdf's own errors beside them."""
PICTURED = ("figure", "page content", "structure")
"""Kinds of objects that are others where bitmaps are left out: names of pictures stand in them."""
SHOWN = 12
"""Passages of a text that are named."""


def prepare() -> Callable[[Any], Any]:
    """Load what a check needs and return the function that answers a job."""
    load_weasyprint()
    surroundings()  # looking for libraries starts programs, which is refused from here on
    # A document is a web of objects that lives until it is compared: looking for garbage in it
    # meanwhile takes a tenth of the time and finds none.
    gc.disable()
    return Checker()


@dataclass
class Checker:
    """Checks one document after the other; the last that was made again is kept."""

    _last: tuple[tuple[dict[str, str], bool], Made] | None = field(default=None)

    def rest(self) -> None:
        """Put away the documents that were compared."""
        gc.collect()

    def __call__(self, job: Any) -> Any:
        """Return the findings on the PDF at a path, or runs of the one that was checked last."""
        if job["ask"] == "findings":
            data = Path(job["path"]).read_bytes()
            return [asdict(one) for one in self.check(data, trust=job["trust"])]
        made = self._last[1] if self._last else None
        if made is None or made.plan is None or made.pictures is None:
            raise NoPdfError("no document was made again from its evidence")
        if job["ask"] == "ids":
            return list_ids(made.plan)
        if job["ask"] == "printed":
            return describe_printed(made.plan, made.pictures)
        return describe_runs(made.plan, made.pictures, job["ids"])

    def check(self, data: bytes, *, trust: bool = False) -> list[Finding]:
        """Return what there is to say of a PDF, at the depths `whole` and `same`.

        Args:
            data: The file.
            trust: Run the code of its authors that it brings.
        """
        try:
            pdf = open_pdf(data)
            findings = list(form_findings(pdf))
            files, attached = read_attachments(pdf)
        except NoPdfError as error:
            return [finding("fails", "no report", str(error))]
        except (*UNREADABLE, PyPdfError) as error:
            text = f"it is not laid out as a report is ({type(error).__name__}: {error})"
            return [finding("fails", "no report", text)]
        manifest, listed = check_attachments(files)
        findings += [*attached, *listed]
        if manifest is not None:
            findings += _format_findings(manifest)
        if manifest is None or any(one.kind == "attachment removed" for one in listed):
            return findings
        made = self._make(manifest, files, trust=trust)
        findings += made.findings
        return findings if made.pdf is None else [*findings, *_compare(pdf, made, manifest)]

    def _make(self, manifest: Manifest, files: Mapping[str, bytes], *, trust: bool) -> Made:
        key = layout.hashes(files), trust
        if self._last is None or self._last[0] != key:
            self._last = key, make_again(manifest, files, trust=trust)
        return self._last[1]


def _format_findings(manifest: Manifest) -> Iterator[Finding]:
    """Yield that evidence has another format than the version writes that it names."""
    if manifest.format != layout.FORMAT and not other_versions(manifest):
        text = f"it has format {manifest.format}, and the version it names writes {layout.FORMAT}"
        yield finding("fails", "manifest", text)


def _compare(pdf: PdfFile, made: Made, manifest: Manifest) -> Iterator[Finding]:
    """Yield how a document differs from the one that its evidence makes."""
    expected, runs = made.pdf or b"", len(made.plan.runs) if made.plan else 0
    if pdf.data == expected:
        text = f"every number, sentence, table and figure follows from {runs} records"
        yield finding("holds", "pages", text)
        text = f"made again from its evidence it is the same, to the byte ({len(expected):,} bytes)"
        yield Finding("same", "holds", "bytes", text)
    else:
        whole = list(_compare_whole(pdf, expected, manifest))
        yield from whole
        yield from _compare_same(pdf, expected, manifest, is_whole=whole[-1].state == "holds")
    if not manifest.left_out:
        text = "that the printed pictures are of this data set (needs --data)"
        yield finding("not_checked", ORIGIN, text)
    for name in manifest.left_out:
        text = f"{name}: its authors left them out of the evidence"
        yield Finding("same", "unknown", "left out", text)


def _compare_whole(pdf: PdfFile, made: bytes, manifest: Manifest) -> Iterator[Finding]:
    """Yield where pages and alternative texts say something else than the records give."""
    state = blame(manifest)
    try:
        found = list(_text_findings(open_pages(pdf.data), open_pages(made), state))
    except ValueError as error:
        yield finding("fails", "no report", f"its pages cannot be read ({error})")
        return
    given, expected = alternatives(pdf), alternatives(open_pdf(made))
    if given != expected:
        differ = [one for one in given if one not in expected] or ["one is missing"]
        text = f"an alternative text is not what the records give: “{differ[0][:120]}”"
        found.append(finding(state, "alternative text", text))
    yield from found
    if not found:
        text = "every number, sentence, table cell and alternative text follows from the records"
        yield finding("holds", "pages", text)


def _text_findings(given: PdfPages, made: PdfPages, state: State) -> Iterator[Finding]:
    """Yield the words of the pages that are not those that the records give."""
    texts, expected = given.texts(), made.texts()
    if state == "unknown":  # other versions may end lines and pages elsewhere
        texts, expected = [" ".join(texts)], [" ".join(expected)]
    if len(texts) != len(expected):
        text = f"it has {len(texts)} pages, and its evidence makes {len(expected)}"
        yield finding(state, "pages", text)
    shown = 0
    for number, (text, wanted) in enumerate(zip(texts, expected, strict=False), 1):
        for passage in compare_words(words_of(text), words_of(wanted)):
            kind = "number on a page" if passage.is_number else "text on a page"
            where = f"page {number}" if len(texts) > 1 else "its pages"
            yield finding(state, kind, f"{where}: {passage}")
            if (shown := shown + 1) == SHOWN:
                return


def _compare_same(
    pdf: PdfFile, made: bytes, manifest: Manifest, *, is_whole: bool
) -> Iterator[Finding]:
    """Yield what differs from the document that the evidence makes, and whether it looks alike."""
    others = other_versions(manifest)
    state: State = "unknown" if others else "fails"
    expected = open_pdf(made)
    differences = compare_objects(pdf, expected, other_versions=bool(others))
    for one in differences:
        may_differ = bool(manifest.left_out) and one.kind in PICTURED
        yield Finding("same", "unknown" if may_differ else state, one.kind, str(one))
    if unreached := count_unreached(pdf, expected):
        text = f"it holds {said_count(unreached, 'object|objects')} to which nothing leads"
        yield Finding("same", "fails", "foreign part", text)
    if others and (marks := marked_keys(pdf) - marked_keys(expected)):
        text = f"a drawing says more than it draws: {', '.join(sorted(marks)[:SHOWN])}"
        differences.append(Difference("", "alternative text", text))
        yield Finding("same", state, "alternative text", text)
    try:
        pages = differing_pages(open_pages(pdf.data), open_pages(made))
    except ValueError:
        return  # which was found by its texts
    is_alike = is_whole and not differences and not unreached
    if pages:
        text = f"what is drawn on {numbered(pages)} is not what the records give"
        yield Finding("same", "unknown" if manifest.left_out else state, "drawn pages", text)
    elif is_alike and others:
        text = f"every page looks as its evidence makes it ({'; '.join(others)})"
        yield Finding("same", "holds", "drawn pages", text)
    elif is_alike:
        text = "made again from its evidence it has the same content, packed otherwise"
        yield Finding("same", "holds", "packed otherwise", text)
    if others and (pages or not is_alike):
        text = f"it was written with other versions than are here: {'; '.join(others)}"
        yield Finding("same", "unknown", "versions", text)
