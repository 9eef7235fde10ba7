"""Follows what code can reach, by its text: from a few definitions to all that they use.

In: packages, the definitions at which a program starts and what is left out. Out: a hash of each
definition that can be reached, by its name without its module, so that neither a moved module nor
a renamed file changes anything.

A definition reaches whatever it names, across modules, through aliases, re-exports and texts like
"package.module:function". A class reaches its bases and those of its methods that something
mentions by name; every method where a foreign library may call them. Where the text does not
decide, more is taken rather than less. What it cannot see: code that is chosen by a name put
together at run time, and the subclass of an annotated class that is made where nothing follows.
"""

import contextlib
import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scenes.system.source.modules import Sources
from scenes.system.source.names import Definition, Target, Whole
from scenes.system.source.program import Program
from scenes.system.source.reading import digest

PACKAGE = Path(__file__).parents[2]
STATEMENTS = "module statements"
"""Stands for what a module executes when it is imported, and that defines nothing."""
Definitions = Iterable[Definition]


def hash_code(program: Program, roots: Definitions, *, stops: Definitions = ()) -> dict[str, str]:
    """Return a hash of every definition that the roots can reach, by its name.

    Args:
        program: The code.
        roots: Where it starts.
        stops: What is not followed besides.

    Raises:
        LookupError: A root is not there.
    """
    key = (frozenset(roots), frozenset(stops))
    if key not in program.memory:
        with _without_collection():
            reached = reach(program, key[0], stops=key[1])
            program.memory[key] = _digests(program, reached)
    return program.memory[key]


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Look for no garbage meanwhile: all trees are kept, and looking takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def reach(program: Program, roots: Definitions, *, stops: Definitions = ()) -> set[Definition]:
    """Return every definition that the roots can reach, themselves included; see `hash_code`."""
    waiting = list(roots)
    missing = sorted(str(root) for root in waiting if not program.defines(root))
    if missing:
        raise LookupError(f"the code does not define {', '.join(missing)}")
    walk = _Walk(program, program.stops | frozenset(stops))
    walk.follow(waiting)
    return walk.reached


def _digests(program: Program, reached: Definitions) -> dict[str, str]:
    """Return a hash of each definition by its name without the module.

    Where several have one name, each that refers to one of them depends on what they say, too.
    """
    groups: dict[str, list[Definition]] = defaultdict(list)
    for definition in sorted(reached):
        groups[definition.name or STATEMENTS].append(definition)
    shared = {it for group in groups.values() if len(group) > 1 for it in group}
    hashes = {it: _hash(program, it, shared) for group in groups.values() for it in group}
    return {
        name: hashes[group[0]] if len(group) == 1 else digest(sorted(hashes[it] for it in group))
        for name, group in groups.items()
    }


def _hash(program: Program, definition: Definition, shared: set[Definition]) -> str:
    reading = program.reading(definition)
    among = [it for it in reading.references if isinstance(it, Definition) and it in shared]
    told = [(it.name, program.reading(it).digest) for it in among]
    return digest([reading.digest, told]) if told else reading.digest


@dataclass
class _Walk:
    program: Program
    stops: frozenset[Definition]
    reached: set[Definition] = field(default_factory=set)
    mentions: set[str] = field(default_factory=set)
    made: set[Definition] = field(default_factory=set)
    given: set[Definition] = field(default_factory=set)

    def follow(self, waiting: list[Definition]) -> None:
        """Reach what is waiting, and all that follows from it."""
        while waiting:
            while waiting:
                waiting += self._enter(waiting.pop())
            waiting = [it for it in self._called() if it not in self.reached]

    def _called(self) -> list[Definition]:
        return [
            method
            for definition in self.made | self.given
            for method in self.program.called_methods(
                definition, self.mentions, is_made=definition in self.made
            )
            if method not in self.stops
        ]

    def _enter(self, definition: Definition) -> list[Definition]:
        """Reach one definition, and return what it refers to."""
        if definition in self.reached or self._is_stopped(definition):
            return []
        reading = self.program.reading(definition)
        self.reached.add(definition)
        self.mentions |= reading.mentions
        if self.program.classes(definition):
            self.made.add(definition)
        for annotated in reading.annotated:
            self._meet(annotated)
        targets = [part for target in reading.references for part in self._definitions(target)]
        return [*targets, *self.program.statements(definition.module)]

    def _definitions(self, target: Target) -> list[Definition]:
        """Return what a reference stands for: all of a module that is used as a value."""
        match target:
            case Whole(module):
                return [*self.program.definitions(module), *self.program.statements(module)]
            case Definition(module, ""):
                return self.program.statements(module)
            case Definition():
                return [target]
        return []

    def _is_stopped(self, definition: Definition) -> bool:
        return not self.stops.isdisjoint(definition.owners)

    def _meet(self, definition: Definition) -> None:
        """Note a class of which the code is given objects, and those that its fields hold."""
        if definition in self.given or self._is_stopped(definition):
            return
        self.given.add(definition)
        if not self.program.defines(definition):
            return
        reading = self.program.reading(definition)
        parts = [*reading.annotated, *self.program.bases(definition)]
        if not self.program.classes(definition):  # another name of a type
            parts += [it for it in reading.references if isinstance(it, Definition)]
        for part in parts:
            self._meet(part)


_programs: dict[tuple[tuple[tuple[str, Path], ...], frozenset[Definition]], Program] = {}
"""The code that was read in this process, with what was worked out from it."""


def read_program(stops: Iterable[str], *, places: Mapping[str, Path] | None = None) -> Program:
    """Return the code of this package and others, read again where a file has changed.

    Args:
        stops: What is not followed, as "module:name".
        places: Other packages, by name: a folder or a file each.
    """
    given = {PACKAGE.name: PACKAGE, **(places or {})}
    key = (tuple(sorted(given.items())), frozenset(map(Definition.parse, stops)))
    known = _programs.get(key)
    if known is None or not known.is_current:
        known = _programs[key] = Program(Sources(given), key[1])
    return known
