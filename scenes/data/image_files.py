"""Opens files that claim to be pictures, and says in plain words why one is none.

In: a path. Out: an open regular file, or a `PictureError` with the path and the cause.
"""

import re
import stat
from collections.abc import Mapping
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

from scenes.errors import DataError
from scenes.system.formatting import printable

_UNREAD = (
    "ai arw avif avifs blp bpg cr2 cr3 cur czi dcm dcx dds dng emf eps exr fit fits flc fli fpx hdr"
    " heic heics heif hif icns ico iiq im j2c j2k jng jp2 jpc jpf jpx jxl jxr lif mng msp nd2 nef"
    " nrrd orf pam pcd pct pcx pfm pgf pic pict psb psd qoi raf ras raw rgb rgba rw2 sgi spi sr2"
    " dicom mha mhd mrxs ndpi nii scn srw svg svgz svs tga vda vst wbmp wdp wmf x3f xbm xcf xpm"
)
UNREAD_SUFFIXES = frozenset(f".{name}" for name in _UNREAD.split())
"""Extensions of pictures that are not read: reported, so that none is left out in silence."""

# How the files of each kind begin; WebP, AVIF and HEIC say so after a length.
MAGIC: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    ("JPEG", re.compile(rb"\xff\xd8\xff")),
    ("PNG", re.compile(rb"\x89PNG")),
    ("WebP", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("BMP", re.compile(rb"BM....\0\0\0\0", re.DOTALL)),
    ("GIF", re.compile(rb"GIF8")),
    ("TIFF", re.compile(rb"II[*+]\0|MM\0[*+]")),
    ("PPM", re.compile(rb"P[1-6]\s(?:#|\d+\s+\d+\s)")),
)
UNREAD_MAGIC: Mapping[re.Pattern[bytes], str] = {
    re.compile(rb"....ftyp(avif|avis|heic|heix|mif1|msf1)", re.DOTALL): (
        "is AVIF or HEIC, which is not read; save it as JPEG or PNG"
    ),
    re.compile(rb"\xff\x0a|\0\0\0\x0cJXL "): (
        "is JPEG XL, which is not read; save it as JPEG or PNG"
    ),
    re.compile(rb"version https://git-lfs"): (
        "is what Git LFS leaves in place of a file; fetch the file: git lfs pull"
    ),
    re.compile(rb"\s*<(!doctype )?html", re.IGNORECASE): (
        "is a page of the web (HTML), as a download that failed leaves it; download it again"
    ),
}
"""How files begin that claim to be pictures, and what they are."""


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
        cause = "is a link that leads back to itself" if looped else unreadable(error)
        raise PictureError(path, cause) from error


def sniff(path: Path) -> str | None:
    """Return the format that a file begins like, whatever its name; None where it is no picture."""
    try:
        with open_regular(path) as stream:
            return recognise(stream.read(32))
    except (PictureError, OSError):
        return None


def unidentified(stream: BinaryIO) -> str:
    """Say what a file is instead of a picture that can be opened."""
    stream.seek(0)
    start = stream.read(32)
    if name := recognise(start):
        return f"is a damaged {name}: its header cannot be read"
    for magic, name in UNREAD_MAGIC.items():
        if magic.match(start):
            return name
    return (
        f"is not a picture ({', '.join(name for name, _ in MAGIC)}); it begins with {start[:12]!r}"
    )


def recognise(start: bytes) -> str | None:
    """Return the format of a file that begins like this."""
    return next((name for name, magic in MAGIC if magic.match(start)), None)


def unreadable(error: OSError) -> str:
    """Say what the system answered."""
    return f"cannot be read: {error.strerror or error}"


def _file_type(mode: int) -> str:
    kinds = (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((name for is_kind, name in kinds if is_kind(mode)), "a device")
