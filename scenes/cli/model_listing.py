"""What the model commands list: models, components and weights in, tables and lines out."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.table import Table

from scenes.spec import registry
from scenes.spec.builtin_backbones import BACKBONES
from scenes.system.keras_cache import keras_models_folder
from scenes.training.weights import weights_status


def models_table() -> Table:
    """Return the models and backbones that a report can name."""
    table = Table(box=box.SIMPLE_HEAD)
    for head in ("name", "kind", "what it takes"):
        table.add_column(head)
    for name, model in registry.current().models.items():
        table.add_row(name, "model", ", ".join(model.parameters))
    for name, backbone in BACKBONES.items():
        table.add_row(name, "backbone", f"pictures of {backbone.minimum_size} pixels or more")
    return table


def components_table(kind: str) -> Table:
    """Return what a report can name of a kind: its name, where it is from, and its settings."""
    known = registry.current()
    table = Table(box=box.SIMPLE_HEAD)
    for head in ("name", "from", "settings"):
        table.add_column(head)
    for name, entry in getattr(known, kind).items():
        place = known.written.get(str(entry.builder), "built in")
        table.add_row(name, place, ", ".join(map(_with_default, getattr(entry, "parameters", ()))))
    return table


def _with_default(name: str) -> str:
    """Return a setting, an own one with its default, as it is written in a report.toml."""
    own = registry.current().settings.get(name)
    return name if own is None else f"{name} = {_written(own.default)}"


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_written, value))}]"
    return json.dumps(value)


def counts_line(name: str, counts: Mapping[str, int]) -> str:
    """Return the decorator of a model with its counts, as one pastes it into components.py."""
    return f"@model({', '.join(f'{what}={count:_}' for what, count in counts.items())})  # {name}"


def expected_lines(name: str, *, image_size: int, classes: int, counts: Mapping[str, int]) -> str:
    """Return what a report.toml expects of a model, as one pastes it."""
    written = [f"{what} = {count:_}" for what, count in counts.items()]
    head = [f"[expected.{name}]", f"image_size = {image_size}", f"classes = {classes}"]
    return "\n".join([*head, *written])


def weights_lines(image_size: int) -> Iterator[str]:
    """Give a line for each backbone: its ImageNet weights file, and whether it is there."""
    for name in BACKBONES:
        status = weights_status(name, image_size=image_size)
        here = "wrong" if status.hash_ok is False else "here" if status.present else "-"
        yield f"{name:18}{here:7}{status.file_name}"
    yield f"Keras looks for them in {keras_models_folder()}"


def summary_table(summary: Mapping[str, Any], title: str) -> Table:
    """Return a model's layers with shapes and parameters."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, show_footer=True)
    table.add_column("layer", "in all\ntrainable\nfrozen")
    table.add_column("type")
    table.add_column("output shape")
    totals = "\n".join(f"{summary[what]:,}" for what in ("parameters", "trainable", "frozen"))
    table.add_column("parameters", totals, justify="right")
    table.add_column("trainable", justify="right")
    for layer in summary["layers"]:
        shape = ", ".join("None" if side is None else str(side) for side in layer["output_shape"])
        table.add_row(
            layer["name"],
            layer["type"],
            f"({shape})",
            f"{layer['parameters']:,}",
            f"{layer['trainable']:,}",
        )
    return table
