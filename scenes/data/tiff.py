"""Which TIFF files are read, and what the others are called.

TIFF is a family of hundreds of kinds. Pillow opens many of them and decodes some wrongly without a
word, so a kind is read only if tests hold its pixels against values that the test has written; each
other one is refused by its true name. In: a file or its tags. Out: that name, or None.
"""

import contextlib
import io
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

from PIL.TiffImagePlugin import ImageFileDirectory_v2, TiffImageFile

BIG_MM = b"MM\0+"
"""How a BigTIFF begins that Pillow takes for another TIFF."""

# The numbers of tags, by TIFF 6.0.
WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC, FILL_ORDER = 256, 257, 258, 259, 262, 266
STRIPS, CHANNELS, STRIP_BYTES, PLANAR = 273, 277, 279, 284
COLOUR_MAP, TILES, TILE_BYTES = 320, 324, 325
EXTRA_SAMPLES, SAMPLE_FORMAT, SUBSAMPLING = 338, 339, 530

RAW, JPEG, SEPARATE, BACKWARDS = 1, 7, 2, 2
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR = 0, 1, 2, 3, 5, 6
COLOURS: Mapping[int, tuple[str, int]] = {
    WHITE_IS_ZERO: ("grey, white is zero", 1),
    BLACK_IS_ZERO: ("grey", 1),
    RGB: ("RGB", 3),
    PALETTE: ("palette", 1),
    CMYK: ("CMYK", 4),
    YCBCR: ("YCbCr", 3),
}
"""PhotometricInterpretation: what is read, and of how many channels without extra ones."""
COLOURS_NOT_READ: Mapping[int, str] = {
    -1: "colours that it does not name",
    4: "a transparency mask",
    8: "CIE L*a*b* colours",
    9: "ICC L*a*b* colours",
    10: "ITU L*a*b* colours",
    32803: "a camera's raw mosaic",
    32844: "logarithmic luminance (LogL)",
    32845: "logarithmic colours (LogLuv)",
    34892: "a camera's linear raw data",
}
COMPRESSIONS = frozenset((RAW, 2, 3, 4, 5, 7, 8, 32773, 32946, 34925, 50000))
COMPRESSIONS_NOT_READ: Mapping[int, str] = {
    6: "old-style JPEG",
    32771: "CCITT RLE on words",
    32809: "ThunderScan",
    33003: "JPEG 2000",
    33004: "JPEG 2000",
    33005: "JPEG 2000",
    34661: "JBIG",
    34676: "SGI Log",
    34677: "SGI Log24",
    34712: "JPEG 2000",
    34887: "LERC",
    34892: "lossy JPEG of DNG",
    34933: "PNG",
    34934: "JPEG XR",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
}
SAMPLES_NOT_READ: Mapping[int, str] = {
    2: "signed values",
    3: "floats",
    4: "undefined values",
    5: "complex values",
    6: "complex values",
}
"""SampleFormat, where it is not the unsigned integer that other pictures have."""


def kind_not_read(content: BinaryIO) -> str | None:
    """Return what kind of TIFF a file is that Pillow does not open; None where it is damaged."""
    with contextlib.suppress(Exception):  # damaged, in as many ways as Pillow's plugins meet
        tags = _directory(content)
        if tags.keys() >= {WIDTH, LENGTH} and tags.keys() & {STRIPS, TILES}:
            return unread(tags) or _described(tags)
    return None


def is_cut(content: BinaryIO) -> bool:
    """Return whether the tags, or the pixels that they tell of, lie beyond the end of a file."""
    with contextlib.suppress(Exception):  # as above
        end = content.seek(0, io.SEEK_END)
        if _end_of_directory(content) > end:
            return True
        tags = _directory(content)
        where = (STRIPS, STRIP_BYTES) if STRIPS in tags else (TILES, TILE_BYTES)
        starts, lengths = (_values(tags, number) for number in where)
        return any(start + n > end for start, n in zip(starts, lengths, strict=False))
    return False


def unread(tags: Mapping[int, Any]) -> str | None:
    """Return what makes the pixels of a TIFF not surely right; None where they are."""
    return _other_samples(tags) or _other_compression(tags) or _other_colours(tags)


def sample_range(image: TiffImageFile) -> tuple[int, int]:
    """Return the values of black and of white in a picture of one channel of over 8 bits."""
    white = 2 ** _values(image.tag_v2, BITS, 16)[0] - 1
    return (white, 0) if image.tag_v2.get(PHOTOMETRIC) == WHITE_IS_ZERO else (0, white)


def _directory(content: BinaryIO) -> ImageFileDirectory_v2:
    """Return the tags of the first picture; raise what Pillow raises."""
    content.seek(0)
    header = content.read(8)
    directory = ImageFileDirectory_v2(header + content.read(8 if _is_big(header) else 0))
    content.seek(directory.next)
    directory.load(content)
    return directory


def _end_of_directory(content: BinaryIO) -> int:
    """Return where the tags of the first picture end, by the start of the file."""
    content.seek(0)
    header = content.read(16)
    if header[:2] not in (b"II", b"MM"):
        return 0
    order = "<" if header[:2] == b"II" else ">"
    count, size = ("Q", 20) if _is_big(header) else ("H", 12)
    (at,) = (
        struct.unpack_from(order + "Q", header, 8)
        if _is_big(header)
        else struct.unpack_from(order + "I", header, 4)
    )
    content.seek(at)
    width = struct.calcsize(order + count)
    (entries,) = struct.unpack(order + count, content.read(width).ljust(width, b"\xff"))
    return int(at + width + entries * size)


def _is_big(header: bytes) -> bool:
    """Tell a BigTIFF, whose offsets have 64 bits."""
    return header[2:4] in (b"+\0", b"\0+")


def _values(tags: Mapping[int, Any], number: int, *otherwise: int) -> tuple[int, ...]:
    found = tags.get(number, otherwise)
    return found if isinstance(found, tuple) else (found,)


def _other_samples(tags: Mapping[int, Any]) -> str | None:
    """Tell of numbers that are no unsigned integers of one length."""
    bits, formats = set(_values(tags, BITS, 1)), set(_values(tags, SAMPLE_FORMAT, 1))
    if len(bits) > 1 or len(formats) > 1:
        return "channels of different depth"
    if (form := formats.pop()) != 1:
        return f"{SAMPLES_NOT_READ.get(form, 'unknown values')} of {bits.pop()} bits"
    return f"{depth} bits a channel" if (depth := bits.pop()) > 16 else None


def _other_compression(tags: Mapping[int, Any]) -> str | None:
    number = tags.get(COMPRESSION, RAW)
    if number in COMPRESSIONS:
        return None
    return f"compressed as {COMPRESSIONS_NOT_READ.get(number, f'number {number}')}"


def _other_colours(tags: Mapping[int, Any]) -> str | None:
    """Tell of colours and channels that are not read, or not in this order."""
    colour, channels = int(tags.get(PHOTOMETRIC, -1)), tags.get(CHANNELS, 1)
    if colour not in COLOURS:
        return COLOURS_NOT_READ.get(colour, f"colours of kind {colour}")
    extra = _values(tags, EXTRA_SAMPLES)
    if channels != COLOURS[colour][1] + len(extra) or not set(extra) <= {0, 1, 2}:
        return f"{_described(tags)}, which does not say what each is"
    if tags.get(FILL_ORDER) == BACKWARDS and not _is_backwards_read(tags, colour):
        return _described(tags)
    if tags.get(PLANAR) == SEPARATE and channels > 1 and not _is_separate_read(tags, colour, extra):
        return _described(tags)
    if colour == PALETTE and max(_values(tags, COLOUR_MAP, 0)) < 256:
        return "a palette of 8 bits, or none"
    is_plain = _values(tags, SUBSAMPLING, 2, 2) == (1, 1) and tags.get(PLANAR) != SEPARATE
    if colour == YCBCR and not is_plain and tags.get(COMPRESSION, RAW) != JPEG:
        return "YCbCr with fewer pixels of colour, not as JPEG"
    return None


def _is_separate_read(tags: Mapping[int, Any], colour: int, extra: tuple[int, ...]) -> bool:
    """Return whether Pillow, or libtiff for it, puts channels together that come one by one."""
    compression = tags.get(COMPRESSION, RAW)
    if compression == RAW:
        of_colour = () if COLOURS[colour][1] == 1 else ((), (2,))
        return _values(tags, BITS, 1)[0] == 8 and extra in of_colour
    return compression != JPEG and not (COLOURS[colour][1] == 1 and extra != (0,))


def _is_backwards_read(tags: Mapping[int, Any], colour: int) -> bool:
    """Return whether bits that are stored backwards are turned: libtiff does, Pillow of a few."""
    is_grey = colour in (WHITE_IS_ZERO, BLACK_IS_ZERO) and _values(tags, BITS, 1)[0] < 8
    return is_grey or tags.get(COMPRESSION, RAW) != RAW


def _described(tags: Mapping[int, Any]) -> str:
    """Return the colours, channels and bits in words."""
    channels, colour = tags.get(CHANNELS, 1), tags.get(PHOTOMETRIC, -1)
    name = COLOURS.get(colour, (f"colours of kind {colour}", 1))[0]
    of = f"{channels} channels of " if channels > 1 else ""
    separate = ", one channel after the other" if tags.get(PLANAR) == SEPARATE else ""
    is_mm = isinstance(tags, ImageFileDirectory_v2) and tags.prefix == b"MM"
    order = ", byte order MM" if is_mm and channels == 1 else ""
    fill = ", bits in reverse" if tags.get(FILL_ORDER) == BACKWARDS else ""
    return f"{name}, {of}{_values(tags, BITS, 1)[0]} bits{separate}{order}{fill}"
