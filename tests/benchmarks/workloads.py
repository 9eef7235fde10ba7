"""The studies that both sides train: plain settings, and the report.toml made of them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Workload:
    """A study that the notebook way and the program train alike.

    Attributes:
        name: Of the row.
        title: What is trained, for the table.
        base: Settings of every trial.
        factor: What the study varies.
        values: A table of settings per trial, with its `key`.
    """

    name: str
    title: str
    base: Mapping[str, Any]
    factor: str
    values: Sequence[Mapping[str, Any]]

    def trials(self) -> Iterator[dict[str, Any]]:
        """Yield the settings of each trial."""
        for value in self.values:
            settings = {**self.base, **value}
            del settings["key"]
            yield settings


def _each(factor: str, *values: Any) -> tuple[dict[str, Any], ...]:
    return tuple({"key": str(value), factor: value} for value in values)


TUTORIAL = {"model": "tutorial", "optimizer": "sgd", "learning_rate": 0.01, "activation": "relu"}
ADAM = {"optimizer": "adam", "learning_rate": 0.001}

SMALL = Workload(
    "small",
    "4 trials at 32×32, batch 32, 5 epochs (study 4.3)",
    {**TUTORIAL, "image_size": 32, "batch_size": 32, "epochs": 5},
    "activation",
    _each("activation", "linear", "tanh", "relu", "sigmoid"),
)
BATCH = Workload(
    "batch",
    "4 trials at 64×64, batch 8 to 64, 3 epochs (study 4.1)",
    {**TUTORIAL, "image_size": 64, "epochs": 3},
    "batch_size",
    _each("batch_size", 8, 16, 32, 64),
)
LARGE = Workload(
    "large",
    "2 trials at 224×224, batch 32, 2 epochs",
    {**TUTORIAL, "image_size": 224, "batch_size": 32, "epochs": 2},
    "activation",
    _each("activation", "tanh", "relu"),
)
FROZEN = Workload(
    "frozen",
    "frozen VGG16 and ResNet50 at 32×32, batch 32, 15 epochs (study 4.6)",
    {
        **ADAM,
        "weights": "random",
        "image_size": 32,
        "batch_size": 32,
        "activation": "relu",
        "epochs": 15,
    },
    "backbone",
    [
        {"key": name, "model": "transfer", "backbone": name, "head_units": 120}
        for name in ("VGG16", "ResNet50")
    ],
)
PAIR = Workload(
    "workers",
    "4 like trials at 64×64, batch 32, 3 epochs",
    {**TUTORIAL, "image_size": 64, "batch_size": 32, "epochs": 3},
    "learning_rate",
    _each("learning_rate", 0.01, 0.011, 0.012, 0.013),
)
EQUAL = Workload(
    "equal",
    "32×32, batch 32, 8 epochs",
    # Keras' generators take the nearest pixel: here the very inputs are to be the same.
    {
        **TUTORIAL,
        **ADAM,
        "image_size": 32,
        "batch_size": 32,
        "epochs": 8,
        "interpolation": "nearest",
    },
    "activation",
    _each("activation", "tanh", "relu"),
)
MANY = Workload(
    "many",
    "2 trials of LeNet-5 at 64×64, batch 32, 1 epoch",
    {**TUTORIAL, "model": "lenet", "image_size": 64, "batch_size": 32, "epochs": 1},
    "learning_rate",
    _each("learning_rate", 0.01, 0.011),
)
FIRST_STEP = Workload(
    "start",
    "2 trials at 64×64 of a single step",
    {
        **TUTORIAL,
        "image_size": 64,
        "batch_size": 32,
        "epochs": 1,
        "train_per_class": 2,
        "val_per_class": 1,
    },
    "learning_rate",
    _each("learning_rate", 0.01, 0.011),
)


def render_report(
    workload: Workload, *, source: str, seeds: Sequence[int] = (0,), **changed: Any
) -> str:
    """Return the report.toml of a workload.

    Args:
        workload: Its only study.
        source: Folder of the pictures.
        seeds: Of each trial.
        changed: Base settings in place of the workload's.
    """
    study = {
        "name": workload.name,
        "title": workload.title,
        "question": "How long does it take?",
        "factor": workload.factor,
    }
    values = ", ".join(_inline(value) for value in workload.values)
    return "\n".join(
        [
            *_lines({"title": "Benchmark", "authors": ["nox -s bench"], "seeds": list(seeds)}),
            "[data]",
            *_lines({"source": source}),
            "[base]",
            *_lines({**workload.base, **changed}),
            "[[study]]",
            *_lines(study),
            f"values = [{values}]",
            "",
        ]
    )


def _lines(table: Mapping[str, Any]) -> list[str]:
    # Strings, numbers and lists of them are written alike in JSON and TOML.
    return [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]


def _inline(table: Mapping[str, Any]) -> str:
    return f"{{ {', '.join(_lines(table))} }}"


ALL = (SMALL, BATCH, LARGE, FROZEN, PAIR, EQUAL, MANY, FIRST_STEP)
