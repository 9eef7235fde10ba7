"""Where the components that a report can name are looked up: a name in, its entry out.

A `Registry` maps names to entries, one mapping per kind. The built-in one is what every report
knows. A report with components of its own has a registry joined from both, which is in force
within `with using(…)` and nowhere else. Nothing here imports TensorFlow: an entry names its
builder as "module:function", which `pkgutil.resolve_name` finds when something is built.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scenes.errors import UserError
from scenes.spec.builtin_augmentations import AUGMENTATIONS
from scenes.spec.builtin_backbones import BACKBONES
from scenes.spec.builtin_claims import CLAIMS
from scenes.spec.builtin_figures import FIGURES
from scenes.spec.builtin_metrics import METRICS
from scenes.spec.builtin_models import MODELS
from scenes.spec.builtin_optimizers import OPTIMIZERS, SCHEDULES
from scenes.spec.entries import (
    AugmentationEntry,
    FigureEntry,
    FlatSettings,
    MetricEntry,
    ModelEntry,
    OptimizerEntry,
    Origin,
    OwnSetting,
    PlainEntry,
    ScheduleEntry,
)
from scenes.spec.kinds import KINDS

SHORT_NAMES = {"flip": "horizontal_flip", "crop": "random_crop", "erasing": "random_erasing"}
"""Other spellings of augmentations."""

RESERVED: Mapping[str, Mapping[str, str]] = {
    "augmentations": {short: f"short for {name}" for short, name in SHORT_NAMES.items()},
    "models": dict.fromkeys(BACKBONES, "a backbone"),
    "claims": dict.fromkeys(CLAIMS, "a claim of scenes"),
}
"""Names, by kind, that no component of one's own may have, and what they stand for."""


@dataclass(frozen=True)
class Registry:
    """The components that can be named, by kind and name.

    Attributes:
        settings: Those that own components bring, by name.
        places: The folders of own code, by the package that stands for each.
        written: The file and line of each own builder.
        origin: Where the own components were read from.
    """

    models: Mapping[str, ModelEntry] = field(default_factory=dict)
    augmentations: Mapping[str, AugmentationEntry] = field(default_factory=dict)
    schedules: Mapping[str, ScheduleEntry] = field(default_factory=dict)
    optimizers: Mapping[str, OptimizerEntry] = field(default_factory=dict)
    metrics: Mapping[str, MetricEntry] = field(default_factory=dict)
    figures: Mapping[str, FigureEntry] = field(default_factory=dict)
    claims: Mapping[str, PlainEntry] = field(default_factory=dict)
    loaders: Mapping[str, PlainEntry] = field(default_factory=dict)
    settings: Mapping[str, OwnSetting] = field(default_factory=dict)
    places: Mapping[str, Path] = field(default_factory=dict)
    written: Mapping[str, str] = field(default_factory=dict)
    origin: Origin | None = None

    def joined(self, other: "Registry") -> "Registry":
        """Return a registry with the entries of both.

        Raises:
            UserError: Both use a name of one kind, or a setting in two meanings; every such name is
                listed with both places.
        """
        problems = [*self._clashes(other), *self._disagreements(other)]
        if problems:
            raise UserError(
                "Two components have one name", problems, "Give each component a name of its own."
            )
        names = (*KINDS, "settings", "places", "written")
        both = {name: {**getattr(self, name), **getattr(other, name)} for name in names}
        return Registry(**both, origin=other.origin or self.origin)

    def _clashes(self, other: "Registry") -> Iterator[str]:
        for kind in KINDS:
            ours, theirs = getattr(self, kind), getattr(other, kind)
            taken = {name: f"{self.place(entry.builder)} already" for name, entry in ours.items()}
            for name, entry in theirs.items():
                if here := {**RESERVED.get(kind, {}), **taken}.get(name):
                    place = other.place(entry.builder)
                    yield f"{kind}: {name!r} is {here} and cannot be {place} as well"

    def _disagreements(self, other: "Registry") -> Iterator[str]:
        for name, setting in other.settings.items():
            known = self.settings.get(name, setting)
            if known != setting:
                yield (
                    f"settings: {name!r} has the default {known.default!r} in {known.written}, and "
                    f"{setting.default!r} in {setting.written}: a setting has one type and default"
                )

    def place(self, builder: str | None) -> str:
        """Return where a builder is written: file and line of an own one."""
        return self.written.get(builder, builder) if builder else "built in"


BUILT_IN = Registry(MODELS, AUGMENTATIONS, SCHEDULES, OPTIMIZERS, METRICS, FIGURES)

_in_force: ContextVar[Registry] = ContextVar("registry", default=BUILT_IN)


def current() -> Registry:
    """Return the registry in force."""
    return _in_force.get()


@contextmanager
def using(registry: Registry) -> Iterator[None]:
    """Put a registry in force for a while.

    It is a context variable: a thread that is started within the block does not see it, unless it
    runs in `contextvars.copy_context()`; a forked process does.
    """
    token = _in_force.set(registry)
    try:
        yield
    finally:
        _in_force.reset(token)


def find_model(name: str) -> ModelEntry:
    """Return the entry of a model.

    Raises:
        UserError: No model has this name; the message lists the choices.
    """
    models = current().models
    if name not in models:
        raise UserError(
            "The model cannot be built",
            [f"model: {name!r} is unknown; choose from {', '.join(models)}"],
        )
    return models[name]


def find_metric(name: str) -> MetricEntry:
    """Return the entry of a metric; that of `recall:cat` is the entry of `recall`.

    Raises:
        KeyError: There is no such metric, a per-class metric names no class, or another names one.
    """
    metrics = current().metrics
    own, colon, class_name = name.partition(":")
    if own not in metrics:
        choices = ", ".join(
            f"{known}:CLASS" if it.is_per_class else known for known, it in metrics.items()
        )
        raise KeyError(f"there is no metric {name!r}; the metrics are {choices}")
    if metrics[own].is_per_class and not class_name:
        raise KeyError(f"{own} has a value for each class; name one, as in {own}:cat")
    if colon and not metrics[own].is_per_class:
        raise KeyError(f"{own} has one value for all classes; write {own!r} alone")
    return metrics[own]


def is_lower_better(metric: str) -> bool:
    """Return whether lower values of a metric, or of any loss in a history, are better."""
    known = current().metrics.get(metric.partition(":")[0])
    return metric.endswith("loss") if known is None else known.better == "lower"


def backbone_of(settings: FlatSettings) -> str | None:
    """Return the backbone that a model is built on; None where it has none.

    Raises:
        UserError: The model is unknown.
    """
    return settings["backbone"] if find_model(settings["model"]).takes_backbone else None


def models_by_name() -> dict[str, dict[str, Any]]:
    """Return the settings of everything that can be built by a single name.

    These are the models that take no backbone, and each backbone under its head.
    """
    models = current().models
    host = next(name for name, entry in models.items() if entry.takes_backbone)
    bare = {name: {"model": name} for name, entry in models.items() if not entry.takes_backbone}
    return bare | {
        name: {"model": host, "backbone": name, "weights": "random"} for name in BACKBONES
    }


def canonical_augmentation(name: str) -> str:
    """Return the one spelling of an augmentation or of a combination ("zoom+flip").

    Parts stand in the order of the registry; "none" adds nothing to a combination.

    Raises:
        UserError: A part is unknown or stands twice.
    """
    known = current().augmentations
    parts = [SHORT_NAMES.get(part, part) for part in (p.strip() for p in name.split("+"))]
    problems = [
        f"augmentation: {part!r} is unknown; choose from {', '.join(known)}"
        for part in parts
        if part not in known
    ]
    if len(set(parts)) < len(parts):
        problems.append(f"augmentation: {name!r} names a part twice; name each once")
    if problems:
        raise UserError("The augmentation cannot be built", problems)
    changes = [part for part in known if part in parts and part != "none"]
    return "+".join(changes) or "none"


def minimum_image_size(settings: FlatSettings) -> int:
    """Return the smallest picture, in pixels a side, that the model of these settings takes.

    Raises:
        UserError: The model or its backbone is unknown.
    """
    return find_model(settings["model"]).minimum_size(settings)


def check_image_size(settings: FlatSettings) -> None:
    """Refuse pictures that are too small for the model of these settings.

    Raises:
        UserError: The size is below the minimum; the message names the model or backbone.
    """
    name = backbone_of(settings) or settings["model"]
    refuse_small(name, settings["image_size"], minimum_image_size(settings))


def refuse_small(name: str, size: int, minimum: int) -> None:
    """Refuse pictures of `size` pixels a side for what needs at least `minimum`.

    Raises:
        UserError: The size is below the minimum.
    """
    if size >= minimum:
        return
    raise UserError(
        "The model cannot be built",
        [f"image_size: {name} needs at least {minimum}×{minimum} pixels; {size}×{size} came"],
        f"Set image_size to {minimum} or more, or choose another model.",
    )
