"""Figures and model summaries as a template sees them: records in, views out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scenes.claims.facts import Fact
from scenes.report.language.locale import Words
from scenes.report.language.printed_facts import PrintedFact, Source


@dataclass(frozen=True)
class LayerView:
    """A row of a model summary."""

    name: str
    type: str
    output_shape: str
    parameters: PrintedFact


@dataclass(frozen=True)
class SummaryView:
    """A model as the table of its layers."""

    name: str
    layers: tuple[LayerView, ...]
    parameters: PrintedFact
    trainable: PrintedFact
    frozen: PrintedFact


@dataclass(frozen=True)
class FigureView:
    """A figure: a picture by the name of its asset, or a model summary set as a table.

    Attributes:
        number: None for a plate that is not referred to; `A1`, … in the appendix.
        kind: `image` (curves, samples), `preview`, `summary` or `exhibit` (asked for by name).
        name: For cross-references; a picture has that of its asset.
        continued: Pictures below the first one, before which a page may end: asset and alternative.
        stands_for: Names of the figures of a full report that it shows in a short one.
    """

    number: int | str | None
    kind: str
    title: str
    caption: str
    asset: str = ""
    alt: str = ""
    summary: SummaryView | None = None
    remarks: tuple[str, ...] = ()
    name: str = ""
    stands_for: tuple[str, ...] = ()
    continued: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> str:
        """What a cross-reference calls it: its name, or that of its picture, less the number."""
        return self.name or re.sub(r"^(.*/)?(\d+-)?|\.\w+$", "", self.asset)


def view_summary(
    summary: Mapping[str, Any],
    name: str,
    words: Words,
    *,
    source: tuple[str, str],
    runs: tuple[str, ...],
) -> SummaryView:
    """Return a model's summary, as its record holds it, with printed facts.

    Args:
        summary: Of the record.
        name: What its facts' names begin with.
        words: The language.
        source: The section and the value of the study that it belongs to.
        runs: Ids of the runs with this model.
    """

    def fact(what: str, value: float, label: str) -> PrintedFact:
        found = Fact(f"{name}.{what}", value, "integer", runs=runs)
        return PrintedFact(found, words, Source(*source, label))

    layers = tuple(
        LayerView(
            name=layer["name"],
            type=layer["type"],
            output_shape=_shape(layer["output_shape"]),
            parameters=fact(
                f"{layer['name']}.parameters",
                layer["parameters"],
                words("facts.layer", layer=layer["name"]),
            ),
        )
        for layer in summary["layers"]
    )
    counts = {
        what: fact(what, summary[what], words(f"measure.{what}"))
        for what in ("parameters", "trainable", "frozen")
    }
    return SummaryView(summary["name"], layers, **counts)


def _shape(shape: Sequence[int | None]) -> str:
    return "(" + ", ".join("None" if side is None else str(side) for side in shape) + ")"
