"""Reads Python files as text: which names a module binds, and to what.

In: the folders and files of some packages. Out: for each module the statements that define each of
its names, its imports, and the statements that run when it is imported. Nothing is imported here,
so that a program's code can be compared without the libraries that it needs.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
Compound = ast.If | ast.Try | ast.TryStar | ast.With | ast.For | ast.While | ast.Match


@dataclass(frozen=True)
class Imported:
    """What an import binds a name to: a module, or a name of one.

    Attributes:
        module: Dotted and absolute.
        name: In the module; empty for the module itself.
    """

    module: str
    name: str = ""


@dataclass(frozen=True, eq=False)
class Module:
    """What one file binds at its top level.

    Attributes:
        name: Dotted.
        is_package: Whether it is the `__init__.py` of a folder.
        definitions: The statements that define each name, in order.
        imports: What each imported name stands for; several where imports are tried in turn.
        stars: Modules of which every name is imported.
        statements: Those that run at import and define nothing.
    """

    name: str
    is_package: bool = False
    definitions: dict[str, list[ast.stmt]] = field(default_factory=dict)
    imports: dict[str, list[Imported]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    statements: list[ast.stmt] = field(default_factory=list)


@dataclass(frozen=True)
class Sources:
    """Where the packages lie whose code is followed; every other one is foreign.

    Attributes:
        places: The folder or the file of each package, by the name that imports use.
    """

    places: Mapping[str, Path]

    def find(self, name: str) -> Path | None:
        """Return the file or the folder of a module, None for a foreign or a missing one."""
        top, *parts = name.split(".")
        if top not in self.places:
            return None
        path = self.places[top].joinpath(*parts)
        file = path if path.suffix == ".py" else path.with_name(f"{path.name}.py")
        if path.is_dir() and ((path / "__init__.py").is_file() or not file.is_file()):
            return path
        return file if file.is_file() else None

    def owns(self, name: str) -> bool:
        """Return whether a module belongs to one of the packages."""
        return name.partition(".")[0] in self.places


@lru_cache(maxsize=1024)
def parse_module(name: str, source: bytes, *, is_package: bool = False) -> Module:
    """Return what a module binds.

    Raises:
        SyntaxError: It is not Python.
    """
    module = Module(name, is_package)
    for statement in ast.parse(source).body:
        _add(module, statement)
    return module


def _add(module: Module, statement: ast.stmt) -> None:
    add_imports(module, ast.walk(statement) if isinstance(statement, Compound) else [statement])
    if isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass) or _is_main(statement):
        return
    if is_text(statement):
        return  # a docstring
    names = dict.fromkeys(_bound(statement))
    for name in names:
        module.definitions.setdefault(name, []).append(statement)
    if not _is_typing(statement) and (isinstance(statement, Compound) or not names):
        module.statements.append(statement)


def add_imports(module: Module, nodes: Iterable[ast.AST]) -> None:
    """Note what imports among the nodes bind, as if they stood in this module."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.name if alias.asname else alias.name.partition(".")[0]
                name = alias.asname or whole
                module.imports.setdefault(name, []).append(Imported(whole))
        elif isinstance(node, ast.ImportFrom):
            origin = imported_module(module, node)
            for alias in node.names:
                if alias.name == "*":
                    module.stars.append(origin)
                else:
                    found = module.imports.setdefault(alias.asname or alias.name, [])
                    found.append(Imported(origin, alias.name))


def imported_module(module: Module, node: ast.ImportFrom) -> str:
    """Return the absolute name of the module that `from … import` names."""
    if not node.level:
        return node.module or ""
    parts = module.name.split(".")
    kept = parts[: len(parts) - node.level + module.is_package]
    return ".".join([*kept, *([node.module] if node.module else [])])


def is_text(statement: ast.AST) -> bool:
    """Return whether a statement is a text that has no effect, as a docstring is."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def _bound(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement of the top level defines, imports aside."""
    if isinstance(statement, Function | ast.ClassDef):
        yield statement.name
        return
    if isinstance(statement, Compound):
        for block in _blocks(statement):
            for inner in block:
                yield from _bound(inner)
    for child in ast.iter_child_nodes(statement):
        yield from () if isinstance(child, ast.stmt) else _stored(child)


def _stored(node: ast.AST) -> Iterator[str]:
    """Yield the names to which an expression assigns, those inside of a comprehension aside."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    if not isinstance(node, ast.comprehension | ast.Lambda | ast.ExceptHandler):
        for child in ast.iter_child_nodes(node):
            yield from _stored(child)


def _blocks(statement: Compound) -> Iterator[list[ast.stmt]]:
    for child in (statement, *getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(child, name, None)
            if isinstance(block, list):
                yield block


def _is_main(statement: ast.stmt) -> bool:
    """Tell `if __name__ == "__main__":`, which no import runs."""
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name) and node.id == "__name__" for node in ast.walk(statement.test)
    )


def _is_typing(statement: ast.stmt) -> bool:
    """Tell `if TYPE_CHECKING:`, which no program runs."""
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name | ast.Attribute)
        and getattr(node, "id", getattr(node, "attr", "")) == "TYPE_CHECKING"
        for node in ast.walk(statement.test)
    )
