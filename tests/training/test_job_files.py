"""A job that was written is the same job when another process reads it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import save_pictures
from own_code import load_own, write_own

from scenes.data.folder import load_folder
from scenes.errors import DataError, IdentityError
from scenes.runs.identity import identify, run_id, training_versions
from scenes.runs.store import Store
from scenes.spec import registry
from scenes.spec.settings import Settings
from scenes.training.executors.job_files import find_components, job_path, load_job, save_job
from scenes.training.executors.parcels import missing_parts, pack_job, pieces_of, receive_piece
from scenes.training.executors.protocol import Job


def make_job(tmp_path: Path, settings: Settings, **changed: object) -> Job:
    """Return the job of a run on a few pictures, under the components in force."""
    if not (tmp_path / "pictures").is_dir():
        save_pictures(tmp_path / "pictures")
    dataset = load_folder(tmp_path / "pictures", cache=None)
    identity = identify(settings, 3, data=dataset.fingerprint, versions=training_versions())
    origin = registry.current().origin
    store = Store(tmp_path / "store with a space")
    return Job(run_id(identity), settings, 3, identity, dataset, store, "all", None, origin)


def test_a_job_survives_its_file(tmp_path: Path) -> None:
    """Settings, seed, identity and every picture are what they were."""
    job = make_job(tmp_path, Settings(model="mlp", image_size=16, learning_rate=0.1 + 0.2))
    save_job(job)
    found = load_job(job.store, job.id)
    assert replace(found, dataset=job.dataset) == job
    assert found.dataset.fingerprint == job.dataset.fingerprint
    assert found.dataset.root == job.dataset.root
    assert find_components(job.store, job.id) is None


def test_pictures_are_listed_once(tmp_path: Path) -> None:
    """Runs on the same pictures share their list, however many runs there are."""
    for size in (16, 24):
        job = make_job(tmp_path, Settings(model="mlp", image_size=size))
        save_job(job)
    names = sorted(
        path.name.partition("-")[0] for path in job_path(job.store, "x").parent.iterdir()
    )
    assert names.count("pictures") == 1
    assert len(names) == 3


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 99}', '{"format": 1}', "null"])
def test_a_file_that_is_no_job_is_refused(text: str, tmp_path: Path) -> None:
    """What is wrong is reported with the file's name, and how to write another."""
    store = Store(tmp_path)
    job_path(store, "abc").parent.mkdir()
    job_path(store, "abc").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"abc\.json") as refused:
        load_job(store, "abc")
    assert "scenes plan FOLDER --jobs" in str(refused.value)


def test_a_list_of_other_pictures_is_refused(tmp_path: Path) -> None:
    """The list is known by its content."""
    job = make_job(tmp_path, Settings(model="mlp", image_size=16))
    _, listing = save_job(job)
    listing.write_bytes(listing.read_bytes().replace(b"red", b"rot"))
    with pytest.raises(DataError, match="is not what was written"):
        load_job(job.store, job.id)


def test_components_that_are_gone_are_told(tmp_path: Path) -> None:
    """A job whose own code cannot be loaded any more is another job."""
    folder = tmp_path / "report"
    with registry.using(load_own(write_own(folder))):
        job = make_job(tmp_path, Settings(model="small_resnet", image_size=16))
        save_job(job)
    assert load_job(job.store, job.id).settings == job.settings
    (folder / "components.py").write_text("oops = ", encoding="utf-8")
    with pytest.raises(IdentityError, match="its components have changed"):
        load_job(job.store, job.id)


def test_a_parcel_is_whole_elsewhere(tmp_path: Path) -> None:
    """In another folder, with nothing of this one, a job is itself: pictures, code and arrays."""
    from scenes.data.arrays import load_arrays

    settings = Settings(model="mlp", image_size=16, augmentation="flip")
    job = make_job(tmp_path, settings)
    here = load_arrays(job.dataset, 16, cache=job.store.cache / "arrays")
    parcel, root = pack_job(job), tmp_path / "elsewhere"
    for part, path in parcel.items():
        for start, data in pieces_of(path):
            receive_piece(root, part, start, data, sender="a")
    assert missing_parts(root, list(parcel)) == []
    (tmp_path / "pictures").rename(tmp_path / "away")
    found = load_job(Store(root), job.id)
    assert run_id(dict(found.identity)) == job.id
    arrays = load_arrays(found.dataset, 16, cache=Store(root).cache / "arrays")
    assert (arrays["train"].images == here["train"].images).all()
    assert found.dataset.decode(found.dataset.examples()[0]).size == (16, 16)


def test_what_is_not_json_of_ours_stays_away(tmp_path: Path) -> None:
    """A job that names another format of the future says so."""
    job = make_job(tmp_path, Settings(model="mlp", image_size=16))
    path, _ = save_job(job)
    told = json.loads(path.read_bytes())
    path.write_text(json.dumps({**told, "format": 2}), encoding="utf-8")
    with pytest.raises(DataError, match="it has format 2; this version reads 1"):
        load_job(job.store, job.id)
