"""Files that a document carries: attached to the PDF, and bundled beside the HTML."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Relationship = Literal["Source", "Data", "Supplement", "Unspecified"]


@dataclass(frozen=True)
class Attachment:
    """A file in a PDF.

    Attributes:
        name: Of the file.
        data: Its content.
        description: What it holds, in a sentence.
        relationship: What it is to the document (PDF 2.0, 7.11.3).
    """

    name: str
    data: bytes
    description: str
    relationship: Relationship


def pack_name(document: str) -> str:
    """Return the name of the file in which a document's attachments lie beside it."""
    return f"{document}.evidence.zip"


def bundle(attachments: Iterable[Attachment]) -> bytes:
    """Return attachments as one ZIP file."""
    return encode_zip({one.name: one.data for one in attachments}, compress=False)


def encode_zip(files: Mapping[str, bytes], *, compress: bool = True) -> bytes:
    """Return files by name as a ZIP file; the same files give the same bytes."""
    stream = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in sorted(files.items()):
            info = zipfile.ZipInfo(name)  # of 1980-01-01, for everyone to read
            info.compress_type, info.external_attr = method, 0o644 << 16
            archive.writestr(info, data)
    return stream.getvalue()
