"""Pages as people see them: a PDF in, the text of each page and its picture out (PDFium)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pypdfium2
from numpy.typing import NDArray

SCALE = 1.5
"""Of a page's points; at 108 dots an inch a digit has fifty."""
BLOCK = 6
"""Pixels on the side of the squares whose mean is compared: a digit is larger."""
TOLERANCE = 20.0
"""Levels of grey by which such squares may differ: the edges of letters do, another digit more."""


@dataclass(frozen=True)
class PdfPages:
    """The pages of a PDF, opened for reading."""

    document: pypdfium2.PdfDocument

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.document)

    def texts(self) -> list[str]:
        """Return the text of each page, as it can be extracted."""
        return [page.get_textpage().get_text_range() for page in self.document]

    def picture(self, index: int) -> NDArray[np.uint8]:
        """Return a page as it is shown, with every annotation: uint8 (height, width)."""
        bitmap = self.document[index].render(scale=SCALE, grayscale=True, may_draw_forms=True)
        pixels: NDArray[np.uint8] = bitmap.to_numpy().copy()
        return pixels.reshape(pixels.shape[:2])


def open_pages(data: bytes) -> PdfPages:
    """Open a PDF for reading.

    Raises:
        ValueError: PDFium cannot read it.
    """
    try:
        return PdfPages(pypdfium2.PdfDocument(data))
    except pypdfium2.PdfiumError as error:
        raise ValueError(str(error)) from None


def picture_distance(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> float:
    """Return by how many levels two pictures differ where they differ most, block by block."""
    if first.shape != second.shape:
        return 255.0
    difference = np.abs(first.astype(np.int16) - second)
    whole = np.pad(difference, [(0, -size % BLOCK) for size in difference.shape])
    rows, columns = (size // BLOCK for size in whole.shape)
    blocks = whole.reshape(rows, BLOCK, columns, BLOCK).mean(axis=(1, 3))
    return float(blocks.max())


def differing_pages(given: PdfPages, made: PdfPages) -> list[int]:
    """Return the numbers of the pages that look different."""
    return [
        index + 1
        for index in range(min(given.count, made.count))
        if picture_distance(given.picture(index), made.picture(index)) > TOLERANCE
    ]


def numbered(pages: Sequence[int]) -> str:
    """Return page numbers as a text."""
    shown = ", ".join(map(str, pages[:12]))
    return f"{'page' if len(pages) == 1 else 'pages'} {shown}{', …' if len(pages) > 12 else ''}"
