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
import os
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from scenes.data import tiff
from scenes.data.image_files import PictureError, open_regular, unidentified, unreadable
from scenes.data.perceptual_hash import perceptual_hash

T = TypeVar("T")

FORMATS: Mapping[str, tuple[str, ...]] = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png", ".apng"),
    "WEBP": (".webp",),
    "BMP": (".bmp", ".dib"),
    "GIF": (".gif",),
    "TIFF": (".tif", ".tiff"),
}
"""What is read, by Pillow's name, with the extensions that tell the truth about it."""

MAX_PIXELS = 2**26
"""Refuse larger pictures unless asked: 67 million pixels, a quarter of a gigabyte once decoded."""

CHECKED = 2**62
"""The limit for pictures whose very content the pre-flight has let through."""

# Pictures are decoded side by side, but large ones one after the other: memory stays bounded.
LARGE = 2**24
ONE_AT_A_TIME: AbstractContextManager[object] = threading.Semaphore()

# Files up to this many bytes are read once, and so decoded and hashed from memory.
SMALL = 2**22

SIXTEEN_BITS = (0, 65535)  # black and white

# Tag 0x0112 of EXIF 2.3: what undoes each orientation.
ORIENTATION_TAG = 0x0112
UPRIGHT: Mapping[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


CUT = "is truncated: the file ends before the picture does"
NOT_READ = "is a TIFF of a kind that is not read"


class KindNotReadError(Exception):
    """A file is whole, as far as one can tell, but of a kind that is not read."""


class LargePictureError(Exception):
    """A picture is large, and this process leaves those to another."""


@dataclass(frozen=True)
class Seen:
    """What the content of one file showed when it was decoded.

    Attributes:
        sha256: Of the bytes of the file.
        format: A key of `FORMATS`.
        width: In pixels, upright.
        height: In pixels, upright.
        notes: What the policy had to do or what stands out, sorted: "alpha" (some pixel is
            transparent), "animated", "cmyk", "exif_rotation", "grey" (three equal channels),
            "sixteen_bit".
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
    """A file that has been decoded; what else can be told of it is worked out when asked for.

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
        """Return what there is to tell of the picture."""
        notes = self.handled | {"grey"} if _is_grey(self.image) else self.handled
        likeness = perceptual_hash(self.image)
        return Seen(self.sha256, self.format, *self.image.size, tuple(sorted(notes)), likeness)


def as_rgb(image: Image.Image) -> Image.Image:
    """Return a picture with three channels."""
    return image if image.mode == "RGB" else image.convert("RGB")


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
    return read_picture(path, Decoded.seen, max_pixels=max_pixels)


def read_picture(path: Path, take: Callable[[Decoded], T], *, max_pixels: int = MAX_PIXELS) -> T:
    """Decode one picture and return what is taken from it.

    Args:
        path: A regular file, or a symbolic link to one; anything else is refused unopened.
        take: Makes something of the decoded picture; of large ones, one at a time.
        max_pixels: Larger pictures are refused before their pixels are decoded.

    Raises:
        PictureError: The file is no usable picture.
    """
    with open_regular(path) as file:
        content: BinaryIO = file
        try:
            content = _read_small(file)
            image = _open(content, max_pixels)
            with _room_for(image):
                pixels, kind, handled = _decode_pixels(image, content)
                content.seek(0)
                sha256 = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
                return take(Decoded(pixels, sha256, kind, frozenset(handled)))
        except LargePictureError:
            raise
        except Exception as error:
            # Pillow's plugins meet damaged files with whatever their parsing runs into:
            # struct.error, IndexError, SyntaxError, zlib.error and more.
            raise PictureError(path, _cause(error, content, max_pixels)) from error


def _read_small(file: BinaryIO) -> BinaryIO:
    """Return the content of a file in memory, or the file itself where it is large."""
    size = os.fstat(file.fileno()).st_size
    return io.BytesIO(file.read(size)) if size <= SMALL else file


def _open(content: BinaryIO, max_pixels: int) -> Image.Image:
    """Return the picture, not yet decoded; raise what Pillow raises."""
    _allow(max_pixels)
    if content.read(len(tiff.BIG_MM)) == tiff.BIG_MM:
        raise KindNotReadError("BigTIFF of byte order MM")
    content.seek(0)
    image = Image.open(content, formats=tuple(FORMATS))
    if image.width * image.height > max_pixels:
        raise Image.DecompressionBombError(f"{image.width * image.height} pixels")
    if isinstance(image, TiffImageFile) and (kind := tiff.unread(image.tag_v2)):
        raise KindNotReadError(kind)
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
    notes = {"sixteen_bit"} if _is_sixteen_bit(image) else set()
    if image.format != "MPO" and getattr(image, "is_animated", False):
        notes.add("animated")
    if image.mode == "CMYK":
        notes.add("cmyk")
    turned = _orientation(image) in UPRIGHT
    image.load()
    turn = UPRIGHT.get(_orientation(image))  # Pillow turns TIFF by itself while it loads
    if turned or turn is not None:
        notes.add("exif_rotation")
    plain = _to_plain(image, notes)
    return (plain if turn is None else plain.transpose(turn)), kind, notes


def _to_plain(image: Image.Image, notes: set[str]) -> Image.Image:
    """Return "L" or "RGB" of 8 bits; add "alpha" to the notes where a pixel is transparent."""
    if image.mode in ("I", "F"):
        raise KindNotReadError("32 bits a channel")
    if image.mode.startswith("I;16"):
        return _scale_sixteen_bit(image, notes)
    if image.mode == "La":
        return _over_white(image, notes)
    if not image.has_transparency_data:
        return image if image.mode == "L" else as_rgb(image)
    rgba = image.convert("RGBA")
    alpha = rgba.getchannel("A")
    if alpha.getextrema() != (255, 255):
        notes.add("alpha")
    paper = Image.new("RGB", rgba.size, "white")
    paper.paste(rgba, mask=alpha)
    return paper


def _scale_sixteen_bit(image: Image.Image, notes: set[str]) -> Image.Image:
    samples = np.asarray(image)  # uint16 (h, w)
    black, white = SIXTEEN_BITS
    if isinstance(image, TiffImageFile):
        black, white = tiff.sample_range(image)
    step = np.float32((white - black) / 255)
    scaled = np.round((samples - np.float32(black)) / step).astype(np.uint8)
    transparent = image.info.get("transparency")  # PNG: the one value that is see-through
    if isinstance(transparent, int) and (samples == transparent).any():
        notes.add("alpha")
        scaled[samples == transparent] = 255
    return Image.fromarray(scaled)


def _over_white(image: Image.Image, notes: set[str]) -> Image.Image:
    """Return grey whose alpha is multiplied in, over white: value + (255 - alpha)."""
    grey, alpha = np.moveaxis(np.asarray(image), 2, 0)
    if (alpha < 255).any():
        notes.add("alpha")
    return Image.fromarray(np.minimum(grey + (255 - alpha.astype(np.uint16)), 255).astype(np.uint8))


def _is_sixteen_bit(image: Image.Image) -> bool:
    """Tell whether samples have 12 or 16 bits; BMP of 16 bits a pixel has 5 a channel."""
    if not isinstance(image, PngImageFile | TiffImageFile) or not image.tile:
        return False
    layout = image.tile[0][3]  # "RGB;16B", or a tuple that begins with it
    name = str(layout[0] if isinstance(layout, tuple) else layout)
    return "16" in name or name == "I;12"


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 where there is none; damaged EXIF data counts as none."""
    try:
        return int(image.getexif().get(ORIENTATION_TAG, 1))
    except Exception:  # as in read_picture, but the pixels may be whole
        return 1


def _is_grey(image: Image.Image) -> bool:
    """Tell whether the three channels are equal everywhere."""
    if image.mode == "L":
        return True
    sample = image.resize((8, 8), Image.Resampling.NEAREST).tobytes()
    if not sample[::3] == sample[1::3] == sample[2::3]:
        return False  # most colour pictures leave here, at a tenth of the cost
    red = image.tobytes("raw", "R")
    return all(image.tobytes("raw", other) == red for other in "GB")


def _cause(error: Exception, content: BinaryIO, max_pixels: int) -> str:
    """Say in plain words why a picture could not be decoded."""
    if isinstance(error, Image.DecompressionBombError):
        return _too_large(str(error), max_pixels)
    if isinstance(error, KindNotReadError):
        return f"{NOT_READ}: {error}; save it as PNG"
    if isinstance(error, UnidentifiedImageError):
        return CUT if tiff.is_cut(content) else _unidentified(content)
    if isinstance(error, MemoryError):
        return "does not fit into memory once decoded"
    if isinstance(error, OSError) and error.errno is not None:
        return unreadable(error)
    if "truncated" in str(error).lower():
        return CUT
    if tiff.is_cut(content):
        return CUT
    return f"is damaged or not supported: {error or type(error).__name__}"


def _unidentified(content: BinaryIO) -> str:
    """Say what a file is that Pillow does not open."""
    if kind := tiff.kind_not_read(content):
        return f"{NOT_READ}: {kind}; save it as PNG"
    return unidentified(content)


def _too_large(message: str, max_pixels: int) -> str:
    pixels = re.search(r"\d+", message)
    claimed = f"{int(pixels.group()):,}" if pixels else "too many"
    return f"claims {claimed} pixels; the limit is {max_pixels:,}"
