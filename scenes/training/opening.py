"""What trained models say of a test set: kept weights and pictures in, probabilities out.

A worker builds the model of a run again, gives it the weights that were kept, and first predicts
the validation pictures: where these probabilities are not those of the record, the weights are not
those of the run, and nothing is said of the test set.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenes.data.arrays import Arrays, load_arrays
from scenes.data.folder import Dataset
from scenes.plan.plan import Run
from scenes.runs.record import Record
from scenes.runs.store import Store
from scenes.spec.component_files import components_of
from scenes.spec.entries import Origin
from scenes.training.devices import device_environment, usable_gpus
from scenes.training.executors.local import new_worker, prepare_workers
from scenes.training.isolation import worker_environment
from scenes.training.kept_models import predictor, rebuild_model, require_same


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
        classes = len(record.classes)
        model = rebuild_model(question.run, question.store, classes)
        predict = predictor(model, question.run, classes)
        again = predict_all(predict, _prepare(question, validation_of(question.dataset)).images)
        require_same(record, again)
        return predict_all(predict, _prepare(question, question.test).images)
