"""Reads the files of own components as text, before any of it is executed.

In: the folder of a report and the names of its files. Out: what each of them, and each file that
they import from the folder, says. What a file imports shows here, so that TensorFlow is refused at
its top, where the half that writes reports would have to import it.
"""

import ast
import hashlib
import importlib.util
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scenes.errors import UserError
from scenes.spec.entries import Origin
from scenes.spec.toml_file import parse_toml
from scenes.system.source.modules import Function, Module, imported_module

USUAL = "components.py"
HEAVY = ("tensorflow", "keras", "tf_keras", "keras_hub", "keras_cv", "keras_nlp", "torch", "jax")
"""What takes seconds to import, and what no report needs to be written."""


@dataclass(frozen=True)
class OwnFile:
    """A file of a report's own code.

    Attributes:
        module: Its dotted name within the folder.
        path: Where it lies.
        content: What it says; this is what is executed.
    """

    module: str
    path: Path
    content: bytes


def find_origin(folder: Path) -> Origin | None:
    """Return the components of a report: `components.py`, or the files that `[components]` names.

    None where it has none. What else is wrong with the report.toml is not looked at.

    Raises:
        UserError: A file is missing, lies outside of the folder, or has a name that no module has.
    """
    named = _named_files(folder / "report.toml")
    if named is None:
        return Origin(folder.resolve(), (USUAL,)) if (folder / USUAL).is_file() else None
    problems = [problem for name in named for problem in file_problems(folder, name)]
    if problems:
        raise UserError(f"{folder / 'report.toml'}: [components] has mistakes", problems)
    return Origin(folder.resolve(), tuple(dict.fromkeys(named))) if named else None


def _named_files(description: Path) -> list[str] | None:
    try:
        _, data = parse_toml(description.read_bytes())
        return [str(name) for name in data["components"]["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None  # reported when the description is read


def file_problems(folder: Path, name: str) -> Iterator[str]:
    """Yield why a file of a folder, by its relative path, can bring no components."""
    path = PurePosixPath(name)
    parts = path.with_suffix("").parts
    if path.suffix != ".py" or not all(part.isidentifier() for part in parts):
        yield (
            f"files: {name!r} cannot be imported: a file of this folder must be named, such as "
            "nets.py or parts/nets.py, in letters, digits and '_'"
        )
    elif not (folder / path).is_file():
        yield f"files: {name!r} is not there"


def read_files(origin: Origin) -> list[OwnFile]:
    """Return the files of own components, and those of the folder that they import.

    Raises:
        UserError: A file cannot be read, is not Python, or imports what it may not: all of it.
    """
    waiting = [PurePosixPath(name).with_suffix("").as_posix() for name in origin.files]
    found: dict[str, OwnFile] = {}
    problems: list[str] = []
    while waiting:
        name = waiting.pop(0).replace("/", ".")
        path = _path_of(origin.folder, name)
        waiting += [parent] if (parent := name.rpartition(".")[0]) else []
        if name in found or path is None:
            continue
        try:
            found[name] = file = OwnFile(name, path, path.read_bytes())
            tree = ast.parse(file.content, str(path))
        except OSError as error:
            problems.append(f"{_short(origin, path)}: {error.strerror or error}")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            line = getattr(error, "lineno", None)
            said = getattr(error, "msg", None) or str(error) or "it is nested too deeply"
            problems.append(f"{_short(origin, path)}{f':{line}' if line else ''}: {said}")
        else:
            problems += _import_problems(tree, origin, path)
            waiting += _imported(tree, name, path)
    if problems:
        raise UserError("The components cannot be read", problems)
    return list(found.values())


def digest_of(files: list[OwnFile]) -> str:
    """Return a hash of what files of own components say."""
    hashed = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.module):
        hashed.update(f"{file.module}\0{len(file.content)}\0".encode() + file.content)
    return hashed.hexdigest()


def _short(origin: Origin, path: Path) -> str:
    return path.relative_to(origin.folder).as_posix()


def _path_of(folder: Path, module: str) -> Path | None:
    path = folder.joinpath(*module.split("."))
    options = (path / "__init__.py", path.with_name(f"{path.name}.py"))
    return next((option for option in options if option.is_file()), None)


def _imported(tree: ast.Module, name: str, path: Path) -> Iterator[str]:
    """Yield the modules of the folder that a file imports, and what may be one."""
    # The folder is a package here, whose name stands in front of the module's.
    module = Module(f"own.{name}", is_package=path.name == "__init__.py")
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            origin = imported_module(module, node)
            yield from (
                found.removeprefix("own.")
                for found in (origin, *(f"{origin}.{alias.name}" for alias in node.names))
                if found.startswith("own.")
            )


def _import_problems(tree: ast.Module, origin: Origin, path: Path) -> Iterator[str]:
    for statement in _executed(tree):
        for name in _names(statement):
            if name.partition(".")[0] in HEAVY:
                yield (
                    f"{_short(origin, path)}:{statement.lineno}: {name} is imported at the top of "
                    "the file: import it inside of the functions that use it, as reports are "
                    "written without it"
                )
    for node in ast.walk(tree):
        for name in _names(node):
            top = name.partition(".")[0]
            if _path_of(origin.folder, top) and not _lies_elsewhere(top, origin.folder):
                yield (
                    f"{_short(origin, path)}:{getattr(node, 'lineno', 1)}: {top} is a file of this "
                    f"folder: write `from .{name} import …`, with a dot in front"
                )


def _executed(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Yield the imports that are executed when a file is imported."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node
        elif not isinstance(node, Function | ast.Lambda) and not _is_skipped(node):
            yield from _executed(node)


def _is_skipped(statement: ast.AST) -> bool:
    """Tell `if TYPE_CHECKING:` and `if __name__ == "__main__":`, which no import runs."""
    return isinstance(statement, ast.If) and any(
        isinstance(node, ast.Name | ast.Attribute)
        and getattr(node, "id", getattr(node, "attr", "")) in ("TYPE_CHECKING", "__name__")
        for node in ast.walk(statement.test)
    )


def _names(node: ast.AST) -> list[str]:
    """Return the modules that a statement imports by absolute names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level and node.module:
        return [node.module]
    return []


def _lies_elsewhere(name: str, folder: Path) -> bool:
    """Return whether a module is found outside of a folder, which may be the current one."""
    if name in sys.stdlib_module_names:
        return True
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return False
    return spec is not None and not Path(spec.origin or folder).is_relative_to(folder)
