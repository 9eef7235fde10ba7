"""Plans of reports/practica4 whose runs end so that its claims hold, fail or stay open."""

import functools
import itertools
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from factories import build_record, prescribe_predictions

from scenes.data.division import Picture
from scenes.data.folder import Dataset
from scenes.plan.plan import Plan
from scenes.plan.planning import plan_report
from scenes.runs.identity import run_id
from scenes.runs.record import Failure, Predictions, Record
from scenes.spec.loader import apply_profile, load_report, with_weights
from scenes.spec.report import Report

FOLDER = Path(__file__).parents[1] / "reports" / "practica4"


CLASSES = 15


PICTURES = 600


BACKBONES = {"VGG16": (14_714_688, 512), "ResNet50": (23_587_712, 2048)}


Badness = Callable[[Mapping[str, Any]], float]
"""How much worse than the best a run with these settings does, from 0 to 1."""


@dataclass(frozen=True)
class Scenario:
    """Results as they might come out.

    Attributes:
        badness: Raises validation loss and lowers validation accuracy.
        eagerness: Raises training accuracy, from 0 to 1.
        overfits: Whether training accuracy is far above that of validation.
        chance: Whether a run does no better than drawing lots.
        fails: Whether a run does not end.
        seeds: Of the report.
        weights: Of the backbones.
        source: Of the pictures.
    """

    badness: Badness = lambda _: 0.0
    eagerness: Badness = lambda _: 0.5
    overfits: Callable[[Mapping[str, Any]], bool] = lambda _: False
    chance: Callable[[Mapping[str, Any]], bool] = lambda _: False
    fails: Callable[[Mapping[str, Any]], bool] = lambda _: False
    seeds: tuple[int, ...] = (0, 1, 2)
    weights: str = "imagenet"
    source: str = "folder"


RANKS: dict[str, dict[Any, float]] = {
    "batch_size": {8: 0.9, 16: 0.6, 32: 0.0, 64: 0.3},
    "image_size": {32: 0.0, 64: 0.3, 128: 0.6, 224: 0.9},
    "activation": {"relu": 0.0, "tanh": 0.4, "linear": 0.6, "sigmoid": 1.0},
    "augmentation": {"none": 0.6, "horizontal_flip": 0.3, "brightness": 0.5, "zoom": 0.4},
    "kernel_size": {7: 0.0, 3: 0.5, 9: 0.9},
    "backbone": {None: 0.6, "VGG16": 0.0, "ResNet50": 0.9},
}


def ranked(settings: Mapping[str, Any]) -> float:
    """Return a badness by which the authors' expectations come true."""
    table = {**RANKS["augmentation"]}
    parts = [
        ranks.get(settings.get(name), 0.0)
        for name, ranks in RANKS.items()
        if name not in ("augmentation", "backbone")
    ]
    parts.append(table.get(settings["augmentation"], 0.0))
    if settings["optimizer"] == "adam" and settings.get("kernel_size", 3) == 3:
        parts.append(RANKS["backbone"][settings.get("backbone")])
    return sum(parts)


def overturned(settings: Mapping[str, Any]) -> float:
    """Return a badness by which each of those expectations is wrong."""
    return 3.5 - ranked(settings)


def by_batch(settings: Mapping[str, Any]) -> float:
    """Return an eagerness that falls with the batch."""
    return {8: 1.0, 16: 0.7, 32: 0.4, 64: 0.1}[settings["batch_size"]]


def against_batch(settings: Mapping[str, Any]) -> float:
    """Return an eagerness that rises with the batch."""
    return 1 - by_batch(settings)


def is_eager(settings: Mapping[str, Any]) -> bool:
    """Return whether a run of the expected kind overfits: a small batch, a large picture, …."""
    return (
        settings["batch_size"] < 32
        or settings["image_size"] > 64
        or settings.get("activation") == "linear"
        or settings.get("kernel_size") == 9
    )


def has_failed(settings: Mapping[str, Any]) -> bool:
    """Let a value of every study fail, and two of the three that 4.4 would combine."""
    return (
        settings["batch_size"] == 64
        or settings["image_size"] == 224
        or settings.get("activation") == "tanh"
        or settings["augmentation"] in ("zoom", "brightness")
        or settings.get("kernel_size") == 9
        or settings.get("backbone") == "VGG16"
    )


THREE = (0, 1, 2)


SCENARIOS = {
    "supported": Scenario(
        ranked, by_batch, is_eager, chance=lambda settings: settings.get("activation") == "sigmoid"
    ),
    "supported by seeds": Scenario(ranked, by_batch, is_eager, seeds=THREE, weights="random"),
    "contradicted": Scenario(overturned, against_batch, lambda settings: not is_eager(settings)),
    "contradicted by seeds": Scenario(overturned, against_batch, seeds=THREE, weights="random"),
    "noise": Scenario(source="synthetic", seeds=(0,)),
    "noise in seeds": Scenario(seeds=THREE),
    "all overfit": Scenario(overfits=lambda _: True, weights="random", source="synthetic"),
    "chance": Scenario(chance=lambda _: True, source="synthetic"),
    "failed": Scenario(ranked, by_batch, is_eager, fails=has_failed),
    "all failed but one": Scenario(fails=lambda settings: settings["batch_size"] != 8),
}


@dataclass
class FakeResults:
    """Answers every question of a plan as its scenario would."""

    scenario: Scenario

    def find(self, identity: Mapping[str, Any]) -> Record | Failure:
        """Return the run with this identity."""
        settings = identity["settings"]
        if self.scenario.fails(settings):
            return Failure(run_id(identity), "the loss is no longer a number")
        return make_record(identity, self.scenario)


def make_record(identity: Mapping[str, Any], scenario: Scenario) -> Record:
    """Make the record of a run: the scenario's results, and chance as its seed has it."""
    settings = identity["settings"]
    # Not by the run's id, which every change of the code that trains changes.
    name = repr(sorted(settings.items()))
    rng = np.random.default_rng([zlib.crc32(name.encode()), identity["seed"]])
    badness = scenario.badness(settings)
    share = 0.6 - 0.08 * badness + rng.normal(0, 0.002)
    ahead = 0.3 if scenario.overfits(settings) else -0.1
    share, train, loss = share, share + ahead + 0.2 * scenario.eagerness(settings), 1.4
    train = min(train, 1 - 0.01 * rng.random())
    loss += 0.3 * badness + rng.normal(0, 0.01)
    if scenario.chance(settings):
        share, train, loss = 1 / CLASSES, 1 / CLASSES, 2.708
    predictions = make_predictions(share, loss, rng)
    share = float(np.mean(predictions.truth == predictions.predicted))
    loss = float(np.mean(-np.log(predictions.truth_probability)))
    epochs = settings["epochs"]
    rise = np.linspace(0.3, 1.0, epochs)
    turn = 0.8 if scenario.overfits(settings) else 1.0
    lowest = max(1, epochs // 2)
    fall = np.concatenate(
        [np.linspace(2.7 / loss, turn, lowest), np.linspace(turn, 1, epochs - lowest)]
    )
    history = {
        "loss": list(np.linspace(2.7, 2 - 1.5 * train, epochs)),
        "accuracy": list(train * rise),
        "val_loss": list(loss * fall),
        "val_accuracy": list(share * rise),
    }
    made = build_record(identity=identity, history=history, summary=make_summary(settings))
    made.environment.update(
        seconds=20.0 + settings["image_size"], started="2026-01-31T10:00:00+00:00"
    )
    return replace(made, predictions=predictions)


def make_predictions(share: float, loss: float, rng: np.random.Generator) -> Predictions:
    """Make predictions of which this share is right, with this mean loss and much spread."""
    truth = np.arange(PICTURES) % CLASSES
    right = rng.permutation(PICTURES) < round(share * PICTURES)
    spread = rng.normal(0, 0.3, PICTURES)
    losses = loss + spread - spread.mean()
    return prescribe_predictions(
        truth, np.where(right, truth, (truth + 1) % CLASSES), np.exp(-losses)
    )


def make_summary(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Count the parameters of the models that the report names."""
    if settings["model"] == "transfer":
        frozen, width = BACKBONES[settings["backbone"]]
        name = settings["backbone"].lower()
        base = layer(name, "Functional", frozen)
        head = [layer("dense", "Dense", width * 120 + 120), layer("dense_1", "Dense", 1815)]
        whole = {"name": name, "layers": [base], "parameters": frozen}
        backbone = {**whole, "trainable": frozen, "frozen": 0}
        return {**totals([base, *head], frozen), "backbone": backbone}
    filters, kernel = settings["filters"], settings["kernel_size"]
    channels = [3, *filters]
    layers = [
        layer(f"conv2d_{index}", "Conv2D", kernel**2 * before * after + after)
        for index, (before, after) in enumerate(itertools.pairwise(channels))
    ]
    flat = (settings["image_size"] // 2 ** len(filters)) ** 2 * filters[-1]
    units = settings["dense_units"]
    layers += [layer("dense", "Dense", flat * units + units)]
    layers += [layer("dense_1", "Dense", units * CLASSES + CLASSES)]
    return {**totals(layers, 0), "backbone": None}


def layer(name: str, kind: str, parameters: int) -> dict[str, Any]:
    """Make a layer of a summary."""
    shape = [None, 1]
    sizes = {"parameters": parameters, "trainable": parameters}
    return {"name": name, "type": kind, "output_shape": shape, **sizes}


def totals(layers: list[dict[str, Any]], frozen: int) -> dict[str, Any]:
    """Sum up the layers of a summary."""
    parameters = sum(item["parameters"] for item in layers)
    sums = {"parameters": parameters, "trainable": parameters - frozen, "frozen": frozen}
    return {"name": "sequential", "layers": layers, **sums}


@functools.cache
def make_plan(name: str) -> Plan:
    """Plan the shipped report on a scenario's results."""
    scenario = SCENARIOS[name]
    report: Report = apply_profile(load_report(FOLDER), "full")
    report = report.model_copy(update={"seeds": scenario.seeds})
    if scenario.weights != "imagenet":
        report = with_weights(report, {"": scenario.weights})
    results: Any = FakeResults(scenario)
    return plan_report(report, lambda _: "fingerprint", results, versions=None)


def make_dataset(source: Any) -> Dataset:
    """Make a data set of which no picture is looked at."""
    names = tuple(f"class{index:02d}" for index in range(CLASSES))
    splits = {
        split: tuple(
            Picture(Path(f"{split}/{index}.png"), index % CLASSES, "0") for index in range(size)
        )
        for split, size in {"train": 1500, "val": PICTURES}.items()
    }
    return Dataset(name="scenes", source=source, root=Path(), classes=names, splits=splits)
