"""The keys of a report.toml, described: type, range, default and meaning, read from their classes.

In: a class of the description. Out: a row for each key, in order. The meaning is the string that
follows the key in its class, so that code, `scenes list` and the documentation cannot differ.
"""

import ast
import inspect
import json
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from scenes.spec.layout import Layout, Task
from scenes.spec.profile import Profile, StudyProfile
from scenes.spec.report import Components, Data, Report, TestSet
from scenes.spec.settings import Settings
from scenes.spec.study import Choice, Combination, Expectation, Study, Value

TABLES: Mapping[str, type[BaseModel]] = {
    "": Report,
    "[document]": Layout,
    "[data]": Data,
    "[components]": Components,
    "[test]": TestSet,
    "[[study]]": Study,
    "[[study.values]]": Value,
    "[study.values.combine]": Combination,
    "[study.choose]": Choice,
    "[study.expected]": Expectation,
    "[profile.NAME]": Profile,
    "[profile.NAME.study.STUDY]": StudyProfile,
    "[[workload]]": Task,
}
"""The tables of a report.toml, by how they are written; "" is its top."""

KINDS = {
    "int": "integer",
    "float": "number",
    "bool": "true or false",
    "str": "string",
    "Any": "any value",
    "Seed": "integer",
    "Seeds": "list of integers",
    "Name": "name: letters, digits, `_ . -`",
    "Text": "text, or one per language",
    "ShortText": "line of text, or one per language",
    "Person": "line of text",
    "Language": "language code",
    "Metric": "metric",
    "Rival": "`STUDY/VALUE`",
    "FigureName": "figure",
    "Epoch": '`"last"` or `"best"`',
    "Expected": "claim",
}
BOUNDS = {"ge": "≥ {}", "gt": "> {}", "le": "≤ {}", "lt": "< {}"}


@dataclass(frozen=True)
class Key:
    """A key of a table.

    Attributes:
        name: As it is written.
        kind: Its type, and its range where it has one.
        default: As it is written; "" where the key is required.
        meaning: In a sentence or two; "" where the name says it.
    """

    name: str
    kind: str
    default: str
    meaning: str


def describe(model: type[BaseModel]) -> list[Key]:
    """Return the keys of a table, in the order of its class."""
    meanings = dict(_meanings(model))
    kinds = dict(_annotations(model))
    return [
        Key(
            name=field.alias or name,
            kind=_kind(kinds[name], field),
            default=_default(field),
            meaning=meanings.get(name, ""),
        )
        for name, field in model.model_fields.items()
    ]


def describe_settings() -> list[Key]:
    """Return the settings: keys of `[base]`, of `set`, and factors of studies."""
    return describe(Settings)


def _classes(model: type[BaseModel]) -> Iterator[ast.ClassDef]:
    """Yield the syntax trees of a class and those that it extends, the most general first."""
    for each in reversed(model.__mro__):
        if issubclass(each, BaseModel) and each.__module__.startswith("scenes."):
            tree = ast.parse(textwrap.dedent(inspect.getsource(each)))
            yield tree.body[0]  # type: ignore[misc]


def _annotations(model: type[BaseModel]) -> Iterator[tuple[str, ast.expr]]:
    for tree in _classes(model):
        for node in tree.body:
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                yield node.target.id, node.annotation


def _meanings(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    for tree in _classes(model):
        for node, after in zip(tree.body, tree.body[1:], strict=False):
            if (
                isinstance(node, ast.AnnAssign)
                and isinstance(node.target, ast.Name)
                and isinstance(after, ast.Expr)
                and isinstance(after.value, ast.Constant)
            ):
                yield node.target.id, " ".join(str(after.value.value).split())


def _kind(annotation: ast.expr, field: FieldInfo) -> str:
    bounds = [
        BOUNDS[name].format(f"{value:,}")
        for piece in field.metadata
        for name in BOUNDS
        if (value := getattr(piece, name, None)) is not None
    ]
    return ", ".join([_type(annotation), *bounds])


def _type(node: ast.expr) -> str:
    """Return a type in words, from how it is written."""
    match node:
        case ast.Constant(value=None):
            return ""
        case ast.Name(id=name):
            return KINDS.get(name, "table")
        case ast.BinOp(left=left, right=right):
            return " or ".join(filter(None, map(_type, (left, right))))
        case ast.Subscript(value=ast.Name(id="Literal"), slice=choices):
            items = choices.elts if isinstance(choices, ast.Tuple) else [choices]
            return " or ".join(f"`{json.dumps(ast.literal_eval(item))}`" for item in items)
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[kind, *_])):
            return _type(kind)
        case ast.Subscript(value=ast.Name(id="tuple"), slice=ast.Tuple(elts=[kind, *_])):
            return f"list, each: {_type(kind)}"
        case _:
            return "table"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return ""
    value: Any = field.get_default(call_default_factory=True)
    if value is None:
        return "none"
    if isinstance(value, BaseModel | dict):
        return "its defaults"
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)
