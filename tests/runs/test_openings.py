"""Openings of a test set come back as they were recorded, or are refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenes.runs.openings import (
    ABOUT,
    PICTURES,
    Opening,
    load_openings,
    opened_before,
    save_opening,
)
from scenes.runs.sealed import MANIFEST, DamagedRecordError
from scenes.runs.store import Store

RUN = "0123456789abcdef"
OPENING = Opening(
    opened="2026-01-02T03:04:05+00:00",
    classes=("cat", "dog"),
    pictures=("test/cat/ä, 1.png", "test/dog/2.png"),
    truth=np.array([0, 1]),
    contents=("aa", "bb"),
    probabilities={RUN: np.array([[0.75, 0.25], [0.5, 0.5]], np.float32)},
    final=(RUN,),
    rivals={},
    about={"final": "batch/8", "command": "scenes open x"},
)


def test_an_opening_comes_back(tmp_path: Path) -> None:
    """With every probability, and beside the runs, which it leaves alone."""
    store = Store(tmp_path)
    save_opening(store, OPENING)
    (found,) = load_openings(store)
    np.testing.assert_array_equal(found.probabilities[RUN], OPENING.probabilities[RUN])
    assert found.predictions(RUN).predicted.tolist() == [0, 0]
    assert (found.pictures, found.contents, found.about) == (
        OPENING.pictures, OPENING.contents, OPENING.about,
    )  # fmt: skip
    assert not store.runs.exists()


def test_openings_of_the_same_pictures_are_counted_in_order(tmp_path: Path) -> None:
    """One shared picture is enough, wherever it lies now; other test sets do not count."""
    store = Store(tmp_path)
    later = replace(OPENING, opened="2026-02-01T00:00:00+00:00", contents=("zz", "bb"))
    other = replace(OPENING, opened="2025-01-01T00:00:00+00:00", contents=("x", "y"))
    for one in (later, OPENING, other):
        save_opening(store, one)
    found = opened_before(store, ["bb", "new"])
    assert [one.opened for one in found] == [OPENING.opened, later.opened]
    assert opened_before(store, ["new"]) == []


def test_an_opening_that_was_cut_off_is_none(tmp_path: Path) -> None:
    """Nothing of it was shown; a second one takes its place."""
    store = Store(tmp_path)
    folder = save_opening(store, OPENING)
    folder.rename(folder.with_name(f"{folder.name}.partial"))
    assert load_openings(store) == []
    save_opening(store, OPENING)
    assert len(load_openings(store)) == 1


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([ABOUT, PICTURES, MANIFEST, f"{RUN}.npz"]), st.integers(0), st.integers(0, 255)
)
def test_damage_is_refused(tmp_path: Path, name: str, place: int, change: int) -> None:
    """Whatever is flipped or cut off: a damaged opening must not make a test set look closed."""
    store = Store(tmp_path)
    path = store.openings / OPENING.id / name
    if not path.exists():
        save_opening(store, OPENING)
    whole = path.read_bytes()
    data = bytearray(whole)
    place %= len(data)
    data[place] ^= change
    path.write_bytes(data if change else data[:place])
    with pytest.raises(DamagedRecordError):
        load_openings(store)
    path.write_bytes(whole)
    assert len(load_openings(store)) == 1


def test_a_renamed_opening_is_refused(tmp_path: Path) -> None:
    """Its name is a hash of what it says."""
    folder = save_opening(Store(tmp_path), OPENING)
    folder.rename(folder.with_name("another"))
    with pytest.raises(DamagedRecordError, match="another run"):
        load_openings(Store(tmp_path))
