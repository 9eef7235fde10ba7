"""What a worker does with a model that is kept: write it to a file, and predict with such a file.

Both predict in a process of one computing thread, pictures in batches of one size: what a file says
of pictures equals what its run said of them, to the last bit on one machine.
"""

from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from scenes.data.arrays import load_arrays
from scenes.data.folder import Dataset
from scenes.errors import TrainingError
from scenes.plan.plan import Run
from scenes.runs.record import Record
from scenes.runs.store import Store
from scenes.spec.component_files import components_of
from scenes.spec.entries import Origin
from scenes.training.devices import device_environment, usable_gpus
from scenes.training.executors.local import new_worker, prepare_workers
from scenes.training.isolation import worker_environment
from scenes.training.kept_models import predictor, rebuild_model, require_same

T = TypeVar("T")


@dataclass(frozen=True)
class Export:
    """A model that is to be written.

    Attributes:
        run: Finished, with weights in the store.
        record: Of the run.
        validation: Its validation pictures alone.
        store: Where weights and prepared pictures are.
        target: The file.
        components: Where those are read that are not built in.
    """

    run: Run
    record: Record
    validation: Dataset
    store: Store
    target: Path
    components: Origin | None


@dataclass(frozen=True)
class Asked:
    """Pictures that a model file is to name.

    Attributes:
        model: The file.
        pictures: One split of any name.
        size: Side of the square that the model takes, in pixels.
        interpolation: With which pictures are resized.
        cache: A folder for prepared pictures.
    """

    model: Path
    pictures: Dataset
    size: int
    interpolation: str
    cache: Path


def in_worker(task: Callable[[Any], T], job: object, *, log: Path) -> T:
    """Return what a task makes of a job in a fresh worker, as runs are trained in.

    Raises:
        TrainingError: The worker has died, as the system ends one where memory is short.
    """
    gpu = next(iter(usable_gpus()), None)
    prepare_workers(log)
    with worker_environment(device_environment(gpu)), new_worker(log, gpu) as pool:
        try:
            return pool.submit(task, job).result()
        except BrokenProcessPool as error:
            raise TrainingError(
                "the process that works with the network has died, as the system ends one where "
                "memory is short"
            ) from error


def write_model(job: Export) -> float:
    """Write the model of a run; runs in a worker.

    Returns:
        How far its validation probabilities lie from those on record, at most; 0 if they are equal.

    Raises:
        TrainingError: The weights are not those of the run, or the file says something else.
        ModelFileError: The model has layers that are not Keras' own.
    """
    from scenes.training.loop import predict_all
    from scenes.training.saved_models import load_model, save_model

    with components_of(job.components):
        classes, settings = len(job.record.classes), job.run.settings
        (arrays,) = load_arrays(
            job.validation,
            settings.image_size,
            cache=job.store.cache / "arrays",
            interpolation=settings.interpolation,
        ).values()
        model = rebuild_model(job.run, job.store, classes)
        again = predict_all(predictor(model, job.run, classes), arrays.images)
        require_same(job.record, again)
        save_model(model, job.target)
    written = predict_all(prediction(load_model(job.target)), arrays.images)
    if not np.array_equal(again, written):
        job.target.unlink()
        raise TrainingError(f"run {job.run.id}: its model does not predict the same from a file")
    return float(np.abs(written - job.record.predictions.probabilities).max())


def predict_pictures(job: Asked) -> NDArray[np.float32]:
    """Return what a model file says of pictures, float32 (n, classes); runs in a worker."""
    from scenes.training.loop import predict_all
    from scenes.training.saved_models import load_model

    (arrays,) = load_arrays(
        job.pictures, job.size, cache=job.cache, interpolation=job.interpolation
    ).values()
    return predict_all(prediction(load_model(job.model)), arrays.images)


def prediction(model: Any) -> Callable[[Any], Any]:
    """Return pictures uint8 (n, size, size, 3) -> probabilities, compiled as in training.

    Raises:
        ModelFileError: The model takes no pictures.
    """
    import tensorflow as tf

    from scenes.training.saved_models import ModelFileError
    from scenes.training.step import _prediction

    shape = model.input_shape
    if not isinstance(shape, tuple) or len(shape) != 4 or shape[-1] != 3:
        raise ModelFileError("The model cannot be used", [f"it takes no pictures but {shape}"])
    values = tf.TensorSpec((None, *shape[1:]), tf.uint8)
    predict: Callable[[Any], Any] = tf.function(
        _prediction(model), input_signature=[values], autograph=False
    )
    return predict
