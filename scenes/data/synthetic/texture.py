"""Random textures and outlines, as arrays of about -1..1.

In: a random generator and how coarse. Out: arrays that do not depend on the picture's size.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats: TypeAlias = NDArray[np.floating[Any]]


def noise(rng: np.random.Generator, cells: tuple[int, int], octaves: int = 4) -> Floats:
    """Draw a texture of cells that hold finer cells, (rows, columns) times 2^(octaves - 1).

    The values have mean 0 and lie mostly in -1..1; each octave has 0.6 of the strength of the last.
    """
    rows, columns = cells
    total: Floats = np.zeros((rows, columns))
    for octave in range(octaves):
        shape = (rows << octave, columns << octave)
        total = stretched(total, shape) + 0.6**octave * rng.uniform(-1, 1, shape)
    return total.astype(np.float32)


def seamless(texture: Floats) -> Floats:
    """Mirror a texture, so that it can be repeated without a seam."""
    wide = np.concatenate([texture, texture[:, ::-1]], axis=1)
    return np.concatenate([wide, wide[::-1]], axis=0)


def stretched(texture: Floats, shape: tuple[int, int]) -> Floats:
    """Resize a texture smoothly to (rows, columns)."""
    picture = Image.fromarray(texture.astype(np.float32))
    return np.asarray(picture.resize(shape[::-1], Image.Resampling.BILINEAR))


def outline(rng: np.random.Generator, points: int, smooth: float = 0.5) -> Floats:
    """Draw a ridge: `points` heights from midpoint displacement, mean 0, about -1..1."""
    heights: Floats = rng.uniform(-1, 1, 3)
    strength = 1.0
    while len(heights) < points:
        strength *= smooth
        middle = (heights[1:] + heights[:-1]) / 2
        middle = middle + strength * rng.uniform(-1, 1, len(middle))
        heights = np.insert(heights, np.arange(1, len(heights)), middle)
    centred: Floats = heights[:points] - heights[:points].mean()
    return centred
