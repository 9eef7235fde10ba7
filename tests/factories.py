"""Reports, records, studies and plans made by hand, for tests that judge results."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.plan.plan import Plan, Run, StudyPlan, Trial
from scenes.runs.identity import run_id as id_of
from scenes.runs.record import (
    METRICS,
    Failure,
    History,
    Pace,
    Predictions,
    Record,
    derive_predictions,
)
from scenes.spec.loader import check_report
from scenes.spec.settings import Settings

VERSIONS = {"tensorflow": "2.21.0", "keras": "3.15.1", "numpy": "2.4.0", "pillow": "12.0.0"}


Description = dict[str, Any]


def describe(**changed: Any) -> Description:
    """Return the tables of a report of one study, with some of them changed."""
    study = {
        "name": "batch",
        "title": "Batch size",
        "question": "Which?",
        "factor": "batch_size",
        "values": [8, 16],
    }
    base = {"image_size": 16, "epochs": 4}
    description = {"title": "T", "authors": ["A"], "base": base, "study": [study]}
    return {**description, **changed}


ENVIRONMENT = {
    "scenes": "0.1.0",
    "python": "3.12.0",
    "libraries": VERSIONS,
    "system": "Linux",
    "processor": "a processor",
    "cores": 2,
    "instruction_set": "AVX2",
    "threads": 1,
    "devices": [],
    "started": "2026-01-01T00:00:00+00:00",
    "seconds": 2.5,
    "resumed": 0,
    "pictures": {"train": 8, "val": 4},
}
"""What a record says of the machine that trained it."""


def build_identity(**changed: Any) -> dict[str, Any]:
    """Return an identity made by hand, with some of its parts changed."""
    whole = {
        "settings": {"model": "tutorial"},
        "seed": 0,
        "data": "d",
        "code": {},
        "weights": None,
        "versions": VERSIONS,
    }
    return {**whole, **changed}


def build_predictions(
    right: Sequence[bool], probability: Sequence[float] | float, classes: int
) -> Predictions:
    """Return predictions of pictures that belong to the classes in turn.

    Args:
        right: Whether each picture's class is predicted; where it is not, the next one is.
        probability: Of the true class, or its complement where a true class of that probability
            would be predicted, or not, against `right`.
        classes: How many.
    """
    rows, hit = np.arange(len(right)), np.array(right, bool)
    truth = rows % classes
    likely = np.broadcast_to(np.asarray(probability, np.float64), truth.shape)
    lowest = np.where(hit, 1 / classes, 0.0)
    fits = np.where(hit, likely > lowest, likely < 0.5)
    likely = np.where(fits, likely, 1 - likely)
    rest = np.where(hit, (1 - likely) / (classes - 1), 0.0)
    probabilities = np.repeat(rest[:, None], classes, axis=1)
    probabilities[rows, np.where(hit, truth, (truth + 1) % classes)] = 1 - likely
    probabilities[rows, truth] = likely
    names = [f"val/{index}.png" for index in rows]
    return derive_predictions(names, truth.astype(np.int64), probabilities.astype(np.float32))


def prescribe_predictions(
    truth: NDArray[np.int64],
    predicted: NDArray[np.int64],
    truth_probability: NDArray[np.float64] | float = 0.5,
    *,
    confidence: NDArray[np.float64] | float = 0.5,
) -> Predictions:
    """Return predictions whose figures are set one by one, and come from no probabilities."""
    shape = (len(truth),)
    return Predictions(
        pictures=tuple(f"val/{index}.png" for index in range(len(truth))),
        truth=truth,
        predicted=predicted,
        confidence=np.broadcast_to(np.float64(confidence), shape),
        truth_probability=np.broadcast_to(np.float64(truth_probability), shape),
        probabilities=np.empty((len(truth), 0), np.float32),
    )


def build_record(
    run_id: str | None = None,
    *,
    seed: int = 0,
    history: Mapping[str, Sequence[float]] | None = None,
    kept: int | None = None,
    right: Sequence[bool] = (True, True, True, False),
    probability: Sequence[float] | float = 0.7,
    identity: Mapping[str, Any] | None = None,
    classes: int = 2,
    summary: Mapping[str, Any] | None = None,
) -> Record:
    """Return a record made by hand.

    Args:
        run_id: Its id; None for that of its identity, without which it cannot be loaded.
        seed: Of its identity.
        history: Some metrics; the others stay at 0.5 over as many epochs.
        kept: Index of the epoch that it kept; None for the last.
        right: For each validation picture, whether its class is predicted.
        probability: Of the true class of each picture (`build_predictions`).
        identity: In place of one with this seed.
        classes: The pictures take them in turn.
        summary: Parameter counts.
    """
    given = dict(history or {})
    epochs = max((len(values) for values in given.values()), default=2)
    whole: History = {name: list(given.get(name, [0.5] * epochs)) for name in METRICS}
    known = dict(identity or build_identity(seed=seed))
    counts = {"parameters": 10, "trainable": 7, "frozen": 3}
    return Record(
        id=run_id or id_of(known),
        identity=known,
        classes=tuple(f"class {index}" for index in range(classes)),
        history=whole,
        pace=Pace((0.001,) * epochs, (0.5,) * epochs),
        kept=epochs - 1 if kept is None else kept,
        stopped_early=False,
        predictions=build_predictions(right, probability, classes),
        summary={"name": "tutorial", "layers": [], "backbone": None, **(summary or counts)},
        environment=dict(ENVIRONMENT),
    )


def assert_same_record(first: Record | None, second: Record) -> None:
    """Compare two records, arrays by value."""
    assert first is not None
    for name in (
        *("id", "identity", "classes", "history", "pace", "kept", "stopped_early"),
        *("summary", "environment", "preview"),
    ):
        assert getattr(first, name) == getattr(second, name)
    assert_same_predictions(first.predictions, second.predictions)


def assert_same_predictions(first: Predictions, second: Predictions) -> None:
    """Compare predictions to the last bit."""
    assert first.pictures == second.pictures
    for name in ("truth", "predicted", "confidence", "truth_probability", "probabilities"):
        got, wanted = getattr(first, name), getattr(second, name)
        assert got.dtype == wanted.dtype
        np.testing.assert_array_equal(got, wanted)


def build_study(
    results: Mapping[str, Sequence[Record | Failure | None]], *, waiting: Sequence[str] = ()
) -> StudyPlan:
    """Return a study whose values have these results, one per seed."""
    keys = [*results, *waiting]
    values = [{"key": key, "batch_size": index} for index, key in enumerate(keys, 1)]
    study = {**describe()["study"][0], "values": values}
    report = check_report(describe(study=[study]), "a test")
    settings = Settings(image_size=16)
    trials = tuple(
        Trial(
            key,
            key,
            settings,
            tuple(Run(f"{key}-{i}", settings, i, {}, result) for i, result in enumerate(of_key)),
        )
        for key, of_key in results.items()
    )
    return StudyPlan(report.studies[0], trials, tuple(waiting), None)


def build_plan(
    runs: Sequence[tuple[Settings, Record | Failure | None]], *, waiting: Sequence[str] = ()
) -> Plan:
    """Return a plan of one study, in which each run is a value of its own."""
    keys = {f"v{index}": [result] for index, (_, result) in enumerate(runs)}
    study = build_study(keys, waiting=waiting)
    trials = tuple(
        Trial(key, key, settings, (Run(key, settings, 0, {}, result),))
        for key, (settings, result) in zip(keys, runs, strict=True)
    )
    report = check_report(describe(study=[study.study.model_dump()]), "a test")
    return Plan(report, (StudyPlan(report.studies[0], trials, tuple(waiting), None),))
