"""Plans of small studies whose runs end as a test says, for what is written about them."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from factories import build_record, prescribe_predictions

from scenes.data.folder import Dataset, Picture
from scenes.plan.plan import Plan
from scenes.plan.planning import plan_report
from scenes.runs.identity import run_id
from scenes.runs.record import Failure, Record
from scenes.spec.loader import check_report

PICTURES, CLASSES, EPOCHS = 400, 4, 24


@dataclass(frozen=True)
class Outcome:
    """How a run ends: losses and accuracies of its last epoch."""

    loss: float = 1.0
    share: float = 0.6
    train: float = 0.6
    turn: float = 1.0
    """How far the validation loss ends above its lowest."""
    seconds: float = 10.0
    parameters: int = 1000
    noise: float = 0.005
    """Spread over seeds."""


Outcomes = Callable[[Mapping[str, Any], int], Outcome | None]


@dataclass
class Results:
    """Answers a plan's questions; None is a run that failed."""

    outcomes: Outcomes

    def find(self, identity: Mapping[str, Any]) -> Record | Failure:
        """Return the run with this identity."""
        outcome = self.outcomes(identity["settings"], identity["seed"])
        if outcome is None:
            return Failure(run_id(identity), "the machine ran out of memory")
        return make_record(identity, outcome)


def make_record(identity: Mapping[str, Any], outcome: Outcome) -> Record:
    """Make the record of a run that ends so."""
    # Not by the run's id, which every change of the code that trains changes.
    name = repr(sorted(identity["settings"].items()))
    rng = np.random.default_rng([zlib.crc32(name.encode()), identity["seed"]])
    loss = outcome.loss + rng.normal(0, outcome.noise)
    truth = np.arange(PICTURES) % CLASSES
    right = rng.permutation(PICTURES) < round(outcome.share * PICTURES)
    spread = rng.normal(0, 0.2, PICTURES)
    losses = loss + spread - spread.mean()
    loss, share = float(losses.mean()), float(right.mean())
    half = EPOCHS // 2
    steady = np.ones(half)
    lowest = 1 / outcome.turn
    climb = np.linspace(lowest, 1, half // 2)
    fall = np.concatenate([np.linspace(1.5, lowest, half), climb, steady[: half - half // 2]])
    made = build_record(
        identity=identity,
        history={
            "loss": list(np.linspace(2.5, 1.5, EPOCHS)),
            "accuracy": list(outcome.train * np.concatenate([np.linspace(0.3, 1, half), steady])),
            "val_loss": list(loss * fall),
            "val_accuracy": list(share * np.concatenate([np.linspace(0.3, 1, half), steady])),
        },
        summary={"frozen": 0, "parameters": outcome.parameters, "trainable": outcome.parameters},
    )
    made.environment.update(seconds=outcome.seconds, started="2026-01-31T10:00:00+00:00")
    predicted = np.where(right, truth, (truth + 1) % CLASSES)
    return replace(made, predictions=prescribe_predictions(truth, predicted, np.exp(-losses)))


def dataset(source: Any = "folder") -> Dataset:
    """Make a data set of which no picture is looked at."""
    names = tuple(f"class{index}" for index in range(CLASSES))
    splits = {
        split: tuple(
            Picture(Path(f"{split}/{index}.png"), index % CLASSES, "0") for index in range(size)
        )
        for split, size in {"train": 800, "val": PICTURES}.items()
    }
    return Dataset(name="scenes", source=source, root=Path(), classes=names, splits=splits)


def study_table(factor: str, values: Sequence[Any], **more: Any) -> dict[str, Any]:
    """Return the table of a study."""
    texts = {"name": "s", "title": "T", "question": "Q?"}
    return {**texts, "factor": factor, "values": list(values), **more}


def plan_of(
    studies: Sequence[Mapping[str, Any]], outcomes: Outcomes, seeds: Sequence[int] = (0,)
) -> Plan:
    """Plan a report on made-up results."""
    description = {
        "title": "T", "authors": ["A"], "seeds": list(seeds), "study": list(studies),
        "base": {"epochs": EPOCHS, "image_size": 16},
    }  # fmt: skip
    results: Any = Results(outcomes)
    report = check_report(description, "a test")
    return plan_report(report, lambda _: "fingerprint", results, versions=None)
