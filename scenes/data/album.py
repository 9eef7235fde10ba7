"""The pictures that a document prints: a picture of a data set in, a small bitmap out, each kept.

What is printed is the small bitmap and not the picture, which is why a document can be written
again without the pictures: from the album that an earlier writing has filled.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from scenes.data.image_files import PictureError

Shape = Literal["fitted", "square"]
"""Made to fit a square of a side, or to be one."""
Bitmap = NDArray[np.uint8]
GREY = 200
Key = tuple[str, int, Shape]
"""Path of the picture in its data set, side in pixels, and shape."""


@dataclass
class Album:
    """The bitmaps that a document prints.

    Attributes:
        bitmaps: Those that it has printed so far: uint8 (height, width, 3) each.
        known: Those that may be printed without reading a picture; other documents share them.
        is_closed: Whether there are no others: what is not known cannot be read.
        is_blank: Whether grey stands for every picture, where their authors left them out.
    """

    bitmaps: dict[Key, Bitmap] = field(default_factory=dict)
    known: dict[Key, Bitmap] = field(default_factory=dict)
    is_closed: bool = False
    is_blank: bool = False

    def emptied(self) -> "Album":
        """Return the album of another document, which has printed nothing yet."""
        return replace(self, bitmaps={})

    def take(self, key: Key, decode: Callable[[], Image.Image]) -> Bitmap:
        """Return a bitmap; one that is new is made of the picture that `decode` returns.

        Raises:
            PictureError: The album is closed and does not hold it, or the picture cannot be read.
        """
        if self.is_blank:
            return np.full((key[1], key[1], 3), GREY, np.uint8)
        if key not in self.known:
            if self.is_closed:
                raise PictureError(Path(key[0]), "is not among the bitmaps that were printed")
            self.known[key] = shrink(decode(), key[1], key[2])
        self.bitmaps[key] = self.known[key]
        return self.bitmaps[key]


def shrink(picture: Image.Image, side: int, shape: Shape) -> Bitmap:
    """Return a picture as it is printed: uint8 (height, width, 3)."""
    if shape == "square":
        smaller = picture.resize((side, side))
    else:
        smaller = picture.copy()
        smaller.thumbnail((side, side), Image.Resampling.LANCZOS)
    pixels: Bitmap = np.asarray(smaller, dtype=np.uint8)
    return pixels
