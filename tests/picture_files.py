"""Files of pictures for tests of how they lie: what is in them does not matter."""

from pathlib import Path

import numpy as np
from PIL import Image


def paint(root: Path, *names: str) -> Path:
    """Write a different picture under each name."""
    random = np.random.default_rng(0)
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(root / name)
    return root
