"""Loads the components of installed distributions: their entry points in, a registry out.

A distribution declares them in its pyproject.toml, each under the name of its function:

    [project.entry-points."scenes.models"]
    lab_resnet = "labnets.nets:lab_resnet"

Who installs a distribution has let its code run, so nothing is asked. All are loaded, and one that
cannot be is refused by name: a report that lacks it would fail later and say less.
"""

import sys
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from scenes.errors import UserError
from scenes.spec.component_entries import GIVEN, Declared, entry_of
from scenes.spec.components import note_of
from scenes.spec.own_errors import own_frames, told
from scenes.spec.registry import BUILT_IN, Registry

HEADING = "Installed components cannot be used"
HINT = "Mend the distribution, or remove it: pip uninstall NAME."
GROUPS = {f"scenes.{kind}": kind for kind in GIVEN}
"""The groups of entry points, and the kind of component that each declares."""


def installed_registry() -> Registry:
    """Return the built-in components with those of installed distributions.

    Raises:
        UserError: Some cannot be used: all problems of all of them.
    """
    return _registry(tuple(sys.path))


@lru_cache(maxsize=4)
def _registry(paths: tuple[str, ...]) -> Registry:
    """Return what `installed_registry` does; it changes with the places of installed code only."""
    found, problems = BUILT_IN, list[str]()
    for point in sorted(_points(), key=lambda it: (it.group, it.name)):
        try:
            found = found.joined(_registry_of(point))
        except UserError as error:
            problems += error.problems
    if problems:
        raise UserError(HEADING, problems, HINT)
    return found


def _points() -> Iterator[EntryPoint]:
    known = entry_points()
    for group in GROUPS:
        # One that is found twice, installed and beside, counts once.
        yield from {(it.name, it.value): it for it in known.select(group=group)}.values()


def _registry_of(point: EntryPoint) -> Registry:
    """Return a registry of the one component that an entry point names.

    Raises:
        UserError: It cannot be loaded, or cannot be declared so.
    """
    function = _load(point)
    note, where = note_of(function), _where(point)
    if note is None or note.kind != GROUPS[point.group]:
        decorator = GROUPS[point.group].removesuffix("s")
        raise UserError(HEADING, [f"{where}: {point.value} has no decorator @{decorator}"])
    if function.__name__ != point.name:
        problem = f"{where}: its function is called {function.__name__}: use one name for both"
        raise UserError(HEADING, [problem])
    module = sys.modules[function.__module__]
    top = function.__module__.partition(".")[0]
    line = getattr(getattr(function, "__code__", None), "co_firstlineno", 1)
    written = Path(str(module.__file__)).name
    place = f"{_distribution(point)}: {function.__module__} ({written}:{line})"
    entry = entry_of(Declared(function, note, module, place))
    return entry.joined(Registry(places={top: _folder(top, where)}))


def _load(point: EntryPoint) -> Any:
    before = "tensorflow" in sys.modules
    try:
        found = resolve_name(f"{point.module}:{point.attr}")
    except (Exception, SystemExit) as error:
        folders = [Path(path) for path in sys.path if path]
        frames = [it for it in own_frames(error, folders) if not it[0].startswith("importlib")]
        line = f" ({frames[-1][0]})" if frames else ""
        raise UserError(HEADING, [f"{_where(point)}: {told(error)}{line}"]) from None
    if "tensorflow" in sys.modules and not before:
        problem = (
            f"{_where(point)}: importing {point.module} imports TensorFlow: import it inside of "
            "the functions that use it, as reports are written without it"
        )
        raise UserError(HEADING, [problem])
    return found


def _folder(top: str, where: str) -> Path:
    """Return where a package or a module lies, whose code is part of the ids of runs."""
    file = getattr(import_module(top), "__file__", None)
    if file is None:
        problem = f"{where}: {top} is a namespace package: put components into one of your own"
        raise UserError(HEADING, [problem])
    path = Path(file).resolve()
    return path.parent if path.name == "__init__.py" else path


def _where(point: EntryPoint) -> str:
    return f"{_distribution(point)}: [{point.group}] {point.name}"


def _distribution(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value
