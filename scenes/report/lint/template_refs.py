"""What templates say without being filled: a template in, its references and what it defines out.

A template is read as a syntax tree together with all that it extends, includes or imports. What is
known only when it is filled is a star: `see("tab:" ~ name)` refers to "tab:*". What cannot be
printed is not read: blocks that another template replaces, branches for another language or study.

It is read rather than filled with made-up results: a filling takes one way through each branch, of
which practica4 has some 200, and a mistake in the other would show only after training.
"""

import fnmatch
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import unquote

import jinja2
from jinja2 import nodes

from scenes.report.lint.template_ast import load_tree
from scenes.report.lint.template_values import STAR, Known, is_study_name

Kind = Literal["see", "cite", "text", "heading", "caption", "figure", "template", "words"]
"""A reference to a place or to literature, a text in markdown; the id of a heading, of a table's
caption or the key of a figure that is defined; a template that is included and is not there;
a key of the language's words, with `.*` where the count decides on its end."""

_CALLS: dict[str, tuple[Kind, int]] = {
    "see": ("see", 0),
    "heading": ("heading", 0),
    "caption": ("caption", 1),
}
"""Functions and macros, and which of their arguments names something."""

_MARKDOWN = ("markdown", "markdown_inline")
_STUDY = "\0"
"""Stands for the name of each study in what a template prints."""
_OWN_FIGURE = re.compile(
    r"""<figure\b(?![^>]*\sdata-key)(?:[^>]*\sid=["'](?:fig-)?([^"']+)["'][^>]*>"""
    r"""|[^>]*>(?:(?!</figure>).)*?<img\b[^>]*\ssrc=["'](?:[^"']*/)?([^"'/]+)\.\w+["'])""",
    re.DOTALL,
)
"""One that an author writes: its name, or the name of its picture's file."""
_DEFINED: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("heading", re.compile(r'<h[234*] id="([^"]*)"')),
    ("caption", re.compile(r'<caption id="([^"]*)"')),
    ("figure", re.compile(r'<figure\b[^>]*? data-key="([^"]*)"')),
    ("figure", _OWN_FIGURE),
)


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
        given: What is known of the report here.
    """

    environment: jinja2.Environment
    every: tuple[str, ...]
    given: Known
    known: set[tuple[str, frozenset[str], tuple[str, ...]]] = field(default_factory=set)

    def read(self, template: str, replaced: frozenset[str] = frozenset()) -> Iterator[Passage]:
        """Yield the passages of a template and of all that it leads to."""
        if (template, replaced, self.given.studies) in self.known:
            return
        self.known.add((template, replaced, self.given.studies))
        tree, file = load_tree(self.environment, template)
        shown = list(self._shown(tree, replaced))
        for reader, node in shown:
            yield from reader._said(node, file)
            if isinstance(node, nodes.Output) and template != "macros.html":
                # The ids in those macros are what their calls say.
                yield from reader._defined(node, file)
        blocks = (node for _, node in shown if isinstance(node, nodes.Block))
        own = {block.name for block in blocks if not _goes_on(block)}
        for reader, node in shown:
            if isinstance(node, nodes.Extends):
                yield from reader._lead(node, replaced | own, file)
            elif isinstance(node, nodes.Include | nodes.Import | nodes.FromImport):
                yield from reader._lead(node, frozenset(), file)

    def _lead(
        self,
        node: nodes.Extends | nodes.Include | nodes.Import | nodes.FromImport,
        replaced: frozenset[str],
        file: str,
    ) -> Iterator[Passage]:
        several = isinstance(node.template, nodes.List | nodes.Tuple)
        lost: list[str] = []
        for choice in node.template.iter_child_nodes() if several else [node.template]:
            wanted = self.given.texts(choice)
            for name in (name for text in wanted for name in self._named(text)):
                if name.endswith(".html"):
                    yield from self.read(name, replaced)
            lost = [text for text in wanted if STAR not in text and not self._named(text)]
            if not lost and not any(STAR in text for text in wanted):
                break  # of several, the first that is there is taken
        if not getattr(node, "ignore_missing", False):
            yield from (Passage("template", text, file, node.lineno) for text in lost)

    def _named(self, wanted: str) -> list[str]:
        """Return the templates that a text may name."""
        if wanted.startswith(STAR):
            # Nothing is known of it, not even that it is this report's.
            return []
        if STAR in wanted:
            return fnmatch.filter(self.every, wanted)
        try:
            load_tree(self.environment, wanted)
        except jinja2.TemplateNotFound:
            return []
        return [wanted]

    def _shown(
        self, node: nodes.Node, replaced: frozenset[str]
    ) -> Iterator[tuple["_Reader", nodes.Node]]:
        """Yield the nodes of a tree that may be printed, and who knows for which studies."""
        for reader, child in self._below(node):
            is_replaced = isinstance(child, nodes.Block) and child.name in replaced
            if reader.given.studies and not is_replaced:
                yield reader, child
                yield from reader._shown(child, replaced)

    def _below(self, node: nodes.Node) -> Iterator[tuple["_Reader", nodes.Node]]:
        """Yield what is in a node; in a branch or a loop, by a reader of the studies of that."""
        if isinstance(node, nodes.If):
            rest = self._where(node.test, False)
            yield self, node.test
            yield from ((self._where(node.test, True), child) for child in node.body)
            for other in node.elif_:
                yield rest, other
                rest = rest._where(other.test, False)
            yield from ((rest, child) for child in node.else_)
        elif isinstance(node, nodes.CondExpr):
            yield self, node.test
            yield self._where(node.test, True), node.expr1
            if node.expr2 is not None:
                yield self._where(node.test, False), node.expr2
        elif isinstance(node, nodes.For):
            body = replace(self, given=self.given.in_loop(node))
            yield from ((self, child) for child in (node.iter, *node.else_))
            yield from ((body, child) for child in node.body)
        else:
            yield from ((self, child) for child in node.iter_child_nodes())

    def _where(self, test: nodes.Node, outcome: bool) -> "_Reader":
        """Return a reader of the studies for which a test may have an outcome."""
        return replace(self, given=self.given.where(test, outcome))

    def _said(self, node: nodes.Node, file: str) -> Iterator[Passage]:
        if isinstance(node, nodes.Call):
            yield from self._called(node, file)
        elif isinstance(node, nodes.Filter) and node.name in _MARKDOWN and node.node is not None:
            for text in self.given.texts(node.node):
                if text != STAR:
                    yield Passage("text", text, file, node.lineno)
        elif isinstance(node, nodes.FilterBlock) and node.filter.name in _MARKDOWN:
            yield Passage("text", _literal(node), file, node.lineno)

    def _called(self, node: nodes.Call, file: str) -> Iterator[Passage]:
        name = _called_name(node.node)
        if name == "cite":
            for argument in node.args:
                for key in self.given.texts(argument):
                    yield Passage("cite", key, file, node.lineno)
        elif _is_of_words(node.node):
            end = ".*" if name in ("count", "plural") else ""
            for key in self.given.texts(node.args[0]) if node.args else ():
                yield Passage("words", f"{key}{end}", file, node.lineno)
        elif name in _CALLS:
            kind, place = _CALLS[name]
            named = [item.value for item in node.kwargs if item.key in ("id", "name")]
            for argument in [*node.args[place : place + 1], *named]:
                for text in self.given.texts(argument):
                    yield Passage(kind, text, file, node.lineno)

    def _defined(self, node: nodes.Output, file: str) -> Iterator[Passage]:
        printed = "".join(map(_printed, node.nodes))
        for kind, pattern in _DEFINED:
            for found in pattern.finditer(printed):
                line = node.nodes[0].lineno + printed.count("\n", 0, found.start())
                said = unquote(next(filter(None, found.groups()), ""))
                for name in self.given.studies if _STUDY in said else ("",):
                    yield Passage(kind, said.replace(_STUDY, name), file, line)


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
    given = Known(tuple(studies) or (STAR,), language, frozenset(absent))
    reader = _Reader(environment, every, given)
    return list(dict.fromkeys(reader.read(template)))


def _printed(node: nodes.Node) -> str:
    """Return what a piece of an output prints, as far as it is known."""
    if isinstance(node, nodes.TemplateData):
        return node.data
    return _STUDY if is_study_name(node) else STAR


def _goes_on(block: nodes.Block) -> bool:
    """Return whether a block prints also what it replaces."""
    return any(_called_name(call.node) == "super" for call in block.find_all(nodes.Call))


def _called_name(node: nodes.Node) -> str:
    if isinstance(node, nodes.Getattr):
        return node.attr
    return node.name if isinstance(node, nodes.Name) else ""


def _is_of_words(node: nodes.Node) -> bool:
    """Return whether a function is `words` or one of its own that take a key."""
    if isinstance(node, nodes.Getattr) and node.attr in ("html", "count", "plural"):
        node = node.node
    return isinstance(node, nodes.Name) and node.name == "words"


def _literal(node: nodes.Node) -> str:
    """Return the text in a node as it stands in the template, with stars for what is computed."""
    parts = (part for output in node.find_all(nodes.Output) for part in output.nodes)
    return "".join(map(_printed, parts)).replace(_STUDY, STAR)
