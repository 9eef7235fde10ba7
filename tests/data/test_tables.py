"""Tables that name pictures: each row is one picture with one label, or is refused by its line."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from picture_files import paint

from scenes.data.folder import Dataset, load_folder
from scenes.errors import DataError


def labelled(root: Path, header: str, rows: Sequence[str], *, name: str = "labels.csv") -> Path:
    """Write a table."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def refused(source: Path) -> str:
    """Return all that is wrong, one line each."""
    with pytest.raises(DataError) as caught:
        load_folder(source, cache=None)
    return "\n".join(caught.value.problems)


def named(dataset: Dataset, split: str) -> dict[str, str]:
    """Return the class of each picture of a split."""
    return {one.name: dataset.classes[one.label] for one in dataset.splits[split]}


FOUR = ("0.png", "1.png", "2.png", "3.png")
ROWS = ("0.png,cat", "1.png,dog", "2.png,cat", "3.png,dog")


def test_labels_beside_the_pictures_are_found_by_themselves(tmp_path: Path) -> None:
    """Each picture has the label of its row; the data set says what it was read as."""
    labelled(paint(tmp_path / "set", *FOUR), "file,label", ROWS)
    dataset = load_folder(tmp_path / "set", cache=None)
    assert dataset.reader == "table labels.csv"
    assert (dataset.name, dataset.classes) == ("set", ("cat", "dog"))
    both = named(dataset, "train") | named(dataset, "val")
    assert both == {"0.png": "cat", "1.png": "dog", "2.png": "cat", "3.png": "dog"}


def test_table_may_be_named_itself(tmp_path: Path) -> None:
    """Then it is taken whatever its name, and no other table beside it."""
    paint(tmp_path / "set", *FOUR)
    labelled(tmp_path / "set", "file,label", ["0.png,x"])
    path = labelled(tmp_path / "set", "file,label", ROWS, name="mine.csv")
    dataset = load_folder(path, cache=None)
    assert (dataset.name, dataset.reader, dataset.classes) == (
        "set",
        "table mine.csv",
        ("cat", "dog"),
    )


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("file;label", [row.replace(",", ";") for row in ROWS]),
        ("file\tlabel", [row.replace(",", "\t") for row in ROWS]),
        ("\ufeffImage Path,Class", ROWS),
        ("whatever,label", ROWS),
        ("0.png,cat", ROWS[1:]),
        ("id,y", [row.replace(".png", "") for row in ROWS]),
        ("file,label", [f" {row.replace(',', ' , ')} " for row in ROWS]),
        ("file,label", [f'"{row.replace(",", chr(34) + "," + chr(34))}"\r' for row in ROWS]),
        ("file,label,label_name", [f"{row[:6]}{int(row[6:] == 'dog')},{row[6:]}" for row in ROWS]),
    ],
)  # fmt: skip
def test_tables_as_people_write_them(header: str, rows: list[str], tmp_path: Path) -> None:
    """Semicolons, tabs, a byte order mark, no header, ids, blanks and quotes change nothing."""
    labelled(paint(tmp_path, *FOUR), header, rows)
    dataset = load_folder(tmp_path, cache=None)
    assert dataset.classes == ("cat", "dog")
    assert sum(map(len, dataset.splits.values())) == 4


def test_split_column_is_kept(tmp_path: Path) -> None:
    """The user's own split stays, under the names that people give its parts."""
    rows = ["0.png,cat,training", "1.png,dog,Train", "2.png,cat,valid", "3.png,dog,dev"]
    labelled(paint(tmp_path, *FOUR), "path,label,split", rows)
    dataset = load_folder(tmp_path, cache=None)
    assert set(named(dataset, "train")) == {"0.png", "1.png"}
    assert set(named(dataset, "val")) == {"2.png", "3.png"}


def test_one_table_for_each_split(tmp_path: Path) -> None:
    """The name of a table, or of the folder that it is in, is the split of its rows."""
    paint(tmp_path / "a", *(f"pictures/{name}" for name in FOUR))
    for split, rows in (("train", ROWS[:2]), ("valid", ROWS[2:])):
        labelled(
            tmp_path / "a", "path,label", [f"pictures/{it}" for it in rows], name=f"{split}.csv"
        )
        for row in rows:
            paint(tmp_path / "b", f"{split}/{row[:5]}")
        records = [{"file_name": it[:5], "label": it[6:]} for it in rows]
        text = "\n".join(map(json.dumps, records))
        (tmp_path / "b" / split / "metadata.jsonl").write_text(text)
    for root in (tmp_path / "a", tmp_path / "b"):
        dataset = load_folder(root, cache=None)
        assert {split: len(them) for split, them in dataset.splits.items()} == {
            "train": 2,
            "val": 2,
        }
        assert dataset.classes == ("cat", "dog")


def test_folders_on_the_way_are_the_split(tmp_path: Path) -> None:
    """Paths that lead through train and val are the user's own split, and never redrawn."""
    paint(tmp_path, "train/0.png", "train/1.png", "val/2.png", "val/3.png")
    rows = [("train/" if row[0] in "01" else "val/") + row for row in ROWS]
    labelled(tmp_path, "path,label", rows)
    dataset = load_folder(tmp_path, cache=None)
    assert set(named(dataset, "val")) == {"val/2.png", "val/3.png"}


def test_pictures_that_no_table_names_are_told(tmp_path: Path) -> None:
    """Nothing is left out in silence."""
    labelled(paint(tmp_path, *FOUR, "4.png", "x/5.png"), "path,label", ROWS)
    (finding,) = load_folder(tmp_path, cache=None).findings
    assert (finding.kind, finding.pictures) == ("left_out", ("4.png", "x/5.png"))


def test_file_that_is_missing_is_bad_and_may_be_skipped(tmp_path: Path) -> None:
    """It is named with the line that names it."""
    labelled(paint(tmp_path, *FOUR), "path,label", [*ROWS, "gone/4.png,cat"])
    assert refused(tmp_path) == "gone/4.png: does not exist (labels.csv:6)"
    dataset = load_folder(tmp_path, cache=None, skip_bad=True)
    assert [skipped.path for skipped in dataset.skipped] == ["gone/4.png"]


def test_picture_of_another_folder_is_never_taken_instead(tmp_path: Path) -> None:
    """A path that leads nowhere does not stand for another file of the same name."""
    labelled(paint(tmp_path, *FOUR, "b/4.png"), "path,label", [*ROWS, "a/4.png,cat"])
    assert "a/4.png: does not exist (labels.csv:6)" in refused(tmp_path)


WRONG = {
    "no/label": ("path,label,split", ["0.png,,"], "labels.csv:6: has no label"),
    "no/path": ("path,label,split", [",cat,"], "labels.csv:6: has no path"),
    "short": ("path,label,split", ["4.png"], "labels.csv:6: has 1 cells, where there are 3"),
    "split": ("path,label,split", ["4.png,cat,fold1"], "unknown split 'fold1'"),
    "above": ("path,label,split", ["../4.png,cat,"], "leads out of the folder"),
    "absolute": ("path,label,split", ["/etc/passwd,cat,"], "is an absolute path"),
    "windows": ("path,label,split", ["C:\\4.png,cat,"], "is an absolute path"),
    "twice": ("path,label,split", ["0.png,cat,"], "listed twice: labels.csv:2 and labels.csv:6"),
    "two labels": ("path,label,split", ["0.png,dog,"], "several labels (multi-label)"),
    "half a split": ("path,label,split", ["4.png,cat,train"], "has no split, where others have"),
    "several": ("path,label,split", ["5.png,cat,"], "may be x/5.png, y/5.png"),
    "pandas' nothing": ("path,label,split", ["4.png,nan,"], "labels.csv:6: has no label"),
    "control": ("path,label,split", ["4.png,c\x1bat,"], "control character in its label"),
    "open quote": ("path,label,split", ['4.png,"cat,', '5.png,cat",'], "a quote may be left open"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_rows_are_named_by_their_line(name: str, tmp_path: Path) -> None:
    """All of them at once."""
    header, rows, problem = WRONG[name]
    paint(tmp_path, *FOUR, "4.png", "x/5.png", "y/5.png")
    labelled(tmp_path, header, [*(f"{row}," for row in ROWS), *rows])
    assert problem in refused(tmp_path)


def test_thousands_of_wrong_rows_are_told_shortly(tmp_path: Path) -> None:
    """The first are named, the others counted."""
    labelled(paint(tmp_path, *FOUR), "path,label", [*ROWS, *(f"{i}.png," for i in range(5000))])
    told = refused(tmp_path)
    assert "… and 4,980 more such rows" in told
    assert len(told.splitlines()) < 30


def test_of_very_many_bad_files_the_rest_are_counted(tmp_path: Path) -> None:
    """A table of another folder would else print a line for each of its rows."""
    paint(tmp_path, *FOUR)
    labelled(tmp_path, "path,label", [*ROWS, *(f"x/{i}.png,cat" for i in range(1500))])
    told = refused(tmp_path).splitlines()
    assert len(told) == 1001
    assert told[-1] == "… and 500 more files"


OTHER_TASKS = {
    "joined": ("path,label", ["0.png,cat|dog", *ROWS[1:]], "multi-label"),
    "commas": ("path,label", ['0.png,"cat,dog"', *ROWS[1:]], "multi-label"),
    "list": ("path,label", ["0.png,\"['cat']\"", *ROWS[1:]], "multi-label"),
    "switches": ("path,cat,dog", ["0.png,1,1", "1.png,0,1", "2.png,1,0"], "multi-label"),
    "fractions": ("path,y", ["0.png,1.5", "1.png,2.25", "2.png,3", "3.png,1"], "regression"),
    "decimal commas": ("path;y", ["0.png;1,5", "1.png;2,25", "2.png;3"], "regression"),
    "counts": ("path,y", [f"{i}.png,{i + 20}" for i in range(12)], "regression"),
    "one of two": ("path,label", ['0.png,"cat,dog"', "1.png,dog", "2.png,dog"], "multi-label"),
    "yes or no": ("path,cat,dog", ["0.png,True,True", "1.png,False,True"], "multi-label"),
    "boxes": ("path,label,xmin,ymin", [f"{row},1,2" for row in ROWS], "detection"),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER_TASKS)
def test_other_tasks_are_refused_with_their_word(name: str, tmp_path: Path) -> None:
    """Several labels, numbers and boxes are no classes, and are never made into some."""
    header, rows, word = OTHER_TASKS[name]
    path = labelled(paint(tmp_path, *FOUR), header, rows)
    assert word in refused(tmp_path)
    assert word in refused(path)


@pytest.mark.parametrize(
    "names",
    [("dog, pug", "tabby, cat"), ("tall building", "tall tree"), ("[b]cat[/b]", "{{ dog }}")],
)
def test_names_of_several_words_are_classes(names: tuple[str, str], tmp_path: Path) -> None:
    """A comma or a blank in a name makes no list of it."""
    rows = [f'{i}.png,"{names[i % 2]}"' for i in range(4)]
    labelled(paint(tmp_path, *FOUR), "path,label", rows)
    assert load_folder(tmp_path, cache=None).classes == names


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"path,label\n\xff\xfe.png,cat\n", "is not text in UTF-8"),
        (b"", "has no rows"),
        (b"path,label\n", "has no rows"),
        (b"one,two\n3,4\n", "no column names the pictures; there are one, two"),
        (b"path,species2\na.png,4\n", "no column is the label; there are path, species2"),
        (b'path,label\n"a.png,cat\n' + b"x" * 200_000, "field larger than field limit"),
        (b"path,label\n\0\0.png,cat\n", ""),
    ],
)
def test_text_that_is_no_table_of_pictures(data: bytes, problem: str, tmp_path: Path) -> None:
    """It is refused with what is wrong, and no traceback."""
    (tmp_path / "labels.csv").write_bytes(data)
    assert problem in refused(tmp_path / "labels.csv")


def test_json_lines_that_are_none(tmp_path: Path) -> None:
    """The line is named."""
    path = labelled(tmp_path, '{"file_name": "0.png", "label": 1}', ["[1]"], name="metadata.jsonl")
    assert "line 2 is no object" in refused(path)


def test_json_lines_name_the_place_of_a_mistake(tmp_path: Path) -> None:
    """Line and column are those of the file; only a line feed ends a line."""
    path = labelled(tmp_path, '{"path": "\u2028", "label": 1}', ['{"path": '], name="labels.jsonl")
    assert "line 2, column 10: Expecting value" in refused(path)
    path = labelled(tmp_path, "[" * 100_000, [], name="labels.jsonl")
    assert "line 1 is nested too deeply" in refused(path)


OWN_SPLITS = {
    "flag": ("is_valid", ["True", "False", "False", "True"]),
    "folds": ("Fold", ["0", "1", "0", "1"]),
    "other word": ("phase", ["train", "train", "val", "val"]),
}


@pytest.mark.parametrize("name", OWN_SPLITS)
def test_split_in_other_words_is_not_drawn_anew(name: str, tmp_path: Path) -> None:
    """What divides the pictures and is not read is refused, not ignored; beside a split it is."""
    column, values = OWN_SPLITS[name]
    paint(tmp_path, *FOUR)
    rows = [f"{row},{value}" for row, value in zip(ROWS, values, strict=True)]
    labelled(tmp_path, f"path,label,{column}", rows)
    assert f"column {column} divides the pictures in a form that is not read" in refused(tmp_path)
    labelled(tmp_path, f"path,label,{column},split", [f"{row},train" for row in rows])
    assert load_folder(tmp_path, cache=None).classes == ("cat", "dog")


@pytest.mark.parametrize("columns", ["label,label", "label,class", "group,patient"])
def test_columns_that_disagree_are_refused(columns: str, tmp_path: Path) -> None:
    """None of them is chosen in silence, not even of two by the same name."""
    paint(tmp_path, *FOUR)
    first = "label," if columns == "group,patient" else ""
    rows = [f"{i}.png,{'x,' * bool(first)}{'ab'[i % 2]},{'cd'[i // 2]}" for i in range(4)]
    labelled(tmp_path, f"path,{first}{columns}", rows)
    names = columns.replace(",", ", ")
    assert "could each be the" in refused(tmp_path)
    assert names in refused(tmp_path)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("path, label", '{0}.png, "{1}"'),
        ('"path";"label";"note, more, and so"', '{0}.png;"{1}";x'),
    ],
)
def test_blanks_and_quotes_are_no_part_of_a_name(header: str, row: str, tmp_path: Path) -> None:
    """A blank before a quote, and commas within one, change nothing."""
    rows = [row.format(i, ("cat", "dog")[i % 2]) for i in range(4)]
    path = labelled(paint(tmp_path, *FOUR), header, rows)
    assert load_folder(path, cache=None).classes == ("cat", "dog")


def test_table_may_be_a_link(tmp_path: Path) -> None:
    """Hugging Face's cache has links in place of files, and so have many clusters."""
    stored = labelled(tmp_path / "blobs", "path,label", ROWS, name="b1")
    paint(tmp_path / "set", *FOUR)
    (tmp_path / "set/labels.csv").symlink_to(stored)
    assert load_folder(tmp_path / "set", cache=None).reader == "table labels.csv"


def test_table_that_is_not_used_says_why(tmp_path: Path) -> None:
    """With its first path, or with the rows that do not fit the header."""
    labelled(paint(tmp_path, "a/0.png"), "path,label", ["b/0.png,cat", "b/1.png,dog"])
    assert "labels.csv: names no picture here; its first is b/0.png" in refused(tmp_path)
    labelled(tmp_path, "# a comment", ["path,label", "a/0.png,cat"])
    assert "labels.csv:2: has 2 cells, where there are 1 columns" in refused(tmp_path)


def test_nothing_follows_from_what_could_not_be_read(tmp_path: Path) -> None:
    """A table without a single good row is the problem, not that it has no classes."""
    table = labelled(paint(tmp_path, "0.png"), "path;label", ["0.png,cat"])
    assert refused(table) == "labels.csv:2: has 1 cells, where there are 2 columns"


def test_group_that_pandas_writes_in_two_ways_is_one(tmp_path: Path) -> None:
    """A column of whole numbers in which one is missing becomes 7.0 and nan."""
    paint(tmp_path, *FOUR)
    labelled(tmp_path, "path,label,group", ["0.png,cat,7", "1.png,dog,8"], name="train.csv")
    labelled(tmp_path, "path,label,group", ["2.png,cat,7.0", "3.png,dog,nan"], name="val.csv")
    assert refused(tmp_path) == "group 7: is in train and val; a group belongs into one split"


def test_groups_stay_whole(tmp_path: Path) -> None:
    """No group is in two splits, and the data set says how many there are."""
    names = [f"{i}.png" for i in range(24)]
    rows = [f"{i}.png,{'cat' if i % 2 else 'dog'},g{i // 4}" for i in range(24)]
    labelled(paint(tmp_path, *names), "path,label,patient", rows)
    dataset = load_folder(tmp_path, cache=None)
    train, val = ({one.group for one in dataset.splits[split]} for split in ("train", "val"))
    assert train | val == {f"g{i}" for i in range(6)}
    assert not train & val
    assert [(one.kind, one.count) for one in dataset.findings] == [("grouped", 6)]


def test_group_that_the_users_split_tears_apart_is_refused(tmp_path: Path) -> None:
    """The user's split is not redrawn, and not believed against the user's groups."""
    rows = ["0.png,cat,train,a", "1.png,dog,train,b", "2.png,cat,val,b", "3.png,dog,val,c"]
    labelled(paint(tmp_path, *FOUR), "path,label,split,group", rows)
    assert refused(tmp_path) == "group b: is in train and val; a group belongs into one split"


@pytest.mark.parametrize("header", ["id,breed", "image_id,dx", "Image Index,species", "id_code,y"])
def test_the_only_other_column_is_the_label(header: str, tmp_path: Path) -> None:
    """Whatever it is called, where it names classes; ids need no extension."""
    rows = [row.replace(".png", "") for row in ROWS]
    labelled(paint(tmp_path / "set", *(f"train/{it}" for it in FOUR)), header, rows)
    (tmp_path / "set/labels.csv").rename(tmp_path / "set/train/labels.csv")
    dataset = load_folder(tmp_path / "set/train", cache=None)
    both = named(dataset, "train") | named(dataset, "val")
    assert both == {"0.png": "cat", "1.png": "dog", "2.png": "cat", "3.png": "dog"}


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("text", ("a cat", "two dogs", "a cat that sleeps", "a dog")),  # captions
        ("age", ("31", "32", "31", "32")),  # a measurement
        ("weight", ("0.5", "1.5", "0.5", "1.5")),
        ("fold", ("a", "b", "a", "b")),
        ("phase", ("train", "val", "train", "val")),
    ],
)
def test_what_may_be_no_class_is_not_taken_for_one(
    name: str, cells: Sequence[str], tmp_path: Path
) -> None:
    """Its column must be called label, or say what it is."""
    rows = [f"{path},{cell}" for path, cell in zip(FOUR, cells, strict=True)]
    labelled(paint(tmp_path, *FOUR), f"path,{name}", rows)
    assert f"no column is the label; there are path, {name}" in refused(tmp_path)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (("1,0", "0,1", "1.0,0.0", "0,1"), "one-hot); write its name into a column label"),
        (("1,0", "0,1", "1,1", "0,1"), "gives several labels to a picture"),
        (("1,-1", "-1,1", "1,1", "-1,-1"), "gives several labels to a picture"),
    ],
)
def test_a_column_for_each_class_is_refused_by_its_name(
    rows: Sequence[str], told: str, tmp_path: Path
) -> None:
    """One label a picture (one-hot) is another thing than several."""
    cells = [f"{path},{row}" for path, row in zip(FOUR, rows, strict=True)]
    labelled(paint(tmp_path, *FOUR), "image,cat,dog", cells)
    assert f"a column of 0 and 1 for each class{',' if 'one' in told else ''} " in refused(tmp_path)
    assert told in refused(tmp_path)


@pytest.mark.parametrize("header", ["label,pixel0,pixel1", "label,1x1,pixel_2", "emotion,pixels"])
def test_pixels_in_a_table_are_named(header: str, tmp_path: Path) -> None:
    """As in competitions on digits and faces: the way into arrays is told."""
    width = header.count(",") + 1
    labelled(tmp_path, header, [",".join("7" * width)] * 3)
    assert "holds the pixels of the pictures" in refused(tmp_path / "labels.csv")
    assert "np.savez" in refused(tmp_path / "labels.csv")


@pytest.mark.parametrize(
    ("first", "told"),
    [
        ("https://example.org/0.jpg", "download the pictures"),
        ("/kaggle/input/set/0.png", "paths are relative to the folder of the table"),
    ],
)
def test_a_table_of_pictures_elsewhere_says_what_to_do(
    first: str, told: str, tmp_path: Path
) -> None:
    """Addresses are not fetched, and another machine's paths lead nowhere."""
    labelled(paint(tmp_path, *FOUR), "path,label", [f"{first},cat", f"{first},dog"])
    assert told in refused(tmp_path)
