"""Weights lie beside their run, belong to it, and may go without it."""

from pathlib import Path

import numpy as np
import pytest
from conftest import MakeRecord
from factories import assert_same_record
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenes.runs.sealed import MANIFEST, DamagedRecordError
from scenes.runs.store import Store
from scenes.runs.weights_store import (
    POLICY,
    WEIGHTS,
    KeepWeights,
    forget_weights,
    load_weights,
    save_weights,
)

ARRAYS = {"0000 dense/kernel": np.linspace(0, 1, 6, dtype=np.float32).reshape(2, 3),
          "0001 dense/bias": np.zeros(3, np.float32)}  # fmt: skip


def test_what_is_kept_comes_back_in_order(tmp_path: Path) -> None:
    """Names, shapes and bits; another save takes the place of the first."""
    store = Store(tmp_path)
    assert load_weights(store, "x") is None
    save_weights(store, "x", {"other": np.ones(2)}, "all")
    save_weights(store, "x", ARRAYS, "final")
    found = load_weights(store, "x")
    assert found is not None
    assert list(found) == list(ARRAYS)
    for name, values in ARRAYS.items():
        np.testing.assert_array_equal(found[name], values)
    assert [path.name for path in store.weights.iterdir()] == ["x"]


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([WEIGHTS, POLICY, MANIFEST]), st.integers(0), st.integers(0, 255))
def test_damage_is_refused(tmp_path: Path, name: str, place: int, change: int) -> None:
    """A flipped byte, or an end cut off, wherever it is."""
    store = Store(tmp_path)
    save_weights(store, "x", ARRAYS, "final")
    path = store.weights / "x" / name
    data = bytearray(path.read_bytes())
    place %= len(data)
    data[place] ^= change
    path.write_bytes(data if change else data[:place])
    with pytest.raises(DamagedRecordError):
        load_weights(store, "x")


def test_weights_of_another_run_are_refused(tmp_path: Path) -> None:
    """Renamed or swapped, they are nobody's."""
    store = Store(tmp_path)
    save_weights(store, "x", ARRAYS, "final")
    (store.weights / "x").rename(store.weights / "y")
    with pytest.raises(DamagedRecordError, match="another run, 'x'"):
        load_weights(store, "y")


@pytest.mark.parametrize(("keep", "left"), [("final", False), ("all", True)])
def test_a_report_forgets_only_what_was_kept_for_the_time_being(
    keep: KeepWeights, left: bool, tmp_path: Path, make_record: MakeRecord
) -> None:
    """And the record of the run is what it was."""
    store, record = Store(tmp_path), make_record()
    store.save(record)
    save_weights(store, record.id, ARRAYS, keep)
    assert forget_weights(store, [record.id, "unknown"]) == ([] if left else [record.id])
    assert (load_weights(store, record.id) is not None) == left
    assert_same_record(store.load(record.id), record)
