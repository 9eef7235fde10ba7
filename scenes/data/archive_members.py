"""What is in an archive: a zip or tar file in, its members with what kind each is out.

Nothing is unpacked here and nothing is judged; `scenes.data.archives` does that.
"""

import bz2
import contextlib
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from scenes.errors import DataError
from scenes.system.formatting import printable

CHUNK = 2**20
UTF8 = 0x800
"""The flag of a zip member that says that its name is in UTF-8."""
LARGEST_READ = 2**24
"""Bytes that a tar header may take: its format sets no limit, and it is held in memory."""


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        name: As it stands there.
        size: In bytes, as the archive says.
        kind: "file", "folder", or what it is instead.
        open: Returns a stream of its content.
    """

    name: str
    size: int
    kind: str
    open: Callable[[], IO[bytes]]


@contextlib.contextmanager
def open_archive(archive: Path) -> Iterator[Iterable[Member]]:
    """Give the members of an archive, by what it begins with, whatever its name.

    Raises:
        DataError: It is no archive that can be read.
    """
    with ExitStack() as stack:
        if zipfile.is_zipfile(archive):
            yield _zip_members(stack.enter_context(zipfile.ZipFile(archive)))
            return
        stream = stack.enter_context(archive.open("rb"))
        unpacked = stack.enter_context(_uncompressed(stream))
        try:
            cautious = _Cautious(unpacked)
            tar = stack.enter_context(tarfile.open(fileobj=cautious, mode="r:"))
        except tarfile.ReadError as error:
            message = f"{printable(archive)}: is no zip or tar archive that can be read ({error})"
            raise DataError("The archive is not unpacked.", [message]) from error
        yield _tar_members(tar, cautious)


def _uncompressed(stream: io.BufferedReader) -> io.BufferedIOBase:
    """Return what a stream holds, by what it begins with."""
    start = stream.read(6)
    stream.seek(0)
    if start.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=stream)
    if start.startswith(b"BZh"):
        return bz2.BZ2File(stream)
    if start.startswith(b"\xfd7zXZ\x00"):
        return lzma.LZMAFile(stream)
    return stream


class _Cautious(io.RawIOBase):
    """A stream that refuses to be read in one gulp, as hostile tar headers ask for."""

    def __init__(self, stream: io.BufferedIOBase) -> None:
        self._stream = stream
        self.last = b""
        """What was read last."""

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes, which must be few."""
        if not 0 <= size <= LARGEST_READ:
            raise tarfile.TarError(f"a header asks for {size:,} bytes at once")
        self.last = self._stream.read(size)
        return self.last

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to a place."""
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._stream.tell()


def _zip_members(archive: zipfile.ZipFile) -> Iterator[Member]:
    for info in archive.infolist():
        mode = info.external_attr >> 16
        if info.flag_bits & 1:
            kind = "encrypted"
        elif stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
            kind = "a link" if stat.S_ISLNK(mode) else "a special file"
        else:
            kind = "folder" if info.is_dir() else "file"
        yield Member(_name(info), info.file_size, kind, lambda info=info: archive.open(info))  # type: ignore[misc]


def _name(info: zipfile.ZipInfo) -> str:
    """Return the name of a member: many programs, as macOS' own, write UTF-8 and do not say so."""
    if not info.flag_bits & UTF8 and not info.filename.isascii():
        with contextlib.suppress(UnicodeError):
            return info.filename.encode("cp437").decode("utf-8")
    return info.filename


def _tar_members(archive: tarfile.TarFile, stream: _Cautious) -> Iterator[Member]:
    for info in archive:
        if info.issparse():
            kind = "a file with holes"
        elif info.isreg():
            kind = _filtered(info)
        elif info.isdir():
            kind = "folder"
        else:
            kind = "a link" if info.issym() or info.islnk() else "a special file"

        def opened(info: tarfile.TarInfo = info) -> IO[bytes]:
            stream = archive.extractfile(info)
            return stream if stream is not None else io.BytesIO()

        yield Member(info.name, info.size, kind, opened)
    _require_end(stream)


def _require_end(stream: _Cautious) -> None:
    """Refuse what does not end as a tar file: the library takes any damage behind it for the end.

    Raises:
        TarError: There is no block of zeros, or something else follows it.
    """
    rest, at = stream.last, stream.tell()
    if len(rest) < tarfile.BLOCKSIZE:
        raise tarfile.TarError("it ends too early")
    while rest:
        if rest.strip(b"\0"):
            raise tarfile.TarError(f"what stands before byte {at:,} cannot be read")
        rest, at = stream.read(CHUNK), stream.tell()


def _filtered(info: tarfile.TarInfo) -> str:
    """Ask the standard library's filter as well, where it has one (from Python 3.11.4 on)."""
    if hasattr(tarfile, "data_filter") and not PurePosixPath(info.name).is_absolute():
        try:
            tarfile.data_filter(info, "/nowhere")
        except tarfile.FilterError as error:
            return f"refused by Python ({type(error).__name__})"
    return "file"
