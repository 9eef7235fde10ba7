"""A test set that is set aside is the same every time, and no run sees it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.data.division import Picture
from scenes.data.folder import Dataset
from scenes.data.pictures import Pictures
from scenes.data.subsets import hold_out_test
from scenes.errors import DataError
from scenes.spec.settings import Settings


def data_of(train: int, val: int = 2, *, copies: int = 1, shift: str = "") -> Dataset:
    """Return two classes with so many pictures each; each content stands there so often."""

    def members(split: str, count: int) -> tuple[Picture, ...]:
        return tuple(
            Picture(
                Path(f"{shift}{split}/{label}/{index}.png"),
                label,
                f"{split}{label}{index // copies}",
            )
            for label in (0, 1)
            for index in range(count)
        )

    splits = {"train": members("train", train), "val": members("val", val)}
    return Dataset("p", "folder", Path(), ("a", "b"), splits)


@given(st.integers(4, 40), st.integers(0, 3), st.integers(1, 4), st.floats(0.05, 0.5))
def test_every_picture_is_in_one_split(train: int, seed: int, copies: int, share: float) -> None:
    """Nothing is lost, validation stays, and copies of one content stay together."""
    data = data_of(train, copies=copies)
    try:
        held = hold_out_test(data, share=share, seed=seed)
    except DataError:
        assert train <= copies + 1 or share * (train + 2) > train - copies
        return
    assert held.splits["val"] == data.splits["val"]
    parts = [set(held.splits[split]) for split in ("train", "test")]
    assert parts[0].isdisjoint(parts[1])
    assert parts[0] | parts[1] == set(data.splits["train"])
    contents = [{one.sha256 for one in part} for part in parts]
    if copies < train:
        assert contents[0].isdisjoint(contents[1]) or copies > train // 2
    assert all(held.counts("test").values())


def test_where_a_picture_goes_depends_on_its_content() -> None:
    """A folder elsewhere gives the same set, another seed another one, and shares are of all."""
    one, moved = data_of(38), data_of(38, shift="elsewhere/")
    contents = {
        name: {
            picture.sha256 for picture in hold_out_test(data, share=0.25, seed=seed).splits["test"]
        }
        for name, data, seed in (("a", one, 0), ("b", moved, 0), ("c", one, 1))
    }
    assert contents["a"] == contents["b"] != contents["c"]
    assert len(contents["a"]) == 20  # a quarter of 80


def test_a_run_sees_no_test_picture() -> None:
    """Neither its pictures nor its fingerprint know of them."""
    held = hold_out_test(data_of(20), share=0.2, seed=0)
    pictures = Pictures(held, 0)
    for settings in (Settings(), Settings(train_per_class=3, val_per_class=1)):
        part = pictures.part(settings)
        assert set(part.splits) == {"train", "val"}
        assert not set(part.splits["train"]) & set(held.splits["test"])
    bare = Dataset(
        "p", "folder", Path(), ("a", "b"), {it: held.splits[it] for it in ("train", "val")}
    )
    assert pictures.fingerprint(Settings()) == bare.fingerprint
    assert pictures.test is not None
    assert set(pictures.test.splits) == {"test"}
    assert "test" in pictures.widest([Settings()]).splits


def test_a_test_split_of_the_users_own_is_not_drawn_anew() -> None:
    """It is refused, with both ways out."""
    held = hold_out_test(data_of(20), share=0.2, seed=0)
    with pytest.raises(DataError, match=r"never drawn anew[\s\S]*Remove test from \[data\]"):
        hold_out_test(held, share=0.2, seed=0)


@pytest.mark.parametrize(("train", "share"), [(1, 0.2), (4, 0.9), (4, 0.7)])
def test_too_large_a_share_is_refused(train: int, share: float) -> None:
    """Each class that would be left without pictures is named."""
    with pytest.raises(DataError, match="none left"):
        hold_out_test(data_of(train), share=share, seed=0)
