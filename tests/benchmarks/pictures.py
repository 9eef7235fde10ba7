"""The pictures that are trained on: painted like Scene-15 in size, the user's, or mere noise."""

import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from scenes.data.synthetic.generate import save_synthetic
from scenes.errors import DataError

TRAIN, VAL, SIDE = 100, 199, 200
"""Of each of 15 classes, as in Scene-15 (1,500 and 2,985 in all), and pixels a side."""
SPLITS = ("train", "val")


def open_pictures(root: Path, *, data: Path | None, scale: float) -> Path:
    """Return a folder of pictures, painted once where none is given.

    Args:
        root: Where painted and selected pictures are kept.
        data: The user's folder, with train/CLASS/* and val/CLASS/*.
        scale: Share of the pictures of each class, above 0 to 1.

    Raises:
        DataError: The user's folder has no such splits.
    """
    if data is None:
        train, val = (max(1, round(count * scale)) for count in (TRAIN, VAL))
        folder = root / f"painted-{train}+{val}"
        return save_synthetic(folder, train=train, val=val, size=SIDE)
    if missing := [split for split in SPLITS if not (data / split).is_dir()]:
        raise DataError(
            f"{data}: the notebook way needs pictures that are split",
            [f"there is no folder {name}" for name in missing],
            "Name a folder with train/CLASS/* and val/CLASS/*.",
        )
    return data.resolve() if scale == 1 else take_share(data, root / f"share-{scale:g}", scale)


def take_share(data: Path, folder: Path, scale: float) -> Path:
    """Copy the first pictures of each class, a share of them, into a fresh folder."""
    shutil.rmtree(folder, ignore_errors=True)
    for kind in (kind for split in SPLITS for kind in (data / split).iterdir() if kind.is_dir()):
        place = folder / kind.relative_to(data)
        place.mkdir(parents=True)
        pictures = sorted(path for path in kind.iterdir() if path.is_file())
        for picture in pictures[: max(1, round(len(pictures) * scale))]:
            shutil.copyfile(picture, place / picture.name)
    return folder


def save_noise(folder: Path, *, train: int, val: int, side: int, classes: int = 10) -> Path:
    """Write JPEG pictures of noise, which show nothing and are quickly made."""
    if folder.exists():
        return folder
    rng = np.random.default_rng(0)
    draft = folder.with_name(f".{folder.name}")
    shutil.rmtree(draft, ignore_errors=True)
    for split, count in zip(SPLITS, (train, val), strict=True):
        for number in range(count):
            place = draft / split / f"class_{number % classes}"
            place.mkdir(parents=True, exist_ok=True)
            pixels = rng.integers(0, 256, (side, side, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(place / f"{number:06d}.jpg")
    return draft.rename(folder)
