"""Every kind of TIFF has the pixels that were written, or is refused by its name."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from tiff_files import DEFLATE, LZW, PACKBITS, RAW, tiff

from scenes.data.decoding import decode_picture, see_picture
from scenes.data.image_files import PictureError

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR = 0, 1, 2, 3, 5, 6
CHANNELS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, CMYK: 4}
UNSPECIFIED, PREMULTIPLIED, STRAIGHT = (0,), (1,), (2,)
Values = npt.NDArray[np.float64]


def random_samples(bits: int, photometric: int, extra: tuple[int, ...]) -> npt.NDArray[np.int64]:
    """Return noise of an odd size; channels that are multiplied by alpha are no larger than it."""
    shape = (21, 19, CHANNELS[photometric] + len(extra))
    samples = np.random.default_rng(bits).integers(0, 2**bits, shape)
    if extra == PREMULTIPLIED:
        samples[..., :-1] = samples[..., :-1] * samples[..., -1:] // (2**bits - 1)
    return samples


def random_palette(bits: int) -> npt.NDArray[np.int64]:
    """Return the colours of a palette, (2**bits, 3), 0 to 255."""
    return np.random.default_rng(99).integers(0, 256, (2 ** min(bits, 8), 3))


def right_pixels(
    samples: npt.NDArray[np.int64], bits: int, photometric: int, extra: tuple[int, ...]
) -> Values:
    """Return what TIFF 6.0 says that samples mean, over white, 0 to 255."""
    values = samples * 255 / (2**bits - 1)
    colour = values[..., : CHANNELS[photometric]]
    if photometric == PALETTE:
        colour = random_palette(bits)[samples[..., 0] % 256].astype(float)
    if photometric == WHITE_IS_ZERO:
        colour = 255 - colour
    if photometric == CMYK:
        colour = (255 - colour[..., :3]) * (255 - colour[..., 3:]) / 255
    alpha = values[..., -1:] / 255
    if extra == STRAIGHT:
        colour = colour * alpha + 255 * (1 - alpha)
    if extra == PREMULTIPLIED:
        colour = colour + 255 * (1 - alpha)
    return np.broadcast_to(colour, (*samples.shape[:2], 3))


def variants(bits: int, photometric: int) -> Iterator[tuple[tuple[int, ...], dict[str, Any]]]:
    """Yield the extra channels and the ways to store samples of a depth and colour."""
    ways = [
        {"compression": compression, **layout}
        for compression in (RAW, DEFLATE)
        for layout in ({}, {"rows": 5}, {"tile": 16})
    ]
    ways += [{"compression": compression, "rows": 5} for compression in (LZW, PACKBITS)]
    if bits in (8, 16):
        ways += [{"compression": LZW, "predictor": True, "rows": 5}]
    extras = ((), UNSPECIFIED, PREMULTIPLIED, STRAIGHT)
    for extra, order, reverse in itertools.product(extras, "<>", (False, True)):
        if extra and reverse:
            continue
        several = CHANNELS[photometric] + len(extra) > 1
        for planar, way in itertools.product((False, True) if several else (False,), ways):
            yield extra, {"order": order, "reverse": reverse, "planar": planar, **way}


def saved(
    path: Path,
    samples: npt.NDArray[np.int64],
    bits: int,
    photometric: int,
    extra: tuple[int, ...],
    how: dict[str, Any],
) -> Path:
    """Write a TIFF file."""
    tags: list[tuple[int, str, tuple[int, ...]]] = [(338, "H", extra)] if extra else []
    if photometric == PALETTE:
        tags.append((320, "H", tuple((random_palette(bits) * 257).T.ravel().tolist())))
    path.write_bytes(tiff(samples, bits, photometric, tags=tags, **how))
    return path


# By colours and bits, the extra channels with which every usual way to store them is read.
READ: dict[tuple[int, int], set[tuple[int, ...]]] = {
    **{(colour, bits): {()} for colour in (0, 1, 3) for bits in (1, 2, 4, 8)},
    (BLACK_IS_ZERO, 8): {(), UNSPECIFIED, PREMULTIPLIED, STRAIGHT},
    (BLACK_IS_ZERO, 16): {()},
    (RGB, 8): {(), UNSPECIFIED, PREMULTIPLIED, STRAIGHT},
    (RGB, 16): {(), UNSPECIFIED, PREMULTIPLIED, STRAIGHT},
    (PALETTE, 8): {(), UNSPECIFIED, STRAIGHT},
    (CMYK, 8): {(), UNSPECIFIED},
    (CMYK, 16): {()},
}
# Pillow reads these in one byte order only.
READ_LITTLE = {(WHITE_IS_ZERO, 16), (BLACK_IS_ZERO, 12)}
SLACK = {8: 1.01, 16: 3}
"""In levels: colour of 16 bits keeps the high byte before alpha is divided out."""


def decoded(path: Path) -> Values | str:
    """Return the pixels, or why there are none."""
    try:
        return np.asarray(decode_picture(path)).astype(float)
    except PictureError as error:
        return error.cause


@pytest.mark.parametrize("photometric", CHANNELS)
@pytest.mark.parametrize("bits", [1, 2, 4, 8, 12, 16])
def test_pixels_are_right_or_the_kind_is_named(bits: int, photometric: int, tmp_path: Path) -> None:
    """However samples are stored, they are decoded as TIFF 6.0 has it, or refused by their kind."""
    for extra, how in variants(bits, photometric):
        samples = random_samples(bits, photometric, extra)
        path = saved(tmp_path / "a.tif", samples, bits, photometric, extra, how)
        must = not how["reverse"] and not how["planar"]
        is_little = extra == () and how["order"] == "<" and (photometric, bits) in READ_LITTLE
        found = decoded(path)
        if isinstance(found, str):
            assert found.startswith("is a TIFF of a kind that is not read: "), (extra, how, found)
            assert not must or not (extra in READ.get((photometric, bits), ()) or is_little), how
        else:
            wrong = np.abs(found - right_pixels(samples, bits, photometric, extra)).max()
            assert wrong <= SLACK.get(bits, 0.51), (extra, how)


def test_big_tiff_is_read(tmp_path: Path) -> None:
    """Offsets of 64 bits change nothing in the pixels; Pillow does not know them in order MM."""
    samples = random_samples(8, RGB, ())
    path = saved(tmp_path / "a.tif", samples, 8, RGB, (), {"big": True, "rows": 4})
    assert np.array_equal(np.asarray(decode_picture(path)), samples)
    saved(path, samples, 8, RGB, (), {"big": True, "order": ">"})
    with pytest.raises(PictureError, match="not read: BigTIFF of byte order MM"):
        decode_picture(path)


OTHERS: dict[str, tuple[Callable[[], bytes], str]] = {
    "float": (lambda: floats(1), "floats of 32 bits"),
    "float colour": (lambda: floats(3), "floats of 32 bits"),
    "signed": (lambda: grey(16, (339, "H", (2,))), "signed values of 16 bits"),
    "signed bytes": (lambda: grey(8, (339, "H", (2,))), "signed values of 8 bits"),
    "complex": (lambda: grey(32, (339, "H", (5,))), "complex values of 32 bits"),
    "wide": (lambda: grey(32), "32 bits a channel"),
    "jpeg 2000": (lambda: grey(8, (259, "H", (33003,))), "compressed as JPEG 2000"),
    "unheard of": (lambda: grey(8, (259, "H", (4711,))), "compressed as number 4711"),
    "webp": (lambda: grey(8, (259, "H", (50001,))), "compressed as WebP"),
    "old jpeg": (lambda: grey(8, (259, "H", (6,))), "compressed as old-style JPEG"),
    "five bands": (lambda: bands(5, (338, "H", (0,) * 4)), "grey, 5 channels of 8 bits"),
    "five nameless": (lambda: bands(5), "grey, 5 channels of 8 bits, which does not say what"),
    "lab": (lambda: bands(3, (262, "H", (8,))), "CIE L.a.b. colours"),
    "mosaic": (lambda: grey(16, (262, "H", (32803,))), "a camera's raw mosaic"),
    "mixed": (lambda: bands(3, (258, "H", (5, 6, 5))), "channels of different depth"),
    "palette": (lambda: grey(8, (262, "H", (3,)), (320, "H", (9,) * 768)), "a palette of 8 bits"),
    "chroma": (lambda: bands(3, (262, "H", (6,))), "YCbCr with fewer pixels of colour"),
    "planar": (lambda: planar(16), "RGB, 3 channels of 16 bits, one channel after the other"),
    "backwards": (lambda: grey(8, (266, "H", (2,))), "grey, 8 bits, bits in reverse"),
}

Tag = tuple[int, str, tuple[int, ...]]


def floats(channels: int) -> bytes:
    """Return a TIFF of floats."""
    return tiff(np.ones((4, 4, channels)), 32, 1 if channels == 1 else 2, tags=[(339, "H", (3,))])


def grey(bits: int, *tags: Tag) -> bytes:
    """Return a TIFF of one channel with tags of another kind."""
    return tiff(np.ones((4, 4, 1), dtype=int), bits, BLACK_IS_ZERO, tags=tags)


def bands(channels: int, *tags: Tag) -> bytes:
    """Return a TIFF of several channels that calls itself grey, unless a tag says otherwise."""
    return tiff(np.ones((4, 4, channels), dtype=int), 8, BLACK_IS_ZERO, tags=tags)


def planar(bits: int) -> bytes:
    """Return a TIFF whose channels stand one after the other."""
    return tiff(np.ones((4, 4, 3), dtype=int), bits, RGB, planar=True)


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_not_read_has_its_true_name(kind: str, tmp_path: Path) -> None:
    """A whole file of another kind is not called damaged, and what to do about it is said."""
    content, name = OTHERS[kind]
    (tmp_path / "a.tif").write_bytes(content())
    expected = f"is a TIFF of a kind that is not read: {name}.*; save it as PNG"
    with pytest.raises(PictureError, match=expected):
        decode_picture(tmp_path / "a.tif")


def test_chroma_of_full_size_is_read(tmp_path: Path) -> None:
    """Uncompressed YCbCr is converted by ITU-R BT.601, as JPEG has it, within two levels."""
    luma, blue, red = np.moveaxis(samples := np.full((2, 2, 3), (120, 90, 200)), 2, 0)
    (tmp_path / "a.tif").write_bytes(tiff(samples, 8, YCBCR, tags=[(530, "H", (1, 1))]))
    right = np.stack(
        [
            luma + 1.402 * (red - 128),
            luma - 0.344136 * (blue - 128) - 0.714136 * (red - 128),
            luma + 1.772 * (blue - 128),
        ],
        axis=2,
    )
    assert np.abs(np.asarray(decode_picture(tmp_path / "a.tif")) - right).max() <= 2


@pytest.mark.parametrize("mode", ["L", "RGB", "YCbCr"])
def test_jpeg_in_tiff_is_read(mode: str, tmp_path: Path) -> None:
    """Libtiff hands JPEG to the decoder of JPEG files; a plain colour survives."""
    colour = Image.new("RGB", (32, 32), (200, 90, 40)).convert(mode)
    colour.save(tmp_path / "a.tif", compression="jpeg", quality=95)
    right = np.asarray(colour.convert("RGB")).astype(int)
    assert np.abs(np.asarray(decode_picture(tmp_path / "a.tif")) - right).max() <= 3


@pytest.mark.parametrize(
    ("compression", "mode"),
    [
        *((name, "RGB") for name in ("zstd", "lzma", "tiff_deflate", "packbits")),
        *((name, "1") for name in ("group3", "group4", "tiff_ccitt")),
    ],
)
def test_other_compressions_are_lossless(compression: str, mode: str, tmp_path: Path) -> None:
    """What libtiff compresses, faxes among it, comes back as it was."""
    pixels = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    image = Image.fromarray(pixels).convert(mode)
    image.save(tmp_path / "a.tif", compression=compression)
    right = np.asarray(image.convert("RGB"))
    assert np.array_equal(np.asarray(decode_picture(tmp_path / "a.tif")), right)


@pytest.mark.parametrize("compression", [RAW, LZW, DEFLATE])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
def test_cut_file_is_called_truncated(compression: int, kept: float, tmp_path: Path) -> None:
    """Wherever a TIFF is cut, it is truncated, not of an unknown kind."""
    content = tiff(random_samples(8, RGB, ()), 8, RGB, compression=compression, rows=4)
    (tmp_path / "a.tif").write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(PictureError, match="is truncated"):
        decode_picture(tmp_path / "a.tif")


@pytest.mark.parametrize("photometric", [WHITE_IS_ZERO, BLACK_IS_ZERO])
@pytest.mark.parametrize(("most", "is_narrow"), [(4095, True), (8191, True), (8200, False)])
def test_twelve_bits_in_sixteen_are_noted(
    photometric: int, most: int, is_narrow: bool, tmp_path: Path
) -> None:
    """A picture that uses an eighth of its range is nearly black, and that is not left unsaid."""
    samples = np.array([[[0], [most]]])
    samples = 65535 - samples if photometric == WHITE_IS_ZERO else samples
    (tmp_path / "a.tif").write_bytes(tiff(samples, 16, photometric))
    assert ("narrow" in see_picture(tmp_path / "a.tif").notes) == is_narrow


def test_depth_is_noted(tmp_path: Path) -> None:
    """Twelve and sixteen bits are scaled to eight, and that is noted."""
    for bits in (12, 16):
        (tmp_path / "a.tif").write_bytes(grey(bits))
        assert "sixteen_bit" in see_picture(tmp_path / "a.tif").notes
