"""From a picture file to pixels: the one place that decodes, and its one policy.

In: the path of a file. Out: an RGB picture of 8 bits a channel and what was `Seen` on the way, or
a `PictureError` that names the file and the cause in plain words.

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
floats, 32 bits     refused: no value is agreed to be white
==================  ======================================================================
"""

import hashlib
import os
import re
import stat
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path, PurePath
from typing import TypeVar

import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from scenes.errors import DataError

FORMATS: Mapping[str, tuple[str, ...]] = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png", ".apng"),
    "WEBP": (".webp",),
    "BMP": (".bmp", ".dib"),
    "GIF": (".gif",),
    "TIFF": (".tif", ".tiff"),
}
"""What is read, by Pillow's name, with the extensions that tell the truth about it."""

UNREAD_SUFFIXES = frozenset(
    (".avif", ".cr2", ".dng", ".eps", ".heic", ".heif", ".ico", ".jp2", ".jxl", ".nef", ".svg")
)
"""Extensions of pictures that are not read: told, so that none is left out in silence."""

MAX_PIXELS = 2**26
"""Refuse larger pictures unless asked: 67 million pixels, a quarter of a gigabyte once decoded."""

SIXTEEN_BIT_STEP = 257  # 65535 / 255

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

# How the files of each kind begin; WebP, AVIF and HEIC say so after a length.
MAGIC: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("JPEG", re.compile(rb"\xff\xd8\xff")),
    ("PNG", re.compile(rb"\x89PNG")),
    ("WebP", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("BMP", re.compile(rb"BM....\0\0\0\0", re.DOTALL)),
    ("GIF", re.compile(rb"GIF8")),
    ("TIFF", re.compile(rb"II\*\0|MM\0\*")),
)
UNREAD_MAGIC = re.compile(rb"....ftyp(avif|avis|heic|heix|mif1|msf1)", re.DOTALL)

T = TypeVar("T")
U = TypeVar("U")
Progress = Callable[[int, int], None]
"""Called with how many are done and how many there are."""


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
    """

    sha256: str
    format: str
    width: int
    height: int
    notes: tuple[str, ...] = ()

    @property
    def pixels(self) -> int:
        """How many there are."""
        return self.width * self.height


class PictureError(DataError):
    """One file is no usable picture: which, and why.

    Args:
        path: The file.
        cause: What is wrong with it, to be read after "the file".
    """

    def __init__(self, path: Path, cause: str) -> None:
        self.path = path
        self.cause = cause
        super().__init__(f"{printable(path)}: {cause}")

    def __reduce__(self) -> tuple[type["PictureError"], tuple[Path, str]]:  # type: ignore[override]
        """Cross process boundaries whole."""
        return type(self), (self.path, self.cause)


def printable(path: PurePath | str) -> str:
    r"""Return a name that fits one line of any terminal: what cannot be printed is escaped.

    Bytes that are not valid UTF-8 appear as `\xff`, a newline as `\n`.
    """

    def escaped(char: str) -> str:
        if "\udc80" <= char <= "\udcff":  # PEP 383: a byte that is not UTF-8
            return f"\\x{ord(char) - 0xDC00:02x}"
        return char if char.isprintable() else char.encode("unicode_escape").decode("ascii")

    return "".join(map(escaped, str(path)))


def decode_picture(path: Path, *, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Return the picture as RGB, decoded by the policy of this module.

    Raises:
        PictureError: The file is no usable picture.
    """
    return read_picture(path, max_pixels=max_pixels)[0]


def read_picture(path: Path, *, max_pixels: int = MAX_PIXELS) -> tuple[Image.Image, Seen]:
    """Decode one picture and tell what was seen.

    Args:
        path: A regular file, or a symbolic link to one; anything else is refused unopened.
        max_pixels: Larger pictures are refused before their pixels are decoded. Pillow's own
            ceiling of 178,956,970 pixels stays, whatever is asked.

    Raises:
        PictureError: The file is no usable picture.
    """
    with open_regular(path) as stream:
        try:
            image, kind, notes = _decode(stream, max_pixels)
            stream.seek(0)
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        except Exception as error:
            # Pillow's plugins meet damaged files with whatever their parsing runs into:
            # struct.error, IndexError, SyntaxError, zlib.error and more.
            raise PictureError(path, _cause(error, stream, max_pixels)) from error
    return image, Seen(sha256, kind, image.width, image.height, tuple(sorted(notes)))


def open_regular(path: Path) -> BufferedReader:
    """Open a file that is not empty; refuse all that could hang or never end.

    Raises:
        PictureError: It is a folder, a pipe, a device, a socket, a broken link, empty, unreadable.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise PictureError(path, f"is {_file_type(status.st_mode)}, not a file")
        if not status.st_size:
            raise PictureError(path, "is empty (0 bytes)")
        return path.open("rb")
    except FileNotFoundError as error:
        cause = "is a link to nothing" if path.is_symlink() else "does not exist"
        raise PictureError(path, cause) from error
    except OSError as error:
        looped = "symbolic link" in str(error)  # ELOOP, whose number differs by platform
        cause = "is a link that leads back to itself" if looped else _unreadable(error)
        raise PictureError(path, cause) from error


def sniff(path: Path) -> str | None:
    """Return the format that a file begins like, whatever its name; None where it is no picture."""
    try:
        with open_regular(path) as stream:
            return _recognise(stream.read(32))
    except (PictureError, OSError):
        return None


def map_pictures(
    function: Callable[[T], U], items: Sequence[T], *, progress: Progress | None = None
) -> Generator[U, None, None]:
    """Apply a function to each item in threads, in order, with few results waiting at a time.

    Pillow decodes without Python's lock, so threads use all cores; the window keeps memory
    bounded where the consumer is slower. Pillow's warnings about odd files are silenced: what
    matters in them is an error or a note here.
    """
    workers = min(_cores(), 16)
    waiting: deque[Future[U]] = deque()
    with warnings.catch_warnings(), ThreadPoolExecutor(workers) as pool:
        warnings.filterwarnings("ignore", module=r"PIL\.")
        try:
            for done, result in enumerate(_windowed(pool, function, items, waiting), start=1):
                if progress is not None:
                    progress(done, len(items))
                yield result
        finally:
            for future in waiting:
                future.cancel()


def _windowed(
    pool: ThreadPoolExecutor,
    function: Callable[[T], U],
    items: Sequence[T],
    waiting: deque[Future[U]],
    window: int = 128,
) -> Iterator[U]:
    for item in items:
        waiting.append(pool.submit(function, item))
        if len(waiting) >= window:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _decode(stream: BufferedReader, max_pixels: int) -> tuple[Image.Image, str, set[str]]:
    """Return the RGB picture, its format and the notes; raise what Pillow raises."""
    image = Image.open(stream, formats=tuple(FORMATS))
    if image.width * image.height > max_pixels:
        raise Image.DecompressionBombError(f"{image.width * image.height} pixels")
    if image.format == "PNG":
        image.verify()  # the sums of all chunks: decoding lets a damaged last one pass
        stream.seek(0)
        image = Image.open(stream, formats=("PNG",))
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
    rgb = _to_rgb(image, notes)
    if _is_grey(rgb):
        notes.add("grey")
    return (rgb if turn is None else rgb.transpose(turn)), kind, notes


def _to_rgb(image: Image.Image, notes: set[str]) -> Image.Image:
    """Return (h, w, 3) of 8 bits; add "alpha" to the notes where a pixel is transparent."""
    if image.mode in ("I", "F"):
        raise ValueError("its pixels have 32 bits or are floats, for which no white is agreed")
    if image.mode.startswith("I;16"):
        return _scale_sixteen_bit(image, notes)
    if not image.has_transparency_data:
        return image if image.mode == "RGB" else image.convert("RGB")
    rgba = image.convert("RGBA")
    alpha = rgba.getchannel("A")
    if alpha.getextrema() != (255, 255):
        notes.add("alpha")
    paper = Image.new("RGB", rgba.size, "white")
    paper.paste(rgba, mask=alpha)
    return paper


def _scale_sixteen_bit(image: Image.Image, notes: set[str]) -> Image.Image:
    samples = np.asarray(image)  # uint16 (h, w)
    scaled = np.round(samples / np.float32(SIXTEEN_BIT_STEP)).astype(np.uint8)
    transparent = image.info.get("transparency")  # PNG: the one value that is see-through
    if isinstance(transparent, int) and (samples == transparent).any():
        notes.add("alpha")
        scaled[samples == transparent] = 255
    return Image.fromarray(scaled).convert("RGB")


def _is_sixteen_bit(image: Image.Image) -> bool:
    """Tell by the layout of the stored samples; 16-bit BMP is 5 bits a channel, not meant here."""
    if not isinstance(image, PngImageFile | TiffImageFile) or not image.tile:
        return False
    layout = image.tile[0][3]  # "RGB;16B", or a tuple that begins with it
    return "16" in str(layout[0] if isinstance(layout, tuple) else layout)


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 where there is none; damaged EXIF data counts as none."""
    try:
        return int(image.getexif().get(ORIENTATION_TAG, 1))
    except Exception:  # as in read_picture, but the pixels may be whole
        return 1


def _is_grey(image: Image.Image) -> bool:
    """Tell whether the three channels are equal everywhere."""
    sample = np.asarray(image.resize((8, 8), Image.Resampling.NEAREST))
    if (sample.max(axis=2) != sample.min(axis=2)).any():
        return False  # most colour pictures leave here, at a tenth of the cost
    red, green, blue = (channel.tobytes() for channel in image.split())
    return red == green == blue


def _cause(error: Exception, stream: BufferedReader, max_pixels: int) -> str:
    """Say in plain words why a picture could not be decoded."""
    if isinstance(error, Image.DecompressionBombError):
        return _too_large(str(error), max_pixels)
    if isinstance(error, UnidentifiedImageError):
        return _unidentified(stream)
    if isinstance(error, MemoryError):
        return "does not fit into memory once decoded"
    if isinstance(error, OSError) and error.errno is not None:
        return _unreadable(error)
    if "truncated" in str(error).lower():
        return "is truncated: the file ends before the picture does"
    return f"is damaged or not supported: {error or type(error).__name__}"


def _too_large(message: str, max_pixels: int) -> str:
    pixels = re.search(r"\d+", message)
    claimed = f"{int(pixels.group()):,}" if pixels else "too many"
    return f"claims {claimed} pixels; the limit is {max_pixels:,}"


def _unidentified(stream: BufferedReader) -> str:
    stream.seek(0)
    start = stream.read(32)
    if name := _recognise(start):
        return f"is a damaged {name}: its header cannot be read"
    if UNREAD_MAGIC.match(start):
        return "is AVIF or HEIC, which is not read; save it as JPEG or PNG"
    return (
        f"is not a picture ({', '.join(name for name, _ in MAGIC)}); it begins with {start[:12]!r}"
    )


def _recognise(start: bytes) -> str | None:
    return next((name for name, magic in MAGIC if magic.match(start)), None)


def _unreadable(error: OSError) -> str:
    return f"cannot be read: {error.strerror or error}"


def _file_type(mode: int) -> str:
    kinds = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((name for is_kind, name in kinds if is_kind(mode)), "a device")
