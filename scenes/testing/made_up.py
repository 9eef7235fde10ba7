"""Results that nobody trained: a report in, plans of it in which every run has a record out.

Figures and claims of own code are tried on them before anything trains. Everything is drawn from
the identity of a run and the number of its world, so that the same world comes out every time.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from unittest import mock

import numpy as np

from scenes.claims.perturbation import every_world, perturb
from scenes.plan.plan import Plan
from scenes.plan.planning import plan_report
from scenes.runs.identity import run_id
from scenes.runs.record import History, Pace, Record, derive_predictions
from scenes.spec.component_sources import HEAVY
from scenes.spec.report import Report
from scenes.testing.checks import require

CLASSES = ("one", "two", "three")
PICTURES = 30
WORLDS = 4
"""How many are made up; the others are perturbations of the first."""
VERSIONS = {"tensorflow": "made up", "keras": "made up", "numpy": "made up", "pillow": "made up"}


@dataclass(frozen=True)
class World:
    """Finds a made-up record for every run.

    Attributes:
        number: Another number gives other results.
    """

    number: int

    def find(self, identity: Mapping[str, Any]) -> Record:
        """Return the record of the run with this identity."""
        whole = dict(identity)
        drawn, of_value = self._draw(whole), self._draw(whole["settings"])
        epochs = whole["settings"]["epochs"]
        truth = np.arange(PICTURES) % len(CLASSES)
        scores = drawn.normal(size=(PICTURES, len(CLASSES))) + 2 * np.eye(len(CLASSES))[truth]
        shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
        said = derive_predictions(
            [f"{index}.png" for index in range(PICTURES)], truth, shares.astype(np.float32)
        )
        count = int(10 ** of_value.uniform(1, 8))
        counts = {"parameters": count, "trainable": count, "frozen": 0}
        return Record(
            id=run_id(whole),
            identity=whole,
            classes=CLASSES,
            history=_history(drawn, epochs),
            pace=Pace((0.01,) * epochs, tuple(drawn.uniform(0.5, 2, epochs).tolist())),
            kept=epochs - 1,
            stopped_early=False,
            predictions=said,
            summary={"name": "made_up", "layers": [], "backbone": None, **counts},
            environment=_environment(),
        )

    def _draw(self, source: Mapping[str, Any]) -> np.random.Generator:
        text = json.dumps([self.number, source], sort_keys=True, default=str)
        return np.random.default_rng(list(hashlib.sha256(text.encode()).digest()))


def _history(drawn: np.random.Generator, epochs: int) -> History:
    way = np.linspace(0, 1, epochs) if epochs > 1 else np.ones(1)
    low, high = drawn.uniform(0.2, 0.9, 2), drawn.uniform(0.4, 0.95, 2)
    return {
        "loss": (1.2 - (1.2 - low[0]) * way).tolist(),
        "accuracy": (0.3 + (high[0] - 0.3) * way).tolist(),
        "val_loss": (1.3 - (1.3 - low[1]) * way).tolist(),
        "val_accuracy": (0.3 + (high[1] - 0.3) * way).tolist(),
    }


def _environment() -> dict[str, Any]:
    return {
        "scenes": "made up", "python": "made up", "libraries": VERSIONS, "system": "made up",
        "processor": "made up", "cores": 1, "instruction_set": "made up", "threads": 1,
        "devices": [], "started": "2026-01-01T00:00:00+00:00", "seconds": 1.0, "resumed": 0,
        "pictures": {"train": PICTURES, "val": PICTURES},
    }  # fmt: skip


@dataclass(frozen=True)
class MadeUp:
    """A report and what it might find."""

    report: Report

    @cached_property
    def plans(self) -> tuple[Plan, ...]:
        """Return a plan of each made-up world; no two have the same results."""
        return tuple(
            plan_report(self.report, lambda *_: "made up", World(number), versions=VERSIONS)
            for number in range(WORLDS)
        )

    @cached_property
    def worlds(self) -> Mapping[str, Plan]:
        """Return plans by what they show: the made-up ones, what may go wrong in training too."""
        first = self.plans[0]
        changed = {name: perturb(first, it) for name, it in every_world(first).items()}
        numbered = {f"world {number}": plan for number, plan in enumerate(self.plans)}
        return {**numbered, **changed}


@contextmanager
def without_training_libraries(what: str) -> Iterator[None]:
    """Run a block in which TensorFlow and its like cannot be imported, as where reports are read.

    Raises:
        Refuted: The block imports one of them.
    """
    halted = "halted; None in sys.modules"
    try:
        with mock.patch.dict("sys.modules", dict.fromkeys(HEAVY)):
            yield
    except Exception as error:
        require(halted not in str(error), f"{what} imports TensorFlow or Keras: {error}")
        raise
