"""The photographs in a figure, smaller: an SVG in, the same with JPEG in place of PNG out.

Matplotlib writes pictures pixel by pixel, which makes HTML and PDF several times as large. A
drawing, such as the fields of a matrix, which JPEG would blur and hardly shorten, stays as it is.
"""

import base64
import io
import re

from PIL import Image

QUALITY = 90
WORTH = 0.6
"""A picture is a photograph if JPEG takes less than this share of its bytes."""

_PNG = re.compile(rb"data:image/png;base64,\s*([A-Za-z0-9+/=\s]+)")


def shrink_photographs(svg: bytes) -> bytes:
    """Return a figure whose photographs are JPEG where that is smaller."""
    return _PNG.sub(lambda found: _shrink(found[0], found[1]), svg)


def _shrink(whole: bytes, encoded: bytes) -> bytes:
    data = base64.b64decode(encoded)
    picture = Image.open(io.BytesIO(data), formats=["PNG"])
    if "A" in picture.getbands() and picture.getchannel("A").getextrema() != (255, 255):
        return whole
    small = encode_jpeg(picture.convert("RGB"))
    if len(small) > WORTH * len(data):
        return whole
    return b"data:image/jpeg;base64," + base64.b64encode(small)


def encode_jpeg(picture: Image.Image) -> bytes:
    """Return an RGB picture as JPEG, with Huffman tables of its own where Pillow has room for them.

    They need the whole file in one buffer, for which Pillow takes a byte a pixel: noise has more.
    """
    plain = _saved(picture, optimize=False)
    return _saved(picture, optimize=True) if len(plain) < picture.width * picture.height else plain


def _saved(picture: Image.Image, *, optimize: bool) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=QUALITY, subsampling=0, optimize=optimize)
    return stream.getvalue()
