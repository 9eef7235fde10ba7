"""ZIP files without anything but files in them: contents by name in, bytes out, and back.

The same files give the same bytes. What is read must be laid out as it is written here: between
members, in attributes, after the end of a member's data or in a comment a file could hold what one
reader shows and another does not.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

ACCESS = 0o644 << 16
"""Attributes of a member: for everyone to read."""
DATE = 33
"""1980-01-01, the first day there is."""
VERSION, UNIX, UTF_8 = 20, 3, 0x800
"""Of the format, of who wrote it, and the flag of a member whose name is not ASCII."""


class ZipError(ValueError):
    """The file is no ZIP file, or not a plain one; with the reason."""


def encode_zip(files: Mapping[str, bytes], *, compress: bool = True) -> bytes:
    """Return files by name as a ZIP file; the same files give the same bytes."""
    stream = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in sorted(files.items()):
            info = zipfile.ZipInfo(name)  # of 1980-01-01
            info.compress_type, info.external_attr = method, ACCESS
            archive.writestr(info, data)
    return stream.getvalue()


def list_zip(data: bytes) -> list[zipfile.ZipInfo]:
    """Return what the directory of a ZIP file lists.

    Raises:
        ZipError: It has none that can be read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return archive.infolist()
    except (OSError, RuntimeError, NotImplementedError, ValueError, zipfile.BadZipFile) as error:
        raise ZipError(f"is no archive that can be read: {error}") from None


def decode_zip(data: bytes, members: list[zipfile.ZipInfo]) -> dict[str, bytes]:
    """Return the files of a ZIP file by name.

    Args:
        data: The file.
        members: That it lists; as many bytes are unpacked as they say.

    Raises:
        ZipError: It is damaged, or not laid out as `encode_zip` does.
    """
    place, directory, files = 0, bytearray(), dict[str, bytes]()
    for one in members:
        name, about = one.filename.encode(), _about(one)
        header = b"PK\3\4" + about + name
        if not data.startswith(header, place):
            raise ZipError(f"{one.filename!r} is not packed as this program packs")
        directory += b"PK\1\2" + bytes((VERSION, UNIX)) + about
        directory += struct.pack("<3H2L", 0, 0, 0, ACCESS, place) + name
        place += len(header) + one.compress_size
        files[one.filename] = _unpacked(data[place - one.compress_size : place], one)
    count = len(members)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), place, 0)
    if data[place:] != directory + end:
        raise ZipError("it holds more than its files, or says more of them")
    return files


def _about(member: zipfile.ZipInfo) -> bytes:
    """Return what stands of a member both before its content and in the directory.

    Raises:
        ZipError: Its sizes are no such numbers.
    """
    name = member.filename
    flags = 0 if name.isascii() else UTF_8
    size, packed = member.file_size, member.compress_size
    about = (VERSION, 0, flags, member.compress_type, 0, DATE, member.CRC, packed, size)
    try:
        return struct.pack("<2B4H3L2H", *about, len(name.encode()), 0)
    except struct.error as error:  # of a format that also tells larger numbers
        raise ZipError(f"{name!r} is larger than it can be: {error}") from None


def _unpacked(packed: bytes, member: zipfile.ZipInfo) -> bytes:
    """Return the content of a member.

    Raises:
        ZipError: It is damaged, of another size than is said, or something follows it.
    """
    if member.compress_type == zipfile.ZIP_STORED:
        content, rest = packed, b""
    elif member.compress_type == zipfile.ZIP_DEFLATED:
        unpacking = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = unpacking.decompress(packed, member.file_size + 1)
        except zlib.error as error:
            raise ZipError(f"{member.filename!r} is damaged: {error}") from None
        rest = unpacking.unused_data if unpacking.eof else b"more"
    else:
        raise ZipError(f"{member.filename!r} is packed in a way that is not read")
    if rest or len(content) != member.file_size or zlib.crc32(content) != member.CRC:
        raise ZipError(f"{member.filename!r} is damaged, or holds more than its content")
    return content
