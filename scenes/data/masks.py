"""Sets for segmentation, whose labels are pictures too: masks, each beside its picture.

In: what was found as class folders. Out: what shows that some of it are masks, or None.

=============================  =========================================================
`images/0.png`, `masks/0.png`  two folders side by side, at any depth
`cat/0.png`, `cat/0_mask.png`  a mask beside its picture, of a quarter of them or more
=============================  =========================================================
"""

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from scenes.data.detection import GENERAL
from scenes.data.scan import Scan
from scenes.system.formatting import printable

IMAGES = GENERAL | {"leftimg8bit"}
MASKS = frozenset(
    (
        *("mask", "masks", "annotation", "annotations", "labels", "gt", "gtfine", "gtcoarse"),
        *("groundtruth", "ground_truth", "segmentation", "segmentations", "segmentationclass"),
        *("segmentationobject", "trimap", "trimaps"),
    )
)
MASK_STEM = re.compile(r"(.+?)[ _-](?:mask|seg|segmentation|gt)(?:[ _-]?\d+)?", re.IGNORECASE)
SEGMENTATION = "segmentation is not done here, only one label a picture"


def shows_masks(scan: Scan) -> str | None:
    """Return why pictures in class folders are masks of others; None where they are not."""
    paths = scan.paths()
    for path in sorted({path.parent for path in paths}):
        for depth, name in enumerate(path.parts):
            if name.casefold() in MASKS and (images := _beside(path, depth, paths)):
                masks = Path(*path.parts[: depth + 1])
                return (
                    f"{printable(images)}, {printable(masks)}: named as pictures and their masks:"
                    f" {SEGMENTATION}; where they are classes, rename the folders"
                )
    return _masks_among(paths)


def _beside(masks: Path, depth: int, paths: Sequence[Path]) -> Path | None:
    """Return the folder of pictures beside a folder of masks, which is a part of a path."""
    above = masks.parts[:depth]
    beside = (it.parts[: depth + 1] for it in paths if it.parts[:depth] == above)
    return next((Path(*it) for it in beside if it[-1].casefold() in IMAGES), None)


def _masks_among(paths: Sequence[Path]) -> str | None:
    """Return the same of masks that lie beside their pictures, and are no chance: `dog_mask`."""
    named = {path: found[1] for path in paths if (found := MASK_STEM.fullmatch(path.stem))}
    folders = {path.parent for path in named}
    pictures = {(it.parent, it.stem): it for it in paths if it.parent in folders}
    masks = {it: whole for it, stem in named.items() if (whole := pictures.get((it.parent, stem)))}
    there, here = Counter(folder for folder, _ in pictures), Counter(it.parent for it in masks)
    for mask, picture in masks.items():
        if 4 * here[mask.parent] >= there[mask.parent]:
            return (
                f"{printable(mask)}: named as the mask of {printable(picture.name)}, one of"
                f" {len(masks):,}: {SEGMENTATION}; move the masks out of the folder"
            )
    return None
