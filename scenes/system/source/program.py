"""The definitions of some packages: what each says, and which methods of a class may be called.

In: where the packages lie, and what is not followed. Out: a `Program`, which reads a file when
something in it is asked for. `scenes.system.source.code_hash` follows what it finds.
"""

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from scenes.system.source.modules import Function, Module, Sources
from scenes.system.source.names import Definition, Foreign, Names, dotted
from scenes.system.source.reading import Reading, read_definition

PLAIN_DECORATORS = frozenset(
    ("property", "cached_property", "staticmethod", "classmethod", "contextmanager", "cache",
     "abstractmethod", "override")
)  # fmt: skip
"""Decorators of methods that are called by their name alone."""


@dataclass
class Program:
    """The code of some packages as it was when each file was first read.

    Attributes:
        sources: The packages.
        stops: Definitions that are not followed and do not count, methods with their class; `*`
            stands for every one of a module.
        memory: What was worked out from the code.
    """

    sources: Sources
    stops: frozenset[Definition] = frozenset()
    _names: Names = field(init=False)
    _readings: dict[Definition, Reading] = field(default_factory=dict)
    _ancestry: dict[Definition, list[Definition | Foreign]] = field(default_factory=dict)
    memory: dict[Any, dict[str, str]] = field(default_factory=dict)
    _parts: dict[Definition, dict[str, list[Function]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._names = Names(self.sources, self.stops)

    @property
    def is_current(self) -> bool:
        """Whether every file that was read is as it was."""
        return self._names.are_current

    def defines(self, wanted: Definition) -> bool:
        """Return whether there is such a definition."""
        name, _, part = wanted.name.partition(".")
        module = self._names.module(wanted.module)
        if module is None or name not in module.definitions:
            return False
        return not part or part in self._methods(Definition(wanted.module, name))

    def definitions(self, module: str) -> list[Definition]:
        """Return what a module defines, methods among it."""
        found = self._names.module(module)
        tops = [Definition(module, name) for name in found.definitions] if found else []
        methods = [
            Definition(module, f"{top.name}.{name}") for top in tops for name in self._methods(top)
        ]
        return [*tops, *methods]

    def reading(self, definition: Definition) -> Reading:
        """Return what a definition says and refers to.

        Raises:
            LookupError: There is none.
        """
        if definition not in self._readings:
            module = self._names.module(definition.module)
            nodes = self._nodes(module, definition) if module else []
            if module is None or not nodes:
                raise LookupError(f"the code does not define {definition}")
            self._readings[definition] = read_definition(self._names, module, nodes)
        return self._readings[definition]

    def _nodes(self, module: Module, definition: Definition) -> Sequence[ast.AST]:
        """Return the statements of a definition: a class without its methods."""
        top, _, part = definition.name.partition(".")
        if not top:
            return module.statements
        nodes = module.definitions.get(top, [])
        if not part:
            return [_without_methods(node) for node in nodes]
        return self._methods(Definition(module.name, top)).get(part, [])

    def _methods(self, definition: Definition) -> dict[str, list[Function]]:
        if definition not in self._parts:
            found: dict[str, list[Function]] = {}
            for node in self.classes(definition):
                for item in node.body:
                    if isinstance(item, Function):
                        found.setdefault(item.name, []).append(item)
            self._parts[definition] = found
        return self._parts[definition]

    def classes(self, definition: Definition) -> list[ast.ClassDef]:
        """Return the statements that define a class; none where it is something else."""
        module = self._names.module(definition.module)
        nodes = module.definitions.get(definition.name, []) if module else []
        return [node for node in nodes if isinstance(node, ast.ClassDef)]

    def called_methods(
        self, definition: Definition, mentions: set[str], *, is_made: bool
    ) -> list[Definition]:
        """Return the methods of a class that may be called.

        Args:
            definition: Of the class.
            mentions: Names that the code takes of anything.
            is_made: Whether the code makes objects of it; otherwise it is only given some.
        """
        by_library = is_made and self._is_foreign(definition)
        return [
            Definition(definition.module, f"{definition.name}.{name}")
            for name, nodes in self._methods(definition).items()
            if by_library
            or name in mentions
            or name.startswith("__")
            or (is_made and any(_is_registered(node) for node in nodes))
        ]

    def bases(self, definition: Definition) -> list[Definition]:
        """Return the bases of a class that are followed."""
        return [it for it in self._bases(definition) if isinstance(it, Definition)]

    def _bases(self, definition: Definition) -> list[Definition | Foreign]:
        """Return what the bases and the keywords of a class name."""
        if definition not in self._ancestry:
            self._ancestry[definition] = self._read_bases(definition)
        return self._ancestry[definition]

    def _read_bases(self, definition: Definition) -> list[Definition | Foreign]:
        module = self._names.module(definition.module)
        if module is None:
            return []
        nodes = [base for node in self.classes(definition) for base in node.bases]
        nodes += [word.value for node in self.classes(definition) for word in node.keywords]
        reading = read_definition(self._names, module, nodes)
        return [it for it in reading.references if isinstance(it, Definition | Foreign)]

    def _is_foreign(self, definition: Definition) -> bool:
        """Return whether a foreign class is among the bases: it may call any method."""
        known, waiting = {definition}, [definition]
        while waiting:
            for base in self._bases(waiting.pop()):
                if isinstance(base, Foreign):
                    return True
                if base not in known:
                    known.add(base)
                    waiting.append(base)
        return False

    def statements(self, module: str) -> list[Definition]:
        """Return what is executed when a module is imported, its packages' statements included."""
        parts = module.split(".")
        names = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
        found = [(name, self._names.module(name)) for name in names]
        return [Definition(name, "") for name, it in found if it is not None and it.statements]


def _without_methods(node: ast.AST) -> ast.AST:
    """Return a class without its methods, which are definitions of their own."""
    if not isinstance(node, ast.ClassDef):
        return node
    body = [item for item in node.body if not isinstance(item, Function)]
    return ast.ClassDef(
        node.name, node.bases, node.keywords, body or [ast.Pass()], node.decorator_list
    )


def _is_registered(method: Function) -> bool:
    """Return whether a decorator may hand a method to whoever calls it later."""
    names = [
        dotted(item.func if isinstance(item, ast.Call) else item) for item in method.decorator_list
    ]
    return any(not parts or parts[-1] not in PLAIN_DECORATORS for parts in names)
