"""The layouts that people have: each is the data set that its owner means, or refused by name."""

import unicodedata
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenes.data.folder import Dataset, load_folder
from scenes.data.splits import resembled, split_of
from scenes.errors import DataError


def paint(root: Path, layout: Mapping[str, int]) -> Path:
    """Write n different pictures into each folder of a layout; 0 makes the folder alone."""
    random = np.random.default_rng(0)
    for folder, n in layout.items():
        (root / folder).mkdir(parents=True, exist_ok=True)
        for i in range(n):
            pixels = random.integers(0, 256, (16, 16, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / folder / f"{i}.png")
    return root


def of_splits(dataset: Dataset) -> dict[str, dict[str, int]]:
    """Return how many pictures of each class each split has."""
    return {split: dataset.counts(split) for split in dataset.splits}


def refused(root: Path) -> str:
    """Return all that is wrong with a folder, one line each."""
    with pytest.raises(DataError) as caught:
        load_folder(root, cache=None)
    return "\n".join(caught.value.problems)


def both(folder: str, n: int = 2) -> dict[str, int]:
    """Return a layout with two class folders in a folder."""
    return {f"{folder}/cat": n, f"{folder}/dog": n}


KEPT: dict[str, tuple[dict[str, int], set[str]]] = {
    "capitals": ({**both("Train"), **both("Valid"), **both("Test")}, {"train", "val", "test"}),
    "eval": ({**both("train"), **both("eval")}, {"train", "val"}),
    "dev": ({**both("training"), **both("dev")}, {"train", "val"}),
    "evaluation": ({**both("Training"), **both("Evaluation")}, {"train", "val"}),
    "words": ({**both("my-train"), **both("my-val")}, {"train", "val"}),
    "years": ({**both("train2017"), **both("val2017")}, {"train", "val"}),
    "images": ({**both("train_images"), **both("val_images")}, {"train", "val"}),
    "twice": (
        {**both("seg_train/seg_train"), **both("seg_val/seg_val"), "seg_pred/seg_pred": 3},
        {"train", "val"},
    ),
    "train in train": ({**both("train/train"), **both("val")}, {"train", "val"}),
    "mixed": ({**both("train"), **both("val_images")}, {"train", "val"}),
    "class first": (
        {"cat/train": 2, "dog/train": 2, "cat/val": 2, "dog/val": 2},
        {"train", "val"},
    ),
    "class first, deeper": (
        {"cat/Train/a": 2, "dog/Train/b": 2, "cat/eval": 2, "dog/eval": 2},
        {"train", "val"},
    ),
}


@pytest.mark.parametrize("name", KEPT)
def test_the_users_own_split_is_kept(name: str, tmp_path: Path) -> None:
    """However the folders of a split are called and nested, they are splits, never classes."""
    layout, splits = KEPT[name]
    found = of_splits(load_folder(paint(tmp_path, layout), cache=None))
    assert found == {split: {"cat": 2, "dog": 2} for split in splits}


def test_test_folder_gives_no_validation(tmp_path: Path) -> None:
    """Where there is only training_set and test_set, validation comes from training."""
    layout = {**both("training_set/training_set", 10), **both("test_set/test_set", 3)}
    found = of_splits(load_folder(paint(tmp_path, layout), cache=None))
    assert found["test"] == {"cat": 3, "dog": 3}
    assert {found["train"]["cat"] + found["val"]["cat"]} == {10}


REFUSED: dict[str, tuple[dict[str, int], str]] = {
    "one down": (both("images/train") | both("images/val"), "images: has train, val in it"),
    "one down, alike": (both("x/seg_train") | both("x/seg_test"), "x: has seg_train, seg_test in"),
    "no classes": (
        {"train_images": 4, "val_images": 4},
        "train_images, val_images: named like splits, but not laid out as such",
    ),
    "no train": (both("val_set") | both("test_set"), "train: there is no such folder beside"),
    "unclear": (
        both("seg_train") | both("more"),
        "seg_train: named like splits beside more, but not laid out as such",
    ),
    "two trains": (
        both("train_a") | both("train_b"),
        "train_a, train_b: several folders for train; keep one",
    ),
    "folds": (both("fold1") | both("fold2"), "fold1, fold2: each holds the folders cat, dog"),
    "split in one class": (
        {"cat/train": 2, "cat/val": 2, "dog": 4},
        "cat/train: a split inside a class",
    ),
    "no train in classes": (
        {"cat/val": 2, "cat/test": 2, "dog/val": 2, "dog/test": 2},
        ": a split inside a class",
    ),
    "names": ({"train": 6}, "6 pictures lie in train itself, in no class folder; a label is"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_be_either_is_refused_by_name(name: str, tmp_path: Path) -> None:
    """Folders that look like splits and are not laid out as such are named, with exit code 2."""
    layout, expected = REFUSED[name]
    assert expected in refused(paint(tmp_path, layout))


CLASSES: dict[str, dict[str, int]] = {
    "vehicles": {"train": 4, "car": 4, "bus": 4},
    "places": {"train station": 4, "airport": 4},
    "laboratory": {"test_tube": 4, "beaker": 4},
    "sub-folders": {"cat/images": 4, "dog/images": 4},
    "some sub-folders": {"cat/a": 2, "cat/b": 2, "dog/c": 4},
}


@pytest.mark.parametrize("name", CLASSES)
def test_classes_may_have_the_words_of_splits_in_their_names(name: str, tmp_path: Path) -> None:
    """A folder that holds pictures beside others that do is a class, whatever its name."""
    layout = CLASSES[name]
    dataset = load_folder(paint(tmp_path, layout), cache=None)
    assert dataset.classes == tuple(sorted({folder.split("/")[0] for folder in layout}))


def test_folders_without_pictures_are_left_out_and_told(tmp_path: Path) -> None:
    """What tools leave beside the classes stops nothing; a class of bad files still does."""
    paint(tmp_path, {"cat": 4, "dog": 4, "__pycache__": 0, "models": 0, "Annotations/x": 0})
    (tmp_path / "models" / "net.h5").write_bytes(b"x")
    dataset = load_folder(tmp_path, cache=None)
    assert dataset.classes == ("cat", "dog")
    (told,) = [one for one in dataset.findings if one.kind == "without_pictures"]
    assert (told.count, told.pictures) == (3, ("Annotations", "__pycache__", "models"))
    (tmp_path / "models" / "0.tga").write_bytes(b"x")
    assert "models/0.tga: is a .tga picture, which is not read" in refused(tmp_path)


def test_class_that_is_empty_in_one_split_is_an_error(tmp_path: Path) -> None:
    """Only what has no picture in any split is no class."""
    paint(tmp_path, {**both("train"), **both("val"), "train/owl": 2, "val/owl": 0, "val/x": 0})
    assert refused(tmp_path) == "val/owl: a class without pictures"


def test_classes_are_in_natural_order(tmp_path: Path) -> None:
    """Numbers in names count as numbers: 2 comes before 10."""
    names = [*map(str, range(1, 13)), "room 9", "room 10"]
    dataset = load_folder(paint(tmp_path, dict.fromkeys(names, 2)), cache=None)
    assert dataset.classes == tuple(names)
    assert [picture.label for picture in dataset.splits["train"]] == list(range(14))


def test_encoding_of_accents_is_no_part_of_the_identity(tmp_path: Path) -> None:
    """A copy by way of another system, which writes accents as letters, is the same data set."""
    found = []
    for form in ("NFC", "NFD"):
        root = tmp_path / form
        for name in ("ñandú", "águila"):
            paint(
                root,
                {unicodedata.normalize(form, f"{split}/{name}"): 3 for split in ("train", "val")},
            )
        for path in sorted(root.rglob("0.png")):
            path.rename(path.with_name(unicodedata.normalize(form, "é.png")))
        found.append(load_folder(root, cache=None))
    assert found[0].fingerprint == found[1].fingerprint
    assert found[0].classes == found[1].classes == ("águila", "ñandú")
    assert found[0].splits != found[1].splits
    assert all((found[1].root / one.path).is_file() for one in found[1].splits["val"])


def test_two_encodings_of_one_class_are_refused(tmp_path: Path) -> None:
    """Two folders whose names look the same are one class in two, and not merged in silence."""
    names = [unicodedata.normalize(form, "ñu") for form in ("NFC", "NFD")]
    paint(tmp_path, {names[0]: 3, "cat": 3})
    paint(tmp_path, {names[1]: 3})
    if len(list(tmp_path.iterdir())) < 3:
        pytest.skip("the file system takes the two for one name")
    assert "differ only in how their accents are encoded" in refused(tmp_path)


FORMS = {
    "rows.csv": "call it labels.csv",
    "classes.xlsx": "save it as labels.csv",
    "set.h5": "np.savez",
    "set.zip": "name it as the data",
    "set.tar.gz": "scenes dataset fetch set.tar.gz --into DIR",
    "set.7z": "unpack it first",
    "cat.tfrecord-00000-of-00010": "tf.data.TFRecordDataset",
    "train-images-idx3-ubyte": "keras.datasets.mnist",
    "t10k-labels.idx1-ubyte.gz": "keras.datasets.mnist",
    "weights.pt": "runs code where it is loaded",
    "batch.pickle": "runs code where it is loaded",
    "train-000001.tar": "a shard of WebDataset",
    "000001.cls": "a shard of WebDataset",
    "data.mdb": "LMDB",
    "all.sqlite": "SQLite",
    "train.rec": "MXNet",
    "data-00000-of-00001.arrow": "datasets.save_to_disk",
    "clip.MP4": "a video",
    "bark.wav": "sound",
    "brain.nii.gz": "NIfTI",
    "set.z01": "a part of an archive",
    "train_32x32.mat": "a file of MATLAB",
}
CONTENTS = {
    "data_batch_1": (b"\x80\x02}q\x01", "a pickle of Python, which runs code"),
    "IM0001": (bytes(128) + b"DICM" + bytes(9), "DICOM, which is not read"),
    "train.txt": (b"images/0.jpg 3\nimages/1.jpg 0\n", "a list of pictures"),
    "images.txt": (b"1 001.Albatross/0.jpg\n", "a list of pictures"),
}


@pytest.mark.parametrize("name", FORMS)
def test_other_forms_of_data_sets_name_the_way_forward(name: str, tmp_path: Path) -> None:
    """A file in a folder without classes, or one below, says what to do with it."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / name).write_bytes(b"x")
    assert FORMS[name] in refused(tmp_path)
    assert FORMS[name] in refused(tmp_path / "data")


@pytest.mark.parametrize("name", CONTENTS)
def test_other_forms_are_known_by_how_they_begin(name: str, tmp_path: Path) -> None:
    """Where the name of a file says nothing; one that begins otherwise is no business of ours."""
    content, told = CONTENTS[name]
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / name).write_bytes(content)
    (tmp_path / "a" / name).write_bytes(b"something else")
    assert f"a/b/{name}: {told}" in refused(tmp_path)
    assert f"a/{name}:" not in refused(tmp_path)


def test_coco_itself_is_refused_as_detection(tmp_path: Path) -> None:
    """Naming its .json as the data says what it is, and not that it is a table."""
    path = tmp_path / "instances.json"
    path.write_text('{"images": [], "annotations": [{"image_id": 1, "bbox": [1, 2, 3, 4]}]}')
    assert "object detection is not done here" in refused(path)


@pytest.mark.parametrize(
    "name",
    [
        *("classes.xlsx", "set.h5", "cat.tfrecord-00000-of-00010"),
        *("train-images-idx3-ubyte", "t10k-labels.idx1-ubyte.gz", "brain.nii.gz", "clip.MP4"),
    ],
)
def test_file_that_no_reader_takes_names_the_way_forward(name: str, tmp_path: Path) -> None:
    """Naming it as the data says the same."""
    (tmp_path / name).write_bytes(b"x")
    assert FORMS[name] in refused(tmp_path / name)


def test_a_data_set_further_down_is_named(tmp_path: Path) -> None:
    """However deep: the folder to name, and what is in it."""
    paint(tmp_path, both("a/b/c"))
    assert "a/b/c: has cat, dog in it" in refused(tmp_path)
    assert load_folder(tmp_path / "a/b/c", cache=None).classes == ("cat", "dog")


def test_domains_with_a_folder_between_are_no_classes(tmp_path: Path) -> None:
    """As Office-31 has them: the classes are two folders down."""
    paint(tmp_path, both("amazon/images") | both("webcam/images"))
    assert "amazon/images, webcam/images: each holds the folders cat, dog" in refused(tmp_path)


def test_classes_with_a_folder_between_are_classes(tmp_path: Path) -> None:
    """As Tiny ImageNet has them: pictures lie in `images` of each class."""
    paint(tmp_path, {"cat/images": 3, "dog/images": 3})
    assert load_folder(tmp_path, cache=None).classes == ("cat", "dog")


def test_a_test_split_without_labels_is_one_problem(tmp_path: Path) -> None:
    """As competitions have it; that its classes are missing is not said for each of them."""
    paint(tmp_path, both("train") | both("val") | {"test": 3})
    assert refused(tmp_path).startswith("3 pictures lie in test itself, in no class folder")
    assert len(refused(tmp_path).splitlines()) == 1


@pytest.mark.parametrize("kind", ["single", "missing", "bare"])
def test_of_many_such_classes_the_first_are_named(kind: str, tmp_path: Path) -> None:
    """A thousand lines would push the first ones away."""
    folders = {f"train/{number}": 1 for number in range(25)}
    layout = {
        "single": folders,
        "missing": folders | both("train") | both("val"),
        "bare": dict.fromkeys(folders, 0),
    }[kind]
    found = refused(paint(tmp_path, layout)).splitlines()
    assert found[:2] == [it for it in found if "train/" in it or "val/" in it][:2]
    assert found[20].startswith("… and ")
    assert len(found) < 30


def test_tables_beside_classes_stop_nothing(tmp_path: Path) -> None:
    """What else lies in a folder of classes is not its business."""
    (paint(tmp_path, {"cat": 3, "dog": 3}) / "labels.csv").write_text("x")
    assert load_folder(tmp_path, cache=None).classes == ("cat", "dog")


def test_names_of_splits() -> None:
    """The words count, not the letters: training is none of straining."""
    assert [split_of(name) for name in ("Train", "valid", "DEV", "test", "seg_test")] == [
        *("train", "val", "val", "test"),
        None,
    ]
    assert resembled("straining") is None
    assert resembled("x-test.2") == "test"
