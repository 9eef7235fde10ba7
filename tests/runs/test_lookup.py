"""Recorded runs are found by their identity, and damaged ones set aside with a warning."""

from dataclasses import replace
from pathlib import Path

from conftest import MakeRecord
from factories import VERSIONS

from scenes.runs.identity import identify, run_id
from scenes.runs.lookup import Results
from scenes.runs.record import Failure, Record
from scenes.runs.store import Store
from scenes.spec.settings import Settings

IDENTITY = identify(Settings(), 0, data="d", versions=VERSIONS)


def save(store: Store, make_record: MakeRecord) -> Record:
    """Record the run with this identity."""
    record = make_record(run_id(IDENTITY), identity=IDENTITY)
    store.save(record)
    return record


def test_a_run_is_found_by_its_identity(tmp_path: Path, make_record: MakeRecord) -> None:
    """A finished run answers, one with another seed does not."""
    store = Store(tmp_path)
    record = save(store, make_record)
    results = Results(store)
    found = results.find(IDENTITY)
    assert isinstance(found, Record)
    assert found.id == record.id
    assert results.find({**IDENTITY, "seed": 1}) is None
    assert results.warnings == []


def test_a_run_is_found_when_it_ends(tmp_path: Path, make_record: MakeRecord) -> None:
    """What was missing at one question is there at the next."""
    store = Store(tmp_path)
    results = Results(store)
    assert results.find(IDENTITY) is None
    save(store, make_record)
    assert isinstance(results.find(IDENTITY), Record)


def test_a_failure_is_found(tmp_path: Path, make_record: MakeRecord) -> None:
    """A failed run answers with its reason, until it is forgotten or succeeds."""
    store = Store(tmp_path)
    name = run_id(IDENTITY)
    store.save_failure(name, "diverged")
    results = Results(store)
    assert results.find(IDENTITY) == Failure(name, "diverged")
    save(store, make_record)
    assert isinstance(results.find(IDENTITY), Record)


def test_a_damaged_record_is_missing_and_told(tmp_path: Path, make_record: MakeRecord) -> None:
    """It is set aside, named in one warning, and never used."""
    store = Store(tmp_path)
    record = save(store, make_record)
    path = store.runs / record.id / "history.csv"
    path.write_bytes(path.read_bytes().replace(b"0.5", b"0.6", 1))
    results = Results(store)
    assert results.find(IDENTITY) is None
    assert results.find(IDENTITY) is None
    (warning,) = results.warnings
    assert f"{record.id}.damaged-1" in warning
    assert "history.csv" in warning
    assert (store.runs / f"{record.id}.damaged-1").is_dir()


def test_a_record_is_read_once(tmp_path: Path, make_record: MakeRecord) -> None:
    """Later questions are answered from memory."""
    store = Store(tmp_path)
    save(store, make_record)
    results = Results(store)
    first = results.find(IDENTITY)
    assert results.find(IDENTITY) is first


def test_without_libraries_any_version_answers(tmp_path: Path, make_record: MakeRecord) -> None:
    """A machine that cannot train still writes from what others have trained."""
    store = Store(tmp_path)
    record = save(store, make_record)
    unknown = {**IDENTITY, "versions": None}
    found = Results(store).find(unknown)
    assert isinstance(found, Record)
    assert found.id == record.id
    assert Results(store).find({**unknown, "seed": 1}) is None


def test_without_libraries_damage_is_no_answer(tmp_path: Path, make_record: MakeRecord) -> None:
    """What was set aside before is not found again under its new name."""
    store = Store(tmp_path)
    record = save(store, make_record)
    store.set_aside(record.id)
    results = Results(store)
    assert results.find({**IDENTITY, "versions": None}) is None
    assert results.warnings == []


def test_other_versions_are_another_run(tmp_path: Path, make_record: MakeRecord) -> None:
    """Where the libraries are installed, only runs with their versions answer."""
    store = Store(tmp_path)
    record = save(store, make_record)
    other = {**IDENTITY, "versions": {**VERSIONS, "keras": "9"}}
    assert Results(store).find(other) is None
    store.save(replace(record, id=run_id(other), identity=other))
    found = Results(store).find(other)
    assert isinstance(found, Record)
    assert found.id == run_id(other)
