"""A worker carries out a job: one record, whole, however often it is cut off on the way."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import save_pictures
from own_code import BLOCKS, load_own, write_own

from scenes.data.folder import Dataset, load_folder
from scenes.errors import IdentityError
from scenes.runs.identity import identify, run_id, training_versions
from scenes.runs.record import Failure, Record
from scenes.runs.store import Store
from scenes.spec import registry
from scenes.spec.settings import Settings
from scenes.training import engine, worker
from scenes.training.checkpoint import Checkpoint, Snapshot
from scenes.training.executors.protocol import Job
from scenes.training.worker import imported_versions, run_job

SETTINGS = Settings(model="mlp", dense_units=4, image_size=16, batch_size=4, epochs=3, dropout=0.3)


class KilledError(BaseException):
    """Stands for a kill: nothing in the worker catches it."""


class Fragile(Checkpoint):
    """A checkpoint that is always due, in a worker that is killed after some of them."""

    kills_after = 0

    def is_due(self) -> bool:
        """Do not wait a minute."""
        return True

    def save(self, snapshot: Snapshot) -> None:
        """Write it, then die if it is time."""
        super().save(snapshot)
        Fragile.kills_after -= 1
        if Fragile.kills_after == 0:
            raise KilledError


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Return a few pictures of two colours."""
    save_pictures(tmp_path / "pictures")
    return load_folder(tmp_path / "pictures", cache=None)


def job_of(dataset: Dataset, store: Store, settings: Settings = SETTINGS) -> Job:
    """Return the job of a run."""
    identity = identify(settings, 0, data=dataset.fingerprint, versions=imported_versions())
    return Job(run_id(identity), settings, 0, identity, dataset, store)


def record_of(job: Job) -> Record:
    """Carry a job out and return its record."""
    run_job(job)
    record = job.store.load(job.id)
    assert record is not None
    return record


def test_a_run_that_is_cut_off_goes_on(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It records what a run in one go does; who watches sees each epoch once; nothing stays."""
    expected = record_of(job_of(dataset, Store(tmp_path / "alone")))
    job = job_of(dataset, Store(tmp_path / "killed"))
    monkeypatch.setattr(worker, "Checkpoint", Fragile)
    Fragile.kills_after = 6  # an epoch has four: three steps, and the validation
    with pytest.raises(KilledError):
        run_job(job)
    assert job.store.ids() == []
    assert job.store.checkpoint(job.id).is_file()
    assert len(job.store.live_history(job.id)["loss"]) == 1
    leftover = job.store.runs / f".{job.id}.checkpoint.1.tmp"
    leftover.write_bytes(b"half")

    Fragile.kills_after = 5
    with pytest.raises(KilledError):
        run_job(job)
    assert job.store.live_history(job.id) == {
        name: values[:2] for name, values in expected.history.items()
    }
    found = record_of(job)
    assert found.history == expected.history
    np.testing.assert_array_equal(
        found.predictions.truth_probability, expected.predictions.truth_probability
    )
    assert (found.environment["resumed"], expected.environment["resumed"]) == (2, 0)
    assert sorted(path.name for path in job.store.runs.iterdir()) == [f".{job.id}.lock", job.id]


def test_a_run_that_failed_leaves_no_checkpoint(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tried again, it starts over: what it would go on from is what it failed with."""
    monkeypatch.setattr(worker, "Checkpoint", Fragile)
    Fragile.kills_after = 0
    broken = SETTINGS.model_copy(update={"learning_rate": 1e9, "activation": "linear"})
    job = job_of(dataset, Store(tmp_path / "store"), broken)
    run_job(job)
    assert isinstance(job.store.failure(job.id), Failure)
    assert not job.store.checkpoint(job.id).exists()


def test_a_recorded_run_is_left_alone(dataset: Dataset, tmp_path: Path) -> None:
    """Another process may have trained it meanwhile."""
    job = job_of(dataset, Store(tmp_path / "store"))
    record_of(job)
    before = (job.store.runs / job.id / "manifest.json").stat().st_mtime_ns
    run_job(job)
    assert (job.store.runs / job.id / "manifest.json").stat().st_mtime_ns == before


def test_the_checkpoint_of_a_recorded_run_is_dropped(dataset: Dataset, tmp_path: Path) -> None:
    """A process may be killed between recording a run and tidying up; others keep theirs."""
    job = job_of(dataset, Store(tmp_path / "store"))
    record_of(job)
    done, other = job.store.checkpoint(job.id), job.store.checkpoint("0123456789abcdef")
    for path in (done, other):
        path.write_bytes(b"")
    engine._drop_checkpoints(job.store)
    assert not done.exists()
    assert other.exists()


@pytest.mark.parametrize("part", ["code", "versions", "data"])
def test_another_run_is_refused(
    part: str, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other code, libraries or pictures than were planned: the difference is named, no record."""
    job = job_of(dataset, Store(tmp_path / "store"))
    if part == "code":
        other = {**job.identity["code"], "loop.run_training": "0123"}
        identity = {**job.identity, "code": other}
    elif part == "data":
        identity = {**job.identity, "data": "0123"}
    else:
        monkeypatch.setattr("keras.__version__", "3.14.0")
        identity = dict(job.identity)
    with pytest.raises(IdentityError) as caught:
        run_job(replace(job, id=run_id(identity), identity=identity))
    told = {"code": "loop.run_training", "data": "pictures", "versions": "keras 3."}[part]
    assert told in str(caught.value)
    assert list(job.store.runs.glob("[!.]*")) == []


def test_a_version_is_that_of_what_was_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """An upgrade during the training does not count; another spelling is no other version."""
    installed = training_versions()
    assert installed is not None
    assert imported_versions() == installed
    monkeypatch.setattr(worker, "training_versions", lambda: {**installed, "pillow": "99.0"})
    assert imported_versions() == installed
    monkeypatch.setattr("PIL.__version__", "99.0.dev1")
    monkeypatch.setattr(worker, "training_versions", lambda: {"pillow": "99.0-dev1"})
    assert imported_versions() == {"pillow": "99.0-dev1"}


OWN = {
    "model": "small_resnet",
    "image_size": 16,
    "batch_size": 4,
    "epochs": 2,
    "augmentation": "noise+flip",
    "learning_rate_schedule": "one_cycle",
    "tint": "colour",
    "width": 3,
}


def own_job(dataset: Dataset, folder: Path) -> Job:
    """Return the job of a run with own components, as the engine makes it."""
    known = load_own(write_own(folder / "my report"))
    with registry.using(known):
        job = job_of(dataset, Store(folder / "store"), Settings.model_validate(OWN))
    return replace(job, components=known.origin)


def test_own_components_are_trained(dataset: Dataset, tmp_path: Path) -> None:
    """A worker loads what a run names, and it learns, changes pictures and sets the rate."""
    job = own_job(dataset, tmp_path)
    record = record_of(job)
    assert record.summary["parameters"] == (27 * 3 + 3) + 2 * (27 * 3 + 3) + (3 * 2 + 2)
    assert record.preview is not None
    assert record.pace.learning_rate == pytest.approx([0.01 * 2 / 3 / 0.7, 0.01 / 3 / 0.7])
    assert "small_resnet" not in registry.current().models


def test_a_worker_refuses_own_code_that_has_changed(dataset: Dataset, tmp_path: Path) -> None:
    """Between plan and training: to other code, which is named, or to none that can be used."""
    job = own_job(dataset, tmp_path)
    blocks = tmp_path / "my report" / "blocks.py"
    blocks.write_text(BLOCKS.replace("Add()", "Average()"))
    with pytest.raises(IdentityError, match="residual"):
        run_job(job)
    blocks.write_text("def residual(")
    with pytest.raises(IdentityError, match=r"blocks\.py:1"):
        run_job(job)
    assert not job.store.holds(job.id)
    assert job.store.failure(job.id) is None
