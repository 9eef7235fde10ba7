"""The models of finished runs, built again: a run and its kept weights in, a Keras model out."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.errors import TrainingError
from scenes.plan.plan import Run
from scenes.runs.record import Record
from scenes.runs.store import Store
from scenes.runs.weights_store import load_weights

CLOSE = 1e-2
"""How far probabilities of one model may lie apart between machines and numbers of pictures at a
time; those of another seed differ by far more."""


def rebuild_model(run: Run, store: Store, classes: int) -> Any:
    """Return the model that a run kept.

    Raises:
        TrainingError: Its weights are no longer there, or are of another model.
        DamagedRecordError: Its weights are damaged.
    """
    import keras

    from scenes.training.learned_weights import restore_weights
    from scenes.training.models import build_model

    weights = load_weights(store, run.id)
    if weights is None:
        raise TrainingError(f"run {run.id}: its weights are no longer there")
    keras.backend.clear_session()
    keras.config.set_dtype_policy(run.settings.precision)
    model = build_model(run.settings.model_dump(), classes)
    try:
        restore_weights(model, run.settings, weights)
    except ValueError as error:
        raise TrainingError(f"run {run.id}: {error}") from None
    return model


def predictor(model: Any, run: Run, classes: int) -> Callable[[Any], Any]:
    """Return pictures uint8 -> probabilities: the very function by which a run was validated."""
    from scenes.training.step import build_trainer

    dtype = np.dtype(np.uint8)
    return build_trainer(model, run.settings, classes, seed=run.seed, dtype=dtype).predict


def require_same(record: Record, again: NDArray[np.float32]) -> None:
    """Check that a model gives the validation probabilities that its run recorded.

    Raises:
        TrainingError: They are too far apart to be of one model.
    """
    recorded = record.predictions.probabilities
    apart = float(np.abs(recorded - again).max()) if recorded.shape == again.shape else 1.0
    if not apart <= CLOSE:
        raise TrainingError(
            f"run {record.id}: its weights give other validation probabilities than it recorded "
            f"(up to {apart:.2g} apart), so they are not those of the run"
        )
