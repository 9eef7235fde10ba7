"""From what a decoder gives to 8 bits of grey or RGB: the policy that `decoding` describes.

In: an opened or decoded picture. Out: "L" or "RGB", and notes on what had to be done.
"""

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile

from scenes.data import tiff
from scenes.data.causes import KindNotReadError

SIXTEEN_BITS = (0, 65535)  # black and white

NARROW = 8  # a picture that uses less than this part of its range is all but black
GREY_STEPS = {"L;2": 85, "L;4": 17}  # from 2 and 4 bits to 8
ORIENTATION_TAG = 0x0112  # EXIF 2.3


def as_rgb(image: Image.Image) -> Image.Image:
    """Return a picture with three channels."""
    return image if image.mode == "RGB" else image.convert("RGB")


def to_plain(image: Image.Image, notes: set[str]) -> Image.Image:
    """Return "L" or "RGB" of 8 bits; add "alpha" to the notes where a pixel is transparent."""
    if image.mode == "F":
        raise KindNotReadError(str(image.format), "floats")
    if image.mode.startswith("I"):  # "I" of PGM, which Pillow scales to 16 bits
        return _scale_sixteen_bit(image, notes)
    if image.mode == "La":
        return _over_white(image, notes)
    if not image.has_transparency_data:
        return image if image.mode == "L" else as_rgb(image)
    rgba = image.convert("RGBA")
    alpha = rgba.getchannel("A")
    if alpha.getextrema() != (255, 255):
        notes.add("alpha")
    paper = Image.new("RGB", rgba.size, "white")
    paper.paste(rgba, mask=alpha)
    return paper


def fit_transparency(image: Image.Image) -> None:
    """Bring the see-through value of a PNG, not yet decoded, to the depth that pixels will have.

    Pillow scales grey of 2 and 4 bits to 8, and keeps the high byte of 16-bit colour, but leaves
    that value as the file has it. Of 16-bit colour what differs in the low byte alone is one value.
    """
    value = image.info.get("transparency")
    if not isinstance(image, PngImageFile) or not image.tile or isinstance(value, bytes | None):
        return
    layout = str(image.tile[0][3])
    if layout in GREY_STEPS and isinstance(value, int):
        image.info["transparency"] = value * GREY_STEPS[layout]
    if layout == "RGB;16B" and isinstance(value, tuple):
        image.info["transparency"] = tuple(sample >> 8 for sample in value)


def _scale_sixteen_bit(image: Image.Image, notes: set[str]) -> Image.Image:
    samples = np.asarray(image)  # uint16 (h, w)
    black, white = SIXTEEN_BITS
    if isinstance(image, TiffImageFile):
        black, white = tiff.sample_range(image)
    step = np.float32((white - black) / 255)
    if abs(int(samples.max() if white else samples.min()) - black) * NARROW < abs(white - black):
        notes.add("narrow")
    scaled = np.round((samples - np.float32(black)) / step).astype(np.uint8)
    transparent = image.info.get("transparency")  # PNG: the one value that is see-through
    if isinstance(transparent, int) and (samples == transparent).any():
        notes.add("alpha")
        scaled[samples == transparent] = 255
    return Image.fromarray(scaled)


def _over_white(image: Image.Image, notes: set[str]) -> Image.Image:
    """Return grey whose alpha is multiplied in, over white: value + (255 - alpha)."""
    grey, alpha = np.moveaxis(np.asarray(image), 2, 0)
    if (alpha < 255).any():
        notes.add("alpha")
    return Image.fromarray(np.minimum(grey + (255 - alpha.astype(np.uint16)), 255).astype(np.uint8))


def is_sixteen_bit(image: Image.Image) -> bool:
    """Return whether samples have 12 or 16 bits; BMP of 16 bits a pixel has 5 a channel."""
    if image.mode == "I":
        return True
    if not isinstance(image, PngImageFile | TiffImageFile) or not image.tile:
        return False
    layout = image.tile[0][3]  # "RGB;16B", or a tuple that begins with it
    name = str(layout[0] if isinstance(layout, tuple) else layout)
    return "16" in name or name == "I;12"


def orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 where there is none; damaged EXIF data counts as none."""
    try:
        return int(image.getexif().get(ORIENTATION_TAG, 1))
    except Exception:  # as in read_picture, but the pixels may be whole
        return 1


def is_grey(image: Image.Image) -> bool:
    """Return whether the three channels are equal everywhere."""
    if image.mode == "L":
        return True
    sample = image.resize((8, 8), Image.Resampling.NEAREST).tobytes()
    if not sample[::3] == sample[1::3] == sample[2::3]:
        return False  # most colour pictures leave here, at a tenth of the cost
    red = image.tobytes("raw", "R")
    return all(image.tobytes("raw", other) == red for other in "GB")
