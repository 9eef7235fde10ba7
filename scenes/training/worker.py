"""What a worker process does: one job in, one record on disk."""

import itertools
import os
import re
import sys
import traceback
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from scenes.data.arrays import Arrays, load_arrays
from scenes.errors import IdentityError, StorageError, TrainingError, UserError
from scenes.runs.identity import identify, run_id, training_versions, weights_fingerprint
from scenes.runs.identity_diff import find_changes
from scenes.runs.record import Record, derive_predictions
from scenes.runs.status import Status, run_status
from scenes.runs.store import append_epoch
from scenes.runs.weights_store import save_weights
from scenes.spec.component_files import components_of
from scenes.system.processes import follow_parent
from scenes.training.checkpoint import Checkpoint
from scenes.training.executors.protocol import Job
from scenes.training.isolation import settle_keras
from scenes.training.suspension import begin_run, listen

if TYPE_CHECKING:
    from scenes.training.loop import Outcome, Tell


MODULES = {"pillow": "PIL"}
"""Libraries whose module has another name."""


def start_worker(log: Path) -> None:
    """Prepare a fresh process: one computing thread, quiet, and gone when its parent is.

    It was started in a `worker_environment`.
    """
    write_errors_to(log)
    follow_parent()
    listen()
    import tensorflow as tf

    settle_keras()

    # Every run traces functions of its own, which TensorFlow takes for a mistake and tells.
    tf.get_logger().setLevel("ERROR")
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def write_errors_to(log: Path) -> None:
    """Keep the terminal for the progress: TensorFlow's C++ side writes past `sys.stderr`."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as file:
        os.dup2(file.fileno(), 2)


def run_job(job: Job) -> None:
    """Carry out a job with the components that its run needs; see `_run_job`.

    Raises:
        IdentityError: They cannot be loaded any more, or what would be trained is another run.
    """
    with ExitStack() as stack:
        try:
            stack.enter_context(components_of(job.components))
        except UserError as error:
            raise components_changed(job.id, error) from error
        _run_job(job)


def components_changed(run_id: str, error: UserError) -> IdentityError:
    """Return the refusal of a run whose components cannot be loaded any more."""
    return IdentityError(
        f"Run {run_id} was not trained: its components have changed since it was planned.",
        error.problems,
        error.hint,
    )


def _run_job(job: Job) -> None:
    """Train a run and record it, or record why it failed; another process that wants it waits.

    A run that was cut off goes on from its checkpoint, which is gone when the run is recorded.

    Raises:
        IdentityError: What would be trained here is another run.
        StorageError: The disk does not take it.
        SuspendedRun: This process was asked to end; the run has a checkpoint.
    """
    with job.store.lock(job.id, program=job.program, lost=_end_at_once):
        job.store.set_aside_damage(job.id)
        if job.store.holds(job.id):
            return
        checkpoint = Checkpoint(job.store.checkpoint(job.id), job.id)
        begin_run()
        status = run_status(job.store, job.id)
        status.tell("preparing", epochs=job.settings.epochs)
        try:
            job.store.save(_train(job, checkpoint, status))
        except (IdentityError, StorageError):
            raise  # no fault of the run: the command stops
        except TrainingError as error:
            job.store.save_failure(job.id, str(error))
        except Exception as error:
            reason = "".join(traceback.format_exception_only(error)).strip()
            job.store.save_failure(job.id, reason, traceback.format_exc())
        checkpoint.remove()
        failure = job.store.failure(job.id)
        status.tell("failed" if failure else "finished", reason=failure and failure.reason)


def _end_at_once() -> None:
    """End this worker, whose run another process has taken over meanwhile."""
    os._exit(1)


def require_identity(job: Job) -> None:
    """Check that what this process would train is the run that was planned.

    Raises:
        IdentityError: Its code, libraries or pictures are others; all that differs is named.
    """
    own = identify(
        job.settings, job.seed, data=job.dataset.fingerprint, versions=imported_versions()
    )
    if run_id(own) != job.id:
        changes = find_changes(job.identity, own)
        raise IdentityError(
            f"Run {job.id} was planned with other code, libraries or pictures than its worker has; "
            "it was not trained.",
            [str(change) for change in changes] or [f"the worker derives {run_id(own)}"],
            "Something was changed or installed since the command started: start it again.",
        )


def imported_versions() -> dict[str, str] | None:
    """Return the versions of the libraries that this process has imported.

    The installed ones may be others by now: a package can be upgraded while runs are trained.
    """
    installed = training_versions()
    if installed is None:
        return None
    return {name: _imported_version(name, version) for name, version in installed.items()}


def _imported_version(name: str, installed: str) -> str:
    module = sys.modules.get(MODULES.get(name, name))
    imported = str(getattr(module, "__version__", installed))
    # A package may write one and the same version in two ways: 2.22.0.dev1 and 2.22.0-dev1.
    return installed if _plain(imported) == _plain(installed) else imported


def _plain(version: str) -> str:
    return re.sub(r"[^0-9a-z]", "", version.lower())


def _train(job: Job, checkpoint: Checkpoint, status: Status) -> Record:

    require_identity(job)
    started = datetime.now(UTC)
    folder = job.store.begin(job.id, job.identity)
    arrays = load_arrays(
        job.dataset,
        job.settings.image_size,
        cache=job.store.cache / "arrays",
        interpolation=job.settings.interpolation,
        verify=False,  # the parent has just done that
    )
    epochs = itertools.count(1)

    def on_epoch(figures: Mapping[str, float]) -> None:
        append_epoch(folder, figures)
        epoch = next(epochs)
        status.tell("training", epoch=epoch, epochs=job.settings.epochs, figures=dict(figures))

    outcome = find_outcome(job, arrays, on_epoch, checkpoint)
    if outcome.weights is not None:
        save_weights(job.store, job.id, outcome.weights, job.keep_weights)
    return _record(job, outcome, started)


def _record(job: Job, outcome: "Outcome", started: datetime) -> Record:
    from scenes.training.augmentation_preview import render_preview
    from scenes.training.environment import describe_environment

    splits = job.dataset.splits
    pictures = [picture.name for picture in splits["val"]]
    truth = np.array([picture.label for picture in splits["val"]], np.int64)
    return Record(
        id=job.id,
        identity=dict(job.identity),
        classes=tuple(job.dataset.classes),
        history=outcome.history,
        pace=outcome.pace,
        kept=outcome.kept,
        stopped_early=outcome.stopped_early,
        predictions=derive_predictions(pictures, truth, outcome.probabilities),
        summary=outcome.summary,
        environment={
            **describe_environment(started),
            "seconds": outcome.seconds,
            "resumed": outcome.resumed,
            "pictures": {name: len(splits[name]) for name in ("train", "val")},
        },
        preview=render_preview(job.settings, job.dataset, seed=job.seed),
    )


def find_outcome(
    job: Job, arrays: Mapping[str, Arrays], on_epoch: "Tell", checkpoint: Checkpoint
) -> "Outcome":
    """Train the model of a job: all that decides its result, and nothing that stores it.

    The id of a run covers what this reaches (`scenes.runs.run_code`).
    """
    from scenes.training.loop import run_training

    return run_training(
        job.settings,
        job.seed,
        arrays,
        classes=len(job.dataset.classes),
        features=job.store.cache / "features",
        features_key=_features_key(job),
        on_epoch=on_epoch,
        checkpoint=checkpoint,
        keep_weights=job.keep_weights != "none",
    )


def _features_key(job: Job) -> str:
    """Name what features depend on; random weights depend on the seed, trained ones do not."""
    weights = weights_fingerprint(job.settings)
    parts = {
        "data": job.identity["data"],
        "code": job.identity["code"],
        "versions": job.identity["versions"],
        "backbone": job.settings.backbone,
        "weights": weights,
        "seed": job.seed if weights == "random" else None,
        "size": job.settings.image_size,
        "interpolation": job.settings.interpolation,
        "precision": job.settings.precision,
    }
    return run_id(parts)
