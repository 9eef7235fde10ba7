"""Pictures are divided by class and by group: no group is in two splits."""

import hashlib
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes.data.division import (
    Picture,
    divide,
    divide_folds,
    grouped_split,
    torn_groups,
)
from scenes.errors import DataError


def picture(label: int, group: str | None, number: int) -> Picture:
    """Return a picture of its own content."""
    sha256 = hashlib.sha256(str(number).encode()).hexdigest()
    return Picture(Path(f"{number}.png"), label, sha256, group)


def groups_of(members: tuple[Picture, ...]) -> set[str | None]:
    """Return the groups of some pictures."""
    return {one.group for one in members} - {None}


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9)), min_size=1, max_size=80),
    st.integers(0, 5),
)
def test_no_group_is_in_two_parts(drawn: list[tuple[int, int]], seed: int) -> None:
    """Every picture is in one part, every class in both, or the division is refused."""
    members = [picture(label, f"g{group}", i) for i, (label, group) in enumerate(drawn)]
    try:
        train, val = divide(members, seed=seed, val_share=0.25)
    except DataError:
        return
    assert not groups_of(train) & groups_of(val)
    assert sorted(one.name for one in (*train, *val)) == sorted(one.name for one in members)
    assert (
        {one.label for one in train} == {one.label for one in val} == {one.label for one in members}
    )


@pytest.mark.parametrize("seed", range(5))
def test_share_of_every_class_is_kept_nearly(seed: int) -> None:
    """Small groups leave each class within two groups of its share."""
    members = [picture(i % 3, f"g{i // 4}", i) for i in range(1200)]
    _, val = divide(members, seed=seed, val_share=0.2)
    counts = [sum(one.label == label for one in val) for label in range(3)]
    assert all(abs(count - 80) <= 8 for count in counts)


def test_division_by_group_follows_the_seed_alone() -> None:
    """Same seed, same division, in whatever order the pictures come; another seed, another one."""
    members = [picture(i % 2, f"g{i // 3}", i) for i in range(90)]
    first = divide(members, seed=1, val_share=0.2)
    assert divide(members[::-1], seed=1, val_share=0.2) == first
    assert divide(members, seed=2, val_share=0.2) != first


def test_copies_without_a_group_stay_together() -> None:
    """A copy of a picture is never in the other part."""
    copies = [picture(i % 2, None, i % 40) for i in range(80)]
    members = [*copies, *(picture(i % 2, f"g{i}", 100 + i) for i in range(20))]
    train, val = grouped_split(members, seed=0, val_share=0.3)
    assert not {one.sha256 for one in train} & {one.sha256 for one in val}


def test_class_in_one_group_cannot_be_divided() -> None:
    """The error says which group holds it all."""
    members = [
        *(picture(0, f"g{i}", i) for i in range(6)),
        *(picture(1, "all", 9 + i) for i in range(4)),
    ]
    with pytest.raises(DataError) as caught:
        divide(members, seed=0, val_share=0.2)
    assert caught.value.problems == ("the class of 9.png: all of its pictures are in group all",)


def test_groups_that_the_users_split_tears_apart() -> None:
    """They are named with their splits."""
    paths = [Path(f"{i}.png") for i in range(4)]
    parts = {"train": {"cat": paths[:2]}, "val": {"cat": paths[2:]}}
    groups = dict(zip(paths, ("a", "b", "b", "c"), strict=True))
    assert list(torn_groups(parts, groups)) == [
        "group b: is in train and val; a group belongs into one split"
    ]


def test_too_few_pictures_for_the_folds_are_refused() -> None:
    """A class that does not reach every fold is named."""
    members = [picture(i % 2, None, i) for i in range(8)]
    with pytest.raises(DataError, match="cannot be divided into 5 folds"):
        divide_folds(members, seed=0, folds=5)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 15)), min_size=1, max_size=80),
    st.integers(2, 5),
    st.booleans(),
)
def test_each_picture_is_in_one_fold(
    drawn: list[tuple[int, int]], folds: int, is_grouped: bool
) -> None:
    """With its group and its copies; every fold has every class, or the division is refused."""
    members = [
        picture(label, f"g{number}" if is_grouped else None, i if is_grouped else number)
        for i, (label, number) in enumerate(drawn)
    ]
    try:
        parts = divide_folds(members, seed=1, folds=folds)
    except DataError:
        return
    assert sorted(one.name for part in parts for one in part) == sorted(it.name for it in members)
    for first, second in combinations(parts, 2):
        assert not groups_of(first) & groups_of(second)
        assert not {(it.label, it.sha256) for it in first} & {
            (it.label, it.sha256) for it in second
        }
    labels = {one.label for one in members}
    assert all({one.label for one in part} == labels for part in parts)


@pytest.mark.parametrize("folds", [2, 5, 7])
def test_folds_are_stratified(folds: int) -> None:
    """Of pictures without groups or copies, folds differ by one in a class and by one in all."""
    members = [picture(int(i >= 40) + int(i >= 63), None, i) for i in range(100)]
    parts = divide_folds(members, seed=3, folds=folds)
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 1
    for label in range(3):
        counts = [sum(one.label == label for one in part) for part in parts]
        assert max(counts) - min(counts) <= 1
    assert divide_folds(members[::-1], seed=3, folds=folds) == parts
    assert divide_folds(members, seed=4, folds=folds) != parts
