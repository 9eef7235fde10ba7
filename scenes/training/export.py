"""What a worker does with a model that is kept: write it to a file, and predict with such a file.

A model of Keras' own layers is read from the file alone, a model of other layers is built by its
code (`Network`) and takes the weights of the file.

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
from scenes.spec.own_errors import told
from scenes.spec.settings import Settings
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
class Network:
    """How a model is built that has layers of its authors' own.

    Attributes:
        settings: Of the run.
        classes: How many it tells apart.
        components: Where its code is read; None for that of an installed distribution.
    """

    settings: Settings
    classes: int
    components: Origin | None


@dataclass(frozen=True)
class WrittenModel:
    """A model that was written.

    Attributes:
        apart: How far its validation probabilities lie from those on record; 0 if they are equal.
        foreign: Its parts that are not Keras' own, for which its code is needed.
    """

    apart: float
    foreign: tuple[str, ...]


@dataclass(frozen=True)
class NamedPictures:
    """Pictures that a model file is to name.

    Attributes:
        model: The file.
        pictures: One split of any name.
        size: Side of the square that the model takes, in pixels.
        interpolation: With which pictures are resized.
        cache: A folder for prepared pictures.
        network: How the model is built; None where the file says it.
    """

    model: Path
    pictures: Dataset
    size: int
    interpolation: str
    cache: Path
    network: Network | None = None


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


def write_model(job: Export) -> WrittenModel:
    """Write the model of a run; runs in a worker.

    Raises:
        TrainingError: The weights are not those of the run, or the file says something else.
        ModelFileError: Keras cannot describe one of its layers.
    """
    from scenes.training.loop import predict_all
    from scenes.training.saved_models import save_model

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
        foreign = save_model(model, job.target)
    network = Network(settings, classes, job.components) if foreign else None
    written = predict_all(prediction(_read_model(job.target, network)), arrays.images)
    if not np.array_equal(again, written):
        job.target.unlink()
        raise TrainingError(f"run {job.run.id}: its model does not predict the same from a file")
    apart = float(np.abs(written - job.record.predictions.probabilities).max())
    return WrittenModel(apart, tuple(foreign))


def predict_pictures(job: NamedPictures) -> NDArray[np.float32]:
    """Return what a model file says of pictures, float32 (n, classes); runs in a worker."""
    from scenes.training.loop import predict_all

    (arrays,) = load_arrays(
        job.pictures, job.size, cache=job.cache, interpolation=job.interpolation
    ).values()
    return predict_all(prediction(_read_model(job.model, job.network)), arrays.images)


def _read_model(path: Path, network: Network | None) -> Any:
    """Return the model of a file, which its code builds if it has layers of its own.

    Raises:
        ModelFileError: The file cannot be used, or the code builds no model.
    """
    import keras

    from scenes.training.models import build_model
    from scenes.training.saved_models import ModelFileError, fill_model, load_model

    if network is None:
        return load_model(path)
    keras.backend.clear_session()
    keras.config.set_dtype_policy(network.settings.precision)
    with components_of(network.components):
        try:
            model = build_model(network.settings.model_dump(), network.classes)
        except Exception as error:  # what own code raises
            raise ModelFileError(
                f"{path} cannot be used",
                [f"{network.settings.model} cannot be built: {told(error)}"],
            ) from None
        fill_model(model, path)
    return model


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
