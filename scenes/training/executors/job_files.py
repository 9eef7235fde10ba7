"""A run as files, from which any process that sees them carries it out, whoever planned it.

    jobs/<id>.json               settings, seed, identity, and where pictures and components lie
    jobs/pictures-<hash>.json    the pictures of a run: paths, classes and hashes

Jobs go in and come out. The files lie in the store; places in them that are relative start there,
so that a store can be moved to a machine that sees nothing else. Whoever carries a run out derives
its id again, from the code and the libraries that it has itself.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from scenes.data.division import Picture
from scenes.data.folder import Dataset
from scenes.errors import DataError, UserError
from scenes.runs.sealed import load_json
from scenes.runs.store import Store
from scenes.spec.component_files import components_of
from scenes.spec.entries import Origin
from scenes.spec.settings import Settings
from scenes.system.files import make_folder, read_regular, save_atomically, writing
from scenes.system.processes import Owner
from scenes.training.executors.protocol import Job
from scenes.training.worker import components_changed

FORMAT = 1
FOLDER = "jobs"
LARGEST = 2**31
"""Bytes of a file that is read: ten million pictures take less."""


def save_job(
    job: Job, *, pictures: str | None = None, components: str | None = None
) -> tuple[Path, Path]:
    """Write a job into its store, and return its file and that of its pictures.

    Args:
        job: The job.
        pictures: Where the worker finds the pictures; None for where they are.
        components: Where the worker finds the components; None for where they are.

    Raises:
        StorageError: It cannot be written.
    """
    listed = json.dumps(_listing(job.dataset), sort_keys=True).encode()
    key = hashlib.sha256(listed).hexdigest()
    listing = job.store.root / FOLDER / f"pictures-{key}.json"
    with writing(listing):
        make_folder(listing.parent)
        if not listing.is_file():
            save_atomically(listing, listed)
    origin = job.components
    content = {
        "format": FORMAT,
        "settings": job.settings.model_dump(mode="json"),
        "seed": job.seed,
        "identity": dict(job.identity),
        "keep_weights": job.keep_weights,
        "pictures": key,
        "root": pictures or str(job.dataset.root),
        "components": origin
        and {"folder": components or str(origin.folder), "files": list(origin.files)},
    }
    path = job_path(job.store, job.id)
    save_atomically(path, json.dumps(content, indent=1, sort_keys=True).encode())
    return path, listing


def job_path(store: Store, run_id: str) -> Path:
    """Return the file of a job."""
    return store.root / FOLDER / f"{run_id}.json"


def load_job(store: Store, run_id: str, *, program: Owner | None = None) -> Job:
    """Return a job that was written into a store.

    Args:
        store: It was written there; the record goes there too.
        run_id: Of the run.
        program: The process that wants the result; None for this one.

    Raises:
        DataError: There is none, or it cannot be read.
        IdentityError: Its components cannot be loaded any more.
    """
    with _reading(store, run_id):
        told = _read(job_path(store, run_id))
        if told["format"] != FORMAT:
            raise ValueError(f"it has format {told['format']}; this version reads {FORMAT}")
        dataset = _load_pictures(store, told)
        origin = _origin(store, told["components"])
        with components_of(origin):
            settings = Settings.model_validate(told["settings"])
        seed, identity, keep = int(told["seed"]), dict(told["identity"]), told["keep_weights"]
    return Job(run_id, settings, seed, identity, dataset, store, keep, program, origin)


def find_components(store: Store, run_id: str) -> Origin | None:
    """Return where the components of a job lie, without loading them.

    Raises:
        DataError: There is no such job, or it cannot be read.
    """
    with _reading(store, run_id):
        return _origin(store, _read(job_path(store, run_id))["components"])


@contextmanager
def _reading(store: Store, run_id: str) -> Iterator[None]:
    """Convert what is wrong with a job to an error that names it."""
    try:
        yield
    except UserError as error:
        raise components_changed(run_id, error) from error
    except (OSError, ValueError, LookupError, TypeError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(
            f"Run {run_id} cannot be carried out.",
            [f"{job_path(store, run_id)}: {said}"],
            "scenes plan FOLDER --jobs writes the jobs that are ready, and prints their ids.",
        ) from None


def _listing(dataset: Dataset) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "source": dataset.source,
        "classes": list(dataset.classes),
        "splits": {
            split: [[one.path.as_posix(), one.label, one.sha256, one.group] for one in members]
            for split, members in dataset.splits.items()
        },
    }


def _load_pictures(store: Store, told: Mapping[str, Any]) -> Dataset:
    path = store.root / FOLDER / f"pictures-{told['pictures']}.json"
    data = read_regular(path, limit=LARGEST)
    if hashlib.sha256(data).hexdigest() != told["pictures"]:
        raise ValueError(f"{path.name} is not what was written")
    listed = load_json(data)
    return Dataset(
        name=listed["name"],
        source=listed["source"],
        root=store.root / told["root"],
        classes=tuple(listed["classes"]),
        splits={
            split: tuple(Picture(Path(path), *rest) for path, *rest in members)
            for split, members in listed["splits"].items()
        },
    )


def _origin(store: Store, told: Mapping[str, Any] | None) -> Origin | None:
    if told is None:
        return None
    return Origin(store.root / told["folder"], tuple(map(str, told["files"])))


def _read(path: Path) -> Any:
    return load_json(read_regular(path, limit=LARGEST))
