"""What a decorated function says of itself: a function with its note in, its entry out.

Its keywords are the settings that it brings: the default of each says what it is where a report
sets nothing, its annotation, or else the type of the default, what it may be.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from pydantic import PydanticUserError, ValidationError

from scenes.errors import UserError
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
from scenes.spec.settings import Settings, validate_own

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
OF_BACKBONES = ("backbone", "weights", "trainable")
NO_SETTINGS = frozenset(("seed", "seeds", "key", "label", "combine", "name"))
"""What a study or a value of one is described with."""

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
        if name not in parameters:
            yield f"it must take the keyword `{name}`: {_pattern(declared)}"
        elif name != "strength":
            parameters.pop(name)
    if declared.note.kind in WITHOUT_SETTINGS:
        parameters = {}  # the program passes nothing else, and templates what they like
    for name, parameter in parameters.items():
        yield from _setting_problems(declared, name, parameter, settings)


def _pattern(declared: Declared) -> str:
    positions, keywords = GIVEN[declared.note.kind]
    return f"def {declared.name}({', '.join([*positions, '*', *keywords])}, …)"


def _setting_problems(
    declared: Declared, name: str, parameter: inspect.Parameter, settings: dict[str, OwnSetting]
) -> Iterator[str]:
    """Yield what is wrong with a keyword; `settings` takes what is right."""
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        yield f"`{parameter}`: each keyword must be named, as a report sets it by its name"
    elif parameter.default is parameter.empty:
        yield f"`{name}` must have a default, such as `{name}=16`"
    elif name in OF_BACKBONES:
        yield f"`{name}` is a setting of models that scenes builds on a backbone; name it otherwise"
    elif name in NO_SETTINGS or (name not in Settings.model_fields and hasattr(Settings, name)):
        yield f"`{name}` means something else in a report.toml; name it otherwise"
    elif name in Settings.model_fields:
        default = Settings.model_fields[name].default
        if parameter.default != default:
            yield (
                f"`{name}` is a setting of scenes, whose default is {default!r}, not "
                f"{parameter.default!r}: use this default, or another name"
            )
        settings[name] = OwnSetting(None, default, declared.place)
    else:
        yield from _own_problems(declared, name, parameter, settings)


def _own_problems(
    declared: Declared, name: str, parameter: inspect.Parameter, settings: dict[str, OwnSetting]
) -> Iterator[str]:
    try:
        kind = _type_of(parameter, declared.module)
        default = validate_own(kind, parameter.default)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        yield f"`{name}`: its default {parameter.default!r} does not fit its annotation: {reason}"
    except (PydanticUserError, NameError, TypeError, SyntaxError, AttributeError) as error:
        yield f"`{name}`: its annotation `{parameter.annotation}` cannot be used: {error}"
    else:
        if not _is_plain(default):
            yield f"`{name}` must be a number, a text, true or false, or a tuple of these"
        settings[name] = OwnSetting(kind, default, f"{declared.place} {declared.name}")


def _type_of(parameter: inspect.Parameter, module: ModuleType) -> Any:
    """Return the type of a keyword: its annotation, or else the type of its default."""
    written = parameter.annotation
    if written is parameter.empty:
        return type(parameter.default)
    return eval(written, dict(vars(module))) if isinstance(written, str) else written


def _is_plain(value: object) -> bool:
    """Return whether a report.toml can hold a value and a hash can be taken of it."""
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)
