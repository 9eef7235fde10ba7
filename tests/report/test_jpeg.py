"""Photographs in a figure are JPEG; drawings stay as they are, pixel by pixel."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

from scenes.report.figures.jpeg import shrink_photographs


def png(pixels: np.ndarray) -> bytes:  # type: ignore[type-arg]
    """Return a picture as a figure holds it."""
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return b'<image href="data:image/png;base64,%b"/>' % base64.b64encode(data.getvalue())


def photograph() -> np.ndarray:  # type: ignore[type-arg]
    """Return something with grain: uint8 (160, 160, 4)."""
    random = np.random.default_rng(0)
    slope = np.linspace(0, 200, 160)[:, None, None] + random.normal(0, 4, (160, 160, 3))
    opaque = np.full((160, 160, 1), 255)
    return np.concatenate([slope.clip(0, 255), opaque], axis=2).astype(np.uint8)


def test_a_photograph_becomes_a_jpeg_that_looks_the_same() -> None:
    """Less than half the bytes, the same size, no pixel far off, and always the same."""
    svg = png(photograph())
    small = shrink_photographs(svg)
    assert len(small) < len(svg) / 2
    assert small == shrink_photographs(svg)
    (data,) = re.findall(rb"data:image/jpeg;base64,([^\"]*)", small)
    picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))), np.int16)
    assert picture.shape == (160, 160, 3)
    assert np.abs(picture - photograph()[..., :3]).mean() < 4


def test_drawings_and_what_one_sees_through_stay() -> None:
    """The fields of a matrix, and a picture with transparency."""
    fields = np.kron(np.eye(8, dtype=np.uint8) * 200, np.ones((9, 9), np.uint8))
    glass = photograph()
    glass[0, 0, 3] = 0
    for svg in (png(fields), png(glass), b"<path/>"):
        assert shrink_photographs(svg) == svg


@pytest.mark.parametrize("sigma", [10, 30, 60, 200])
@pytest.mark.parametrize("side", [72, 300, 700])
def test_noise_loses_no_figure(sigma: int, side: int, capfd: pytest.CaptureFixture[str]) -> None:
    """Grain may take more than a byte a pixel; it stays as it is where JPEG saves nothing."""
    random = np.random.default_rng(0)
    pixels = (128 + sigma * random.standard_normal((side, side, 3))).clip(0, 255).astype(np.uint8)
    svg = png(pixels)
    small = shrink_photographs(svg)
    assert capfd.readouterr() == ("", "")
    if sigma == 200:
        assert small == svg
    else:
        (data,) = re.findall(rb"data:image/jpeg;base64,([^\"]*)", small)
        picture = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))), np.int16)
        assert np.abs(picture - pixels).mean() < 8
