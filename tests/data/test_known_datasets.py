"""A known data set is recognised by its classes, and what differs from the original is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from scenes.data.folder import Dataset, Picture
from scenes.data.known_datasets import KNOWN, SCENE15_COUNTS, differences, recognise_set, totals

# The folders of the release of 2006, with their numbers of pictures.
LAZEBNIK = {
    "bedroom": 216, "CALsuburb": 241, "industrial": 311, "kitchen": 210, "livingroom": 289,
    "MITcoast": 360, "MITforest": 328, "MIThighway": 260, "MITinsidecity": 308,
    "MITmountain": 374, "MITopencountry": 410, "MITstreet": 292, "MITtallbuilding": 356,
    "PARoffice": 215, "store": 315,
}  # fmt: skip


def data_set(counts: dict[str, int], *, train: int = 100) -> Dataset:
    """Return a data set with so many pictures of each class, the first ones in train."""
    classes = tuple(sorted(counts))
    splits: dict[str, list[Picture]] = {"train": [], "val": []}
    for label, name in enumerate(classes):
        for i in range(counts[name]):
            split = "train" if i < train else "val"
            splits[split].append(Picture(Path(split, name, f"{i}.jpg"), label, "0" * 64))
    whole = {split: tuple(members) for split, members in splits.items()}
    return Dataset("d", "folder", Path("d"), classes, whole)


def test_scene15_has_4485_pictures() -> None:
    """The total is that of the paper: 4,485 pictures in 15 classes of 200 to 410."""
    assert KNOWN["scene15"].total == 4485
    assert (len(SCENE15_COUNTS), min(SCENE15_COUNTS.values()), max(SCENE15_COUNTS.values())) == (
        15,
        210,
        410,
    )


@pytest.mark.parametrize("counts", [SCENE15_COUNTS, LAZEBNIK], ids=["here", "2006"])
def test_every_release_is_recognised(counts: dict[str, int]) -> None:
    """Whatever its folders are called, in any case, the set is known and whole."""
    dataset = data_set(dict(counts))
    known = recognise_set(dataset)
    assert known is KNOWN["scene15"]
    assert list(differences(known, totals(known, dataset))) == []


def test_what_is_missing_is_named() -> None:
    """A class short of pictures, a class that is not there and one too many are three lines."""
    counts = dict(LAZEBNIK) | {"MITcoast": 359, "kitchens": 1}
    del counts["kitchen"]
    assert list(differences(KNOWN["scene15"], totals(KNOWN["scene15"], data_set(counts)))) == [
        "Kitchen: no such class",
        "kitchens: Scene-15 has no such class",
        "Coast: 359 pictures, where Scene-15 has 360",
    ]


def test_other_sets_are_not_recognised() -> None:
    """A folder with other classes, or with a part of the pictures, is nobody's copy."""
    assert recognise_set(data_set(dict.fromkeys(SCENE15_COUNTS, 80))) is None
    dataset = data_set({"Bedroom": 3, "Coast": 3})
    assert recognise_set(dataset) is None
    assert recognise_set(replace(dataset, classes=("x", "y"))) is None
