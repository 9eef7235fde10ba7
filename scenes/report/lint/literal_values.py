"""What a template's expression can print of what the template itself types.

An expression in, texts out: its string and number literals, those of the names that it uses, and a
zero for what only counts or computes literals. What decides or looks up prints nothing: tests,
keys, indices and the keys of values and words.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from jinja2 import nodes

Known = Mapping[str, list[nodes.Node]]
"""By name, every expression that a template gives to it."""

LOOKUPS = ("study", "cite", "see", "by_rule", "trial", "top", "bottom", "tied", "sorted_by",
           "widest", "outcome", "setting", "by_setting", "discussion", "conclusion", "decision",
           "value", "parameter")  # fmt: skip
"""Functions and methods whose arguments name something."""
BY_KEY = ("words", "html", "count", "plural", "get")
"""Those whose first argument is a key."""
SHAPES = ("slice", "batch", "round", "sort", "select", "reject", "selectattr", "rejectattr",
          "groupby", "unique", "truncate", "indent", "wordwrap", "center", "dictsort", "min", "max",
          "attr")  # fmt: skip
"""Filters whose arguments shape or select what is there."""
GLOBALS = ("range", "dict", "lipsum", "cycler", "joiner", "namespace")
MARKDOWN = ("markdown", "markdown_inline")
MOST = 200
"""Names that are followed from one expression; more are a riddle, not prose."""


def known_values(trees: Iterable[nodes.Template]) -> Known:
    """Return what templates assign: by `set`, `for`, `with` and the defaults of macros."""
    known: dict[str, list[nodes.Node]] = {}
    for tree in trees:
        for node in tree.find_all((nodes.Assign, nodes.For, nodes.With, nodes.Macro)):
            for name, value in _assigned(node):
                known.setdefault(name, []).append(value)
    return known


def _assigned(node: nodes.Node) -> Iterator[tuple[str, nodes.Node]]:
    match node:
        case nodes.Assign():
            yield from _named(node.target, node.node)
        case nodes.For():
            yield from _named(node.target, node.iter)
            yield "loop", node.iter
        case nodes.With():
            for target, value in zip(node.targets, node.values, strict=True):
                yield from _named(target, value)
        case nodes.Macro():
            with_default = node.args[len(node.args) - len(node.defaults) :]
            for target, value in zip(with_default, node.defaults, strict=True):
                yield target.name, value


def _named(target: nodes.Node, value: nodes.Node) -> Iterator[tuple[str, nodes.Node]]:
    if isinstance(target, nodes.NSRef):
        yield f"{target.name}.{target.attr}", value
    elif isinstance(target, nodes.Name):
        yield target.name, value
    elif isinstance(target, nodes.Tuple | nodes.List):
        is_list = isinstance(value, nodes.Tuple | nodes.List)
        parts: list[nodes.Node] = [*value.items] if is_list else []  # type: ignore[attr-defined]
        if len(parts) != len(target.items):
            parts = [value] * len(target.items)
        for one, other in zip(target.items, parts, strict=True):
            yield from _named(one, other)


def literal_texts(node: nodes.Node, known: Known) -> Iterator[str]:
    """Yield the literals that an expression can print."""
    yield from _Reader(known).texts(node)


class _Reader:
    """Follows names, each once for an expression."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._seen: set[str] = set()

    def texts(self, node: nodes.Node) -> Iterator[str]:
        if _computes(node) and self._is_literal(node):
            yield "computed 0"
        match node:
            case nodes.Const():
                if node.value is not None and not isinstance(node.value, bool):
                    yield str(node.value)
            case nodes.Name():
                yield from self._of_name(node.name)
            case nodes.CondExpr():
                branches = [it for it in (node.expr1, node.expr2) if it is not None]
                yield from self._of(branches)
            case nodes.Compare() | nodes.Test() | nodes.Not():
                return
            case nodes.Getitem():
                yield from self.texts(node.node)
            case nodes.Getattr():
                if isinstance(node.node, nodes.Name):
                    yield from self._of_name(f"{node.node.name}.{node.attr}")
                    yield from self._of_name(node.attr)  # of a template that is imported
                yield from self.texts(node.node)
            case nodes.Dict():
                yield from self._of(pair.value for pair in node.items)
            case nodes.Filter():
                yield from self._of_filter(node)
            case nodes.Call():
                yield from self._of_call(node)
            case _:
                yield from self._of(node.iter_child_nodes())

    def _of(self, children: Iterable[nodes.Node]) -> Iterator[str]:
        for child in children:
            yield from self.texts(child)

    def _of_name(self, name: str) -> Iterator[str]:
        if name not in self._seen and len(self._seen) < MOST:
            self._seen.add(name)
            yield from self._of(self._known.get(name, ()))

    def _of_filter(self, node: nodes.Filter) -> Iterator[str]:
        if node.node is not None:
            yield from self.texts(node.node)
        if node.name not in SHAPES:
            named = [it.value for it in node.kwargs if it.key != "attribute"]
            yield from self._of(named if node.name == "map" else [*node.args, *named])

    def _of_call(self, node: nodes.Call) -> Iterator[str]:
        called = node.node
        name = called.attr if isinstance(called, nodes.Getattr) else getattr(called, "name", "")
        is_claim = isinstance(called, nodes.Getattr) and _is_name(called.node, "claims")
        if isinstance(called, nodes.Getattr):
            yield from self.texts(called.node)
        if is_claim or name in LOOKUPS:
            return
        named = [it.value for it in node.kwargs if it.key not in ("level", "id")]
        extra = [it for it in (node.dyn_args, node.dyn_kwargs) if it is not None]
        yield from self._of(chain(node.args[1 if name in BY_KEY else 0 :], named, extra))

    def _is_literal(self, node: nodes.Node) -> bool:
        """Return whether an expression knows nothing but what the template types."""
        names = [it.name for it in [node, *node.find_all(nodes.Name)] if isinstance(it, nodes.Name)]
        return all(name in GLOBALS for name in names)


def _computes(node: nodes.Node) -> bool:
    """Return whether an expression makes something new of its operands, which may be a number."""
    is_method = isinstance(node, nodes.Call) and not isinstance(node.node, nodes.Name)
    is_filter = isinstance(node, nodes.Filter) and node.name not in MARKDOWN
    return is_method or is_filter or isinstance(node, nodes.BinExpr | nodes.UnaryExpr)


def _is_name(node: nodes.Node, name: str) -> bool:
    return isinstance(node, nodes.Name) and node.name == name
