"""Sets for segmentation are refused by their name: no mask is trained on as a picture."""

from pathlib import Path

import pytest
from picture_files import paint

from scenes.data.folder import load_folder
from scenes.errors import DataError


def among(*folders: str) -> list[str]:
    """Return the names of four pictures in each folder."""
    return [f"{folder}/{index}.png" for folder in folders for index in range(4)]


LAYOUTS = {
    "two folders": (among("images", "masks"), "images, masks: named as pictures and their masks"),
    "in splits": (
        among("train/images", "train/masks", "val/images", "val/masks"),
        "train/images, train/masks:",
    ),
    "splits inside": (
        among("images/train", "annotations/train", "images/val", "annotations/val"),
        "images, annotations:",
    ),
    "Cityscapes": (
        among("leftImg8bit/train/aachen", "gtFine/train/aachen"),
        "leftImg8bit, gtFine:",
    ),
    "in one class": (
        among("ill/images", "ill/masks", "well/images"),
        "ill/images, ill/masks: named as pictures and their masks",
    ),
    "beside": (
        [*among("ill", "well"), *(f"ill/{index}_mask.png" for index in range(3))],
        "ill/0_mask.png: named as the mask of 0.png, one of 3",
    ),
    "beside, several": (
        [*among("ill", "well"), *(f"ill/{it}.png" for it in ("0_mask", "0_mask_1", "1 Seg"))],
        "ill/0_mask.png: named as the mask of 0.png, one of 3",
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_masks_are_refused_by_their_name(layout: str, tmp_path: Path) -> None:
    """The word, and where they are; nothing else is said of the folder."""
    names, told = LAYOUTS[layout]
    with pytest.raises(DataError, match="segmentation is not done here") as refused:
        load_folder(paint(tmp_path, *names), cache=None)
    (problem,) = refused.value.problems
    assert problem.startswith(told)


CLASSES = {
    "faces": ["with_mask", "without_mask"],
    "masks": ["mask", "no_mask"],
    "words": ["annotations", "letters"],
}


@pytest.mark.parametrize("kind", CLASSES)
def test_classes_of_such_names_are_classes(kind: str, tmp_path: Path) -> None:
    """Where no folder beside them is named after pictures."""
    found = load_folder(paint(tmp_path, *among(*CLASSES[kind])), cache=None)
    assert found.classes == tuple(CLASSES[kind])


def test_one_such_name_may_be_chance(tmp_path: Path) -> None:
    """A dog that wears a mask, among many pictures, is a dog."""
    names = [*among("cat", "dog"), "dog/0_mask.png"]
    assert load_folder(paint(tmp_path, *names), cache=None).counts("train")["dog"] == 4


def test_a_table_says_which_pictures_count(tmp_path: Path) -> None:
    """Masks that no table names are left out, as other pictures are."""
    rows = [f"images/{index}.png,{'cat' if index % 2 else 'dog'}" for index in range(4)]
    paint(tmp_path, *among("images", "masks"))
    (tmp_path / "labels.csv").write_text("\n".join(["path,label", *rows]))
    assert load_folder(tmp_path, cache=None).classes == ("cat", "dog")
