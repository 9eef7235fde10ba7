"""Duplicate pictures are reported with their paths, and so are those that look the same."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.data.duplicates import Place, copy_findings, leaked
from scenes.data.findings import Finding

ONE = 0b1010 << 40
ALIKE = ONE ^ 0b111  # three bits away
OTHER = ~ONE & (2**63 - 1)


def place(path: str, content: str, likeness: int | None = None) -> Place:
    """Return a picture at a path such as train/0/a, with the class in its middle."""
    split, label, _ = path.split("/")
    return Place(split, int(label), path, content, likeness)


def test_copies_are_told_by_where_they_are() -> None:
    """Within a class and split, across classes and from train to val are three findings."""
    found = copy_findings(
        [
            place("train/0/1", "x"),
            place("train/0/2", "x"),
            place("train/1/3", "y"),
            place("train/1/4", "z"),
            place("val/0/5", "y"),
            place("val/0/6", "w"),
            place("val/1/7", "z"),
        ]
    )
    assert found == (
        Finding("leakage", 2, ("val/0/5 = train/1/3", "val/1/7 = train/1/4"), share=1 / 3),
        Finding("duplicates_across_classes", 1, ("train/1/3 = val/0/5",)),
        Finding("duplicates_in_split", 1, ("train/0/2 = train/0/1",)),
    )


def test_leakage_counts_pictures_outside_train() -> None:
    """One picture of train that is twice in val and once in test makes three leaked ones."""
    places = [place(path, "x") for path in ("train/0/1", "val/0/1", "val/0/2", "test/0/1")]
    found = {one.kind: (one.count, one.share) for one in copy_findings(places)}
    twice = {"duplicates_in_split": (1, None), "test_leakage": (1, None)}
    assert found == {**twice, "leakage": (3, 1.0)}


def test_leakage_explains_nothing_where_the_class_is_another() -> None:
    """A network that knows the picture by heart names the class of train, and is wrong."""
    places = [place("train/0/1", "x"), place("val/1/2", "x"), place("val/1/3", "y")]
    assert copy_findings(places)[0] == Finding("leakage", 1, ("val/1/2 = train/0/1",), share=0.0)


def test_different_pictures_are_no_copies() -> None:
    """Nothing is reported where every content is there once and looks like no other."""
    assert copy_findings([place("train/0/1", "x", ONE), place("val/0/2", "y", OTHER)]) == ()
    assert copy_findings([place("train/0/1", "x"), place("val/0/2", "y")]) == ()


def test_look_alikes_are_told_by_where_they_are() -> None:
    """Other bytes that show the same: the three findings again, each naming the earlier one."""
    found = copy_findings(
        [
            place("train/0/1", "a", ONE),
            place("train/0/2", "b", ALIKE),
            place("train/1/3", "c", OTHER),
            place("val/0/4", "d", ALIKE),
            place("val/1/5", "e", ONE),
            place("val/1/6", "f", None),
        ]
    )
    assert found == (
        Finding("near_leakage", 2, ("val/0/4 ~ train/0/1", "val/1/5 ~ train/0/1"), share=1 / 3),
        Finding("near_across_classes", 1, ("val/1/5 ~ train/0/1",)),
        Finding("near_in_split", 1, ("train/0/2 ~ train/0/1",)),
    )


def test_a_copy_is_not_told_as_a_look_alike() -> None:
    """What is leaked byte by byte is reported once, and copies do not look like each other."""
    places = [
        place("train/0/1", "x", ONE),
        place("train/0/2", "y", ALIKE),
        place("val/0/3", "x", ONE),
    ]
    kinds = [one.kind for one in copy_findings(places)]
    assert kinds == ["leakage", "near_in_split"]
    twice = [place("train/0/1", "x", ONE), place("train/0/2", "x", ONE)]
    assert [one.kind for one in copy_findings(twice)] == ["duplicates_in_split"]


def test_what_the_test_set_shares_with_validation_is_told() -> None:
    """Copies and look-alikes by which values were chosen; what train holds too counts twice."""
    places = [
        place("train/0/1", "a", OTHER),
        place("val/0/2", "b", ONE),
        place("val/1/3", "c", None),
        place("test/0/4", "d", ALIKE),
        place("test/1/5", "c", None),
        place("test/0/6", "b", ONE),
        place("test/0/7", "a", OTHER),
    ]
    assert copy_findings(places)[:3] == (
        Finding("leakage", 1, ("test/0/7 = train/0/1",), share=0.0),
        Finding("test_leakage", 2, ("test/0/6 = val/0/2", "test/1/5 = val/1/3")),
        Finding("near_test_leakage", 1, ("test/0/4 ~ val/0/2",)),
    )
    assert leaked(places) == {"train/0/1"}  # nothing is dropped from val


def test_leaked_pictures_are_those_of_train() -> None:
    """The same bytes and the same look outside train, in val or in test."""
    places = [
        place("train/0/1", "a", None),
        place("train/0/2", "b", ONE),
        place("train/0/3", "c", OTHER),
        place("val/0/4", "a", None),
        place("test/0/5", "d", ALIKE),
    ]
    assert leaked(places) == {"train/0/1", "train/0/2"}


def test_thousands_that_look_the_same_are_no_matter() -> None:
    """Frames of one film are reported one by one, each with one example, without comparing all."""
    frames = [place(f"train/0/{i:05}", f"{i}", ONE) for i in range(5000)]
    (found,) = copy_findings(frames)
    assert (found.kind, found.count) == ("near_in_split", 4999)


@given(st.data())
def test_without_what_leaks_nothing_leaks(data: st.DataObject) -> None:
    """Whatever the pictures are, train less the leaked ones shares nothing with the rest."""
    contents = {name: data.draw(st.sampled_from([None, ONE, ALIKE, OTHER])) for name in "abcdef"}
    paths = data.draw(
        st.lists(
            st.tuples(st.sampled_from(["train", "val", "test"]), st.integers(0, 1)), max_size=12
        )
    )
    places = [
        place(
            f"{split}/{label}/{i}",
            name := data.draw(st.sampled_from(sorted(contents))),
            contents[name],
        )
        for i, (split, label) in enumerate(paths)
    ]
    kept = [one for one in places if one.path not in leaked(places)]
    assert not {one.kind for one in copy_findings(kept)} & {"leakage", "near_leakage"}


@pytest.mark.parametrize("seed", range(3))
def test_findings_do_not_depend_on_the_order(seed: int) -> None:
    """A file system may list files in any order."""
    places = [
        place(f"{s}/{k % 2}/{k}", str(k % 5), ONE ^ (k % 3))
        for s in ("train", "val")
        for k in range(9)
    ]
    shuffled = random.Random(seed).sample(places, len(places))
    assert copy_findings(shuffled) == copy_findings(places)
