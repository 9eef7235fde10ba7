"""Why a file is no usable picture, in plain words: what a decoder raised in, a cause out."""

import io
import re
from collections.abc import Mapping, Sequence
from typing import BinaryIO

from PIL import Image, UnidentifiedImageError

from scenes.data import tiff
from scenes.data.image_files import unidentified, unreadable

CUT = "is truncated: the file ends before the picture does"
SAVE = "save it as PNG"

WORDS: Mapping[str, str] = {
    "MAX_TEXT": "has metadata of more than 64 MB",
    "(?i)png|chunk|checksum": "is damaged: a part of the PNG does not fit its checksum",
    "next frame|decoder object": "is damaged: its WebP data are broken or end early",
    "buffer|data stream|decoder error|decoding error": "is damaged: its data cannot be decoded",
}
"""For parts of what Pillow says, what that means."""
OTHERWISE = "is damaged: its header or its data make no sense"


class KindNotReadError(Exception):
    """A file is whole, as far as one can tell, but of a kind that is not read.

    Args:
        kind: The format.
        what: What is not read of it.
    """

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(f"is a {kind} of a kind that is not read: {what}; {SAVE}")


class DamagedError(Exception):
    """A decoder has filled in what it could not read."""


def cause_of(
    error: Exception, content: BinaryIO, *, max_pixels: int, libtiff: Sequence[str] = ()
) -> str:
    """Say why a picture could not be decoded.

    Args:
        error: What was raised.
        content: The file.
        max_pixels: The limit that was asked for.
        libtiff: What libtiff said meanwhile.
    """
    if isinstance(error, KindNotReadError):
        return str(error)
    if isinstance(error, DamagedError):
        return f"is damaged: {error}"
    if isinstance(error, Image.DecompressionBombError):
        return _too_large(str(error), max_pixels)
    if isinstance(error, MemoryError):
        return "does not fit into memory once decoded"
    if isinstance(error, OSError) and error.errno is not None:
        return unreadable(error)
    if "truncated" in str(error).lower() or _is_cut(content):
        return CUT
    if isinstance(error, UnidentifiedImageError):
        kind = tiff.kind_not_read(content)
        return str(KindNotReadError("TIFF", kind)) if kind else unidentified(content)
    if libtiff and "not configured" in libtiff[0]:
        return str(KindNotReadError("TIFF", libtiff[0]))
    if re.search("(?i)unsupported|not supported|unknown", str(error)):
        return f"is of a kind that is not read: {error}; {SAVE}"
    meaning = next(
        (words for text, words in WORDS.items() if re.search(text, str(error))), OTHERWISE
    )
    return f"{meaning} (libtiff: {libtiff[0]})" if libtiff else meaning


def _is_cut(content: BinaryIO) -> bool:
    """Return whether the file is shorter than it says; of TIFF and WebP, which say so."""
    content.seek(0)
    start = content.read(12)
    if start[:4] == b"RIFF":
        return content.seek(0, io.SEEK_END) < int.from_bytes(start[4:8], "little") + 8
    return tiff.is_cut(content)


def _too_large(message: str, max_pixels: int) -> str:
    pixels = re.search(r"\d+", message)
    claimed = f"{int(pixels.group()):,}" if pixels else "too many"
    return f"claims {claimed} pixels; the limit is {max_pixels:,}"
