"""Components of its authors that a document carries: named without running them, or run.

They are run only in a limited child, and only where the user has said `--trust`. What runs there
can make that child say anything: it is closed once it has answered for the document.
"""

import ast
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

from scenes.evidence import layout
from scenes.evidence.layout import EvidenceError
from scenes.report.document import Document
from scenes.report.own_components import INSTALLED, own_sources
from scenes.spec.component_files import components_of
from scenes.spec.component_sources import find_origin
from scenes.spec.components import Kind
from scenes.spec.entries import Origin

DECORATORS = {name.removesuffix("s") for name in get_args(Kind)}
SHOWN = 40
"""Components that are named."""


class UntrustedCodeError(EvidenceError):
    """A document needs code of its authors, which the user has not asked to run."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        told = ", ".join(names)
        super().__init__(f"it uses code of its authors, which was not run: {told} (needs --trust)")


class OtherCodeError(EvidenceError):
    """A document uses code that is not what runs here."""


def code_of(description: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of own code in a description, by name."""
    return {
        name.removeprefix(layout.CODE): data
        for name, data in description.items()
        if name.startswith(layout.CODE)
    }


def name_components(code: Mapping[str, bytes]) -> list[str]:
    """Return what each file declares, as its text says: nothing is run."""
    found = [named for file, data in code.items() for named in _declared(file, data)]
    more = len(found) - SHOWN
    return [*found[:SHOWN], *([f"{more} more"] if more > 0 else [])]


def _declared(file: str, data: bytes) -> Iterator[str]:
    try:
        tree = ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield f"the file {file}, which is no Python"
        return
    named = False
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and (kind := _kind_of(node)):
            named = True
            yield f"the {kind} {node.name} ({file}:{node.lineno})"
    if not named:
        yield f"the file {file}"


def _kind_of(function: ast.FunctionDef) -> str:
    """Return what a function is declared to be; "" where it is no component."""
    for one in function.decorator_list:
        called = one.func if isinstance(one, ast.Call) else one
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name in DECORATORS:
            return str(name)
    return ""


@contextmanager
def own_code(
    description: Mapping[str, bytes], folder: Path, *, trust: bool
) -> Iterator[Origin | None]:
    """Put the components that a description brings in force within a block.

    Args:
        description: Files by name, as evidence carries them.
        folder: Into which its code is put; nothing else may lie there that is to be kept.
        trust: Run that code.

    Yields:
        Where the components were read from; None where it brings none.

    Raises:
        UntrustedCodeError: It brings code that is not to be run.
        UserError: The code cannot be used.
    """
    code = code_of(description)
    if code and not trust:
        raise UntrustedCodeError(name_components(code))
    for name, data in {
        **code,
        layout.REPORT_TOML: description.get(layout.REPORT_TOML, b""),
    }.items():
        if code and not name.startswith(INSTALLED):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    origin = find_origin(folder) if code else None
    with components_of(origin):
        yield origin


def require_same_code(document: Document, description: Mapping[str, bytes]) -> None:
    """Check that a document that was made again rests on the code that it carries.

    Raises:
        OtherCodeError: It rests on a package that is not installed here, or in another version.
    """
    here, carried = own_sources(document), code_of(description)
    differ = sorted(name for name in here | carried if here.get(name) != carried.get(name))
    if differ:
        raise OtherCodeError(f"it rests on code that is not what is installed here: {differ[0]}")
