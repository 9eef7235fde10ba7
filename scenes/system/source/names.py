"""Says what a name in a Python file stands for, across modules.

In: a module and a dotted name as it is written there. Out: the definitions, the modules or the
foreign names that it leads to, through imports, aliases and re-exports.
"""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scenes.system.source.modules import Imported, Module, Sources, parse_module


@dataclass(frozen=True, order=True)
class Definition:
    """A definition of one of the packages.

    Attributes:
        module: Dotted.
        name: `function`, `Class`, `Class.method` or `CONSTANT`; empty for the statements of the
            module that define nothing.
    """

    module: str
    name: str

    @classmethod
    def parse(cls, text: str) -> "Definition":
        """Read "module:name"."""
        module, _, name = text.partition(":")
        return cls(module, name)

    @property
    def owners(self) -> tuple["Definition", ...]:
        """Itself, the class that it is a method of, and `*` for its module."""
        top = self.name.partition(".")[0]
        return self, Definition(self.module, top), Definition(self.module, "*")

    def __str__(self) -> str:
        """Write it as "module:name"."""
        return f"{self.module}:{self.name}"


@dataclass(frozen=True)
class Foreign:
    """A name of a package whose code is not followed: `keras.layers.Dense`."""

    path: str


@dataclass(frozen=True)
class Whole:
    """A module of one of the packages, used as a value."""

    module: str


Target = Definition | Foreign | Whole


@dataclass
class Names:
    """What the names in some packages stand for, as their files were when each was first read.

    Attributes:
        sources: The packages.
        stops: Definitions that are not followed; they are known without reading their modules.
    """

    sources: Sources
    stops: frozenset[Definition] = frozenset()
    _modules: dict[str, Module | None] = field(default_factory=dict)
    _files: dict[Path, tuple[int, int, int]] = field(default_factory=dict)

    @property
    def are_current(self) -> bool:
        """Whether every file that was read is as it was."""
        return all(_stamp(path) == stamp for path, stamp in self._files.items())

    def module(self, name: str) -> Module | None:
        """Return a module of the packages; None for a foreign or a missing one."""
        if name not in self._modules:
            self._modules[name] = self._read(name)
        return self._modules[name]

    def _read(self, name: str) -> Module | None:
        path = self.sources.find(name)
        if path is None:
            return None
        is_package = path.is_dir()
        file = path / "__init__.py" if is_package else path
        self._files[file] = _stamp(file)
        text = file.read_bytes() if file.is_file() else b""
        return parse_module(name, text, is_package=is_package)

    def resolve(
        self, module: Module, names: Sequence[str], inner: Mapping[str, list[Imported]]
    ) -> tuple[list[Target], int]:
        """Return what a dotted name leads to, and how many of its parts that takes.

        Args:
            module: In which it is written.
            names: Its parts.
            inner: Imports of the function in which it is written.

        Returns:
            No target for a builtin or a local name. The rest of the parts are attributes.
        """
        head = names[0]
        imports = [*inner.get(head, ()), *module.imports.get(head, ())]
        targets: list[Target] = []
        if head in module.definitions:
            targets.append(Definition(module.name, head))
        for imported in imports:
            targets += self._imported(imported, set())
        if not targets:
            targets += self._starred(module, head, set())
        return self._descend(targets, names)

    def _descend(self, targets: list[Target], names: Sequence[str]) -> tuple[list[Target], int]:
        """Follow attributes of modules as far as they lead."""
        used = 1
        while used < len(names) and any(isinstance(target, Whole) for target in targets):
            targets = [
                found
                for target in targets
                for found in (
                    self.attribute(target.module, names[used])
                    if isinstance(target, Whole)
                    else [target]
                )
            ]
            used += 1
        rest = names[used:]
        if targets and all(isinstance(target, Foreign) for target in targets):
            paths = [target.path for target in targets if isinstance(target, Foreign)]
            return [Foreign(".".join([path, *rest])) for path in paths], len(names)
        return targets, used

    def attribute(
        self, module: str, name: str, seen: set[tuple[str, str]] | None = None
    ) -> list[Target]:
        """Return what `module.name` stands for."""
        seen = seen if seen is not None else set()
        if (module, name) in seen:
            return []
        seen.add((module, name))
        named = Definition(module, name)
        if not self.stops.isdisjoint(named.owners):
            return [named]
        found = self.module(module)
        if found is None:
            path = f"{module}.{name}"
            return [named if self.sources.owns(module) else Foreign(path)]
        targets: list[Target] = []
        if name in found.definitions:
            targets.append(named)
        for imported in found.imports.get(name, ()):
            targets += self._imported(imported, seen)
        if not targets and self.sources.find(f"{module}.{name}"):
            targets.append(Whole(f"{module}.{name}"))
        # What no statement binds, a module may make when it is asked: all of it counts then.
        return targets or self._starred(found, name, seen) or [Whole(module)]

    def _imported(self, imported: Imported, seen: set[tuple[str, str]]) -> list[Target]:
        if imported.name:
            return self.attribute(imported.module, imported.name, seen)
        owned = self.sources.owns(imported.module)
        return [Whole(imported.module) if owned else Foreign(imported.module)]

    def _starred(self, module: Module, name: str, seen: set[tuple[str, str]]) -> list[Target]:
        """Return what a name stands for that may come from `from … import *`."""
        for origin in module.stars:
            found = self.module(origin)
            if found is not None and (name in found.definitions or name in found.imports):
                return self.attribute(origin, name, seen)
        return []


def _stamp(file: Path) -> tuple[int, int, int]:
    """Return what shows that a file is another one or has been written to."""
    try:
        status = file.stat()
    except OSError:
        return 0, 0, 0
    return status.st_ino, status.st_size, status.st_mtime_ns


def dotted(node: ast.AST) -> list[str]:
    """Return the parts of `a.b.c`; none where an expression begins it."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else []
