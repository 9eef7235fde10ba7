"""What trained models say of a test set: kept weights and pictures in, probabilities out.

A worker builds the model of a run again, gives it the weights that were kept, and first predicts
the validation pictures: where these probabilities are not those of the record, the weights are not
those of the run, and nothing is said of the test set.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.data.arrays import Arrays, load_arrays
from scenes.data.folder import Dataset
from scenes.errors import TrainingError
from scenes.plan.plan import Run
from scenes.runs.record import Record
from scenes.runs.store import Store
from scenes.runs.weights_store import load_weights
from scenes.spec.component_files import components_of
from scenes.spec.entries import Origin
from scenes.training.devices import device_environment, usable_gpus
from scenes.training.executors.local import new_worker, prepare_workers
from scenes.training.isolation import worker_environment

CLOSE = 1e-2
"""How far probabilities of one model may lie apart between machines and numbers of pictures at a
time; those of another seed differ by far more."""


@dataclass(frozen=True)
class Question:
    """What a run is asked.

    Attributes:
        run: Finished, with weights in the store.
        record: Of the run.
        dataset: Its pictures of train and validation.
        test: The test split alone.
        store: Where weights and prepared pictures are.
        components: Where a worker reads those that are not built in.
    """

    run: Run
    record: Record
    dataset: Dataset
    test: Dataset
    store: Store
    components: Origin | None = None


def predict_test(questions: Iterable[Question], *, log: Path) -> dict[str, NDArray[np.float32]]:
    """Return the probabilities of the test pictures by run id, float32 (n, classes) each.

    Raises:
        TrainingError: The weights of a run do not give the probabilities that it recorded.
        DamagedRecordError: The weights of a run are damaged.
        DataError: Pictures have changed since they were checked.
    """
    asked = {question.run.id: question for question in questions}
    for question in asked.values():  # decoded here, with every core
        _prepare(question, question.test)
        _prepare(question, validation_of(question.dataset))
    gpu = next(iter(usable_gpus()), None)
    prepare_workers(log)
    with worker_environment(device_environment(gpu)), new_worker(log, gpu) as pool:
        return dict(zip(asked, pool.map(answer, asked.values()), strict=True))


def validation_of(dataset: Dataset) -> Dataset:
    """Return the validation split alone."""
    return replace(dataset, splits={"val": dataset.splits["val"]})


def _prepare(question: Question, dataset: Dataset) -> Arrays:
    """Return the arrays of a data set of one split, by the decoding of the run."""
    settings = question.run.settings
    (arrays,) = load_arrays(
        dataset,
        settings.image_size,
        cache=question.store.cache / "arrays",
        interpolation=settings.interpolation,
    ).values()
    return arrays


def answer(question: Question) -> NDArray[np.float32]:
    """Return what one run says of the test pictures; runs in a worker."""
    from scenes.training.loop import predict_all

    record = question.record
    with components_of(question.components):
        predict = _rebuild(question, len(record.classes))
        again = predict_all(predict, _prepare(question, validation_of(question.dataset)).images)
        _require_same(record, again)
        return predict_all(predict, _prepare(question, question.test).images)


def _rebuild(question: Question, classes: int) -> Callable[[Any], Any]:
    """Return pictures -> probabilities of the model that a run kept."""
    import keras

    from scenes.training.learned_weights import restore_weights
    from scenes.training.models import build_model
    from scenes.training.step import build_trainer

    settings = question.run.settings
    weights = load_weights(question.store, question.run.id)
    if weights is None:
        raise TrainingError(f"run {question.run.id}: its weights are no longer there")
    keras.backend.clear_session()
    keras.config.set_dtype_policy(settings.precision)
    model = build_model(settings.model_dump(), classes)
    try:
        restore_weights(model, settings, weights)
    except ValueError as error:
        raise TrainingError(f"run {question.run.id}: {error}") from None
    # Not trained: what predicts is the very function by which the run was validated.
    dtype = np.dtype(np.uint8)
    return build_trainer(model, settings, classes, seed=question.run.seed, dtype=dtype).predict


def _require_same(record: Record, again: NDArray[np.float32]) -> None:
    recorded = record.predictions.probabilities
    apart = float(np.abs(recorded - again).max()) if recorded.shape == again.shape else 1.0
    if not apart <= CLOSE:
        raise TrainingError(
            f"run {record.id}: its weights give other validation probabilities than it recorded "
            f"(up to {apart:.2g} apart), so they are not those of the run"
        )
