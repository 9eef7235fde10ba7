"""A folder becomes a data set, or one error with all that is wrong with it."""

import os
import pickle
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from scenes.data.decoding import Seen
from scenes.data.division import Picture, stratified_split
from scenes.data.findings import Finding
from scenes.data.folder import Dataset, load_folder
from scenes.data.subsets import take_per_class, without_leaks
from scenes.errors import DataError

Layout = Mapping[str, int]


def save_picture(path: Path, seed: int) -> Path:
    """Write a small picture that depends on the seed, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, "PNG")
    return path


def save_folder(root: Path, layout: Layout) -> Path:
    """Write n different pictures into each folder of a layout."""
    seeds = iter(range(10_000))
    for folder, n in layout.items():
        (root / folder).mkdir(parents=True)
        for i in range(n):
            save_picture(root / folder / f"{i}.png", next(seeds))
    return root


def problems(root: Path) -> tuple[str, ...]:
    """Return what is wrong with a folder."""
    with pytest.raises(DataError) as caught:
        load_folder(root, cache=None)
    return caught.value.problems


def kinds(dataset: Dataset) -> dict[str, int]:
    """Return the count of each kind of finding."""
    return {finding.kind: finding.count for finding in dataset.findings}


SPLIT: Layout = {"train/a": 3, "train/b": 2, "val/a": 2, "val/b": 1}
ALONE: Layout = {"a": 10, "b": 5}


@pytest.mark.parametrize("val", ["val", "validation", "valid", "Validation"])
def test_split_folders_are_kept(val: str, tmp_path: Path) -> None:
    """What lies in train and val stays there, under every usual name of val."""
    layout = {folder.replace("val", val): n for folder, n in SPLIT.items()}
    dataset = load_folder(save_folder(tmp_path / "set", layout), cache=None)
    assert (dataset.name, dataset.source, dataset.classes) == ("set", "folder", ("a", "b"))
    assert dataset.counts("train") == {"a": 3, "b": 2}
    assert dataset.counts("val") == {"a": 2, "b": 1}
    first = dataset.splits["val"][0]
    assert (first.path, first.label, len(first.sha256)) == (Path(val, "a", "0.png"), 0, 64)
    assert dataset.findings == ()


def test_test_split_is_kept(tmp_path: Path) -> None:
    """A third folder is a third split."""
    dataset = load_folder(save_folder(tmp_path, {**SPLIT, "test/a": 1, "test/b": 4}), cache=None)
    assert list(dataset.splits) == ["train", "val", "test"]
    assert dataset.counts("test") == {"a": 1, "b": 4}


def test_class_folders_alone_are_split(tmp_path: Path) -> None:
    """A fifth of each class goes to val, nothing twice, nothing lost."""
    dataset = load_folder(save_folder(tmp_path, ALONE), cache=None)
    assert dataset.counts("train") == {"a": 8, "b": 4}
    assert dataset.counts("val") == {"a": 2, "b": 1}
    paths = [picture.path for members in dataset.splits.values() for picture in members]
    assert len(set(paths)) == len(paths) == 15


def test_train_without_val_is_split_and_told(tmp_path: Path) -> None:
    """Where there is no val, it is taken from train, never from test."""
    layout = {"train/a": 10, "train/b": 5, "test/a": 2, "test/b": 2}
    dataset = load_folder(save_folder(tmp_path, layout), cache=None)
    assert dataset.counts("val") == {"a": 2, "b": 1}
    assert dataset.counts("test") == {"a": 2, "b": 2}
    assert all(picture.path.parts[0] == "train" for picture in dataset.splits["val"])
    assert kinds(dataset) == {"val_from_train": 3}


def test_share_and_seed_of_the_split(tmp_path: Path) -> None:
    """The share sets how many go to val, the seed which."""
    save_folder(tmp_path, ALONE)
    dataset = load_folder(tmp_path, cache=None, val_share=0.5)
    assert dataset.counts("val")["a"] == 5
    again = load_folder(tmp_path, cache=None, val_share=0.5)
    other = load_folder(tmp_path, cache=None, val_share=0.5, seed=1)
    assert again.splits == dataset.splits
    assert other.splits != dataset.splits
    with pytest.raises(DataError, match="between 0 and 1"):
        load_folder(tmp_path, cache=None, val_share=1.0)


def pictures(contents: Iterable[tuple[int, int]]) -> list[Picture]:
    """Return pictures of (label, content)."""
    return [
        Picture(Path(f"{label}/{i}.png"), label, f"{content:064x}")
        for i, (label, content) in enumerate(contents)
    ]


@st.composite
def labelled(draw: st.DrawFn) -> list[Picture]:
    """Draw two to four classes of two pictures or more, of different contents."""
    sizes = draw(st.lists(st.integers(2, 30), min_size=2, max_size=4))
    labels = [label for label, n in enumerate(sizes) for _ in range(n)]
    return pictures((label, i) for i, label in enumerate(labels))


@settings(deadline=None)  # a busy machine is no failure
@given(labelled(), st.integers(0, 100), st.floats(0.05, 0.95))
def test_split_is_stratified_disjoint_and_complete(
    members: list[Picture], seed: int, val_share: float
) -> None:
    """Every class is in both parts with its share, within half a picture or one at least."""
    train, val = stratified_split(members, seed=seed, val_share=val_share)
    assert not set(train) & set(val)
    assert set(train) | set(val) == set(members)
    for label in {picture.label for picture in members}:
        n = sum(picture.label == label for picture in members)
        held_out = sum(picture.label == label for picture in val)
        assert 1 <= held_out < n
        assert abs(held_out - n * val_share) <= 0.5 or held_out in (1, n - 1)


@settings(deadline=None)  # a busy machine is no failure
@given(labelled(), st.integers(0, 100), st.randoms(use_true_random=False))
def test_split_does_not_depend_on_the_order(
    members: list[Picture], seed: int, random: Random
) -> None:
    """The order in which a file system lists its files does not show."""
    shuffled = random.sample(members, len(members))
    assert stratified_split(shuffled, seed=seed, val_share=0.3) == stratified_split(
        members, seed=seed, val_share=0.3
    )


@settings(deadline=None)  # a busy machine is no failure
@given(st.lists(st.integers(0, 4), min_size=3, max_size=20), st.integers(0, 20))
def test_copies_stay_together(contents: list[int], seed: int) -> None:
    """Splitting makes no leakage: copies within a class are on one side, if both can have some."""
    members = pictures((0, content) for content in contents)
    train, val = stratified_split(members, seed=seed, val_share=0.3)
    both = {one.sha256 for one in train} & {one.sha256 for one in val}
    assert train
    assert val
    assert not both or len(set(contents)) == 1


def test_split_depends_on_the_seed() -> None:
    """Two seeds give two splits."""
    members = pictures((i % 2, i) for i in range(60))
    splits = {stratified_split(members, seed=seed, val_share=0.2) for seed in range(5)}
    assert len(splits) == 5


def test_sub_folders_belong_to_their_class(tmp_path: Path) -> None:
    """Pictures are found at any depth, through folders that are named like pictures or linked."""
    save_folder(tmp_path, {**ALONE, "a/deep/deeper": 1, "b/x.jpg": 1, "elsewhere/c": 0})
    shutil.move(tmp_path / "elsewhere", tmp_path.parent / "elsewhere")
    save_picture(tmp_path.parent / "elsewhere" / "1.png", 9_001)
    (tmp_path / "a" / "linked").symlink_to(tmp_path.parent / "elsewhere")
    dataset = load_folder(tmp_path, cache=None)
    counts = [dataset.counts(split) for split in ("train", "val")]
    assert {name: sum(count[name] for count in counts) for name in "ab"} == {"a": 12, "b": 6}


def test_hidden_files_are_left_out_and_told(tmp_path: Path) -> None:
    """What systems leave behind is not used; only what looks like a picture is worth a word."""
    save_folder(tmp_path, {**SPLIT, "train/a/.ipynb_checkpoints": 1, "train/.cache": 1})
    save_folder(tmp_path, {"__MACOSX/train/a": 1, "train/@eaDir/a": 1})
    save_picture(tmp_path / "train" / "a" / "._0.jpg", 1)
    for name in (".DS_Store", "Thumbs.db", "readme.txt", "labels.csv", "BM.txt"):
        (tmp_path / "train" / "a" / name).write_bytes(b"BM no picture at all, whatever it says")
    dataset = load_folder(tmp_path, cache=None)
    assert dataset.counts("train") == {"a": 3, "b": 2}
    assert dataset.findings == (
        Finding(
            "left_out",
            5,
            (
                "__MACOSX/train/a/0.png",
                "train/.cache/0.png",
                "train/@eaDir/a/0.png",
                "train/a/._0.jpg",
                "train/a/.ipynb_checkpoints/0.png",
            ),
        ),
    )


def test_stray_pictures_are_told(tmp_path: Path) -> None:
    """What lies beside the classes or in a folder beside the splits is not lost in silence."""
    save_folder(tmp_path, {**SPLIT, "unsorted": 2})
    save_picture(tmp_path / "loose.png", 1)
    save_picture(tmp_path / "train" / "loose.png", 2)
    assert kinds(load_folder(tmp_path, cache=None)) == {"left_out": 4}


def test_all_problems_come_at_once(tmp_path: Path) -> None:
    """Bad files of every split and the faults of the layout stand in one list, by path."""
    save_folder(tmp_path, {**SPLIT, "train/c": 0, "val/c": 1})
    (tmp_path / "train" / "a" / "0.png").write_bytes(b"")
    (tmp_path / "val" / "b" / "0.png").write_bytes(b"no picture")
    (tmp_path / "val" / "a" / "x.heic").write_bytes(b"any")
    shutil.copy(tmp_path / "train" / "b" / "0.png", tmp_path / "train" / "b" / "noname")
    (tmp_path / "val" / "b" / "loop.jpg").symlink_to("loop.jpg")
    (tmp_path / "val" / "b" / "up").symlink_to(tmp_path / "val")
    with pytest.raises(DataError, match="cannot be used as it is") as caught:
        load_folder(tmp_path, cache=None)
    starts = [problem.split(" (JPEG")[0] for problem in caught.value.problems]
    assert starts == [
        "train/c: a class without pictures",
        "train/a/0.png: is empty (0 bytes)",
        "train/b/noname: is a PNG picture without its extension; rename it",
        "val/a/x.heic: is a .heic picture, which is not read; save it as JPEG or PNG",
        "val/b/0.png: is not a picture",
        "val/b/loop.jpg: is a link that leads back to itself",
        "val/b/up: is a link to a folder above it",
    ]
    assert "--skip-bad" in caught.value.hint
    assert "DIR/train/CLASS" in caught.value.hint


def test_bad_files_can_be_skipped(tmp_path: Path) -> None:
    """On request the good ones are used and the bad ones listed with their causes."""
    save_folder(tmp_path, SPLIT)
    (tmp_path / "train" / "a" / "0.png").write_bytes(b"")
    (tmp_path / "val" / "a" / "x.avif").write_bytes(b"any")
    dataset = load_folder(tmp_path, cache=None, skip_bad=True)
    assert dataset.counts("train") == {"a": 2, "b": 2}
    assert [(one.path, one.cause.split(",")[0]) for one in dataset.skipped] == [
        ("train/a/0.png", "is empty (0 bytes)"),
        ("val/a/x.avif", "is a .avif picture"),
    ]


def test_skipping_does_not_hide_an_empty_class(tmp_path: Path) -> None:
    """A class of which every picture is bad is still an error."""
    save_folder(tmp_path, SPLIT)
    (tmp_path / "val" / "b" / "0.png").write_bytes(b"")
    with pytest.raises(DataError) as caught:
        load_folder(tmp_path, cache=None, skip_bad=True)
    assert caught.value.problems == ("val/b: a class without pictures",)


@pytest.mark.parametrize(
    ("layout", "expected"),
    [
        ({"train/a": 1, "val/a": 1}, ["there must be two classes or more; found only a"]),
        ({"a": 5}, ["there must be two classes or more; found only a"]),
        ({"a": 5, "b": 0}, ["b: a folder without pictures", "found only a"]),
        ({"a": 5, "b": 1}, ["b: one picture cannot be split into train and val"]),
        ({**SPLIT, "train/c": 1}, ["val/c: no such class folder, but train has it"]),
        ({**SPLIT, "val/c": 1}, ["train/c: no such class folder, but val has it"]),
        (
            {**SPLIT, "test/a": 1},
            ["test/b: no such class folder, but train has it"],
        ),
        (
            {**SPLIT, "train/Ñu": 1, "val/ñu": 1},
            ["train/Ñu, val/ñu: classes that differ only in case"],
        ),
        (
            {"val/a": 1, "val/b": 1},
            ["train: there is no such folder beside val"],
        ),
        ({**SPLIT, "valid/a": 1}, ["val, valid: several folders for val; keep one"]),
        ({"x/train/a": 2, "x/train/b": 2}, ["x: has train in it"]),
        (
            {"train": 2, "val": 2},
            ["2 pictures lie in train itself", "2 pictures lie in val itself"],
        ),
        ({".": 3}, ["3 pictures lie in the folder itself, in no class folder"]),
        ({"train": 0}, ["found no class folder"]),
    ],
)
def test_layouts_that_are_no_data_set(layout: Layout, expected: list[str], tmp_path: Path) -> None:
    """Each fault of the layout is reported with its folder."""
    for folder in [folder for folder in layout if folder == "."]:
        save_folder(tmp_path / "root", {"only": layout[folder]})
        (tmp_path / "root" / "only").rename(tmp_path / "set")
    if "." not in layout:
        save_folder(tmp_path / "set", layout)
    found = problems(tmp_path / "set")
    for text in expected:
        assert any(text in problem for problem in found), found


def test_difference_in_case_is_told_once(tmp_path: Path) -> None:
    """Twins across splits are one problem, not two missing classes."""
    save_folder(tmp_path, {**SPLIT, "train/C": 1, "val/c": 1})
    assert len(problems(tmp_path)) == 1


def test_case_twins_within_a_split_are_told(tmp_path: Path) -> None:
    """Letters a and A may be two classes; that Windows would merge them is worth a word."""
    (tmp_path / "probe").touch()
    if (tmp_path / "PROBE").exists():
        pytest.skip("the file system takes a and A for one name")
    save_folder(tmp_path, {f"{split}/{name}": 1 for split in ("train", "val") for name in "aAb"})
    (finding,) = load_folder(tmp_path, cache=None).findings
    assert (finding.kind, finding.pictures) == ("case_twins", ("A", "a"))


def test_missing_folder_and_file(tmp_path: Path) -> None:
    """What is no folder is reported as such, with the layout that is expected."""
    assert problems(tmp_path / "none") == (f"{tmp_path}/none: there is no such folder",)
    path = save_picture(tmp_path / "a.png", 0)
    with pytest.raises(DataError, match="is a file, not a folder") as caught:
        load_folder(path, cache=None)
    assert "DIR/train/CLASS" in caught.value.hint


def test_unreadable_folder_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that the system refuses to list is reported by path and cause."""
    save_folder(tmp_path, SPLIT)
    listing = os.scandir

    def refuse(path: Path) -> Iterable[os.DirEntry[str]]:
        if Path(path).name == "b":
            raise PermissionError(13, "Permission denied")
        return listing(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert "train/b: the folder cannot be read: Permission denied" in problems(tmp_path)


@pytest.mark.parametrize("name", ["a b", "ñandú", "'q\" <script>", "{{ 7*7 }}", "line\nbreak"])
def test_names_are_no_obstacle(name: str, tmp_path: Path) -> None:
    """Classes and files have the names they have."""
    layout = {"train/x": 1, f"train/{name}": 1, "val/x": 1, f"val/{name}": 1}
    save_folder(tmp_path / name, layout)
    save_picture(tmp_path / name / "val" / name / f"{name}.png", 99)
    dataset = load_folder(tmp_path / name, cache=tmp_path / "cache")
    assert name in dataset.classes
    assert Path("val", name, f"{name}.png") in [one.path for one in dataset.splits["val"]]
    assert len(dataset.fingerprint) == 64


def test_name_that_is_not_utf8_is_refused_by_a_printable_name(tmp_path: Path) -> None:
    """A stray byte in a name is shown escaped, in files and in class folders."""
    save_folder(tmp_path, SPLIT)
    try:
        save_picture(tmp_path / "train" / "a" / os.fsdecode(b"\xff.png"), 1)
        save_picture(tmp_path / "train" / os.fsdecode(b"c\xe9") / "0.png", 2)
    except OSError:
        pytest.skip("the file system takes no such names")
    assert problems(tmp_path) == (
        r"train/a/\xff.png: has a name that is not valid UTF-8; rename it",
        r"train/c\xe9: has a name that is not valid UTF-8; rename it",
    )


def test_findings_of_pictures_and_copies_are_told(tmp_path: Path) -> None:
    """What the pre-flight saw stands in the data set, with paths relative to it."""
    save_folder(tmp_path, SPLIT)
    shutil.copy(tmp_path / "train" / "a" / "0.png", tmp_path / "val" / "a" / "copy.jpg")
    assert load_folder(tmp_path, cache=None).findings == (
        Finding("leakage", 1, ("val/a/copy.jpg = train/a/0.png",), share=0.25),
        Finding("wrong_extension", 1, ("val/a/copy.jpg",)),
    )


def test_fingerprint_is_of_what_is_in_the_folder(tmp_path: Path) -> None:
    """Neither place, times nor source change it; a byte, a name, a class and a split do."""
    save_folder(tmp_path / "one", SPLIT)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    one, two = (load_folder(tmp_path / name, cache=None) for name in ("one", "two"))
    assert one.fingerprint == two.fingerprint
    path = tmp_path / "two" / "train" / "a" / "0.png"
    os.utime(path, (1, 1))
    assert load_folder(tmp_path / "two", cache=None, source="synthetic").fingerprint == (
        one.fingerprint
    )
    prints = {one.fingerprint}
    path.rename(path.with_name("z.png"))
    prints.add(load_folder(tmp_path / "two", cache=None).fingerprint)
    save_picture(path.with_name("z.png"), 77)
    prints.add(load_folder(tmp_path / "two", cache=None).fingerprint)
    path.with_name("z.png").rename(tmp_path / "two" / "val" / "a" / "z.png")
    prints.add(load_folder(tmp_path / "two", cache=None).fingerprint)
    for split in ("train", "val"):
        (tmp_path / "two" / split / "b").rename(tmp_path / "two" / split / "c")
    prints.add(load_folder(tmp_path / "two", cache=None).fingerprint)
    assert len(prints) == 5


def test_a_test_folder_makes_no_other_runs(tmp_path: Path) -> None:
    """The fingerprint is of what runs see, train and val; all splits together have another."""
    save_folder(tmp_path, SPLIT)
    before = load_folder(tmp_path, cache=None)
    prints = set()
    for folder in ("a", "b"):
        (tmp_path / "test" / folder).mkdir(parents=True)
    for name in ("a", "b"):
        save_picture(tmp_path / "test" / "a" / f"{name}.png", 7)
        save_picture(tmp_path / "test" / "b" / f"{name}.png", 8)
        after = load_folder(tmp_path, cache=None)
        assert after.fingerprint == before.fingerprint
        prints.add(after.fingerprint_of(*after.splits))
    assert len(prints | {before.fingerprint_of(*before.splits)}) == 3


def test_fingerprint_is_of_labels_too() -> None:
    """The same pictures under other labels are another data set."""
    dataset = build_dataset({"train": [2, 2], "val": [1, 1]})
    first, *rest = dataset.splits["train"]
    moved = {**dataset.splits, "train": (replace(first, label=1), *rest)}
    assert replace(dataset, splits=moved).fingerprint != dataset.fingerprint


def test_data_set_is_immutable_and_crosses_processes(tmp_path: Path) -> None:
    """Workers receive the same data set that was checked."""
    dataset = load_folder(save_folder(tmp_path, SPLIT), cache=None)
    assert pickle.loads(pickle.dumps(dataset)) == dataset
    with pytest.raises(FrozenInstanceError):
        dataset.name = "other"  # type: ignore[misc]


def test_cache_does_not_change_the_data_set(tmp_path: Path) -> None:
    """First and next start give the same data set."""
    save_folder(tmp_path / "set", SPLIT)
    plain = load_folder(tmp_path / "set", cache=None)
    for _ in range(2):
        assert load_folder(tmp_path / "set", cache=tmp_path / "cache") == plain


def build_dataset(sizes: Mapping[str, list[int]]) -> Dataset:
    """Return a data set that is on no disk, with so many pictures of each class by split."""
    splits = {
        split: tuple(
            Picture(Path(f"{split}/{label}/{i}.png"), label, f"{split}{label}{i}")
            for label, n in enumerate(counts)
            for i in range(n)
        )
        for split, counts in sizes.items()
    }
    classes = tuple("abcdef"[: len(sizes["train"])])
    return Dataset("set", "folder", Path("set"), classes, splits)


@settings(deadline=None)  # a busy machine is no failure
@given(
    st.lists(st.integers(1, 20), min_size=2, max_size=4),
    st.integers(1, 25),
    st.integers(1, 25),
    st.integers(0, 20),
)
def test_smaller_choice_is_part_of_a_larger(
    sizes: list[int], one: int, two: int, seed: int
) -> None:
    """A choice has so many of each class, or all there are, and grows without exchange."""
    dataset = build_dataset({"train": sizes, "val": sizes})
    small, large = (take_per_class(dataset, train=n, val=n, seed=seed) for n in sorted((one, two)))
    for split in ("train", "val"):
        assert set(small.splits[split]) <= set(large.splits[split]) <= set(dataset.splits[split])
        taken = list(small.counts(split).values())
        assert taken == [min(n, one, two) for n in sizes]


def test_choice_does_not_depend_on_the_order_but_on_the_seed() -> None:
    """Pictures listed in another order give the same choice; another seed gives another."""
    dataset = build_dataset({"train": [30, 30], "val": [30, 30]})
    backwards = replace(
        dataset, splits={split: members[::-1] for split, members in dataset.splits.items()}
    )
    choice = take_per_class(dataset, train=5, val=5)
    assert take_per_class(backwards, train=5, val=5).splits == choice.splits
    assert take_per_class(dataset, train=5, val=5, seed=1).splits != choice.splits
    assert choice.fingerprint != dataset.fingerprint


def test_none_takes_all_and_test_stays_whole() -> None:
    """Only what is asked for is cut."""
    dataset = build_dataset({"train": [4, 4], "val": [4, 4], "test": [4, 4]})
    choice = take_per_class(dataset, train=None, val=1)
    assert {split: len(members) for split, members in choice.splits.items()} == {
        "train": 8,
        "val": 2,
        "test": 8,
    }


def test_asking_for_more_than_there_is_is_told() -> None:
    """What there is is taken, and the classes that fall short are named with their numbers."""
    dataset = build_dataset({"train": [4, 9], "val": [2, 2]})
    choice = take_per_class(dataset, train=5, val=2)
    assert choice.counts("train") == {"a": 4, "b": 5}
    assert choice.findings == (Finding("fewer_than_asked", 1, ("train/a: 4 of 5",)),)
    assert take_per_class(choice, train=2, val=2).findings == ()


@pytest.mark.parametrize("n", [0, -3])
def test_nothing_cannot_be_taken(n: int) -> None:
    """A choice without pictures is refused with what was asked."""
    dataset = build_dataset({"train": [4, 4], "val": [4, 4]})
    with pytest.raises(DataError) as caught:
        take_per_class(dataset, train=n, val=n)
    assert caught.value.problems == (f"train: got {n}", f"val: got {n}")


def test_findings_are_those_of_the_choice() -> None:
    """A choice tells what stands out in its own pictures, and what concerns the folder."""
    dataset = build_dataset({"train": [9, 9], "val": [1, 1]})
    seen = {
        picture.sha256: Seen(picture.sha256, "PNG", 40, 30, ("alpha",))
        for picture in dataset.splits["train"]
    }
    left_out = Finding("left_out", 1, ("x",))
    dataset = replace(dataset, seen=seen, notes=(left_out,))
    choice = take_per_class(dataset, train=2, val=1)
    assert kinds(choice) == {"left_out": 1, "alpha": 4}


def test_leaked_pictures_leave_train_on_request(tmp_path: Path) -> None:
    """What is in val as well leaves train and its fingerprint; how many and which is reported."""
    save_folder(tmp_path, SPLIT)
    shutil.copy(tmp_path / "train" / "a" / "0.png", tmp_path / "val" / "a" / "copy.png")
    dataset = load_folder(tmp_path, cache=None)
    dropped = without_leaks(dataset)
    assert dropped.counts("train") == {"a": 2, "b": 2}
    assert dropped.splits["val"] == dataset.splits["val"]
    assert dropped.findings == (Finding("dropped", 1, ("train/a/0.png",)),)
    assert dropped.fingerprint != dataset.fingerprint
    (tmp_path / "train" / "a" / "0.png").unlink()
    assert load_folder(tmp_path, cache=None).fingerprint == dropped.fingerprint
    assert without_leaks(dropped) == dropped
    assert kinds(take_per_class(dropped, train=1, val=1)) == {"dropped": 1}


def test_a_class_that_would_be_empty_is_an_error(tmp_path: Path) -> None:
    """A study without a class is none."""
    save_folder(tmp_path, {**SPLIT, "train/b": 1})
    shutil.copy(tmp_path / "train" / "b" / "0.png", tmp_path / "val" / "b" / "copy.png")
    with pytest.raises(DataError, match="no picture in train") as caught:
        without_leaks(load_folder(tmp_path, cache=None))
    assert caught.value.problems[0].startswith("b: ")
