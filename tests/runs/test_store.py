"""A run is recorded whole or not at all, and damage is never used."""

import json
import os
import shutil
from pathlib import Path

import pytest
from conftest import MakeRecord
from factories import assert_same_record
from faults import ERRORS, faults
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scenes.errors import StorageError
from scenes.runs.record import METRICS, Failure, Record
from scenes.runs.record_files import HISTORY, HISTORY_COLUMNS, NEEDED
from scenes.runs.sealed import FORMAT, MANIFEST, DamagedRecordError, encode_json, seal
from scenes.runs.store import Store, append_epoch

FILES = sorted([*NEEDED, MANIFEST])
ONE_FOLDER = settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


def saved(store: Store, record: Record) -> Path:
    """Save a record and return its folder."""
    store.save(record)
    return store.runs / record.id


def test_round_trip(tmp_path: Path, make_record: MakeRecord) -> None:
    """What is saved is what is loaded, and it stands in plain files."""
    store, record = Store(tmp_path), make_record()
    folder = saved(store, record)
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert_same_record(store.load(record.id), record)
    assert store.ids() == [record.id]
    assert store.identities() == {record.id: record.identity}
    assert store.holds(record.id)
    assert record.seconds == 2.5


def test_an_unknown_run_is_none(tmp_path: Path) -> None:
    """What is not recorded has no record and no failure."""
    store = Store(tmp_path)
    assert (store.load("x"), store.failure("x"), store.ids()) == (None, None, [])
    assert not store.holds("x")


def damages(data: bytes) -> list[bytes]:
    """Return versions of a file with bytes changed or the end cut off."""
    places = range(0, len(data), max(1, len(data) // 25))
    flipped = [data[:i] + bytes([data[i] ^ 0xFF]) + data[i + 1 :] for i in places]
    return [*flipped, *(data[:i] for i in places), data + b"x"]


@pytest.mark.parametrize("name", FILES)
def test_damage_is_never_used(name: str, tmp_path: Path, make_record: MakeRecord) -> None:
    """Wherever a byte of a record changes, or its end is lost, it is refused."""
    store, record = Store(tmp_path), make_record()
    path = saved(store, record) / name
    whole = path.read_bytes()
    for damaged in damages(whole):
        path.write_bytes(damaged)
        with pytest.raises(DamagedRecordError):
            store.load(record.id)
    path.write_bytes(whole)
    assert_same_record(store.load(record.id), record)


@ONE_FOLDER
@given(st.sampled_from(FILES), st.integers(0), st.integers(1, 255))
def test_a_changed_byte_is_refused(
    tmp_path: Path, make_record: MakeRecord, name: str, place: int, change: int
) -> None:
    """No byte of a record can change unnoticed, white space of the manifest included."""
    store, record = Store(tmp_path), make_record()
    path = saved(store, record) / name
    data = bytearray(path.read_bytes())
    data[place % len(data)] ^= change
    path.write_bytes(bytes(data))
    with pytest.raises(DamagedRecordError):
        store.load(record.id)


@pytest.mark.parametrize("name", [name for name in FILES if name != MANIFEST])
def test_a_lost_file_is_damage(name: str, tmp_path: Path, make_record: MakeRecord) -> None:
    """A record without one of its files is refused."""
    store, record = Store(tmp_path), make_record()
    (saved(store, record) / name).unlink()
    with pytest.raises(DamagedRecordError):
        store.load(record.id)


OLDER = "recorded by an older version of scenes"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ("[]", "an object is expected"),
        ("{}", "format, kind, id and files are expected"),
        ("null", "an object is expected"),
        ("x", "not JSON"),
        ("[" * 5000, "nested too deeply"),
        ('{"files": {}}', OLDER),
        ({"format": None}, "format, kind, id and files are expected"),
        ({"format": True}, "format, kind, id and files are expected"),
        ({"format": FORMAT + 1}, "recorded in format 2; this version of scenes reads format 1"),
        ({"more": 1}, "format, kind, id and files are expected, and nothing else"),
        ({"kind": "weights"}, "it holds 'weights', not 'run'"),
        ({"id": "fedcba9876543210"}, "the record of another run, 'fedcba9876543210'"),
        ({"files": 3}, "not an object of hashes"),
        ({"files": {"history.csv": 3}}, "not an object of hashes"),
        ({"files": {}}, "missing"),
        ({"files": {"../x": ""}}, "a file outside the record, '../x'"),
        ({"files": {"/etc/passwd": ""}}, "a file outside the record"),
        ({"files": {"..": ""}}, "not a regular file"),
        ({"files": {"a\0b": ""}}, "a file outside the record"),
    ],
)
def test_another_manifest_is_damage(
    changes: str | dict[str, object], reason: str, tmp_path: Path, make_record: MakeRecord
) -> None:
    """A manifest of another shape, format, kind or run is refused with the reason."""
    store, record = Store(tmp_path), make_record()
    path = saved(store, record) / MANIFEST
    if isinstance(changes, str):
        path.write_text(changes, encoding="utf-8")
    else:
        path.write_bytes(encode_json({**json.loads(path.read_bytes()), **changes}))
    with pytest.raises(DamagedRecordError, match=reason):
        store.load(record.id)


def test_true_hashes_of_other_content_are_damage(tmp_path: Path, make_record: MakeRecord) -> None:
    """Whoever can write hashes cannot make a record of what is none."""
    store, record = Store(tmp_path), make_record()
    folder = saved(store, record)
    content = {name: (folder / name).read_bytes() for name in NEEDED}
    seal(folder, {**content, "environment.json": b"{}"}, kind="run", run_id=record.id)
    with pytest.raises(DamagedRecordError, match=r"environment\.json: scenes: Field required"):
        store.load(record.id)


def test_swapped_records_are_damage(tmp_path: Path, make_record: MakeRecord) -> None:
    """Two runs that changed places, or one copied over another or renamed, are all refused."""
    store = Store(tmp_path)
    first, second = make_record(seed=1), make_record(seed=2)
    one, other = saved(store, first), saved(store, second)
    one.rename(tmp_path / "aside")
    other.rename(one)
    (tmp_path / "aside").rename(other)
    for record, found in ((first, second), (second, first)):
        with pytest.raises(DamagedRecordError, match=f"another run, '{found.id}'"):
            store.load(record.id)
    assert store.identities() == {}
    shutil.copytree(other, store.runs / "0123456789abcdef")
    with pytest.raises(DamagedRecordError, match="it was moved or copied"):
        store.load("0123456789abcdef")


def test_a_relabelled_record_is_damage(tmp_path: Path, make_record: MakeRecord) -> None:
    """With the id in its manifest changed as well, the identity still tells."""
    store = Store(tmp_path)
    first, second = make_record(seed=1), make_record(seed=2)
    folder, _ = saved(store, first), saved(store, second)
    content = {name: (store.runs / second.id / name).read_bytes() for name in NEEDED}
    seal(folder, content, kind="run", run_id=first.id)
    with pytest.raises(DamagedRecordError, match=f"identity.json: .* run {second.id}"):
        store.load(first.id)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", ["pipe", "folder", "link", "device"])
def test_only_regular_files_are_read(
    kind: str, name: str, tmp_path: Path, make_record: MakeRecord
) -> None:
    """A pipe does not make the program wait, and a link leads nowhere."""
    store, record = Store(tmp_path), make_record()
    path = saved(store, record) / name
    moved = path.rename(tmp_path / "moved")
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "link":
            path.symlink_to(moved)
        case "device":
            path.symlink_to("/dev/zero")
    with pytest.raises(DamagedRecordError, match=f"{name}: not a regular file"):
        store.load(record.id)
    assert store.holds(record.id)
    store.set_aside(record.id)
    store.save(record)
    assert_same_record(store.load(record.id), record)


def test_whatever_stands_in_the_way_of_a_run_gives_way(
    tmp_path: Path, make_record: MakeRecord
) -> None:
    """A file, link or pipe with the name of a run or of its working folder stops no run."""
    store, record = Store(tmp_path / "store"), make_record()
    store.runs.mkdir(parents=True)
    (tmp_path / "mine").mkdir()
    for path in (store.runs / record.id, store.partial(record.id)):
        os.mkfifo(path)
        store.begin(record.id, record.identity)
        store.save(record)
        assert_same_record(store.load(record.id), record)
        shutil.rmtree(store.runs / record.id)
        path.symlink_to(tmp_path / "mine")
        store.begin(record.id, record.identity)
        store.save(record)
        shutil.rmtree(store.runs / record.id)
    assert (tmp_path / "mine").is_dir()


def test_a_damaged_record_is_set_aside(tmp_path: Path, make_record: MakeRecord) -> None:
    """It is kept under another name, however often, and counts as no run."""
    store, record = Store(tmp_path), make_record()
    for number in (1, 2):
        saved(store, record)
        assert store.set_aside(record.id).name == f"{record.id}.damaged-{number}"
    assert store.load(record.id) is None
    assert (store.ids(), store.identities()) == ([], {})


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_a_write_that_fails_leaves_no_half(
    error: int, tmp_path: Path, make_record: MakeRecord
) -> None:
    """Whichever step fails, or is the last, a reader sees no run or the whole of it."""
    store, record, other = Store(tmp_path / "store"), make_record(), make_record(seed=1)
    store.save(other)
    steps = []
    for step, has_failed, left in faults(store.root, lambda: store.save(record), error):
        steps.append((step, has_failed))
        for folder in left:
            found = Store(folder).load(record.id)
            assert found is None or has_failed
            assert Store(folder).ids() == sorted([other.id, *([record.id] if found else [])])
            assert_same_record(Store(folder).load(other.id), other)
            if found:
                assert_same_record(found, record)
        store.save(record)
        assert_same_record(store.load(record.id), record)
    # Each file is opened, synced and renamed; then the run's folder and that of all runs.
    assert len(steps) >= len(FILES) * 3 + 3
    assert all(has_failed for _, has_failed in steps)


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_a_failure_that_cannot_be_written(
    error: int, tmp_path: Path, make_record: MakeRecord
) -> None:
    """A run is failed or not yet tried; what an attempt to record it left makes it no record."""
    store, record = Store(tmp_path / "store"), make_record()
    store.save(record)
    (store.runs / record.id).rename(store.partial(record.id))
    for _, has_failed, left in faults(
        store.root, lambda: store.save_failure(record.id, "diverged"), error
    ):
        assert has_failed
        for folder in left:
            assert Store(folder).load(record.id) is None
            assert Store(folder).failure(record.id) in (None, Failure(record.id, "diverged"))
        store.save_failure(record.id, "again")
        assert store.failure(record.id) == Failure(record.id, "again")
        assert not store.holds(record.id)


def test_nothing_is_appended_to_a_full_disk(tmp_path: Path) -> None:
    """An epoch that cannot be noted is reported as what it is."""
    with pytest.raises(StorageError, match=r"history\.csv cannot be written: No such file"):
        append_epoch(tmp_path / "gone", dict.fromkeys(HISTORY_COLUMNS, 0.5))


def test_a_failure_is_recorded_and_forgotten(tmp_path: Path, make_record: MakeRecord) -> None:
    """A failure has a reason, is no record, and gives way to a later success."""
    store, record = Store(tmp_path), make_record()
    store.save_failure(record.id, "diverged", "Traceback …")
    assert store.failure(record.id) == Failure(record.id, "diverged")
    assert (store.load(record.id), store.ids()) == (None, [])
    store.forget_failure(record.id)
    assert store.failure(record.id) is None
    store.save_failure(record.id, "again")
    store.save(record)
    assert store.failure(record.id) is None
    assert_same_record(store.load(record.id), record)
    store.forget_failure(record.id)  # another process has finished it meanwhile
    assert_same_record(store.load(record.id), record)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"reason"'])
def test_a_damaged_failure_is_none(content: str, tmp_path: Path) -> None:
    """A failure that cannot be read is tried again."""
    store = Store(tmp_path)
    store.save_failure("x", "why")
    (store.runs / "x" / "failure.json").write_text(content, encoding="utf-8")
    assert store.failure("x") is None


def test_a_changed_byte_of_a_failure_is_seen(tmp_path: Path) -> None:
    """Its reason is the one that was recorded, or it is tried again."""
    store = Store(tmp_path)
    store.save_failure("x", "why")
    path = store.runs / "x" / "failure.json"
    whole = path.read_bytes()
    for damaged in damages(whole):
        path.write_bytes(damaged)
        assert store.failure("x") in (None, Failure("x", "why"))
    path.write_bytes(whole.replace(b"why", b"who"))
    assert store.failure("x") is None


def test_history_can_be_followed(tmp_path: Path) -> None:
    """What a run has reached is read while it trains; beginning again starts from nothing."""
    store = Store(tmp_path)
    assert store.live_history("x") == {metric: [] for metric in METRICS}
    folder = store.begin("x")
    assert store.live_history("x")["loss"] == []
    for value in (0.1, 1 / 3):
        append_epoch(folder, dict.fromkeys(HISTORY_COLUMNS, value))
    assert store.live_history("x") == {metric: [0.1, 1 / 3] for metric in METRICS}
    assert (store.load("x"), store.ids()) == (None, [])
    store.begin("x")
    assert store.live_history("x")["loss"] == []


def test_a_history_that_is_being_written_is_readable(tmp_path: Path) -> None:
    """Wherever the writer is, the reader sees the epochs that are whole."""
    store = Store(tmp_path)
    folder = store.begin("x")
    for epoch in range(3):
        append_epoch(folder, dict.fromkeys(HISTORY_COLUMNS, epoch + 0.125))
    data = (folder / HISTORY).read_bytes()
    for end in range(len(data) + 1):
        (folder / HISTORY).write_bytes(data[:end])
        lines = max(0, data[:end].count(b"\n") - 1)
        wanted = [epoch + 0.125 for epoch in range(lines)]
        assert store.live_history("x") == dict.fromkeys(METRICS, wanted)


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    """A second taker of a run's lock does not get it, and the name counts as no run."""
    store = Store(tmp_path)
    with store.lock("x"), pytest.raises(TimeoutError), store.lock("x", timeout=0):
        pass
    with store.lock("x", timeout=0):
        assert store.ids() == []
