"""What the compressed data of JPEG and WebP show of damage that their decoders pass over.

Both decoders fill in what they cannot read, in grey or with what came before. In: the bytes of a
file. Out: what is wrong with them, or None. What can be known: libjpeg's own warnings, which Pillow
swallows, and long runs of zero bytes, which neither code gives for a picture that is not flat. A
flipped bit that leads to other valid codes cannot be distinguished from another picture.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import simplejpeg

RUN = bytes(32)
"""So many zero bytes in a row are a hole; lost sectors and holes of downloads are longer."""

SCAN, HUFFMAN, END = 0xDA, 0xC4, 0xD9
MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""What ends a scan: neither a stuffed byte nor a restart."""
SIXTEEN_ZEROS = 0xF0  # a symbol that does not end its block

LOST = ("premature end of data", "bad huffman", "found marker", "bad arithmetic", "bad progressive")
"""Warnings of libjpeg after which pixels are missing, in lower case."""
ODD = re.compile("extraneous bytes before marker 0x(d|c4)")
"""Its warning of bytes in the data, not among the metadata, that belong to nothing."""


@dataclass(frozen=True)
class Faults:
    """What speaks against the data of a picture.

    Attributes:
        lost: Why pixels are missing or shifted; None where that does not show.
        odd: Whether the data are suspicious, yet may hold the whole picture: a JPEG with bytes that
            belong to nothing, its encoder's or left of lost ones; a WebP with a run of zeros, which
            is damaged, or large and flat.
    """

    lost: str | None = None
    odd: bool = False


def faults_of_jpeg(data: bytes) -> Faults:
    """Return what libjpeg warns of, and holes that it passes over."""
    if _has_hole(data):
        return Faults(f"a hole of {len(RUN)} zero bytes or more in its picture data")
    warning = _warning(data)
    if any(text in warning for text in LOST):
        return Faults("a part of its picture data is missing or broken")
    return Faults(odd=bool(ODD.search(warning)))


def faults_of_webp(data: bytes) -> Faults:
    """Return whether there is a hole; libwebp itself refuses what ends early."""
    return Faults(odd=any(RUN in codes for codes in _webp_codes(data)))


def _webp_codes(data: bytes) -> Iterator[bytes]:
    """Yield the compressed data of a WebP: RIFF chunks, some in the chunk of a frame."""
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        if name in (b"VP8 ", b"VP8L"):
            yield data[at + 24 : at + 8 + size]  # less its header
        at += 24 if name == b"ANMF" else 8 + size + size % 2


def _warning(data: bytes) -> str:
    """Return libjpeg's last warning in lower case; decodes to an eighth, for which it reads all."""
    try:
        *_, colours, _ = simplejpeg.decode_jpeg_header(data)
        colours = "CMYK" if colours in ("CMYK", "YCCK") else "GRAY"
        simplejpeg.decode_jpeg(data, colours, min_height=1, min_width=1, min_factor=8)
    except ValueError as error:
        return str(error).lower()
    return ""


def _has_hole(data: bytes) -> bool:
    """Return whether a scan of a JPEG has a run of zeros that stands for no flat area.

    Zero bits alone are the first symbol of a Huffman table, over and over. Where that ends a block,
    or says that nothing has changed, they are a flat area. See ITU-T T.81, B.2 and G.1.
    """
    if data.find(RUN) < 0:
        return False
    at, tables = 2, dict[int, int]()
    while (at := data.find(b"\xff", at)) >= 0 and at + 4 <= len(data):
        marker, start = data[at + 1], at + 4
        if marker == END:
            return False
        at += 2 + int.from_bytes(data[at + 2 : start], "big")
        if marker == HUFFMAN:
            tables |= _first_symbols(data[start:at])
        if marker == SCAN:
            begin, at = at, (found.start() if (found := MARKER.search(data, at)) else len(data))
            if data.find(RUN, begin, at) >= 0 and not _may_be_zeros(data[start:begin], tables):
                return True
    return False


def _first_symbols(segment: bytes) -> dict[int, int]:
    """Return the first symbol of each table by its class (AC is 16) and number."""
    at, symbols = 0, {}
    while at + 17 < len(segment):
        symbols[segment[at]] = segment[at + 17]
        at += 17 + sum(segment[at + 1 : at + 17])
    return symbols


def _may_be_zeros(header: bytes, tables: dict[int, int]) -> bool:
    """Return whether zero bits may stand for a flat area in a scan with this header."""
    if len(header) < 6:
        return True  # damaged; the decoder says so
    first, last, is_refinement = header[-3], header[-2], header[-1] >> 4
    if first == last == 0:  # brightness alone, of a progressive JPEG: differences, or single bits
        return bool(is_refinement) or tables.get(header[2] >> 4, 0) == 0
    symbol = tables.get(16 + (header[2] & 15), 0)
    return symbol & 15 == 0 and symbol != SIXTEEN_ZEROS
