"""Parquet files as Hugging Face's `datasets` writes them are data sets."""

import builtins
import datetime
import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from scenes.data import parquet
from scenes.data.folder import Dataset, load_folder
from scenes.errors import DataError

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")

random = np.random.default_rng(0)


def picture(kind: str = "PNG") -> bytes:
    """Return the content of a picture file."""
    stream = io.BytesIO()
    Image.fromarray(random.integers(0, 255, (16, 16, 3), dtype=np.uint8)).save(stream, kind)
    return stream.getvalue()


def save(path: Path, columns: dict[str, Any], *, names: list[str] | None = None) -> Path:
    """Write a file as `datasets` does, with the names of the classes in its schema."""
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.table(columns)
    if names is not None:
        features = {"label": {"names": names, "_type": "ClassLabel"}, "image": {"_type": "Image"}}
        told = json.dumps({"info": {"features": features}})
        table = table.replace_schema_metadata({"huggingface": told})
    pq.write_table(table, path, row_group_size=5)
    return path


def rows(n: int, kind: str = "PNG") -> dict[str, Any]:
    """Return columns with n pictures of two classes."""
    images = [{"bytes": picture(kind), "path": f"{i}.png"} for i in range(n)]
    return {"image": images, "label": [i % 2 for i in range(n)]}


def load(source: Path, tmp_path: Path) -> Dataset:
    """Load a data set."""
    return load_folder(source, cache=None, imports=tmp_path / "imports")


def test_shards_with_names_of_classes(tmp_path: Path) -> None:
    """Each row is a picture as it was stored, of the class that the schema names."""
    root, names = tmp_path / "set", ["no", "yes"]
    stored = [rows(12, "JPEG"), rows(8), rows(6)]
    save(root / "data/train-00000-of-00002.parquet", stored[0], names=names)
    save(root / "data/train-00001-of-00002.parquet", stored[1], names=names)
    save(root / "data/validation-00000-of-00001.parquet", stored[2], names=names)
    dataset = load(root, tmp_path)
    assert (dataset.name, dataset.classes) == ("set", ("no", "yes"))
    assert {split: len(them) for split, them in dataset.splits.items()} == {"train": 20, "val": 6}
    for one in dataset.splits["val"]:
        index = int(one.path.stem)
        assert (dataset.root / one.path).read_bytes() == stored[2]["image"][index]["bytes"]
        assert one.label == index % 2
    assert {one.path.suffix for one in dataset.splits["train"]} == {".jpg", ".png"}
    assert not dataset.findings


def test_folders_of_splits_and_a_single_file(tmp_path: Path) -> None:
    """The layout of converted sets, and one file with bytes alone and groups."""
    for split in ("train", "test"):
        save(tmp_path / f"set/default/{split}/0000.parquet", rows(12))
    assert set(load(tmp_path / "set", tmp_path).splits) == {"train", "val", "test"}
    columns = {"img": [picture() for _ in range(12)], "label": ["a", "b"] * 6}
    path = save(tmp_path / "one.parquet", {**columns, "patient": [i // 2 for i in range(12)]})
    dataset = load(path, tmp_path)
    groups = [{one.group for one in dataset.splits[split]} for split in ("train", "val")]
    assert groups[0] | groups[1] == set("012345")
    assert not groups[0] & groups[1]


def test_metadata_of_an_image_folder(tmp_path: Path) -> None:
    """A metadata.parquet beside the pictures is a table like metadata.csv."""
    for i in range(4):
        (tmp_path / f"set/train/{i}.png").parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / f"set/train/{i}.png").write_bytes(picture())
    columns = {"file_name": [f"{i}.png" for i in range(4)], "label": [0, 1, 0, 1]}
    save(tmp_path / "set/train/metadata.parquet", columns, names=["cat", "dog"])
    dataset = load(tmp_path / "set", tmp_path)
    assert dataset.reader == "table train/metadata.parquet"
    assert dataset.classes == ("cat", "dog")


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "boxes": ({**rows(4), "objects": [{"bbox": [1, 2]}] * 4}, "detection"),
    "several": ({**rows(4), "label": [[0], [0, 1], [1], [0]]}, "multi-label"),
    "fractions": ({**rows(4), "label": [0.5, 1.5, 2.0, 3.0]}, "regression"),
    "no label": ({"image": rows(4)["image"], "text": ["a"] * 4}, "no column is the label"),
    "no picture": ({"text": ["a"] * 4, "label": [0, 1] * 2}, "must hold the bytes"),
    "empty": ({**rows(4), "image": [{"bytes": None, "path": "a"}] * 4}, "row 0 has the bytes"),
    "unlabelled": ({**rows(4), "label": [0, 1, 0, None]}, "row 3 has no label (None)"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_files_of_other_things_are_refused(name: str, tmp_path: Path) -> None:
    """With the word for what they are, and nothing is kept."""
    columns, problem = WRONG[name]
    path = save(tmp_path / "train.parquet", columns)
    with pytest.raises(DataError) as caught:
        load(path, tmp_path)
    assert problem in str(caught.value)


def test_split_column_comes_before_the_name_of_the_file(tmp_path: Path) -> None:
    """As in a table: the user's own split is never drawn anew."""
    splits = ["train", "validation", "test", ""] * 4
    save(tmp_path / "set/train.parquet", {**rows(16), "split": sorted(splits, reverse=True)})
    found = load(tmp_path / "set", tmp_path).splits
    assert {split: sorted(int(one.path.stem) for one in its) for split, its in found.items()} == {
        "train": [4, 5, 6, 7, 12, 13, 14, 15],
        "val": [0, 1, 2, 3],
        "test": [8, 9, 10, 11],
    }


def test_shards_of_which_one_is_missing_are_refused(tmp_path: Path) -> None:
    """Their names say how many there are; a single file may be named all the same."""
    path = save(tmp_path / "set/data/train-00001-of-00003.parquet", rows(12))
    save(tmp_path / "set/data/train-00002-of-00003.parquet", rows(12))
    with pytest.raises(DataError, match=r"of-00003.parquet: 1 of 3 files are not there"):
        load(tmp_path / "set", tmp_path)
    assert len(load(path, tmp_path).splits["train"]) == 10


def test_numbers_and_names_of_classes_are_not_mixed(tmp_path: Path) -> None:
    """A shard without names would add the classes 0 and 1 to those of the others."""
    save(tmp_path / "set/train-0.parquet", rows(12), names=["no", "yes"])
    save(tmp_path / "set/train-1.parquet", rows(12))
    with pytest.raises(DataError, match=r"train-1.parquet: does not name its classes"):
        load(tmp_path / "set", tmp_path)


def test_labels_that_pandas_made_floats_are_whole_numbers(tmp_path: Path) -> None:
    """They find their names, and their numbers have no point."""
    columns = {**rows(12), "label": [float(i % 2) for i in range(12)]}
    assert load(save(tmp_path / "a.parquet", columns), tmp_path).classes == ("0", "1")
    named = save(tmp_path / "b.parquet", columns, names=["no", "yes"])
    assert load(named, tmp_path).classes == ("no", "yes")


def test_metadata_may_have_columns_of_any_kind(tmp_path: Path) -> None:
    """Dates and bytes, which JSON does not have, are no hindrance."""
    (tmp_path / "set").mkdir()
    for i in range(4):
        (tmp_path / f"set/{i}.png").write_bytes(picture())
    names = {"file_name": [f"{i}.png" for i in range(4)], "label": ["a", "b"] * 2}
    others = {"day": [datetime.date(2026, 1, 1)] * 4, "hash": [b"\xff\xfe"] * 4}
    save(tmp_path / "set/metadata.parquet", {**names, **others})
    assert load(tmp_path / "set", tmp_path).classes == ("a", "b")


def test_several_data_sets_and_damage(tmp_path: Path) -> None:
    """Two configurations side by side are not merged; a damaged file is named."""
    for name in ("small", "large"):
        save(tmp_path / f"set/{name}/train-0.parquet", rows(4))
    (tmp_path / "set/large/test-0.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError) as caught:
        load(tmp_path / "set", tmp_path)
    told = str(caught.value)
    assert "several data sets; name one of these folders" in told
    assert "test-0.parquet: cannot be read" in told


def test_hostile_names_of_classes_make_no_path(tmp_path: Path) -> None:
    """A class may be called like a path: it is a name and leads nowhere."""
    save(tmp_path / "set/train.parquet", {**rows(12), "label": ["../../evil", "a/b: c"] * 6})
    dataset = load(tmp_path / "set", tmp_path)
    assert dataset.classes == ("../../evil", "a/b: c")
    assert all((dataset.root / one.path).resolve().is_relative_to(tmp_path / "imports")
               for one in dataset.splits["train"])  # fmt: skip


def test_without_pyarrow_the_way_forward_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra is named; nothing else needs it."""
    path = save(tmp_path / "train.parquet", rows(4))
    whole = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("pyarrow"):
            raise ImportError(name)
        return whole(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    for name in [name for name in sys.modules if name.startswith("pyarrow")]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(DataError, match=r"pip install 'scenes\[parquet\]'"):
        parquet.open_shards([path])
