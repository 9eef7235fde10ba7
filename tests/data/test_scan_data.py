"""What decoders fill in is noticed, within the bounds that the documents name."""

import io
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image

from scenes.data.decoding import decode_picture, see_picture
from scenes.data.image_files import PictureError
from scenes.data.scan_data import RUN, Faults, faults_of_jpeg, faults_of_webp


def photograph(seed: int = 0, side: int = 160) -> Image.Image:
    """Return a picture with large and small shapes, in colour."""
    random = np.random.default_rng(seed)
    coarse = random.integers(0, 256, (10, 10, 3), dtype=np.uint8)
    large = Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)
    noise = random.normal(0, 6, (side, side, 3))
    return Image.fromarray((np.asarray(large) + noise).clip(0, 255).astype(np.uint8))


def encoded(image: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    """Return the bytes of a file."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def with_hole(data: bytes, size: int, random: Random) -> bytes:
    """Return a file with so many zeros in place of its last scan's data, somewhere."""
    start = data.rfind(b"\xff\xda") + 20
    at = random.randrange(start, len(data) - size - 4)
    return data[:at] + bytes(size) + data[at + size :]


WAYS: dict[str, dict[str, Any]] = {
    "baseline": {"quality": 90},
    "optimised": {"quality": 90, "optimize": True},
    "small": {"quality": 30},
    "progressive": {"quality": 90, "progressive": True},
    "restarts": {"quality": 90, "restart_marker_rows": 1},
    "no chroma lost": {"quality": 95, "subsampling": 0},
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_whole_jpeg_is_let_through(way: str, mode: str) -> None:
    """However a JPEG is written, nothing is found in it where nothing is wrong."""
    for image in (photograph(), Image.new("RGB", (160, 160), (9, 90, 200)), photograph(1, 8)):
        data = encoded(image.convert(mode), **WAYS[way])
        assert faults_of_jpeg(data) == Faults()


@pytest.mark.parametrize("size", [2 * len(RUN), 500])
@pytest.mark.parametrize("way", WAYS)
def test_hole_in_a_jpeg_is_found(way: str, size: int, tmp_path: Path) -> None:
    """A run of zeros in the codes of a photograph is a hole, wherever it lies."""
    random = Random(0)
    for seed in range(8):
        data = with_hole(encoded(photograph(seed), **WAYS[way]), size, random)
        (tmp_path / "a.jpg").write_bytes(data)
        with pytest.raises(PictureError, match="is damaged: a"):
            see_picture(tmp_path / "a.jpg")


@pytest.mark.parametrize("way", ["baseline", "optimised", "small", "restarts"])
def test_jpeg_that_is_cut_and_closed_is_found(way: str, tmp_path: Path) -> None:
    """An end mark after the cut does not hide that pixels are missing."""
    for seed in range(8):
        data = encoded(photograph(seed), **WAYS[way])
        kept = Random(seed).randrange(len(data) // 3, len(data) - 100)
        (tmp_path / "a.jpg").write_bytes(data[:kept] + b"\xff\xd9")
        with pytest.raises(PictureError, match="is damaged: a part of its picture data"):
            see_picture(tmp_path / "a.jpg")
        assert decode_picture(tmp_path / "a.jpg").size == (160, 160)  # as far as it goes


def test_flat_jpeg_of_zeros_is_whole() -> None:
    """An optimised table gives a flat picture one code of zero bits: no hole."""
    data = encoded(Image.new("L", (2000, 2000), 77), optimize=True)
    assert RUN in data[300:]
    assert faults_of_jpeg(data) == Faults()


def test_zeros_outside_the_scans_are_no_hole() -> None:
    """Metadata and what follows the picture may hold zeros."""
    data = encoded(photograph(), comment=bytes(500))
    assert RUN in data
    assert faults_of_jpeg(data + bytes(500)) == Faults()
    data = encoded(photograph(), "WEBP", exif=bytes(500))
    assert RUN in data
    assert faults_of_webp(data) == Faults()


def test_bytes_that_belong_to_nothing_are_a_finding(tmp_path: Path) -> None:
    """Some cameras pad the data; or a part before was lost: the picture is used and told."""
    data = encoded(photograph())
    (tmp_path / "a.jpg").write_bytes(data[:-2] + b"\x13\x37" * 9 + data[-2:])
    assert see_picture(tmp_path / "a.jpg").notes == ("suspect",)


@pytest.mark.parametrize("lossless", [True, False])
def test_webp_with_a_hole_is_a_finding_or_refused(lossless: bool, tmp_path: Path) -> None:
    """Its codes have no end that could be missed, so a run of zeros is all that shows."""
    data = encoded(photograph(), "WEBP", lossless=lossless)
    assert faults_of_webp(data) == Faults()
    (tmp_path / "a.webp").write_bytes(data[:900] + bytes(100) + data[1000:])
    try:
        assert see_picture(tmp_path / "a.webp").notes == ("suspect",)
    except PictureError as error:
        assert "WebP data are broken" in error.cause  # noqa: PT017 - either is right


@pytest.mark.parametrize("lossless", [True, False])
def test_webp_that_is_cut_and_closed_is_refused(lossless: bool, tmp_path: Path) -> None:
    """Lengths that fit the cut do not hide it."""
    data = bytearray(encoded(photograph(), "WEBP", lossless=lossless))
    data = data[: len(data) // 4 * 2]
    data[4:8], data[16:20] = ((len(data) - lost).to_bytes(4, "little") for lost in (8, 20))
    (tmp_path / "a.webp").write_bytes(data)
    with pytest.raises(PictureError, match="is damaged: its WebP data"):
        see_picture(tmp_path / "a.webp")
