"""Which pictures look the same: a short hash of what one shows, and the pairs that are close.

In: decoded pictures. Out: a perceptual hash of each, and pairs of hashes that differ in few bits.
Another encoding, size, brightness or a light crop leaves the hash nearly as it is; a mirrored or
turned picture has another one.

The hash is Zauner's DCT hash (C. Zauner, Implementation and benchmarking of perceptual image hash
functions, 2010) without its constant term: 32 × 32 greys, the 63 lowest frequencies of their
cosine transform, one bit each for being above their median.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

SIDE = 32
KEPT = 8  # frequencies in each direction
LEAST = 64  # pixels of the shorter side: two digits of 28 pixels differ in too little
FLAT = 2.0  # standard deviation in grey levels: below, the hash would be of noise

NEAR = 6
"""Most bits in which pictures that look the same differ.

Chosen on Scene-15 (4,485 photographs) by looking at the pairs: exact copies left aside, all 20 up
to here are one place in one light; at 8 bits other views of the same street begin, at 10 pictures
that have nothing in common.
"""

BANDS = 4
BAND_BITS = 16
CROWDED = 256  # entries of one bucket that are compared: bounds the cost where all look alike
CHUNK = 1024


def perceptual_hash(image: Image.Image) -> int | None:
    """Return the hash of a picture, 63 bits; None where it shows too little to tell it by.

    Args:
        image: "L" or "RGB", of any size.
    """
    if min(image.size) < LEAST:
        return None
    grey = image if image.mode == "L" else image.convert("L")
    small = grey.resize((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=3.0)
    greys = np.frombuffer(small.tobytes(), dtype=np.uint8).astype(np.float64)  # (1024,)
    if greys @ greys / len(greys) - (greys.sum() / len(greys)) ** 2 < FLAT**2:
        return None
    greys = greys.reshape(SIDE, SIDE)
    frequencies = (COSINES @ greys @ COSINES.T).ravel()[1:]  # (63,)
    bits = frequencies > np.sort(frequencies)[len(frequencies) // 2]
    return int.from_bytes(np.packbits(bits).tobytes(), "big") >> 1


def _cosines() -> npt.NDArray[np.float64]:
    """Return the lowest rows of the cosine transform, type II: (8, 32)."""
    places = (2 * np.arange(SIDE) + 1) * np.pi / (2 * SIDE)
    cosines: npt.NDArray[np.float64] = np.cos(np.arange(KEPT)[:, None] * places)
    cosines[0] /= np.sqrt(2)
    return cosines


COSINES = _cosines()


def near_pairs(hashes: Sequence[int]) -> list[tuple[int, int]]:
    """Return the pairs of places, ascending, whose hashes differ in 1 to `NEAR` bits.

    Two hashes with at most six differences agree, but for one bit, in one of four bands of
    sixteen bits; so each hash is looked up in each band by its own value and by those one bit
    away. That takes time in proportion to n, where comparing all with all would take n².

    Args:
        hashes: Different from each other, as `perceptual_hash` gives them.
    """
    values = np.array(hashes, dtype=np.uint64)
    found: set[tuple[int, int]] = set()
    for band in range(BANDS):
        keys = (values >> np.uint64(band * BAND_BITS)).astype(np.uint16)
        order = np.argsort(keys, kind="stable")
        ends = np.cumsum(np.bincount(keys, minlength=1 << BAND_BITS))  # of each key's places
        starts = np.concatenate(([0], ends[:-1]))
        for flip in (0, *(1 << bit for bit in range(BAND_BITS))):
            wanted = keys ^ np.uint16(flip)
            first = starts[wanted]
            many = np.minimum(ends[wanted] - first, CROWDED)
            for start in range(0, len(values), CHUNK):
                one, place = _expanded(first, many, start)
                found |= _close(values, one, order[place])
    return sorted(found)


def _expanded(
    first: npt.NDArray[np.int64], many: npt.NDArray[np.int64], start: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return (who asks, place in the order) for each entry of some buckets."""
    count = many[start : start + CHUNK]
    one = np.repeat(np.arange(start, start + len(count)), count)
    within = np.arange(len(one)) - np.repeat(np.cumsum(count) - count, count)
    return one, first[one] + within


def _close(
    values: npt.NDArray[np.uint64], one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]
) -> set[tuple[int, int]]:
    ahead = one < other
    one, other = one[ahead], other[ahead]
    close = np.bitwise_count(values[one] ^ values[other]) <= NEAR
    return set(zip(one[close].tolist(), other[close].tolist(), strict=True))
