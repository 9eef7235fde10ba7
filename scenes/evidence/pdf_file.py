"""A PDF as a document of this program is: bytes in, its catalogue, pages and attachments out.

Read strictly: what this program never writes, such as a script, a layer or a second version of the
file, is a finding. Runs in a limited child, as the file may be anybody's.
"""

import io
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdf
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from scenes.evidence.findings import Finding
from scenes.system.formatting import said_size

TRAILER = {
    *("/Root", "/Info", "/ID", "/Size", "/Prev"),
    # What a trailer says that is a stream, where tools have packed the objects.
    *("/Type", "/W", "/Index", "/Length", "/Filter", "/DecodeParms", "/XRefStm"),
}
CATALOGUE = {
    *("/Type", "/Pages", "/Metadata", "/Names", "/AF", "/Lang", "/MarkInfo", "/StructTreeRoot"),
    *("/Outlines", "/OutputIntents", "/ViewerPreferences"),
}
NAMES = {"/EmbeddedFiles", "/Dests"}
PAGE = {
    *("/Type", "/Parent", "/MediaBox", "/Contents", "/Resources", "/Tabs", "/StructParents"),
    *("/TrimBox", "/BleedBox", "/Annots"),
}
ANNOTATION = {
    *("/Type", "/Subtype", "/Rect", "/BS", "/Border", "/Dest", "/A", "/F", "/StructParent"),
    *("/Contents", "/P"),
}
WORDS = {
    "/OpenAction": "an action that starts when it is opened",
    "/AA": "actions that start by themselves",
    "/AcroForm": "a form",
    "/OCProperties": "layers that can be shown and hidden",
    "/JavaScript": "a script",
    "/AP": "an appearance of its own",
    "/Perms": "a signature's permissions",
}
LARGEST = 2**28
"""Bytes of a PDF and of an attachment; a report of 60 runs has 15 million."""
_END = re.compile(rb"%%EOF")
_HEADER = re.compile(rb"%PDF-1\.[3-7][\r\n]")
"""Written as 1.7; some tools that pack a file anew say what they know themselves."""

logging.getLogger("pypdf").addHandler(logging.NullHandler())
logging.getLogger("pypdf").propagate = False


@dataclass(frozen=True)
class PdfFile:
    """A PDF that was read.

    Attributes:
        data: Its bytes.
        reader: Of its objects.
    """

    data: bytes
    reader: pypdf.PdfReader

    @property
    def root(self) -> DictionaryObject:
        """The catalogue."""
        root: DictionaryObject = self.reader.trailer["/Root"].get_object()
        return root


class NoPdfError(ValueError):
    """The file cannot be read as a PDF; with why."""


def load_pdf(path: Path) -> bytes:
    """Return the bytes of a PDF.

    Raises:
        NoPdfError: It is larger than any document of this program.
    """
    if (size := path.stat().st_size) > LARGEST:
        raise NoPdfError(f"it has {said_size(size)}, more than any report")
    return path.read_bytes()


def open_pdf(data: bytes) -> PdfFile:
    """Read a PDF.

    Raises:
        NoPdfError: It is none, is encrypted, or larger than any document of this program.
    """
    if len(data) > LARGEST:
        raise NoPdfError(f"it has {len(data):,} bytes, more than any report")
    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=True)
        if reader.is_encrypted:
            raise NoPdfError("it is encrypted")
        found = PdfFile(data, reader)
        if not isinstance(found.root, DictionaryObject) or not len(reader.pages):
            raise NoPdfError("it has no pages")
    except (NoPdfError, MemoryError):
        raise
    except pypdf.errors.DependencyError:  # reading decrypts, which takes a library of its own
        raise NoPdfError("it is encrypted") from None
    except Exception as error:  # the file may be malformed in any way
        raise NoPdfError(f"it cannot be read as a PDF ({_said(error)})") from None
    return found


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:120]}"


def form_findings(pdf: PdfFile) -> Iterator[Finding]:
    """Yield what a document of this program never has."""
    if (ends := len(_END.findall(pdf.data))) != 1:
        text = f"it was changed after it was written: it ends {ends} times"
        yield _form("incremental update", text)
    elif not pdf.data.rstrip().endswith(b"%%EOF"):
        yield _form("foreign part", "something follows its end, as a mail's or another file's")
    if not _HEADER.match(pdf.data):
        yield _form("foreign part", "it does not begin as a PDF of version 1 does")
    yield from _foreign(pdf.reader.trailer, TRAILER, "the trailer")
    if "/Prev" in pdf.reader.trailer:
        yield _form("incremental update", "it refers to an earlier version of itself")
    yield from _foreign(pdf.root, CATALOGUE, "the catalogue")
    if "/Names" in pdf.root:
        yield from _foreign(pdf.root["/Names"].get_object(), NAMES, "the list of names")
    for number, page in enumerate(pdf.reader.pages, 1):
        yield from _foreign(page, PAGE, f"page {number}")
        for one in page.get("/Annots", ArrayObject()):
            yield from _annotation(one.get_object(), number)


def _annotation(annotation: DictionaryObject, page: int) -> Iterator[Finding]:
    if annotation.get("/Subtype") != "/Link":
        kind = str(annotation.get("/Subtype"))[1:]
        yield _form("annotation", f"page {page} has an annotation that is no link ({kind})")
        return
    yield from _foreign(annotation, ANNOTATION, f"a link of page {page}")
    action = annotation.get("/A")
    if action is not None and action.get_object().get("/S") != "/URI":
        yield _form("annotation", f"a link of page {page} does something else than lead to a page")


def _foreign(found: DictionaryObject, known: set[str], where: str) -> Iterator[Finding]:
    for key in sorted(set(found) - known):
        kind = "optional content" if key == "/OCProperties" else "foreign part"
        yield _form(kind, f"{where} has {WORDS.get(key, key)}, which no report has")


def _form(kind: str, text: str) -> Finding:
    return Finding("whole", "fails", kind, text)


def read_attachments(pdf: PdfFile) -> tuple[dict[str, bytes], list[Finding]]:
    """Return the attachments by name, and what is wrong with how they are attached."""
    names = pdf.root.get("/Names", DictionaryObject()).get_object()
    tree = names.get("/EmbeddedFiles", DictionaryObject()).get_object()
    listed = list(tree.get("/Names", ArrayObject()))
    findings, files = [], dict[str, bytes]()
    for name, spec in zip(listed[::2], listed[1::2], strict=False):
        file = spec.get_object()
        if not str(name) == str(file.get("/F")) == str(file.get("/UF")):
            findings.append(_form("attachment", f"an attachment goes by two names, {name!s}"))
        if str(name) in files:
            findings.append(_form("attachment doubled", f"{name!s} is attached twice"))
        files[str(name)] = _content(file)
    associated = [item.get_object().get("/UF") for item in pdf.root.get("/AF", ArrayObject())]
    if sorted(map(str, associated)) != sorted(map(str, listed[::2])):
        text = "its attachments are not those that it is associated with"
        findings.append(_form("attachment", text))
    return files, findings


def _content(file: DictionaryObject) -> bytes:
    stream = file["/EF"].get_object()["/F"].get_object()
    data: bytes = stream.get_data()
    if len(data) > LARGEST:
        raise NoPdfError("an attachment is larger than any evidence")
    return data


def alternatives(pdf: PdfFile) -> list[str]:
    """Return the alternative and actual texts of a document, in the order of its structure."""
    texts: list[str] = []
    root = pdf.root.get("/StructTreeRoot")
    stack: list[Any] = [root.get_object()] if root is not None else []
    seen: set[int] = set()
    while stack:
        node = stack.pop()
        if isinstance(node, IndirectObject):
            if node.idnum in seen:
                continue
            seen.add(node.idnum)
            node = node.get_object()
        if isinstance(node, ArrayObject):
            stack.extend(reversed(node))
        elif isinstance(node, DictionaryObject) and not isinstance(node, StreamObject):
            texts += [str(node[key]) for key in ("/Alt", "/ActualText") if key in node]
            if "/K" in node:
                stack.append(node.raw_get("/K"))
    return texts
