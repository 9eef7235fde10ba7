"""On what an expression of a template rests: nothing, what is given, what is measured, a verdict.

A template's expression in, its strength out. A condition guards what stands under it by its
strength; `scenes.report.lint.guards` says what needs which.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from jinja2 import nodes

from scenes.claims.facts import MEASURES
from scenes.report.markup.claim_tag import ClaimTag


class Strength(IntEnum):
    """From weakest to strongest.

    Attributes:
        NONE: Constants, names, titles: what no result changes.
        GIVEN: Data, settings, seeds, and which runs there are.
        MEASURED: A figure of the results.
        VERDICT: A claim, a comparison of figures, or what the results select.
    """

    NONE = 0
    GIVEN = 1
    MEASURED = 2
    VERDICT = 3


NAMES = {
    "by_rule": Strength.VERDICT, "claims": Strength.VERDICT,
    "data": Strength.GIVEN, "seeds": Strength.GIVEN, "max_seeds": Strength.GIVEN,
    "writer": Strength.GIVEN, "power": Strength.GIVEN, "models": Strength.GIVEN,
    "counts": Strength.GIVEN,
    "base": Strength.GIVEN, "limits": Strength.GIVEN,
}  # fmt: skip
"""What a report's templates know by name and rests on more than the description."""

SELECTS = ("sorted_by", "highest", "top", "bottom", "tied", "widest", "supported", "inconclusive",
           "contradicted", "equal", "rule_key", "rule_value")  # fmt: skip
"""Methods and attributes that answer with what the results select."""

DESCRIBES = ("name", "number", "title", "label", "key", "question", "factor", "phrase", "values",
             "section", "figures", "trials", "trial", "summary", "summaries", "kind")  # fmt: skip
"""Attributes of studies and values that no result changes."""

ORDERS = ("sort", "max", "min", "selectattr", "rejectattr", "groupby")
"""Filters that select by the attribute they name."""

NEUTRAL = ("words", "loop", "report", "language", "base_language", "cite", "see", "caller")
"""Names whose attributes and answers rest on what they are given."""


@dataclass
class Scope:
    """What is known of the names of a template where an expression stands.

    Attributes:
        known: Strength by name, of what `set`, `for` and `import` define.
        macros: Strength of what each macro prints, by its name, over all templates.
        modules: Names of imported templates.
    """

    known: dict[str, Strength] = field(default_factory=dict)
    macros: Mapping[str, Strength] = field(default_factory=dict)
    modules: set[str] = field(default_factory=set)

    def inner(self) -> "Scope":
        """Return a scope whose definitions do not reach this one."""
        return Scope(dict(self.known), self.macros, self.modules)

    def assign(self, target: nodes.Node, value: nodes.Node) -> None:
        """Define the names of a target by the strength of a value."""
        is_pair = isinstance(target, nodes.Tuple) and isinstance(value, nodes.Tuple)
        if is_pair and len(target.items) == len(value.items):  # type: ignore[attr-defined]
            for one, other in zip(target.items, value.items, strict=True):  # type: ignore[attr-defined]
                self.assign(one, other)
            return
        self.define(target, self.strength(value))

    def define(self, target: nodes.Node, strength: Strength) -> None:
        """Give every name of a target one strength."""
        if isinstance(target, nodes.NSRef):
            self.known[target.name] = max(strength, self.known.get(target.name, Strength.NONE))
        for name in [target, *target.find_all(nodes.Name)]:
            if isinstance(name, nodes.Name):
                self.known[name.name] = strength

    def strength(self, node: nodes.Node) -> Strength:
        """Return on what an expression rests."""
        match node:
            case nodes.Name():
                return self.known.get(node.name, NAMES.get(node.name, Strength.NONE))
            case nodes.Getattr():
                return self._attribute(node)
            case nodes.Compare():
                found = self._most(node)
                return Strength.VERDICT if found >= Strength.MEASURED else found
            case nodes.Filter() if node.name in ORDERS and any(map(_is_measure, _texts(node))):
                return Strength.VERDICT
            case nodes.ExtensionAttribute() if node.identifier == ClaimTag.identifier:
                return Strength.VERDICT
            case nodes.Call():
                return max(self._most(node), self.macros.get(_called(node), Strength.NONE))
        return self._most(node)

    def _most(self, node: nodes.Node) -> Strength:
        return max(map(self.strength, node.iter_child_nodes()), default=Strength.NONE)

    def _attribute(self, node: nodes.Getattr) -> Strength:
        base = self.strength(node.node)
        if node.attr in SELECTS:
            return Strength.VERDICT
        if isinstance(node.node, nodes.Name) and node.node.name in self.modules:
            return base
        if node.attr in MEASURES or node.attr == "facts":
            return max(base, Strength.MEASURED)
        if node.attr in DESCRIBES:
            return base
        is_neutral = isinstance(node.node, nodes.Name) and node.node.name in NEUTRAL
        is_constant = isinstance(node.node, nodes.Const | nodes.Dict | nodes.List)
        return base if is_neutral or is_constant else max(base, Strength.GIVEN)


def _called(node: nodes.Call) -> str:
    if isinstance(node.node, nodes.Getattr):
        return node.node.attr
    return node.node.name if isinstance(node.node, nodes.Name) else ""


def _texts(node: nodes.Node) -> Iterator[str]:
    for constant in node.find_all(nodes.Const):
        if isinstance(constant.value, str):
            yield constant.value


def _is_measure(text: str) -> bool:
    return text.partition(".")[0] in MEASURES
