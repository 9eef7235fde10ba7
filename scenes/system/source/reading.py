"""Reads one definition: what it says, apart from how it is written, and what it refers to.

In: the statements that define a name. Out: a `Reading`. A comment, a docstring, a line break, the
annotations of a function, the name under which something is imported and the module that it comes
from leave it as it is.
"""

import ast
import contextlib
import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from scenes.system.source.modules import Function, Module, add_imports, imported_module, is_text
from scenes.system.source.names import Definition, Foreign, Names, Target, Whole, dotted

DIGEST_LENGTH = 16
REFERENCE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")
"""A text that names a definition: "package.module:function"."""
TEXT = ["Text"]
"""Stands for the words of an error."""


@dataclass(frozen=True)
class Reading:
    """What a definition says and refers to.

    Attributes:
        digest: Of what it says.
        references: Definitions, modules and foreign names that it names, in order, with repeats.
        mentions: Attributes that it takes of anything, and texts that could name one.
        annotated: Classes that only its annotations name: their methods may be called.
    """

    digest: str
    references: tuple[Target, ...]
    mentions: frozenset[str]
    annotated: frozenset[Definition]


def read_definition(names: Names, module: Module, nodes: Sequence[ast.AST]) -> Reading:
    """Read the statements that define a name.

    Args:
        names: What names stand for.
        module: In which they are written.
        nodes: The statements.
    """
    inner = Module(module.name, module.is_package)
    add_imports(inner, (item for node in nodes for item in _statements(node)))
    reader = _Reader(names, module, inner)
    tree = [reader.tree(node) for node in nodes]
    return Reading(
        digest(tree),
        tuple(reader.references),
        frozenset(reader.mentions),
        frozenset(reader.annotated),
    )


def _statements(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a statement and those in it; no import stands anywhere else."""
    yield node
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        block = getattr(node, name, None)
        for inner in block if isinstance(block, list) else ():
            yield from _statements(inner)


def digest(value: Any) -> str:
    """Return a short hash of what JSON can hold."""
    text = json.dumps(value, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


@dataclass
class _Reader:
    names: Names
    module: Module
    inner: Module
    references: list[Target] = field(default_factory=list)
    mentions: set[str] = field(default_factory=set)
    annotated: set[Definition] = field(default_factory=set)

    def tree(self, node: object) -> Any:
        """Return a syntax tree as lists; `ast.dump` differs between versions of Python."""
        if isinstance(node, list):
            return [self.tree(item) for item in node if not _is_idle(item)] or None
        if not isinstance(node, ast.AST):
            return None if node is None else repr(node)
        special = getattr(self, f"_{type(node).__name__}", None)
        return special(node) if special else self._plain(node)

    def _plain(self, node: ast.AST, *left_out: str) -> Any:
        fields = {
            name: self.tree(value) for name, value in ast.iter_fields(node) if name not in left_out
        }
        return [type(node).__name__, {name: it for name, it in fields.items() if it is not None}]

    def _Name(self, node: ast.Name) -> Any:  # noqa: N802
        found = self._refer([node.id])
        return self._plain(node) if found is None or isinstance(node.ctx, ast.Store) else found[0]

    def _Attribute(self, node: ast.Attribute) -> Any:  # noqa: N802
        parts = dotted(node)
        self.mentions.update(parts[1:] or [node.attr])
        found = self._refer(parts) if parts else None
        if found is None:
            return self._plain(node)
        tree, used = found
        for part in parts[used:]:
            tree = ["Attribute", tree, part]
        return tree

    def _refer(self, parts: Sequence[str]) -> tuple[Any, int] | None:
        """Note what a dotted name leads to, and return what stands for it in the tree."""
        targets, used = self.names.resolve(self.module, parts, self.inner.imports)
        self.references.extend(targets)
        return (["Refers", [_key(target) for target in targets]], used) if targets else None

    def _Constant(self, node: ast.Constant) -> Any:  # noqa: N802
        if not isinstance(node.value, str):
            return ["Constant", repr(node.value)]
        self.mentions.update(part for part in node.value.split(".") if part.isidentifier())
        named = Definition.parse(node.value)
        if REFERENCE.fullmatch(node.value) and self.names.sources.owns(named.module):
            targets = self.names.attribute(named.module, named.name.partition(".")[0])
            self.references.extend(targets)
            return ["Named", [_key(target) for target in targets], named.name]
        if (
            "." in node.value
            and self.names.sources.owns(node.value)
            and self.names.module(node.value)
        ):
            self.references.append(Whole(node.value))
            return ["Module"]
        return ["Constant", repr(node.value)]

    def _is_module(self, name: str) -> bool:
        return self.names.sources.owns(name) and self.names.module(name) is not None

    def _Import(self, node: ast.Import) -> Any:  # noqa: N802
        return self._import([alias.name for alias in node.names])

    def _ImportFrom(self, node: ast.ImportFrom) -> Any:  # noqa: N802
        return self._import([imported_module(self.module, node)])

    def _import(self, modules: Sequence[str]) -> Any:
        """Where a name is imported from shows where it is used; that it is executed shows here."""
        owned = [name for name in modules if self.names.sources.owns(name)]
        self.references.extend(Definition(name, "") for name in owned)
        return ["Import", sorted(set(modules) - set(owned))]

    def _FunctionDef(self, node: Function) -> Any:  # noqa: N802
        self._annotate(node.returns)
        kept = [item for item in node.decorator_list if not self._is_only_a_note(item)]
        tree = self._plain(node, "returns", "type_params", "decorator_list")
        return [*tree, self.tree(kept)] if kept else tree

    def _is_only_a_note(self, decorator: ast.expr) -> bool:
        """Return whether a decorator is not followed: its arguments change nothing then."""
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        parts = dotted(called)
        if not parts:
            return False
        targets, _ = self.names.resolve(self.module, parts, self.inner.imports)
        return bool(targets) and all(map(self._is_stopped, targets))

    _AsyncFunctionDef = _FunctionDef

    def _arg(self, node: ast.arg) -> Any:
        self._annotate(node.annotation)
        return self._plain(node, "annotation")

    def _ClassDef(self, node: ast.ClassDef) -> Any:  # noqa: N802
        tree = self._plain(node, "body", "type_params")
        body = [
            self._field(item) if isinstance(item, ast.AnnAssign) else self.tree(item)
            for item in node.body
            if not _is_idle(item)
        ]
        return [tree, body]

    def _field(self, node: ast.AnnAssign) -> Any:
        """Read a field of a class: dataclasses and their like act by its annotation."""
        written = _Reader(self.names, self.module, self.inner)
        tree = written.tree(_unquoted(node.annotation))
        self._annotate(node.annotation)
        called = [item for item in ast.walk(node.annotation) if isinstance(item, ast.Call)]
        return [self._AnnAssign(node), tree, [self.tree(call) for call in called]]

    def _AnnAssign(self, node: ast.AnnAssign) -> Any:  # noqa: N802
        self._annotate(node.annotation)
        return self._plain(node, "annotation", "simple")

    def _Raise(self, node: ast.Raise) -> Any:  # noqa: N802
        if not isinstance(node.exc, ast.Call):
            return self._plain(node)
        targets, _ = self.names.resolve(
            self.module, dotted(node.exc.func) or [""], self.inner.imports
        )
        function = self.tree(node.exc.func)
        if targets and all(self._is_stopped(target) for target in targets):
            # What ends a run leaves no result that its words could change.
            return ["Raise", function, self.tree(node.cause)]
        values = [*node.exc.args, *(keyword.value for keyword in node.exc.keywords)]
        told = [TEXT if _is_words(value) else self.tree(value) for value in values]
        return ["Raise", function, told, self.tree(node.cause)]

    def _is_stopped(self, target: Target) -> bool:
        return isinstance(target, Definition) and not self.names.stops.isdisjoint(target.owners)

    def _annotate(self, annotation: ast.expr | None) -> None:
        """Note the classes that an annotation names, those in quotes too."""
        if annotation is None:
            return
        for node in ast.walk(_unquoted(annotation)):
            if parts := dotted(node):
                targets, _ = self.names.resolve(self.module, parts, self.inner.imports)
                self.annotated.update(it for it in targets if isinstance(it, Definition))
            elif node is not annotation and isinstance(node, ast.Constant):
                self._annotate(_unquoted(node))


def _unquoted(annotation: ast.expr) -> ast.expr:
    """Return an annotation in quotes as it is without them."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        with contextlib.suppress(SyntaxError):  # a choice of a Literal
            return ast.parse(annotation.value.strip(), mode="eval").body
    return annotation


def _is_idle(node: object) -> bool:
    return isinstance(node, ast.Pass) or (isinstance(node, ast.AST) and is_text(node))


def _is_words(value: ast.expr) -> bool:
    return isinstance(value, ast.JoinedStr) or (
        isinstance(value, ast.Constant) and isinstance(value.value, str)
    )


def _key(target: Target) -> str:
    """Return the name of a target without the module that it stands in."""
    match target:
        case Definition(_, name):
            return name or "module"
        case Foreign(path):
            return path
        case Whole():
            return "module"
