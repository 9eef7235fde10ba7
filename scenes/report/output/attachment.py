"""Files that a document carries: attached to the PDF, and bundled beside the HTML."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from scenes.system.plain_zip import encode_zip

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
