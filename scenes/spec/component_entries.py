"""What a decorated function says of itself: a function with its note in, its entry out.

Its keywords are the settings that it brings (`scenes.spec.component_keywords`).
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from scenes.errors import UserError
from scenes.spec.component_keywords import setting_problems
from scenes.spec.components import (
    AugmentationFacts,
    Facts,
    FigureFacts,
    MetricFacts,
    ModelFacts,
    Note,
)
from scenes.spec.entries import (
    STATED_SIZE,
    AugmentationEntry,
    FigureEntry,
    FlatSettings,
    Load,
    MetricEntry,
    ModelEntry,
    OwnSetting,
    PlainEntry,
    ScheduleEntry,
)
from scenes.spec.registry import Registry
from scenes.spec.settings import Settings

GIVEN: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "models": ((), ("image_size", "classes")),
    "augmentations": (("pictures",), ("strength", "generator")),
    "schedules": (("epoch",), ("epochs",)),
    "metrics": (("labels", "probabilities"), ()),
    "figures": (("studies",), ("language",)),
    "claims": (("study",), ()),
    "loaders": (("source",), ()),
}
"""What the program passes to the functions of each kind: by position, and by keyword."""
WITHOUT_SETTINGS = ("metrics", "figures", "claims", "loaders")
COUNTS = ("trainable", "frozen", "total", "operations")
PIXELS = STATED_SIZE**2
# What a small residual network costs for each pixel: a guess for a model that states nothing.
GUESSED_MACS, GUESSED_OUTPUTS, GUESSED_PARAMETERS = 10_000, 100, 1_000_000


@dataclass(frozen=True)
class Declared:
    """A function that a decorator has noted.

    Attributes:
        function: Itself.
        note: What the decorator says of it.
        module: In which it is written.
        place: File and line.
    """

    function: Any
    note: Note
    module: ModuleType
    place: str

    @property
    def name(self) -> str:
        """The name by which reports use it."""
        return str(self.function.__name__)

    @property
    def builder(self) -> str:
        """The path by which it is found again."""
        return f"{self.function.__module__}:{self.function.__qualname__}"


@dataclass(frozen=True)
class Fixed:
    """Settings -> the same number for all of them."""

    value: int

    def __call__(self, settings: FlatSettings) -> int:
        """Return the number."""
        return self.value


@dataclass(frozen=True)
class StatedLoad:
    """Settings -> what a model costs, by what it states or, where that is nothing, by a guess."""

    facts: ModelFacts

    def __call__(self, settings: FlatSettings) -> Load:
        """Return the load with one picture."""
        pixels = settings["image_size"] ** 2
        macs = GUESSED_MACS if self.facts.operations is None else self.facts.operations / PIXELS
        parameters = self.facts.total or self.facts.trainable or GUESSED_PARAMETERS
        outputs = GUESSED_OUTPUTS * pixels / 1e6
        return Load(macs * pixels / 1e9, outputs, outputs / 4, parameters / 1e6, 3 * pixels / 1e6)


def entry_of(declared: Declared) -> Registry:
    """Return a registry of one component and the settings that it brings.

    Raises:
        UserError: It cannot be declared so: every reason, with file and line.
    """
    note, name = declared.note, declared.name
    settings: dict[str, OwnSetting] = {}
    problems = [*note.problems, *_problems(declared, settings)]
    if problems:
        raise UserError(
            f"{name} cannot be used",
            [f"{declared.place}: {name}: {problem}" for problem in problems],
        )
    own = {it: setting for it, setting in settings.items() if it not in Settings.model_fields}
    own.pop("strength", None)
    entry = _ENTRIES[note.kind](declared, note.facts, settings)
    found: dict[str, Any] = {note.kind: {name: entry}}
    return Registry(**found, settings=own, written={declared.builder: declared.place})


def _model(declared: Declared, facts: ModelFacts, settings: Mapping[str, OwnSetting]) -> ModelEntry:
    return ModelEntry(
        builder=declared.builder,
        label=_label(declared, facts),
        parameters=tuple(settings),
        minimum_size=Fixed(facts.minimum_size),
        load=StatedLoad(facts),
        stated={name: getattr(facts, name) for name in COUNTS if getattr(facts, name) is not None},
        learns=facts.learns,
        is_cost_guessed=facts.operations is None,
    )


def _augmentation(
    declared: Declared, facts: AugmentationFacts, settings: Mapping[str, OwnSetting]
) -> AugmentationEntry:
    return AugmentationEntry(
        builder=declared.builder,
        label=_label(declared, facts),
        strength=settings["strength"].default,
        maximum=facts.maximum,
        unit=_by_language(facts.unit),
        assumption=_by_language(facts.assumption),
        parameters=tuple(name for name in settings if name != "strength"),
        is_change=True,
    )


def _schedule(
    declared: Declared, facts: Facts, settings: Mapping[str, OwnSetting]
) -> ScheduleEntry:
    return ScheduleEntry(declared.builder, _label(declared, facts), tuple(settings))


def _metric(
    declared: Declared, facts: MetricFacts, settings: Mapping[str, OwnSetting]
) -> MetricEntry:
    return MetricEntry(
        builder=declared.builder,
        label=_label(declared, facts),
        better=facts.better,
        kind=facts.kind,
        low=facts.low,
        high=facts.high,
        is_per_class=facts.per_class,
    )


def _figure(
    declared: Declared, facts: FigureFacts, settings: Mapping[str, OwnSetting]
) -> FigureEntry:
    return FigureEntry(
        builder=declared.builder,
        key=declared.name,
        label=_by_language(facts.label or facts.caption),
        caption=_by_language(facts.caption),
        alt=_by_language(facts.alt),
    )


def _plain(declared: Declared, facts: Facts, settings: Mapping[str, OwnSetting]) -> PlainEntry:
    return PlainEntry(declared.builder, _label(declared, facts))


_ENTRIES: Mapping[str, Callable[..., Any]] = {
    "models": _model,
    "augmentations": _augmentation,
    "schedules": _schedule,
    "metrics": _metric,
    "figures": _figure,
    "claims": _plain,
    "loaders": _plain,
}


def _label(declared: Declared, facts: Facts) -> Mapping[str, str]:
    return _by_language(facts.label or declared.name)


def _by_language(text: str | Mapping[str, str]) -> Mapping[str, str]:
    """Return a text by language; under "" the one for all."""
    return {"": text} if isinstance(text, str) else text


def _problems(declared: Declared, settings: dict[str, OwnSetting]) -> Iterator[str]:
    """Yield what is wrong with the function; `settings` takes the keywords that are settings."""
    if not inspect.isfunction(declared.function) or "<" in declared.builder:
        yield "a function at the top of the file is required"
        return
    if inspect.iscoroutinefunction(declared.function):
        yield "it must not be async: what it returns is used at once"
    if declared.note.kind == "claims" and declared.name.startswith("_"):
        yield "no template can ask for a claim whose name begins with '_'"
    positions, keywords = GIVEN[declared.note.kind]
    parameters = dict(inspect.signature(declared.function).parameters)
    came = list(parameters)
    for number, name in enumerate(positions):
        if came[number : number + 1] != [name]:
            yield f"its argument number {number + 1} must be `{name}`"
        parameters.pop(name, None)
    if declared.note.kind == "augmentations":
        parameters.pop("labels", None)
    for name in keywords:
        if name not in parameters or parameters[name].kind is inspect.Parameter.POSITIONAL_ONLY:
            parameters.pop(name, None)
            yield f"it must take the keyword `{name}`: {_pattern(declared)}"
        elif name != "strength":
            parameters.pop(name)
    if declared.note.kind in WITHOUT_SETTINGS:
        yield from _unset(declared, {name: parameters.get(name) for name in came[len(positions) :]})
        return
    if declared.note.kind == "augmentations" and "strength" in parameters:
        yield from _strength_problems(declared.note.facts, parameters["strength"].default)
    for parameter in parameters.values():
        yield from setting_problems(
            parameter,
            settings,
            place=declared.place,
            owner=declared.name,
            module=declared.module,
        )


def _strength_problems(facts: Facts, default: object) -> Iterator[str]:
    assert isinstance(facts, AugmentationFacts)
    if default is inspect.Parameter.empty:
        return
    strength = default if isinstance(default, int | float) and default is not True else 0
    if not 0 < strength <= facts.maximum:
        yield (
            f"`strength` must have a default above 0 and at most its maximum, {facts.maximum:g}, "
            f"got {default!r}"
        )


def _unset(declared: Declared, parameters: Mapping[str, inspect.Parameter | None]) -> Iterator[str]:
    """Yield the arguments that nothing passes; to claims, templates pass what they like."""
    if declared.note.kind == "claims":
        return
    for name, it in parameters.items():
        if it is None or it.kind in (it.VAR_POSITIONAL, it.VAR_KEYWORD):
            continue
        if it.default is it.empty:
            yield f"`{name}` must have a default: nothing passes it, as {_pattern(declared)}"


def _pattern(declared: Declared) -> str:
    positions, keywords = GIVEN[declared.note.kind]
    return f"def {declared.name}({', '.join([*positions, '*', *keywords])}, …)"
