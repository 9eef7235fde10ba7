"""Everything that lies in a store is listed, and nothing is changed by looking."""

import hashlib
from pathlib import Path

from conftest import MakeRecord
from factories import build_identity
from stored_runs import IDENTITIES, IDS, fill

from scenes.runs.inventory import StoredRun, folder_size, load_inventory
from scenes.runs.store import Store


def tree(root: Path) -> dict[str, str]:
    """Return the hash of every file but the locks."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


def by_id(store: Store) -> dict[str, StoredRun]:
    """Return the entries of a store by id."""
    return {entry.id: entry for entry in load_inventory(store)}


def test_each_state_is_told(tmp_path: Path, make_record: MakeRecord) -> None:
    """Each run says what it is and what became of it, and the store stays as it was."""
    store = Store(tmp_path)
    fill(store, make_record)
    before = tree(tmp_path)
    entries = by_id(store)
    states = [entries[name].state for name in IDS[:5]]
    assert states == ["recorded", "failed", "damaged", "damaged", "interrupted"]
    assert [entries[name].identity for name in IDS[:5]] == IDENTITIES[:5]
    assert entries[IDS[0]].seconds == 2.5
    assert entries[IDS[1]].note == "diverged in epoch 2"
    assert "history.csv" in entries[IDS[2]].note
    told = f"set aside as {IDS[3]}.damaged-1: summary.json: No such file or directory"
    assert entries[IDS[3]].note == told
    assert entries[IDS[4]].history["loss"] == [0.25]
    assert all(entry.size > 0 for entry in entries.values())
    assert tree(tmp_path) == before


def test_a_run_under_way_is_told_from_one_that_was_cut_off(
    tmp_path: Path, make_record: MakeRecord
) -> None:
    """It is running as long as a process holds its lock."""
    store = Store(tmp_path)
    fill(store, make_record)
    with store.lock(IDS[4]):
        assert by_id(store)[IDS[4]].state == "running"
    assert by_id(store)[IDS[4]].state == "interrupted"


def test_an_identity_that_is_not_the_runs_is_not_believed(tmp_path: Path) -> None:
    """A damaged one is none: the id stands for it."""
    store = Store(tmp_path)
    store.begin(IDS[0], {**IDENTITIES[0], "seed": 9})
    assert by_id(store)[IDS[0]].identity is None


def test_rubbish_is_listed_as_damage(tmp_path: Path) -> None:
    """A folder that is no run, and files beside the runs, stop nothing."""
    store = Store(tmp_path)
    (store.runs / "0000").mkdir(parents=True)
    (store.runs / "notes.txt").write_text("mine")
    (entry,) = load_inventory(store)
    assert (entry.id, entry.state, entry.identity) == ("0000", "damaged", None)


def test_an_empty_store_has_no_entries(tmp_path: Path) -> None:
    """Nor is it made by looking."""
    assert load_inventory(Store(tmp_path / "none")) == []
    assert folder_size(tmp_path / "none") == 0
    assert not (tmp_path / "none").exists()


def test_the_newest_comes_first(tmp_path: Path, make_record: MakeRecord) -> None:
    """By when a run began, whatever its clock's zone."""
    store = Store(tmp_path)
    for name, started in [("a", "2026-01-01T10:00:00+00:00"), ("b", "2026-01-01T10:30:00+01:00")]:
        record = make_record(identity=build_identity(data=name))
        record.environment["started"] = started
        store.save(record)
    identities = [entry.identity for entry in load_inventory(store)]
    assert [identity["data"] for identity in identities if identity] == ["a", "b"]
