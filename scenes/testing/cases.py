"""What of a report is to be tested: its description in, a named test for each fact out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from scenes.spec import registry
from scenes.spec.report import Report
from scenes.spec.settings import Settings
from scenes.spec.study import Study
from scenes.testing.checks import Suite
from scenes.testing.claim_checks import CLAIMS, ClaimCase
from scenes.testing.figure_checks import FIGURES, FigureCase
from scenes.testing.loader_checks import LOADERS, LoaderCase
from scenes.testing.made_up import MadeUp
from scenes.testing.metric_checks import METRICS, MetricCase
from scenes.testing.model_checks import MODELS, ModelCase, check_expected
from scenes.testing.training_checks import AUGMENTATIONS, SCHEDULES, AugmentationCase, ScheduleCase

MOST_PIXELS = 32
"""Larger pictures take longer and show nothing more, unless the model needs them."""


@dataclass(frozen=True)
class Test:
    """A fact about a component, under the name that a report gives it.

    Attributes:
        component: Its name, with the settings that differ from their defaults.
        fact: What is held.
        run: Raises `scenes.testing.checks.Refuted` where it does not hold.
    """

    __test__ = False  # no class of tests to pytest

    component: str
    fact: str
    run: Callable[[], None]


def facts_of(report: Report, folder: Path) -> Iterator[Test]:
    """Yield what is to be tested of a report: each component that it uses, as it uses it.

    Args:
        report: Its description.
        folder: In which it lies; its pictures are read by a reader of own code only.
    """
    used = list(settings_of(report))
    for one in dict.fromkeys(map(_as_model, used)):
        yield from _tests(_name(one, "model", one.entry.parameters), MODELS, model_case(one))
    for name, counts in report.expected.items():
        settings, fact = counts.settings_of(name), "it has the counts that are expected"
        held = partial(check_expected, settings, counts.classes, counts.counts)
        yield Test(f"expected.{name}", fact, held)
    yield from _augmentations(used)
    yield from _schedules(used)
    for name in own_names("metrics"):
        yield from _tests(name, METRICS, MetricCase(registry.current().metrics[name]))
    results = MadeUp(report)
    for name in own_names("figures"):
        yield from _tests(name, FIGURES, FigureCase(name, results))
    for name in own_names("claims"):
        yield from _tests(name, CLAIMS, ClaimCase(name, results))
    for name in set(own_names("loaders")) & {report.data.loader}:
        yield from _tests(name, LOADERS, LoaderCase(name, folder / report.data.source))


def settings_of(report: Report) -> Iterator[Settings]:
    """Yield the settings of each value of each study, as far as they are known before training."""
    for study in report.studies:
        yield from _settings_of(report, study)


def _settings_of(report: Report, study: Study) -> Iterator[Settings]:
    for value in study.values:
        changed = {**report.base.model_dump(), **study.set, **value.settings}
        yield Settings.model_validate(changed)


def model_case(settings: Settings) -> ModelCase:
    """Return the case of a model; what learns on a frozen backbone need not fit anything."""
    entry = settings.entry
    return ModelCase(settings, entry.stated, entry.learns and not entry.takes_backbone)


def own_names(kind: str) -> list[str]:
    """Return the names of the components of a kind that are not built in."""
    known = registry.current()
    return [name for name, it in getattr(known, kind).items() if it.builder in known.written]


def _as_model(settings: Settings) -> Settings:
    """Return only what the model of settings takes, for pictures that are quickly tested."""
    flat = settings.model_dump()
    own = {name: flat[name] for name in settings.entry.parameters}
    own |= {"weights": "random"} if "weights" in own else {}
    smallest = settings.entry.minimum_size(flat)
    size = max(smallest, min(settings.image_size, MOST_PIXELS))
    return Settings.model_validate({"model": settings.model, "image_size": size, **own})


def _name(settings: Settings, kind: str, parameters: tuple[str, ...]) -> str:
    """Return a component's name with the settings that are not its defaults."""
    default = Settings.model_validate({})
    changed = [
        f"{name}={getattr(settings, name)}"
        for name in parameters
        if getattr(settings, name) != getattr(default, name)
    ]
    return (
        f"{getattr(settings, kind)}({', '.join(changed)})"
        if changed
        else str(getattr(settings, kind))
    )


def _augmentations(used: list[Settings]) -> Iterator[Test]:
    found: dict[str, AugmentationCase] = {}
    for settings in used:
        for name in settings.augmentation.split("+"):
            entry = registry.current().augmentations[name]
            if entry.builder is None:
                continue
            own = {it: getattr(settings, it) for it in entry.parameters}
            strength = settings.augmentation_strength
            told = [f"{key}={value}" for key, value in own.items()]
            told += [f"strength={strength:g}"] if strength is not None else []
            label = f"{name}({', '.join(told)})" if told else name
            found[label] = AugmentationCase(name, strength, own)
    for label, case in found.items():
        yield from _tests(label, AUGMENTATIONS, case)


def _schedules(used: list[Settings]) -> Iterator[Test]:
    found = {}
    for settings in used:
        name = settings.learning_rate_schedule
        parameters = registry.current().schedules[name].parameters
        found[_name(settings, "learning_rate_schedule", parameters)] = ScheduleCase(settings)
    for label, case in found.items():
        if not label.startswith("constant"):
            yield from _tests(label, SCHEDULES, case)


def _tests(component: str, suite: Suite[Any], case: Any) -> Iterator[Test]:
    for check in suite.checks:
        yield Test(component, check.fact, partial(check.attempt, case))
