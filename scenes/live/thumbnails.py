"""Gives the validation pictures of a data set as small JPEGs, by the names that records hold."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from scenes.data.album import shrink
from scenes.data.division import Picture
from scenes.data.folder import Dataset
from scenes.data.image_files import PictureError
from scenes.report.figures.jpeg import encode_jpeg

SIDE = 160
"""Pixels of the longer side: sharp on a screen of double density at 80."""


@dataclass
class PictureShelf:
    """The pictures of a data set.

    Args:
        dataset: Returns it as it is now.
    """

    dataset: Callable[[], Dataset]

    def picture(self, name: str) -> bytes:
        """Return a validation picture as JPEG.

        Raises:
            KeyError: The data set has none of this name.
            OSError: It cannot be read any more.
        """
        dataset = self.dataset()
        # With folds, each training picture serves for validation once.
        members = [one for split in ("train", "val") for one in dataset.splits[split]]
        known: dict[str, Picture] = {one.name: one for one in members}
        try:
            decoded = dataset.decode(known[name])
        except PictureError as error:
            raise OSError(str(error)) from error
        return encode_jpeg(Image.fromarray(shrink(decoded, SIDE, "fitted")))
