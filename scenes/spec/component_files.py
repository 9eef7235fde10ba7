"""Loads the components of a report: where its files lie in, a registry of what they declare out.

The folder stands for a package whose name holds a hash of its code, so that another version of a
file is another module, in this process and in every other. What is executed are the bytes that
were read and hashed, and nothing is written beside them.
"""

import ast
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from functools import lru_cache
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from scenes.errors import UserError
from scenes.spec import registry
from scenes.spec.component_entries import Declared, entry_of
from scenes.spec.component_sources import OwnFile, digest_of, read_files
from scenes.spec.components import note_of
from scenes.spec.entries import Origin
from scenes.spec.installed import installed_registry
from scenes.spec.own_errors import own_frames, told
from scenes.spec.registry import Registry
from scenes.system.source.modules import Function

HEADING = "The components cannot be used"


@contextmanager
def components_of(origin: Origin | None) -> Iterator[None]:
    """Put a report's components in force beside those that ship and those that are installed.

    Raises:
        UserError: As `load_components`.
    """
    with registry.using(load_components(origin) if origin else installed_registry()):
        yield


def load_components(origin: Origin) -> Registry:
    """Return the built-in and the installed components with those of a report.

    Its files are executed: the user has accepted them by then.

    Raises:
        UserError: They cannot be read, fail when they are imported, or declare what cannot be: all
            problems of all files.
    """
    return _load(origin, tuple(read_files(origin)), tuple(sys.path))


@lru_cache(maxsize=8)
def _load(origin: Origin, files: tuple[OwnFile, ...], paths: tuple[str, ...]) -> Registry:
    """Return what `load_components` does; installed components change with their `paths` only."""
    base = installed_registry()
    package = _Package(f"own_{_digest(origin, files)}", origin.folder, files)
    sys.meta_path.insert(0, package)
    try:
        declared = [found for file in files for found in _declared(package, file)]
        problems = [problem for file in files for problem in _twice(package, file)]
        own = Registry(places={package.name: package.folder}, origin=origin)
        return _joined(base, declared, own, problems)
    except UserError:
        sys.meta_path.remove(package)
        raise


def _digest(origin: Origin, files: tuple[OwnFile, ...]) -> str:
    return digest_of([OwnFile(str(origin.folder), origin.folder, b""), *files])[:16]


class _Package(MetaPathFinder, Loader):
    """Finds and executes the modules of a report's folder, from the bytes that were read.

    Args:
        name: Of the package that the folder stands for.
        folder: Of the report.
        files: The modules in it.
    """

    def __init__(self, name: str, folder: Path, files: Sequence[OwnFile]) -> None:
        self.name, self.folder = name, folder
        self._files = {f"{name}.{file.module}": file for file in files}

    def find_spec(self, name: str, path: object, target: object = None) -> ModuleSpec | None:
        """Return how a module is loaded; None for one of any other package."""
        if name != self.name and not name.startswith(f"{self.name}."):
            return None
        file = self._files.get(name)
        is_package = any(other.startswith(f"{name}.") for other in self._files)
        if file is None and not is_package:
            return None
        spec = ModuleSpec(name, self, is_package=is_package)
        if file is not None:
            spec.origin, spec.has_location = str(file.path), True
        return spec

    def exec_module(self, module: ModuleType) -> None:
        """Execute a file; a folder has nothing to execute."""
        file = self._files.get(module.__name__)
        if file is not None:
            exec(compile(file.content, str(file.path), "exec"), module.__dict__)


def _declared(package: _Package, file: OwnFile) -> Iterator[Declared]:
    """Yield what a file declares, in the order of its lines."""
    short = file.path.relative_to(package.folder).as_posix()
    name = f"{package.name}.{file.module}"
    before = "tensorflow" in sys.modules
    module = _executed(name, short, package)
    if "tensorflow" in sys.modules and not before:
        raise UserError(
            HEADING,
            [f"{short}: something that it imports at its top imports TensorFlow"],
            "Import it inside of the functions that use it: reports are written without it.",
        )
    for item in {id(value): value for value in vars(module).values()}.values():
        note = note_of(item)
        if note is not None and item.__module__ == name:
            line = getattr(getattr(item, "__code__", None), "co_firstlineno", 1)
            yield Declared(item, note, module, f"{short}:{line}")


def _executed(name: str, short: str, package: _Package) -> ModuleType:
    """Import a module of the package.

    Raises:
        UserError: It fails; the message has the line of the report's own code that did.
    """
    try:
        with _undisturbed():
            return import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # a file may raise what it likes
        own = own_frames(error, [package.folder])
        place = own[-1][0] if own else short
        hint = ""
        if isinstance(error, NameError) and str(error.name) in ("keras", "tf", "tensorflow"):
            hint = "Begin the file with `from __future__ import annotations`."
        raise UserError(HEADING, [f"{place}: {told(error)}"], hint) from None


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep standard output for what commands print, and the current folder, within a block."""
    folder = Path.cwd()
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.chdir(folder)


def _twice(package: _Package, file: OwnFile) -> Iterator[str]:
    """Yield the functions with a decorator that a later one of the same file hides."""
    short, seen = file.path.relative_to(package.folder).as_posix(), dict[str, int]()
    for node in ast.parse(file.content).body:
        if isinstance(node, Function) and node.decorator_list:
            if node.name in seen:
                yield f"{short}:{node.lineno}: {node.name} is defined in line {seen[node.name]} too"
            seen[node.name] = node.lineno


def _joined(
    base: Registry, declared: Sequence[Declared], own: Registry, problems: list[str]
) -> Registry:
    """Return a registry with what files declare.

    Args:
        base: What is known without them.
        declared: What they declare.
        own: Where they lie.
        problems: What is wrong with them already.

    Raises:
        UserError: Something cannot be declared so: all problems.
    """
    found = base.joined(own)
    for one in declared:
        try:
            found = found.joined(entry_of(one))
        except UserError as error:
            problems += error.problems
    if problems:
        raise UserError(HEADING, problems)
    return found
