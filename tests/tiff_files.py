"""Writes TIFF files of every kind by the specification, TIFF 6.0, and without Pillow."""

import struct
import zlib
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

RAW, LZW, DEFLATE, PACKBITS = 1, 5, 8, 32773
Samples = npt.NDArray[np.integer | np.floating]


def tiff(
    samples: Samples,
    bits: int,
    photometric: int,
    *,
    order: str = "<",
    planar: bool = False,
    compression: int = RAW,
    predictor: bool = False,
    rows: int | None = None,
    tile: int | None = None,
    big: bool = False,
    reverse: bool = False,
    tags: Iterable[tuple[int, str, tuple[int, ...]]] = (),
) -> bytes:
    """Return a TIFF file of one picture.

    Args:
        samples: (h, w, channels); of unsigned integers the lowest `bits` are stored.
        bits: Of one sample.
        photometric: 0 white is zero, 1 black is zero, 2 RGB, 3 palette, 5 CMYK, 6 YCbCr.
        order: "<" is II, ">" is MM.
        planar: One channel after the other.
        compression: One of the constants.
        predictor: Store horizontal differences (8 and 16 bits).
        rows: Of a strip; all where it is None.
        tile: Side of the tiles, a multiple of 16, in place of strips.
        big: BigTIFF.
        reverse: Store the bits of each byte backwards (FillOrder 2).
        tags: More (number, `struct` letter, values), which replace what is written otherwise.
    """
    height, width, channels = samples.shape
    planes = [samples[..., i : i + 1] for i in range(channels)] if planar else [samples]
    parts = [part for plane in planes for part in _parts(plane, rows or height, tile)]
    if predictor:
        parts = [_differences(part, bits) for part in parts]
    chunks = [_compress(_packed(part, bits, order), compression) for part in parts]
    if reverse:
        turned = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
        chunks = [chunk.translate(turned) for chunk in chunks]
    offsets = np.cumsum([16, *map(len, chunks)])[:-1].tolist()
    offset_tag, length_tag = (324, 325) if tile else (273, 279)
    entries = {
        256: ("I", (width,)),
        257: ("I", (height,)),
        258: ("H", (bits,) * channels),
        259: ("H", (compression,)),
        262: ("H", (photometric,)),
        offset_tag: ("I", tuple(offsets)),
        277: ("H", (channels,)),
        length_tag: ("I", tuple(map(len, chunks))),
        284: ("H", (2 if planar else 1,)),
        **({322: ("I", (tile,)), 323: ("I", (tile,))} if tile else {278: ("I", (rows or height,))}),
        **({317: ("H", (2,))} if predictor else {}),
        **({266: ("H", (2,))} if reverse else {}),
        **{number: (letter, values) for number, letter, values in tags},
    }
    body = b"".join(chunks) + b"\0" * (sum(map(len, chunks)) % 2)
    at = 16 + len(body)
    magic = b"II" if order == "<" else b"MM"
    start = struct.pack(order + "HHHQ", 43, 8, 0, at) if big else struct.pack(order + "HI", 42, at)
    header = (magic + start).ljust(16, b"\0")
    return header + body + _directory(entries, at, order, big)


def _directory(
    entries: dict[int, tuple[str, tuple[int, ...]]], at: int, order: str, big: bool
) -> bytes:
    """Return the directory that starts at an offset, with the values that do not fit into it."""
    kinds = {"B": 1, "H": 3, "I": 4, "Q": 16}
    count, inline, pointer = ("Q", 8, "Q") if big else ("H", 4, "I")
    size = struct.calcsize("=" + count) + len(entries) * (4 + 2 * inline) + inline
    table, values = struct.pack(order + count, len(entries)), b""
    for number in sorted(entries):
        letter, items = entries[number]
        value = struct.pack(f"{order}{len(items)}{letter}", *items)
        if len(value) > inline:
            value, values = (
                struct.pack(order + pointer, at + size + len(values)),
                values + value + b"\0" * (len(value) % 2),
            )
        table += struct.pack(order + "HH" + pointer, number, kinds[letter], len(items))
        table += value.ljust(inline, b"\0")
    return table + bytes(inline) + values


def _parts(plane: Samples, rows: int, tile: int | None) -> list[Samples]:
    """Return the strips or the tiles, padded, of one plane."""
    height, width, _ = plane.shape
    if tile is None:
        return [plane[top : top + rows] for top in range(0, height, rows)]
    padded = np.pad(plane, ((0, -height % tile), (0, -width % tile), (0, 0)))
    return [
        padded[top : top + tile, left : left + tile]
        for top in range(0, height, tile)
        for left in range(0, width, tile)
    ]


def _differences(part: Samples, bits: int) -> Samples:
    """Return each sample less the one to its left (TIFF 6.0, section 14)."""
    whole = part.astype(np.int64)
    whole[:, 1:] -= part[:, :-1].astype(np.int64)
    differences: Samples = whole % 2**bits
    return differences


def _packed(part: Samples, bits: int, order: str) -> bytes:
    """Return the bytes of samples; rows begin on a byte."""
    if part.dtype.kind == "f":
        return part.astype(f"{order}f{bits // 8}").tobytes()
    if bits in (8, 16, 32):
        return bytes((part.astype(np.int64) % 2**bits).astype(f"{order}u{bits // 8}").tobytes())
    places = np.arange(bits)[::-1]
    digits = (part.reshape(len(part), -1, 1).astype(np.int64) >> places) & 1
    return np.packbits(digits.reshape(len(part), -1).astype(np.uint8), axis=1).tobytes()


def _compress(data: bytes, compression: int) -> bytes:
    if compression == DEFLATE:
        return zlib.compress(data)
    if compression == PACKBITS:  # literal runs alone
        pieces = [data[at : at + 128] for at in range(0, len(data), 128)]
        return b"".join(bytes([len(piece) - 1]) + piece for piece in pieces)
    if compression == LZW:  # codes of nine bits alone: the table is cleared before it is longer
        codes: list[int] = []
        for at in range(0, len(data), 250):
            codes += [256, *data[at : at + 250]]
        digits = (np.array([*codes, 257])[:, None] >> np.arange(9)[::-1]) & 1
        return np.packbits(digits.astype(np.uint8)).tobytes()
    return data
