"""A store that is cut, flipped, full, read-only, shared or moved is never believed blindly."""

import errno
import json
import multiprocessing
import os
import pickle
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import MakeRecord
from factories import VERSIONS, assert_same_record, build_record
from faults import Broken
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from scenes.data.arrays import load_arrays
from scenes.data.folder import Dataset, load_folder
from scenes.data.pictures import open_pictures
from scenes.errors import StorageError
from scenes.report.figures.cache import Drawer
from scenes.runs.identity import identify, run_id
from scenes.runs.lookup import Results
from scenes.runs.record import Failure, Record
from scenes.runs.sealed import DamagedRecordError
from scenes.runs.store import CACHES, Store
from scenes.runs.weights_store import load_weights, save_weights
from scenes.spec.loader import check_report
from scenes.spec.settings import Settings
from scenes.system.files import load_array, save_array, save_checked
from scenes.training import engine, worker
from scenes.training.executors.protocol import Ended, Job
from scenes.training.worker import run_job

IDENTITIES = [identify(Settings(), seed, data="d", versions=VERSIONS) for seed in range(3)]
IDS = [run_id(identity) for identity in IDENTITIES]
FEATURES = np.linspace(0, 1, 60, dtype=np.float32).reshape(12, 5)


def save_pictures(root: Path) -> Dataset:
    """Write a few pictures of two classes and look at them."""
    for number, (split, kind) in enumerate((s, k) for s in ("train", "val") for k in "ab"):
        (root / split / kind).mkdir(parents=True)
        for index in range(3):
            tone = np.full((20, 20, 3), 20 * number + 5 * index, np.uint8)
            Image.fromarray(tone).save(root / split / kind / f"{index}.png")
    return load_folder(root, cache=None)


def draw(store: Store) -> bytes:
    """Return a figure, from the cache where it is there."""
    drawer = Drawer(store.cache / "figures")
    drawer.draw("a.svg", f"{__name__}:plot_nothing", 1, title="t")
    return drawer.assets["a.svg"]


def plot_nothing(_: int) -> Any:
    """Return an empty figure."""
    from matplotlib.figure import Figure

    return Figure(figsize=(1, 1))


@dataclass(frozen=True)
class Whole:
    """A small store with everything in it, and what it says."""

    store: Store
    dataset: Dataset
    records: list[Record]
    figure: bytes

    def check(self, store: Store) -> list[str]:
        """Read everything of a store; what is there is what was written. Return the warnings."""
        results = Results(store)
        for identity, record in zip(IDENTITIES[:2], self.records, strict=True):
            found = results.find(identity)
            if found is not None:
                assert isinstance(found, Record)
                assert_same_record(found, record)
                assert found.preview == record.preview
        assert results.find(IDENTITIES[2]) in (None, Failure(IDS[2], "diverged"))
        arrays = load_arrays(self.dataset, 8, cache=store.cache / "arrays")
        wanted = load_arrays(self.dataset, 8, cache=self.store.cache / "arrays")
        for split, members in wanted.items():
            np.testing.assert_array_equal(arrays[split].images, members.images)
            np.testing.assert_array_equal(arrays[split].labels, members.labels)
        features = load_array(store.cache / "features" / "f.npy", FEATURES.shape, np.float32)
        assert features is None or np.array_equal(features, FEATURES)
        seen = load_folder(self.dataset.root, cache=store.cache / "pictures")
        assert seen.fingerprint == self.dataset.fingerprint
        assert draw(store) == self.figure
        return results.warnings + self.check_weights(store)

    def check_weights(self, store: Store) -> list[str]:
        """Read the weights that are kept, which are what was written or are refused."""
        try:
            weights = load_weights(store, IDS[0])
        except DamagedRecordError:
            shutil.rmtree(store.weights / IDS[0])
            return []
        assert weights is None or np.array_equal(weights["dense/kernel"], FEATURES)
        return []


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Make a store with records, a failure, arrays, features, memories and a figure."""
    root = tmp_path_factory.mktemp("whole")
    store, dataset = Store(root / "store"), save_pictures(root / "pictures")
    records = [build_record(IDS[i], identity=IDENTITIES[i], seed=i) for i in range(2)]
    records[1] = replace(records[1], preview=b"\x89PNG picture")
    save_weights(store, IDS[0], {"dense/kernel": FEATURES}, "final")
    for record in records:
        store.save(record)
    store.begin(IDS[2], IDENTITIES[2])
    store.save_failure(IDS[2], "diverged")
    load_arrays(dataset, 8, cache=store.cache / "arrays")
    save_array(store.cache / "features" / "f.npy", FEATURES)
    load_folder(dataset.root, cache=store.cache / "pictures")
    made = Whole(store, dataset, records, draw(store))
    assert made.check(store) == []
    return made


def files_of(store: Store) -> list[Path]:
    """Return every file of a store, relative to it."""
    return sorted(path.relative_to(store.root) for path in store.root.rglob("*") if path.is_file())


DAMAGES = (st.integers(0), st.integers(0), st.integers(0, 255))
SHARED = [HealthCheck.function_scoped_fixture]


@settings(max_examples=40, suppress_health_check=SHARED)
@given(*DAMAGES)
def test_damage_anywhere_is_noticed_or_means_nothing(
    whole: Whole, tmp_path: Path, number: int, place: int, change: int
) -> None:
    """Flip a byte of any file, or cut it there: all that is read is what was written."""
    check_damage(whole, tmp_path, number, place, change)


@pytest.mark.slow
@settings(max_examples=1000, suppress_health_check=SHARED)
@given(*DAMAGES)
def test_damage_anywhere_is_noticed_a_thousand_times(
    whole: Whole, tmp_path: Path, number: int, place: int, change: int
) -> None:
    """The same, for longer."""
    check_damage(whole, tmp_path, number, place, change)


def check_damage(whole: Whole, tmp_path: Path, number: int, place: int, change: int) -> None:
    """Damage a file of a copy of a store and read all of it, twice."""
    copy = Store(tmp_path / "copy")
    shutil.rmtree(copy.root, ignore_errors=True)
    shutil.copytree(whole.store.root, copy.root)
    names = files_of(whole.store)
    path = copy.root / names[number % len(names)]
    data = bytearray(path.read_bytes())
    if data:
        place %= len(data)
        data[place] ^= change
        path.write_bytes(data if change else data[:place])
    warnings = whole.check(copy)
    assert len(warnings) <= 1
    if warnings:
        assert "damaged record set aside as" in warnings[0]
        assert names[number % len(names)].parts[1] in warnings[0]
    # A damaged record is out of the way, a damaged cache was made again.
    assert whole.check(copy) == []


def test_every_file_of_a_store_is_covered(whole: Whole) -> None:
    """Records, failure, arrays, features, what was seen in pictures, figures."""
    folders = {path.parts[1] for path in files_of(whole.store) if len(path.parts) > 2}
    assert folders == {*IDS, "arrays", "features", "pictures", "figures"}
    assert len([path for path in files_of(whole.store) if path.parts[0] == "weights"]) == 3


def swap(one: Path, other: Path) -> None:
    """Let two files or folders change places."""
    aside = one.with_name("aside")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


def test_no_swap_in_a_cache_is_believed(whole: Whole, tmp_path: Path) -> None:
    """Figures, features and prepared pictures belong to the key that they are stored under."""
    copy = Store(tmp_path / "copy")
    shutil.copytree(whole.store.root, copy.root)
    features = copy.cache / "features"
    save_array(features / "g.npy", FEATURES[::-1].copy())
    swap(features / "f.npy", features / "g.npy")
    swap(features / "f.npy.sha256", features / "g.npy.sha256")
    assert load_array(features / "f.npy", FEATURES.shape, np.float32) is None
    (figure,) = (copy.cache / "figures").iterdir()
    other = figure.with_name("0" * 32 + ".svg")
    save_checked(other, b"<svg>another figure</svg>")
    swap(figure, other)
    (prepared,) = [path for path in (copy.cache / "arrays").iterdir() if path.is_dir()]
    load_arrays(whole.dataset, 8, cache=copy.cache / "arrays", interpolation="nearest")
    (second,) = [
        path for path in (copy.cache / "arrays").iterdir() if path.is_dir() and path != prepared
    ]
    images = np.load(second / "train.npy")
    images[:] = 7
    assert (prepared / "train.npy").stat().st_size == (second / "train.npy").stat().st_size
    swap(prepared, second)
    assert whole.check(copy) == []


@pytest.mark.parametrize("kind", ["pipe", "folder", "link"])
def test_a_cache_with_something_else_in_it_is_made_again(
    kind: str, whole: Whole, tmp_path: Path
) -> None:
    """A pipe does not make the program wait; what is in the way of no file gives way or stays."""
    for name in files_of(whole.store):
        if name.parts[0] != "cache" or name.suffix == ".lock":
            continue
        copy = Store(tmp_path / "copy")
        shutil.copytree(whole.store.root, copy.root)
        path = copy.root / name
        moved = path.rename(tmp_path / "moved")
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "link":
            path.symlink_to(moved)
        elif name.parts[1] == "arrays":
            path.mkdir()
        whole.check(copy)
        shutil.rmtree(copy.root)


def places_of(store: Store) -> list[Path]:
    """Return every file and folder of a store but locks, relative to it, the inner ones first."""
    found = (path.relative_to(store.root) for path in store.root.rglob("*"))
    return sorted((path for path in found if path.suffix != ".lock"), reverse=True)


def put_the_other_kind(path: Path) -> None:
    """Put a file in the place of a folder, and a folder that holds one in the place of a file."""
    if path.is_dir():
        shutil.rmtree(path)
        path.write_text("in the way", encoding="utf-8")
    else:
        path.unlink()
        path.mkdir()
        (path / "inner").write_text("in the way", encoding="utf-8")


def test_every_folder_of_the_cache_is_known(whole: Whole) -> None:
    """So that what stands in its place is taken away."""
    assert {path.name for path in whole.store.cache.iterdir()} <= set(CACHES)


@pytest.mark.slow
def test_a_file_for_a_folder_and_a_folder_for_a_file_are_taken_away(
    whole: Whole, tmp_path: Path
) -> None:
    """Anywhere in a store: caches are made again, records are set aside with one warning each."""
    for place in places_of(whole.store):
        copy = Store(tmp_path / "copy")
        shutil.copytree(whole.store.root, copy.root)
        put_the_other_kind(copy.root / place)
        copy.clear_caches()  # as every command does that opens a store
        warnings = whole.check(copy)
        assert len(warnings) <= (place.parts[0] == "runs"), (place, warnings)
        assert whole.check(copy) == [], place  # set aside for good
        shutil.rmtree(copy.root)


class Bomb:
    """Leaves a mark where it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        """Run code, as a pickle may."""
        return Path.touch, (self.mark,)


def test_a_planted_file_is_never_opened(whole: Whole, tmp_path: Path) -> None:
    """A pickle, an array of objects or a model in the place of any file runs nothing."""
    mark, copy = tmp_path / "mark", Store(tmp_path / "copy")
    array = tmp_path / "objects.npy"
    with array.open("wb") as file:
        np.save(file, np.array([Bomb(mark)], dtype=object), allow_pickle=True)
    model = b"PK\x03\x04" + pickle.dumps(Bomb(mark))
    for content in (pickle.dumps(Bomb(mark)), array.read_bytes(), model):
        for folder in {name.parent for name in files_of(whole.store)}:
            shutil.copytree(whole.store.root, copy.root)
            for path in (copy.root / folder).iterdir():
                if path.is_file():
                    path.write_bytes(content)
            whole.check(copy)
            shutil.rmtree(copy.root)
    shutil.copytree(whole.store.root, copy.root)
    for place in (copy.runs / IDS[0], copy.cache / "features", copy.cache / "arrays"):
        for suffix in ("pkl", "npy", "keras", "h5"):
            (place / f"planted.{suffix}").write_bytes(pickle.dumps(Bomb(mark)))
    assert whole.check(copy) == []
    assert not mark.exists()


def test_a_moved_store_answers_as_before(whole: Whole, tmp_path: Path) -> None:
    """Nothing in it says where it lies, nor when it was written."""
    shutil.copytree(whole.store.root, tmp_path / "a")
    moved = (tmp_path / "a").rename(tmp_path / "elsewhere")
    for year, path in zip((2**30, 2**32) * 99, moved.rglob("*"), strict=False):
        os.utime(path, (year, year))
    before = files_of(whole.store)
    assert whole.check(Store(moved)) == []
    assert files_of(Store(moved)) == before


def test_a_painted_picture_that_changed_is_painted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte of an embedded picture: the set is made anew, and nothing else is trained on."""
    monkeypatch.setattr("scenes.data.pictures.PAINTED_SIZE", 32)
    study = {
        "name": "s",
        "title": "S",
        "question": "?",
        "factor": "batch_size",
        "values": [8, 16],
        "set": {"train_per_class": 1, "val_per_class": 1},
    }
    report = check_report({"title": "T", "authors": ["A"], "study": [study]}, "a test")
    first = open_pictures(report, tmp_path, cache=tmp_path / "cache").whole
    path = first.root / first.splits["train"][0].path
    data = path.read_bytes()
    for damaged in (data[:-9], data[:300] + b"x" + data[301:], b""):
        path.write_bytes(damaged)
        again = open_pictures(report, tmp_path, cache=tmp_path / "cache").whole
        assert again.fingerprint == first.fingerprint
        assert path.read_bytes() == data
    (first.root / "train" / "planted.jpg").write_bytes(data)
    assert open_pictures(report, tmp_path, cache=tmp_path / "cache").whole == again


JOB_SETTINGS = Settings(image_size=8)


def job_of(whole: Whole, store: Store, record: Record) -> Job:
    """Return the job whose training would give a record."""
    return Job(record.id, JOB_SETTINGS, 0, record.identity, whole.dataset, store)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EDQUOT], ids=str)
def test_a_full_disk_fails_no_run(
    code: int, whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker tells it, the engine stops with it, and the run is not recorded as failed."""
    store, record = Store(tmp_path / "store"), whole.records[0]
    monkeypatch.setattr(worker, "_train", lambda *_: record)
    broken = Broken(os.fsync, store.root, 2, code, tmp_path / "copy")
    store.runs.mkdir(parents=True)
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(StorageError, match=os.strerror(code)) as caught:
        run_job(job_of(whole, store, record))
    assert (store.load(record.id), store.failure(record.id)) == (None, None)
    ended = Ended(record.id, error=pickle.loads(pickle.dumps(caught.value)))
    with pytest.raises(StorageError, match="What was recorded before is kept"):
        engine._failure(ended, store)
    # With room again the same job goes on.
    run_job(job_of(whole, store, record))
    assert_same_record(store.load(record.id), record)


def test_a_damaged_record_is_trained_again(
    whole: Whole, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker looks at what is recorded before it leaves a run alone."""
    store, record = Store(tmp_path / "store"), whole.records[0]
    monkeypatch.setattr(worker, "_train", lambda *_: record)
    store.save(record)
    (store.runs / record.id / "summary.json").write_text("{}")
    run_job(job_of(whole, store, record))
    assert_same_record(store.load(record.id), record)
    assert (store.runs / f"{record.id}.damaged-1").is_dir()


def test_a_record_that_another_process_mended_is_used(
    tmp_path: Path, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between seeing damage and getting the lock the run may have been trained again."""
    store, record = Store(tmp_path), make_record(IDS[0], identity=IDENTITIES[0])
    store.save(record)
    (store.runs / record.id / "summary.json").write_text("{}")
    results = Results(store)
    with store.lock(record.id):
        assert results.find(IDENTITIES[0]) is None
        assert results.warnings == []
    lock = Store.lock

    def mend_first(self: Store, name: str, *, timeout: float = -1) -> Any:
        if self.set_aside_damage(name):
            self.save(record)
        return lock(self, name, timeout=timeout)

    monkeypatch.setattr(Store, "lock", mend_first)
    assert isinstance(results.find(IDENTITIES[0]), Record)
    assert results.warnings == []


def test_damage_that_cannot_be_set_aside_is_told(
    tmp_path: Path, make_record: MakeRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a read-only store it is not used and the program goes on."""
    store = Store(tmp_path)
    store.save(make_record(IDS[0], identity=IDENTITIES[0]))
    (store.runs / IDS[0] / "summary.json").write_text("{}")

    def refuse(*_: Any) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "rename", refuse)
    results = Results(store)
    assert results.find(IDENTITIES[0]) is None
    (warning,) = results.warnings
    assert "summary.json" in warning
    assert "not used" in warning
    assert "Read-only" in warning


def work(
    root: Path, name: str, told: "multiprocessing.Queue[tuple[str, str]]", wait: float
) -> None:
    """Carry out every run of a store, as another command's worker does, and tell which."""

    def train(job: Job, *_: object) -> Record:
        told.put((name, job.id))
        time.sleep(wait)
        return build_record(job.id, identity=job.identity)

    worker._train = train
    store = Store(root)
    for run, identity in zip(IDS, IDENTITIES, strict=True):
        run_job(Job(run, JOB_SETTINGS, 0, identity, None, store))  # type: ignore[arg-type]
    told.put((name, "end"))


def start(root: Path, name: str, told: Any, wait: float = 0.05) -> Any:
    """Start a process that works on a store."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=work, args=(root, name, told, wait))
    process.start()
    return process


def heard(told: Any, until: set[str]) -> list[tuple[str, str]]:
    """Return what processes tell until each of these has ended."""
    said = []
    while until:
        said.append(told.get(timeout=60))
        if said[-1][1] == "end":
            until = until - {said[-1][0]}
    return said


def test_two_processes_share_the_work(tmp_path: Path) -> None:
    """Each run is trained by one of them, and both end with all of them."""
    told = multiprocessing.get_context("spawn").Queue()
    processes = [start(tmp_path, name, told) for name in "ab"]
    said = heard(told, {"a", "b"})
    trained = [run for _, run in said if run != "end"]
    assert sorted(trained) == sorted(IDS)
    assert Store(tmp_path).ids() == sorted(IDS)
    for process in processes:
        process.join()


def test_a_dead_owner_frees_its_runs(tmp_path: Path) -> None:
    """Killed in the middle of a run, it leaves a lock that nobody has to remove."""
    # Each has a queue of its own: one that is killed may take the lock of its queue with it.
    lost, told = (multiprocessing.get_context("spawn").Queue() for _ in range(2))
    first = start(tmp_path, "first", lost, wait=600)
    assert lost.get(timeout=60) == ("first", IDS[0])
    first.kill()
    first.join()
    second = start(tmp_path, "second", told)
    said = heard(told, {"second"})
    assert said == [*(("second", run) for run in IDS), ("second", "end")]
    second.join()


@pytest.mark.skipif(os.name != "posix", reason="users and groups are POSIX's")
def test_two_users_of_a_group_share_a_store(tmp_path: Path, make_record: MakeRecord) -> None:
    """What one makes the other may read, lock and replace, if the store's folder is the group's."""
    root = tmp_path / "shared"
    root.mkdir()
    root.chmod(0o2775)
    store = Store(root / "store")
    with store.lock(IDS[0]):
        store.save(make_record(IDS[0]))
    dataset = save_pictures(tmp_path / "pictures")
    load_arrays(dataset, 8, cache=store.cache / "arrays")
    save_array(store.cache / "features" / "f.npy", FEATURES)
    for path in [store.root, *store.root.rglob("*")]:
        mode = path.stat().st_mode
        assert mode & 0o044 == 0o044, f"{path} is not readable"
        assert not mode & 0o002, f"{path} is anyone's"
        if path.is_dir() or path.suffix == ".lock":
            assert mode & 0o020, f"{path} is its owner's alone"


def test_a_manifest_names_files_of_its_folder_alone(
    tmp_path: Path, make_record: MakeRecord
) -> None:
    """It cannot make the program read, or believe, what lies elsewhere."""
    store, record = Store(tmp_path), make_record(IDS[0])
    store.save(record)
    path = store.runs / IDS[0] / "manifest.json"
    manifest = json.loads(path.read_text())
    secret = tmp_path / "secret"
    secret.write_bytes(b"s")
    for name in ("../../secret", str(secret), "a/b", "..", ""):
        planted = {**manifest, "files": {**manifest["files"], name: "0" * 64}}
        path.write_text(json.dumps(planted))
        results = Results(store)
        assert results.find({**IDENTITIES[0]}) is None
        assert len(results.warnings) == 1
        (store.runs / f"{IDS[0]}.damaged-1").rename(store.runs / IDS[0])
