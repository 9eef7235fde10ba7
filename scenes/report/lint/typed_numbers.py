"""Numbers that are typed where facts should stand: templates and a report in, places out.

What a template prints literally is its prose, and so is what its expressions print of literals, by
`set`, strings, filters or arithmetic (`scenes.report.lint.literal_values`). Tags, attributes,
styles and scripts are not, nor are names that hold digits, such as VGG16. In a report.toml the
questions, the abstract and the reasons for choices are checked: they may name any number that the
report itself declares.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import lru_cache
from html import unescape
from typing import Any

import jinja2
from jinja2 import nodes

from scenes.errors import UserError
from scenes.report.lint.literal_values import MARKDOWN, Known, known_values, literal_texts
from scenes.report.lint.template_ast import load_tree
from scenes.report.lint.typed_in_css import generated_numbers
from scenes.report.markup.typed_tag import is_waived
from scenes.spec.loader import Description
from scenes.spec.report import written_texts
from scenes.spec.toml_lines import nearest_line

# A number is no part of a name: not of VGG16, conv2d, P4.1 or a file's path.
# Digits are those of any script, and raised, lowered, circled or Roman ones and fractions.
_DIGIT = r"[\d²³¹¼-¾⁰-₉⅐-↋①-⒛⓪-⓿❶-➓]"
NUMBER = re.compile(rf"(?<![\w.#/&-]){_DIGIT}+(?:[.,\u202f]{_DIGIT}+)*(?:[\s\u00a0]?%)?(?!\w)")
AROUND = 30
"""Characters of the text on either side of a number that a finding shows."""

UNREAD = re.compile(
    r"<(style|script)\b.*?(?:</\1>|\Z)|<!--.*?(?:-->|\Z)|</?[A-Za-z!…][^>]*(?:>|\Z)", re.DOTALL
)


_FORMULA = re.compile(
    r"\$\$(?P<display>.+?)\$\$|(?<![\\$\w])\$(?P<inline>[^$\s](?:[^$]*[^$\s\\])?)\$(?!\d)",
    re.DOTALL,
)
_COUNTED = re.compile(r"""<(?:ol|li)\b[^>]*?\s(?:start|value)\s*=\s*["']?\s*(\d+)""", re.I)
_STYLE = re.compile(r"<style\b[^>]*>(.*?)(?:</style>|\Z)", re.DOTALL | re.I)
UNPRINTED = (".css", ".js")
"""Ends of templates that are read by programs; included as text they print whatever they hold."""
LOADS = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
_GROUP = re.compile(r"\{[^{}]*\}")
_LAYOUT = re.compile(r"\\(?:quad|qquad|text|mathrm|mathbf)\b")
# One letter is a variable; words are prose that dollars happen to enclose.
_VARIABLE = re.compile(r"\\[A-Za-z]+|(?<![^\W\d_])[^\W\d_](?![^\W\d_])")
_RESULT = re.compile(
    r"(?:[=<>≈≤≥]|\\(?:approx|simeq|sim|leq?|geq?)\b)"
    r"\s*[-+−]?\d[\d.,\s]*(?:\\?%)?\s*(?:$|[,;])"
)
_ENTITY = re.compile(r"&#(?:\d+|[xX][0-9a-fA-F]+);")


@dataclass(frozen=True)
class TypedNumber:
    """A number that is typed.

    Attributes:
        file: Where it is.
        line: Counted from 1.
        number: As it is typed.
        context: The text around it.
    """

    file: str
    line: int
    number: str
    context: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.number!r} in “{self.context}”"


def typed_in_templates(template: str, environment: jinja2.Environment) -> list[TypedNumber]:
    """Return the numbers typed in a template and in all that it extends, includes or imports."""
    found: list[TypedNumber] = []
    reached = sorted(reached_templates(template, environment).items())
    known = known_values(tree for _, (tree, _) in reached)
    for name, (tree, path) in reached:
        if not name.endswith(UNPRINTED):
            found += _typed_in(tree, path, known)
        elif name.endswith(".css"):
            css = "".join(text for text, _ in _literals(tree, known))
            found += [TypedNumber(path, 1, number, "content") for number in generated_numbers(css)]
    return found


def typed_in_description(description: Description) -> list[TypedNumber]:
    """Return the numbers in a report's own texts that it neither declares nor explains."""
    report, path = description.report, str(description.path)
    known = {*_declared(report.model_dump(exclude={"typed"})), *report.typed}
    return [
        TypedNumber(path, nearest_line(description.lines, place) or 1, number, context)
        for place, text in written_texts(report)
        for number, context, _ in _numbers(_without_formulas(text))
        if number.rstrip("% \u00a0") not in known
    ]


def typed_numbers_refused(found: list[TypedNumber]) -> UserError:
    """Return the error that tells of typed numbers, and what may stand in their place."""
    return UserError(
        "numbers are typed where facts should stand: they would stay when the results change",
        [str(item) for item in found],
        "Print a fact, such as {{ study.top().val_loss }}, or say why the number is typed: in "
        'a template {% typed "reason" %}15{% endtyped %}, in report.toml 15 = "reason" under '
        "[typed]. With --draft this is only a warning.",
    )


def reached_templates(
    template: str, environment: jinja2.Environment
) -> dict[str, tuple[nodes.Template, str]]:
    """Return tree and file of every template that a template may print, by name."""
    every = environment.list_templates()
    reached: dict[str, tuple[nodes.Template, str]] = {}
    waiting = [template]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        tree, path = load_tree(environment, name)
        reached[name] = tree, path
        for pattern in _led_to(tree):
            waiting += [other for other in every if fnmatch(other, pattern)]
    return reached


@lru_cache(maxsize=256)  # trees are never changed, and two checks ask for the same ones
def _led_to(tree: nodes.Template) -> tuple[str, ...]:
    """Return the names of the templates that one extends, includes or imports, as patterns."""
    kinds = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
    found = (_pattern(node.template) for node in tree.find_all(kinds))  # type: ignore[attr-defined]
    return tuple(found)


def _pattern(name: nodes.Expr) -> str:
    """Return the name of a template as a pattern: what is known when it is filled is a star."""
    if isinstance(name, nodes.Const):
        return str(name.value)
    if isinstance(name, nodes.Concat):
        return "".join(map(_pattern, name.nodes))
    return "*"


def _typed_in(tree: nodes.Template, path: str, known: Known) -> Iterator[TypedNumber]:
    """Yield the numbers in what a template prints literally."""
    pieces = list(_literals(tree, known))
    # Tags may reach over several pieces, as `<h{{ level }} id="…">` does: all are read as one text.
    whole = "".join(text for text, _ in pieces)
    for number, context, start in _numbers(whole):
        line = _line_at(pieces, start)
        yield TypedNumber(path, line, number, context)
    for style in _STYLE.finditer(whole):
        for number in generated_numbers(style[1]):
            yield TypedNumber(path, _line_at(pieces, style.start()), number, "content")
    for counted in _COUNTED.finditer(whole):
        yield TypedNumber(path, _line_at(pieces, counted.start()), counted[1], counted[0])


def _literals(
    node: nodes.Node, known: Known, in_markdown: bool = False
) -> Iterator[tuple[str, int]]:
    """Yield each literal text of a template with its line, and a gap for what is computed."""
    if is_waived(node):
        return
    if isinstance(node, nodes.FilterBlock):
        in_markdown = in_markdown or node.filter.name in MARKDOWN
    if isinstance(node, LOADS) and _pattern(node.template).endswith(UNPRINTED):
        # What stands in a style or a script is not read; elsewhere it prints what it holds.
        yield f" computed 0 {_pattern(node.template)} ", node.lineno
    if isinstance(node, nodes.Output):
        for part in node.nodes:
            if isinstance(part, nodes.TemplateData):
                yield _without_formulas(part.data) if in_markdown else part.data, part.lineno
            else:
                # What is computed holds a place, so that its neighbours do not join to a number.
                texts = literal_texts(part, known)
                if in_markdown or _is_markdown(part):
                    texts = map(_without_formulas, texts)
                yield " ".join(["…", *texts, "…"]), part.lineno
        yield "…", node.lineno  # what comes next may be the text of another branch
        return
    is_style = isinstance(node, nodes.Block) and node.name == "style"  # which the base shows as one
    for child in node.iter_child_nodes():
        if not (is_style and isinstance(child, nodes.Include)):
            yield from _literals(child, known, in_markdown)


def _without_formulas(text: str) -> str:
    """Blank the formulas of a text in markdown, in which n² holds no result.

    What is a number only, or ends in “= number”, may be a result and stays.
    """

    def blank(found: re.Match[str]) -> str:
        tex = found["display"] or found["inline"]
        outer = tex
        while outer != (outer := _GROUP.sub("", outer)):
            pass
        is_true = _VARIABLE.search(_LAYOUT.sub("", tex)) and not _RESULT.search(outer)
        return re.sub(r"\S", " ", found[0]) if is_true else found[0]

    return _FORMULA.sub(blank, text)


def _is_markdown(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Filter) and node.name in MARKDOWN


def _numbers(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield each number of a text, what stands around it, and where it is."""
    read = UNREAD.sub(lambda found: " " * len(found.group()), text)
    read = _ENTITY.sub(lambda found: unescape(found[0])[:1].ljust(len(found[0])), read)
    for found in NUMBER.finditer(read):
        near = read[max(0, found.start() - AROUND) : found.end() + AROUND]
        yield found.group(), " ".join(near.split()), found.start()


def _line_at(pieces: list[tuple[str, int]], place: int) -> int:
    for text, line in pieces:
        if place < len(text):
            return line + text.count("\n", 0, place)
        place -= len(text)
    raise IndexError(place)


def _declared(value: Any) -> Iterator[str]:
    """Yield every number of a description, as it would be typed: its settings, labels, counts."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name not in ("question", "abstract", "because", "expected"):
                yield from _declared(item)
    elif isinstance(value, list | tuple):
        yield str(len(value))
        for item in value:
            yield from _declared(item)
    elif isinstance(value, int | float | str):
        for number in re.findall(
            r"\d+(?:[.,]\d+)*", f"{value:g}" if isinstance(value, float) else str(value)
        ):
            yield from (number, number.replace(".", ","))
