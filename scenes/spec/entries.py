"""What the registry holds of a component: one frozen value for each, read without TensorFlow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

FlatSettings = Mapping[str, Any]
"""Settings by name, as `Settings.model_dump` returns them; a missing one has its default."""

STATED_SIZE, STATED_CLASSES = 32, 15
"""Pixels a side and classes for which a model's counts are stated."""

Label = str | Mapping[str, str]
"""The key of a name in the catalogues of words, or the name itself by language."""


@dataclass(frozen=True)
class Load:
    """What a network costs with one picture of some size, for foreseeing time and memory.

    Args:
        giga_macs: Multiply-accumulates, in thousand millions.
        mega_activations: Outputs of all layers, in millions.
        mega_largest: Outputs of the largest layer, in millions.
        mega_parameters: In millions.
        mega_entering: Inputs of the largest layer, in millions.
    """

    giga_macs: float
    mega_activations: float
    mega_largest: float
    mega_parameters: float
    mega_entering: float = 0.0

    def at(self, area: float) -> "Load":
        """Return the load with a picture of `area` times as many pixels."""
        return replace(
            self,
            giga_macs=area * self.giga_macs,
            mega_activations=area * self.mega_activations,
            mega_largest=area * self.mega_largest,
            mega_entering=area * self.mega_entering,
        )


def never_frozen(settings: FlatSettings) -> bool:
    """Return False: every layer of the model learns."""
    return False


@dataclass(frozen=True)
class ModelEntry:
    """A model that `model = "…"` can name.

    Args:
        builder: What builds it, as "module:function".
        label: Its name in a report.
        parameters: The settings that the builder takes, beyond image size and classes.
        minimum_size: Settings -> the smallest picture that it takes, in pixels a side.
        load: Settings -> what it costs with one picture.
        frozen: Settings -> whether nothing up to its layer `flatten` learns. What this layer
            gives is then the same in every epoch, as long as the pictures are.
        build_seconds: Building and tracing it, on the core for which time is foreseen.
        graph_bytes: Memory of its graph, beyond that of a network of a few layers.
        stated: Counts by name (`trainable`, `frozen`, `total`, `operations`) that tests hold it
            to, for default settings, `STATED_SIZE` and `STATED_CLASSES`.
        learns: Whether it is meant to fit ten pictures.
        is_cost_guessed: Whether nothing is known of what it costs.
    """

    builder: str
    label: Label
    parameters: tuple[str, ...]
    minimum_size: Callable[[FlatSettings], int]
    load: Callable[[FlatSettings], Load]
    frozen: Callable[[FlatSettings], bool] = never_frozen
    build_seconds: float = 1.5
    graph_bytes: float = 0.0
    stated: Mapping[str, int] = field(default_factory=dict)
    learns: bool = True
    is_cost_guessed: bool = False

    @property
    def takes_backbone(self) -> bool:
        """Return whether it is built on a backbone."""
        return "backbone" in self.parameters


@dataclass(frozen=True)
class AugmentationEntry:
    """A random change of the training pictures.

    Args:
        builder: What builds it, as "module:function"; None where nothing is changed.
        label: Its name in a report.
        strength: Its default strength; 0 would change nothing.
        maximum: The largest strength that it takes.
        unit: What the strength measures, by language.
        assumption: What it assumes about pictures, one sentence by language.
        parameters: The settings that it takes besides its strength.
        is_change: Whether the builder is itself what changes a batch (`scenes.augmentation`).
    """

    builder: str | None
    label: Label
    strength: float
    maximum: float
    unit: Mapping[str, str]
    assumption: Mapping[str, str]
    parameters: tuple[str, ...] = ()
    is_change: bool = False


@dataclass(frozen=True)
class ScheduleEntry:
    """How the learning rate goes from epoch to epoch.

    Args:
        builder: What returns the share of the learning rate, as "module:function". It takes the
            epoch, counted from 0, and the keyword `epochs`.
        label: Its name in a report.
        parameters: The settings that it takes.
    """

    builder: str
    label: Label
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True)
class OptimizerEntry:
    """What changes the weights.

    Args:
        builder: What builds it, as "module:class".
        written: How people write its name.
        slots: Settings -> numbers that it keeps for each parameter.
        parameters: The settings that it takes, beyond learning rate and weight decay.
    """

    builder: str
    written: str
    slots: Callable[[FlatSettings], int]
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True)
class MetricEntry:
    """A figure of merit of what a model predicts.

    Args:
        builder: (labels int64 (n,), probabilities float64 (n, classes)) -> float, as
            "module:function"; of a per-class metric float64 (classes,), NaN where undefined.
        label: The key of its name in the catalogues of words (`metric_name.…`), or the name itself.
        better: Which values are better.
        kind: Whether it is printed as percent or as a plain number.
        low: The smallest value that it can take.
        high: The largest; infinite where there is none.
        interval: Where the interval of one run comes from: `share` (Wilson's, of pictures that are
            right), `mean` (Student's, over the `terms` of the pictures) or `bootstrap` (pictures
            drawn anew).
        terms: (labels, probabilities) -> the value of each picture, float64 (n,), whose mean the
            metric is, as "module:function"; needed for `mean`.
        trials: (labels, probabilities) -> of how many pictures each class's value is the share, as
            "module:function", for a per-class `share`.
        fewest_classes: With fewer, every model reaches the best value.
        is_per_class: Whether it has a value for each class.
        is_per_epoch: Whether histories hold it, so that it is known of each epoch.
    """

    builder: str
    label: Label
    better: Literal["higher", "lower"] = "higher"
    kind: Literal["percent", "loss"] = "percent"
    low: float = 0.0
    high: float = 1.0
    interval: Literal["share", "mean", "bootstrap"] = "bootstrap"
    terms: str | None = None
    trials: str | None = None
    fewest_classes: int = 2
    is_per_class: bool = False
    is_per_epoch: bool = False


@dataclass(frozen=True)
class FigureEntry:
    """A figure that `figures = [...]` can name.

    Args:
        builder: (views of studies, language) -> a matplotlib figure, as "module:function"; None for
            a built-in one, which the writing half knows by name.
        key: How the name ends by which it is referred to, as in `fig:report-KEY`.
        label: Its title in the list of figures, by language.
        caption: By language.
        alt: What it shows, in words, by language.
    """

    builder: str | None
    key: str
    label: Mapping[str, str] = field(default_factory=dict)
    caption: Mapping[str, str] = field(default_factory=dict)
    alt: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PlainEntry:
    """A component that is nothing but its function: a claim or a loader of pictures.

    Args:
        builder: The function, as "module:function".
        label: Its name in lists.
    """

    builder: str
    label: Label


@dataclass(frozen=True)
class OwnSetting:
    """A setting that a component brings: a keyword of its function.

    Args:
        type: What its values must be, as pydantic reads annotations.
        default: Its value where a report sets none.
        written: The file, line and component that bring it.
    """

    type: Any
    default: Any
    written: str = field(compare=False)


@dataclass(frozen=True)
class Origin:
    """Where components that are not built in are read from; it can be sent to another process.

    Args:
        folder: Of the report.
        files: In that folder, each a module of its own.
    """

    folder: Path
    files: tuple[str, ...]
