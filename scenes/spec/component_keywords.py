"""The keywords of a component that are settings of a report: a keyword in, its setting out.

The default says what it is where a report sets nothing; the annotation, or else the type of the
default, says what it may be.
"""

import inspect
import math
import reprlib
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from pydantic import PydanticUserError, ValidationError

from scenes.spec.entries import OwnSetting
from scenes.spec.own_errors import told
from scenes.spec.settings import Settings, validate_own

OF_BACKBONES = ("backbone", "weights", "trainable")
NO_SETTINGS = frozenset(("seed", "seeds", "key", "label", "combine", "name"))
"""What a study or a value of one is described with."""

KINDS = "a number, a text, true or false, or a tuple of these"
DEEPEST = 10
"""Tuples within tuples."""


def setting_problems(
    parameter: inspect.Parameter,
    settings: dict[str, OwnSetting],
    *,
    place: str,
    owner: str,
    module: ModuleType,
) -> Iterator[str]:
    """Yield what is wrong with a keyword; `settings` takes what is right.

    Args:
        parameter: The keyword.
        settings: Those of its component.
        place: File and line of the component.
        owner: Its name.
        module: In which its annotation is read.
    """
    name = parameter.name
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
        settings[name] = OwnSetting(None, default, place)
    else:
        yield from _own_problems(parameter, settings, f"{place} {owner}", module)


def _own_problems(
    parameter: inspect.Parameter, settings: dict[str, OwnSetting], written: str, module: ModuleType
) -> Iterator[str]:
    name = parameter.name
    if problem := _default_problem(parameter):
        yield problem
        return
    try:
        kind = _type_of(parameter, module)
        default = validate_own(kind, parameter.default)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        yield f"`{name}`: its default {parameter.default!r} does not fit its annotation: {reason}"
    except PydanticUserError:
        yield f"`{name}`: its annotation `{_written(parameter)}` is not {KINDS}"
    except (Exception, SystemExit) as error:  # what an annotation raises that is a text
        yield f"`{name}`: its annotation `{_written(parameter)}` cannot be used: {told(error)}"
    else:
        settings[name] = OwnSetting(kind, default, written)


def _default_problem(parameter: inspect.Parameter) -> str:
    """Return why a report.toml could not hold the default of a keyword; "" where it could."""
    name, default = parameter.name, parameter.default
    is_free = parameter.annotation is parameter.empty
    if isinstance(default, list):
        return f"`{name}` has a list for its default: write a tuple, such as `{name}=(16, 32)`"
    if default is None and is_free:
        return f"`{name}=None` does not say what else it may be: `{name}: int | None = None`"
    if not _is_plain(default):
        return f"`{name}` must be {KINDS}, got {reprlib.repr(default)}"
    return ""


def _written(parameter: inspect.Parameter) -> str:
    annotation = parameter.annotation
    return str(getattr(annotation, "__name__", annotation))


def _type_of(parameter: inspect.Parameter, module: ModuleType) -> Any:
    """Return the type of a keyword: its annotation, or else the type of its default."""
    written = parameter.annotation
    if written is parameter.empty:
        return type(parameter.default)
    return eval(written, dict(vars(module))) if isinstance(written, str) else written


def _is_plain(value: object, *, depth: int = 0) -> bool:
    """Return whether a report.toml can hold a value and a hash can be taken of it."""
    if type(value) is tuple:
        return depth < DEEPEST and all(_is_plain(it, depth=depth + 1) for it in value)
    if type(value) is float:
        return math.isfinite(value)
    if type(value) is int:
        return -(2**63) <= value < 2**63
    return value is None or type(value) in (bool, str)
