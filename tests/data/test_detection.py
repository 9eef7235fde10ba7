"""Sets that mark places in pictures are refused as detection, in each of the usual forms."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from PIL import Image

from scenes.data.folder import load_folder
from scenes.errors import DataError

BOX = {"image_id": 1, "category_id": 3, "bbox": [1, 2, 3, 4]}
COCO = json.dumps({"images": [{"file_name": "0.png", "id": 1}], "annotations": [BOX]})
CAPTIONS = json.dumps({"images": [], "annotations": [{"image_id": 1, "caption": "a cat"}]})
VOC = "<annotation><object><name>cat</name><bndbox><xmin>1</xmin></bndbox></object></annotation>"
YOLO = "0 0.5 0.5 0.25 0.125\n11 .1 1 0 1.0\n"

FORMS: Mapping[str, tuple[tuple[str, ...], Mapping[str, str]]] = {
    "COCO": (("train2017", "val2017"), {"annotations/instances_val2017.json": COCO}),
    "COCO of Roboflow": (("train", "valid"), {"train/_annotations.coco.json": COCO}),
    "VOC": (("JPEGImages",), {"Annotations/0.xml": VOC, "ImageSets/Main/train.txt": "0\n"}),
    "VOC beside": ((".",), {"0.xml": VOC}),
    "YOLO": (("images/train", "images/val"), {"labels/train/0.txt": YOLO, "data.yaml": "nc: 1"}),
    "YOLO of Roboflow": (("train/images", "valid/images"), {"train/labels/0.txt": YOLO}),
}
Make = Callable[..., Path]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return a maker of folders with pictures and other files."""

    def made(folders: tuple[str, ...], files: Mapping[str, str]) -> Path:
        root = tmp_path / "set"
        for number, folder in enumerate(folders):
            (root / folder).mkdir(parents=True, exist_ok=True)
            for index in range(2):
                colour = (90 * number, 120 * index, 60)
                Image.new("RGB", (16, 16), colour).save(root / folder / f"{index}.png")
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        return root

    return made


@pytest.mark.parametrize("form", FORMS)
def test_detection_is_refused_by_its_name(form: str, make: Make) -> None:
    """The file that shows it is named, the form, and the word."""
    folders, files = FORMS[form]
    with pytest.raises(DataError, match="object detection is not done here") as refused:
        load_folder(make(folders, files), cache=None)
    assert f"(as {form.split()[0]} has it)" in str(refused.value)
    assert next(iter(files)) in str(refused.value)


@pytest.mark.parametrize(
    "files",
    [
        {"cat/0.xml": VOC},
        {"cat/0.txt": YOLO},
        {"annotations/instances.json": COCO},
        {"notes.txt": "3 4 5\n"},
    ],
)
def test_folders_of_classes_come_first(files: Mapping[str, str], make: Make) -> None:
    """Where pictures lie in folders named after classes, boxes beside them change nothing."""
    found = load_folder(make(("cat", "dog"), files), cache=None)
    assert found.classes == ("cat", "dog")


@pytest.mark.parametrize(
    "files",
    [
        {"captions.json": CAPTIONS},
        {"broken.json": "{"},
        {"deep.json": "[" * 100_000},
        {"list.json": "[1, 2]"},
        {"0.txt": "1 2 3 4 5\n"},
        {"0.txt": ""},
        {"0.xml": "<note/>"},
    ],
)
def test_other_files_are_no_detection(files: Mapping[str, str], make: Make) -> None:
    """A list of numbers or another document beside pictures is not taken for boxes."""
    with pytest.raises(DataError) as refused:
        load_folder(make(("images",), files), cache=None)
    assert "detection" not in str(refused.value)
