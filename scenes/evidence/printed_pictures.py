"""The pictures that a document prints, for who has the data set: plan and pictures in, a list out.

It crosses from the child process that reads a document to the one that compares.
"""

import base64
from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from scenes.data.album import Bitmap, Shape
from scenes.data.pictures import Pictures
from scenes.evidence.recorded_runs import ListedPicture, PictureSet
from scenes.plan.plan import Plan

Side = Annotated[int, Field(ge=1, le=512)]


class PrintedPicture(BaseModel):
    """A picture as a document prints it.

    Attributes:
        path: In its data set.
        side: Of the square that it fits or fills, in pixels.
        shape: Which of the two.
        pixels: uint8 (height, width, 3), in base64.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    side: Side
    shape: Shape
    height: Side
    width: Side
    pixels: str

    @property
    def bitmap(self) -> Bitmap:
        """The pixels: uint8 (height, width, 3).

        Raises:
            ValueError: There are more or fewer of them.
        """
        flat = np.frombuffer(base64.b64decode(self.pixels), np.uint8)
        return flat.reshape(self.height, self.width, 3)


class PrintedSet(BaseModel):
    """What a document prints of its data set; the set itself has those pictures alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    listed: PictureSet
    printed: tuple[PrintedPicture, ...]


def describe_printed(plan: Plan, pictures: Pictures) -> dict[str, Any]:
    """Return the printed pictures as a `PrintedSet` that JSON takes."""
    whole = pictures.whole
    known = {one.path.as_posix(): one for split in whole.splits.values() for one in split}
    shown = {path: known[path] for path, _, _ in whole.album.known}
    listed = PictureSet(
        is_painted=whole.source == "synthetic",
        seed=pictures.seed,
        has_own_loader=plan.report.data.loader is not None,
        classes=whole.classes,
        train=tuple(
            ListedPicture(path=path, label=one.label, sha256=one.sha256)
            for path, one in sorted(shown.items())
        ),
        val=(),
    )
    printed = [_printed(*key, bitmap) for key, bitmap in sorted(whole.album.known.items())]
    return PrintedSet(listed=listed, printed=tuple(printed)).model_dump(mode="json")


def _printed(path: str, side: int, shape: Shape, bitmap: Bitmap) -> PrintedPicture:
    height, width = bitmap.shape[:2]
    pixels = base64.b64encode(bitmap.tobytes()).decode("ascii")
    return PrintedPicture(
        path=path, side=side, shape=shape, height=height, width=width, pixels=pixels
    )


def differing(printed: Sequence[PrintedPicture], here: Sequence[Bitmap], *, most: int) -> list[str]:
    """Return the paths of the printed pictures that are not those here.

    Args:
        printed: As a document has them.
        here: As they would be printed here.
        most: Levels, of 255, by which another version of what reads and shrinks may be off.
    """
    return [
        one.path
        for one, other in zip(printed, here, strict=True)
        if one.bitmap.shape != other.shape
        or np.abs(one.bitmap.astype(np.int16) - other).max() > most
    ]
