"""From a picture file to pixels: the one place that decodes, and its one policy.

In: the path of a file. Out: an RGB picture of 8 bits a channel, what is to be `Seen` in it, or what
else a caller makes of it; or a `PictureError` that names the file and the cause in plain words.

==================  ======================================================================
the file has        the picture is
==================  ======================================================================
EXIF orientation    turned as the camera asks
alpha               laid over white
16 bits a channel   scaled, value / 257 (Pillow keeps the high byte of 16-bit colour and
                    of 16-bit grey with alpha: at most one level apart)
CMYK, YCbCr         converted to RGB; colour profiles are not applied
grey, palette       converted to RGB
several frames      the first frame
premultiplied alpha what the alpha leaves is laid over white
TIFF otherwise      refused by its name: see `scenes.data.tiff`
==================  ======================================================================
"""

import contextlib
import hashlib
import io
import logging
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

from PIL import Image, ImageFile, PngImagePlugin
from PIL.TiffImagePlugin import TiffImageFile

from scenes.data import tiff
from scenes.data.causes import DamagedError, KindNotReadError, cause_of
from scenes.data.image_files import PictureError, open_regular
from scenes.data.libtiff_errors import kept_errors
from scenes.data.perceptual_hash import perceptual_hash
from scenes.data.pixels import (
    as_rgb,
    fit_transparency,
    is_grey,
    is_sixteen_bit,
    orientation,
    to_plain,
)
from scenes.data.scan_data import faults_of_jpeg, faults_of_webp

T = TypeVar("T")

FORMATS: Mapping[str, tuple[str, ...]] = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".mpo"),
    "PNG": (".png", ".apng"),
    "WEBP": (".webp",),
    "BMP": (".bmp", ".dib"),
    "GIF": (".gif",),
    "TIFF": (".tif", ".tiff"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
    "DIB": (".dib",),  # a bitmap without the header of a file
}
"""What is read, by Pillow's name, with the extensions that tell the truth about it."""

EXAMINED = {"JPEG": faults_of_jpeg, "WEBP": faults_of_webp}
"""Formats whose decoders fill in what they cannot read."""

MAX_PIXELS = 2**26
"""Refuse larger pictures unless asked: 67 million pixels, a quarter of a gigabyte once decoded."""

CHECKED = 2**62
"""The limit for pictures whose very content the pre-flight has let through."""

# Pictures are decoded side by side, but large ones one after the other: memory stays bounded.
LARGE = 2**24
ONE_AT_A_TIME: AbstractContextManager[object] = threading.Semaphore()

# Files up to this many bytes are read once, and so decoded and hashed from memory.
SMALL = 2**22

# What Pillow logs of odd files has no name in it; without a handler Python prints it.
logging.getLogger("PIL").addHandler(logging.NullHandler())

# Profiles and texts of a PNG are read with it; they are no reason to refuse the pixels.
PngImagePlugin.MAX_TEXT_CHUNK = 2**26

# What undoes each orientation.
UPRIGHT: Mapping[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class LargePictureError(Exception):
    """A picture is large, and this process leaves those to another."""


class Seen(NamedTuple):
    """What the content of one file showed when it was decoded.

    Attributes:
        sha256: Of the bytes of the file.
        format: A key of `FORMATS`.
        width: In pixels, upright.
        height: In pixels, upright.
        notes: What the policy had to do or what stands out, sorted: "alpha" (some pixel is
            transparent), "animated", "cmyk", "exif_rotation", "grey" (three equal channels),
            "narrow" (of these and all but black), "sixteen_bit", "suspect" (its decoder finds
            fault with the data).
        likeness: Its `perceptual_hash`.
    """

    sha256: str
    format: str
    width: int
    height: int
    notes: tuple[str, ...] = ()
    likeness: int | None = None

    @property
    def pixels(self) -> int:
        """How many there are."""
        return self.width * self.height


@dataclass(frozen=True)
class Decoded:
    """A decoded file; what else is known of it is computed on demand.

    Attributes:
        image: Upright; "L" where the file has one channel of 8 or 16 bits, else "RGB".
        sha256: Of the bytes of the file.
        format: A key of `FORMATS`.
        handled: The notes on what the policy had to do.
    """

    image: Image.Image
    sha256: str
    format: str
    handled: frozenset[str]

    @property
    def rgb(self) -> Image.Image:
        """The picture with three channels."""
        return as_rgb(self.image)

    def seen(self) -> Seen:
        """Return what is known of the picture."""
        notes = self.handled | {"grey"} if is_grey(self.image) else self.handled
        likeness = perceptual_hash(self.image)
        return Seen(self.sha256, self.format, *self.image.size, tuple(sorted(notes)), likeness)


def decode_picture(path: Path, *, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Return the picture as RGB, decoded by the policy of this module.

    Raises:
        PictureError: The file is no usable picture.
    """
    return read_picture(path, lambda decoded: decoded.rgb, max_pixels=max_pixels)


def see_picture(path: Path, *, max_pixels: int = MAX_PIXELS) -> Seen:
    """Return what is to be seen in a picture.

    Raises:
        PictureError: The file is no usable picture.
    """
    return read_picture(path, Decoded.seen, max_pixels=max_pixels, examine=True)


def read_picture(
    path: Path,
    take: Callable[[Decoded], T],
    *,
    max_pixels: int = MAX_PIXELS,
    examine: bool = False,
) -> T:
    """Decode one picture and return what is taken from it.

    Args:
        path: A regular file, or a symbolic link to one; anything else is refused unopened.
        take: Makes something of the decoded picture; of large ones, one at a time.
        max_pixels: Larger pictures are refused before their pixels are decoded.
        examine: Look for damage that decoders pass over, which takes a fifth more time.

    Raises:
        PictureError: The file is no usable picture.
    """
    with open_regular(path) as file, kept_errors() as libtiff:
        content: BinaryIO = file
        try:
            content = _read_small(file)
            image = _open(content, max_pixels)
            with _room_for(image):
                pixels, kind, handled = _decode_pixels(image, content)
                if examine:
                    handled |= _examined(content, kind)
                content.seek(0)
                sha256 = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
                return take(Decoded(pixels, sha256, kind, frozenset(handled)))
        except LargePictureError:
            raise
        except Exception as error:
            # Pillow's plugins meet damaged files with whatever their parsing runs into:
            # struct.error, IndexError, SyntaxError, zlib.error and more.
            cause = cause_of(error, content, max_pixels=max_pixels, libtiff=libtiff)
            raise PictureError(path, cause) from error


def _read_small(file: BinaryIO) -> BinaryIO:
    """Return the content of a file in memory, or the file itself where it is large."""
    size = os.fstat(file.fileno()).st_size
    return io.BytesIO(file.read(size)) if size <= SMALL else file


def _open(content: BinaryIO, max_pixels: int) -> Image.Image:
    """Return the picture, not yet decoded; raise what Pillow raises."""
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # importing WeasyPrint sets it, for the whole process
    _allow(max_pixels)
    if content.read(len(tiff.BIG_MM)) == tiff.BIG_MM:
        raise KindNotReadError("TIFF", "BigTIFF of byte order MM")
    content.seek(0)
    image = Image.open(content, formats=tuple(FORMATS))
    if image.width * image.height > max_pixels:
        raise Image.DecompressionBombError(f"{image.width * image.height} pixels")
    if isinstance(image, TiffImageFile) and (kind := tiff.unread(image.tag_v2)):
        raise KindNotReadError("TIFF", kind)
    return image


def _room_for(image: Image.Image) -> AbstractContextManager[object]:
    large = image.width * image.height > LARGE
    return ONE_AT_A_TIME if large else contextlib.nullcontext()


def _allow(pixels: int) -> None:
    """Raise Pillow's own limit where more is asked for; it is the process's, and never lowered.

    What is refused is refused by the limit that was asked for, which is looked at in any case.
    """
    if Image.MAX_IMAGE_PIXELS is not None and pixels > Image.MAX_IMAGE_PIXELS:
        Image.MAX_IMAGE_PIXELS = pixels


def _decode_pixels(image: Image.Image, content: BinaryIO) -> tuple[Image.Image, str, set[str]]:
    """Return the picture as `Decoded` has it, its format and the notes on what was done."""
    if image.format == "PNG":
        image.verify()  # the sums of all chunks: decoding lets a damaged last one pass
        content.seek(0)
        image = Image.open(content, formats=("PNG",))
    kind = "JPEG" if image.format == "MPO" else str(image.format)  # JPEG with a second picture
    notes = {"sixteen_bit"} if is_sixteen_bit(image) else set()
    if image.format != "MPO" and getattr(image, "is_animated", False):
        notes.add("animated")
    if image.mode == "CMYK":
        notes.add("cmyk")
    # Pillow turns TIFF by itself while it loads. Of PNG, asking for EXIF data decodes the pixels.
    turned = isinstance(image, TiffImageFile) and orientation(image) in UPRIGHT
    fit_transparency(image)
    image.load()
    turn = UPRIGHT.get(orientation(image))
    if turned or turn is not None:
        notes.add("exif_rotation")
    plain = to_plain(image, notes)
    return (plain if turn is None else plain.transpose(turn)), kind, notes


def _examined(content: BinaryIO, kind: str) -> set[str]:
    """Return the note "suspect" where the data are; raise where pixels are surely lost."""
    if kind not in EXAMINED:
        return set()
    content.seek(0)
    faults = EXAMINED[kind](content.read())
    if faults.lost:
        raise DamagedError(faults.lost)
    return {"suspect"} if faults.odd else set()
