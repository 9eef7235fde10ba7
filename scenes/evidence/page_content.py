"""Pages as people see them: a PDF in, the text of each page and its picture out (PDFium)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter, minimum_filter

SCALE = 1.5
"""Of a page's points; at 108 dots an inch a digit has fifty."""
BLOCK = 6
"""Pixels on the side of the squares whose mean is compared: a digit is larger."""
TOLERANCE = 20.0
"""Levels, of 255, by which such squares may differ: the edges of letters do, another digit more."""
EVEN = 3
"""Levels by which ground may differ, and be called even, on which nothing is drawn."""


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
        """Return a page as it is shown, with every annotation: uint8 (height, width, 3)."""
        bitmap = self.document[index].render(scale=SCALE, may_draw_forms=True)
        pixels: NDArray[np.uint8] = bitmap.to_numpy()[:, :, :3].copy()
        return pixels


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
    blocks = _blocks(np.abs(first.astype(np.int16) - second))
    return float(blocks.mean(axis=(1, 3)).max())


def has_faint_marks(given: NDArray[np.uint8], made: NDArray[np.uint8]) -> bool:
    """Return whether there is something, however faint, where the other picture has even ground.

    Letters that lie elsewhere by less than a block are nothing: ground counts as even where the
    blocks around are.
    """
    blocks = _blocks(made)
    around = (3, 3, 1)
    highest = maximum_filter(blocks.max(axis=(1, 3)), around)
    is_even = highest - minimum_filter(blocks.min(axis=(1, 3)), around) <= EVEN
    off = _blocks(np.abs(given.astype(np.int16) - made)).max(axis=(1, 3))
    return bool((off[is_even] > EVEN).any())


def _blocks(picture: NDArray[Any]) -> NDArray[Any]:
    """Return a picture in squares: (rows, `BLOCK`, columns, `BLOCK`, channels)."""
    height, width, channels = picture.shape
    whole = np.pad(picture, ((0, -height % BLOCK), (0, -width % BLOCK), (0, 0)), mode="edge")
    return whole.reshape(-(-height // BLOCK), BLOCK, -(-width // BLOCK), BLOCK, channels)


def differing_pages(given: PdfPages, made: PdfPages) -> list[int]:
    """Return the numbers of the pages that look different."""
    pages = range(min(given.count, made.count))
    return [it + 1 for it in pages if not is_alike(given.picture(it), made.picture(it))]


def is_alike(given: NDArray[np.uint8], made: NDArray[np.uint8]) -> bool:
    """Return whether a page looks as another does, but for the edges of what is drawn on it."""
    if np.array_equal(given, made):
        return True
    return picture_distance(given, made) <= TOLERANCE and not has_faint_marks(given, made)


def numbered(pages: Sequence[int]) -> str:
    """Return page numbers as a text."""
    shown = ", ".join(map(str, pages[:12]))
    return f"{'page' if len(pages) == 1 else 'pages'} {shown}{', …' if len(pages) > 12 else ''}"
