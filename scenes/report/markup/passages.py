"""What templates say without being filled: a template in, its references and what it defines out.

A template is read as a syntax tree together with all that it extends, includes or imports. What is
known only when it is filled is a star: `see("tab:" ~ name)` refers to "tab:*". Blocks that another
template replaces are not read, for they are not printed.
"""

import fnmatch
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import product
from typing import Literal

import jinja2
from jinja2 import nodes

from scenes.report.markup.trees import load_tree

STAR = "*"

Kind = Literal["see", "cite", "text", "heading", "caption", "figure", "template"]
"""A reference to a place or to literature, a text in markdown; the id of a heading, of a table's
caption or the key of a figure that is defined; a template that is included and is not there."""

_CALLS: dict[str, tuple[Kind, int]] = {
    "see": ("see", 0),
    "heading": ("heading", 0),
    "caption": ("caption", 1),
}
"""Functions and macros, and which of their arguments names something."""

_MARKDOWN = ("markdown", "markdown_inline")
_STUDY = "\0"
"""Stands for the name of each study in what a template prints."""
_DEFINED: dict[Kind, re.Pattern[str]] = {
    "heading": re.compile(r'<h[234*] id="([^"]*)"'),
    "caption": re.compile(r'<caption id="([^"]*)"'),
    "figure": re.compile(r'<figure\b[^>]*? data-key="([^"]*)"'),
}


@dataclass(frozen=True)
class Passage:
    """Something that a template says, and where.

    Attributes:
        kind: What it is.
        text: A name, a key, an id, or a text in markdown; with a star for what is not known.
        file: Of the template.
        line: Counted from 1.
    """

    kind: Kind
    text: str
    file: str
    line: int


@dataclass(frozen=True)
class _Reader:
    """Reads templates, each once.

    Attributes:
        environment: In which they are found.
        every: The names of all that are there.
        names: Of the studies, over which templates loop.
        language: Of the report.
        absent: What this report does not have; `{% if workload %}` leads nowhere then.
    """

    environment: jinja2.Environment
    every: tuple[str, ...]
    names: tuple[str, ...]
    language: str
    absent: frozenset[str]
    known: set[tuple[str, frozenset[str]]] = field(default_factory=set)

    def read(self, template: str, replaced: frozenset[str] = frozenset()) -> Iterator[Passage]:
        """Yield the passages of a template and of all that it leads to."""
        if (template, replaced) in self.known:
            return
        self.known.add((template, replaced))
        tree, file = load_tree(self.environment, template)
        shown = list(self._shown(tree, replaced))
        for node in shown:
            yield from self._said(node, file)
            if isinstance(node, nodes.Output) and template != "macros.html":
                # The ids in those macros are what their calls say.
                yield from self._defined(node, file)
        own = {node.name for node in shown if isinstance(node, nodes.Block) and not _goes_on(node)}
        for node in shown:
            if isinstance(node, nodes.Extends):
                yield from self._lead(node, replaced | own, file)
            elif isinstance(node, nodes.Include | nodes.Import | nodes.FromImport):
                yield from self._lead(node, frozenset(), file)

    def _lead(
        self,
        node: nodes.Extends | nodes.Include | nodes.Import | nodes.FromImport,
        replaced: frozenset[str],
        file: str,
    ) -> Iterator[Passage]:
        for wanted in self._texts(node.template):
            # Of a name that may be any, nothing is known, not even that it is this report's.
            found = [] if wanted.startswith(STAR) else fnmatch.filter(self.every, wanted)
            if not found and STAR not in wanted and not getattr(node, "ignore_missing", False):
                yield Passage("template", wanted, file, node.lineno)
            for name in found:
                if name.endswith(".html"):
                    yield from self.read(name, replaced)

    def _shown(self, node: nodes.Node, replaced: frozenset[str]) -> Iterator[nodes.Node]:
        """Yield the nodes of a tree that may be printed."""
        children = list(node.iter_child_nodes())
        if isinstance(node, nodes.If) and self._is_absent(node.test):
            children = [*node.elif_, *node.else_]
        for child in children:
            if not (isinstance(child, nodes.Block) and child.name in replaced):
                yield child
                yield from self._shown(child, replaced)

    def _is_absent(self, test: nodes.Node) -> bool:
        if isinstance(test, nodes.And):
            return self._is_absent(test.left) or self._is_absent(test.right)
        return isinstance(test, nodes.Name) and test.name in self.absent

    def _said(self, node: nodes.Node, file: str) -> Iterator[Passage]:
        if isinstance(node, nodes.Call):
            yield from self._called(node, file)
        elif isinstance(node, nodes.Filter) and node.name in _MARKDOWN and node.node is not None:
            for text in self._texts(node.node):
                if text != STAR:
                    yield Passage("text", text, file, node.lineno)
        elif isinstance(node, nodes.FilterBlock) and node.filter.name in _MARKDOWN:
            yield Passage("text", _literal(node), file, node.lineno)

    def _called(self, node: nodes.Call, file: str) -> Iterator[Passage]:
        name = _called_name(node.node)
        if name == "cite":
            for argument in node.args:
                for key in self._texts(argument):
                    yield Passage("cite", key, file, node.lineno)
        elif name in _CALLS:
            kind, place = _CALLS[name]
            named = [item.value for item in node.kwargs if item.key in ("id", "name")]
            for argument in [*node.args[place : place + 1], *named]:
                for text in self._texts(argument):
                    yield Passage(kind, text, file, node.lineno)

    def _defined(self, node: nodes.Output, file: str) -> Iterator[Passage]:
        printed = "".join(map(_printed, node.nodes))
        for kind, pattern in _DEFINED.items():
            for found in pattern.finditer(printed):
                line = node.nodes[0].lineno + printed.count("\n", 0, found.start())
                for name in self.names if _STUDY in found.group(1) else ("",):
                    yield Passage(kind, found.group(1).replace(_STUDY, name), file, line)

    def _texts(self, node: nodes.Node) -> list[str]:
        """Return what an expression may be."""
        if isinstance(node, nodes.Const):
            return [str(node.value)]
        if isinstance(node, nodes.List | nodes.Tuple):
            return [text for item in node.items for text in self._texts(item)]
        if isinstance(node, nodes.Concat):
            return ["".join(parts) for parts in product(*map(self._texts, node.nodes))]
        if isinstance(node, nodes.CondExpr):
            branches = [node.expr1, *([node.expr2] if node.expr2 is not None else [])]
            return [text for branch in branches for text in self._texts(branch)]
        if isinstance(node, nodes.Name) and node.name == "language":
            return [self.language]
        return list(self.names) if _is_study_name(node) else [STAR]


def read_passages(
    template: str,
    environment: jinja2.Environment,
    *,
    studies: Iterable[str],
    language: str,
    absent: Iterable[str] = (),
) -> list[Passage]:
    """Return what a template says, each passage once.

    Args:
        template: Its file name.
        environment: In which it is found.
        studies: Names of the report's studies.
        language: Of the report, which may decide what is included.
        absent: Names by which templates ask for what this report does not have.
    """
    every = tuple(environment.list_templates())
    reader = _Reader(environment, every, tuple(studies), language, frozenset(absent))
    return list(dict.fromkeys(reader.read(template)))


def _printed(node: nodes.Node) -> str:
    """Return what a piece of an output prints, as far as it is known."""
    if isinstance(node, nodes.TemplateData):
        return node.data
    return _STUDY if _is_study_name(node) else STAR


def _is_study_name(node: nodes.Node) -> bool:
    """Tell whether an expression is `study.name`, in a loop over the studies."""
    return (
        isinstance(node, nodes.Getattr)
        and isinstance(node.node, nodes.Name)
        and (node.node.name, node.attr) == ("study", "name")
    )


def _goes_on(block: nodes.Block) -> bool:
    """Tell whether a block prints also what it replaces."""
    return any(_called_name(call.node) == "super" for call in block.find_all(nodes.Call))


def _called_name(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return node.attr
    return node.name if isinstance(node, nodes.Name) else ""


def _literal(node: nodes.Node) -> str:
    """Return the text in a node as it stands in the template, less what is computed."""
    return "".join(item.data for item in node.find_all(nodes.TemplateData))
