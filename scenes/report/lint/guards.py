"""Sentences of a write-up that nothing guards: templates and texts in, places with reasons out.

A sentence is what stands between full stops, or between the ends of a paragraph, item or cell. It
is guarded where the results cannot leave it behind:

* a sentence that compares (it holds one of the language's words of comparison, `guard.comparing`
  in the catalogue) stands in a branch of a claim, under a condition on a verdict or on measured
  figures, or prints what the results select, such as `study.top(…)`;
* any other sentence of four words or more prints something computed, or stands under a condition
  on results, data or settings;
* or it is marked by `{% opinion "reason" %}` or `{% literature "key" %}`; a mark may hold neither a
  number nor a comparison.

The texts of a report.toml know no results: none may compare, but a question and an expectation.
What the catalogue says is written by facts and claims (`scenes.report.prose`) and is not read here.
This is a net, not a proof: that a guarded sentence is true under other results is for
`scenes check --mutate` and its tests to show.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import jinja2
from jinja2 import nodes

from scenes.report.language.catalogue import languages
from scenes.report.lint.strength import Scope, Strength
from scenes.report.lint.typed_numbers import UNREAD, reached_templates
from scenes.report.markup.marked_tags import mark_of
from scenes.report.markup.templates import catalogues_folder, load_report_words, open_templates
from scenes.report.markup.typed_tag import is_waived
from scenes.spec.loader import Description
from scenes.spec.report import every_text
from scenes.spec.toml_lines import nearest_line

FEWEST_WORDS = 4
"""Words of a sentence; fewer are a fragment, such as "batches of 8", unless they compare."""
COMPUTED = "…"

_BREAK = re.compile(
    r"</?(?:p|div|section|ul|ol|li|dl|dt|dd|table|t[rdh]|caption|h[1-6]|figure|figcaption|blockquote)"
    r"\b[^>]*>|\n[ \t]*\n",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?]+(?=[\s…”»\")]|[A-ZÀ-Þ¿¡]|$)|\x1f")
_WORD = re.compile(r"[^\W\d_]{2,}")
_STATING = ("title", "subtitle", "abstract", "because")
"""Texts of a description that state something; labels are names, and who asks or expects states
nothing."""


@dataclass(frozen=True)
class Sentence:
    """A sentence of a write-up.

    Attributes:
        file: Where it is.
        line: At which it begins, counted from 1.
        text: As it is written, with "…" for what is computed.
        problem: Why it is not guarded; "" where it is.
        is_marked: Whether it is an opinion or literature.
    """

    file: str
    line: int
    text: str
    problem: str = ""
    is_marked: bool = False

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: “{self.text}”: {self.problem}"


@dataclass(frozen=True)
class Piece:
    """A piece of what a template prints.

    Attributes:
        text: Literal, or "…" for what is computed.
        line: At which it begins.
        guard: Of the conditions around it.
        printed: On what a computed piece rests.
        mark: Kind and reason of the mark around it.
        cites: Keys that a computed piece cites.
    """

    text: str
    line: int
    guard: Strength = Strength.NONE
    printed: Strength = Strength.NONE
    mark: tuple[str, str] | None = None
    cites: frozenset[str] = frozenset()


def sentences_in_templates(
    template: str, environment: jinja2.Environment, comparing: re.Pattern[str]
) -> list[Sentence]:
    """Return the sentences of a template and of all that it extends, includes or imports."""
    trees = sorted(reached_templates(template, environment).items())
    pages = [(tree, path) for name, (tree, path) in trees if name.endswith(".html")]
    macros = _macro_strengths(tree for tree, _ in pages)
    found: list[Sentence] = []
    for tree, path in pages:
        scope = Scope(macros=macros)
        pieces = list(_pieces(tree, Piece("", 1), scope))
        found += _sentences(pieces, path, comparing)
    return found


def sentences_in_description(
    description: Description, comparing: re.Pattern[str]
) -> Iterator[Sentence]:
    """Yield the sentences in the texts of a report.toml that state something."""
    for place, text in every_text(description.report):
        if not any(name in place for name in _STATING):
            continue
        line = nearest_line(description.lines, place) or 1
        for sentence in re.split(r"(?<=[.!?])\s+|\n\s*\n", text):
            word = comparing.search(sentence)
            is_literature = "[@" in sentence
            problem = f"it compares ({word[0]!r}), and a text knows no results" if word else ""
            if sentence.strip() and not sentence.rstrip().endswith("?"):
                shown = " ".join(sentence.split())
                yield Sentence(str(description.path), line, shown, problem, is_literature)


def _macro_strengths(trees: Iterable[nodes.Template]) -> Mapping[str, Strength]:
    """Return on what each macro's text rests, whatever it is given."""
    found: dict[str, Strength] = {}
    for tree in trees:
        for macro in tree.find_all(nodes.Macro):
            pieces = _pieces(nodes.Template(macro.body), Piece("", 1), Scope())
            found[macro.name] = max((piece.printed for piece in pieces), default=Strength.NONE)
    return found


def _pieces(node: nodes.Node, around: Piece, scope: Scope) -> Iterator[Piece]:
    """Yield what a node prints, in order, each piece with what guards it."""
    match node:
        case nodes.Output():
            for part in node.nodes:
                yield from _printed(part, around, scope)
        case nodes.If():
            yield from _branches(node, around, scope)
        case nodes.For():
            inner = scope.inner()
            inner.define(node.target, scope.strength(node.iter))
            body = _under(around, scope, [node.iter, *([node.test] if node.test else [])])
            for child in [*node.body, *node.else_]:
                yield from _pieces(child, body, inner)
        case nodes.Macro():
            yield replace(around, text="\x1f", line=node.lineno)
            inner, alone = scope.inner(), replace(around, guard=Strength.NONE)
            for child in node.body:
                yield from _pieces(child, alone, inner)
            yield replace(around, text="\x1f", line=node.lineno)
        case nodes.Assign():
            scope.assign(node.target, node.node)
        case nodes.Import():
            scope.modules.add(node.target)
        case nodes.Block():
            inner = scope.inner()
            for child in node.body:
                yield from _pieces(child, around, inner)
        case _ if (mark := mark_of(node)) is not None:
            for child in node.body:  # type: ignore[attr-defined]
                yield from _pieces(child, replace(around, mark=mark), scope)
        case nodes.CallBlock() if is_waived(node):
            for child in node.body:
                yield from _pieces(child, around, scope)
        case _:
            for child in node.iter_child_nodes():
                yield from _pieces(child, around, scope)


def _branches(node: nodes.If, around: Piece, scope: Scope) -> Iterator[Piece]:
    tests: list[nodes.Node] = []
    for branch in [node, *node.elif_]:
        tests.append(branch.test)
        inner = _under(around, scope, tests)
        for child in branch.body:
            yield from _pieces(child, inner, scope)
    for child in node.else_:
        yield from _pieces(child, _under(around, scope, tests), scope)


def _under(around: Piece, scope: Scope, tests: Iterable[nodes.Node]) -> Piece:
    """Return the guard within a branch that all these conditions lead to."""
    return replace(around, guard=max([around.guard, *map(scope.strength, tests)]))


def _printed(part: nodes.Node, around: Piece, scope: Scope) -> Iterator[Piece]:
    line = part.lineno or around.line  # what a tag brings has no line of its own
    match part:
        case nodes.TemplateData():
            yield replace(around, text=part.data, line=line)
        case nodes.Const() if isinstance(part.value, str):
            yield replace(around, text=part.value, line=line)
        case nodes.CondExpr():
            inner = _under(around, scope, [part.test])
            for branch in (part.expr1, part.expr2):
                yield from _printed(branch, inner, scope) if branch is not None else ()
        case nodes.Concat() | nodes.Add():
            for child in part.iter_child_nodes():
                yield from _printed(child, around, scope)
        case nodes.Filter() if part.node is not None and isinstance(part.node, nodes.Const):
            yield from _printed(part.node, around, scope)
        case nodes.MarkSafe() | nodes.MarkSafeIfAutoescape():
            yield from _printed(part.expr, around, scope)
        case _:
            cites = frozenset(_cited(part))
            strength = scope.strength(part)
            yield replace(around, text=COMPUTED, line=line, printed=strength, cites=cites)


def _cited(node: nodes.Node) -> Iterator[str]:
    for call in [node, *node.find_all(nodes.Call)]:
        if not isinstance(call, nodes.Call) or not isinstance(call.node, nodes.Name):
            continue
        if call.node.name == "cite":
            yield from (str(it.value) for it in call.args if isinstance(it, nodes.Const))


def _sentences(pieces: list[Piece], file: str, comparing: re.Pattern[str]) -> Iterator[Sentence]:
    whole = "".join(piece.text for piece in pieces)
    read = _BREAK.sub(lambda found: "\x1f" + " " * (len(found[0]) - 1), whole)
    read = UNREAD.sub(lambda found: " " * len(found[0]), read)
    read = re.sub(r"&#?\w+;", lambda found: " " * len(found[0]), read)
    begin = 0
    for end in [*(found.end() for found in _END.finditer(read)), len(read)]:
        parts = list(_within(pieces, read, begin, end))
        begin = end
        text = " ".join("".join(text for _, text, _ in parts).replace("\x1f", " ").split())
        if _WORD.search(text):
            problem = _problem([(piece, text) for piece, text, _ in parts], comparing)
            line = next(line for _, text, line in parts if text.strip("\x1f \n\t"))
            is_marked = any(piece.mark and text.strip() for piece, text, _ in parts)
            yield Sentence(file, line, text, problem, is_marked)


def _within(
    pieces: list[Piece], read: str, begin: int, end: int
) -> Iterator[tuple[Piece, str, int]]:
    """Yield the pieces between two places, what is read of each, and the line where it begins."""
    start = 0
    for piece in pieces:
        stop = start + len(piece.text)
        low, high = max(start, begin), min(stop, end)
        if low < high:
            text = read[low:high]
            blank = len(text) - len(text.lstrip("\x1f \n\t"))
            line = piece.line + piece.text.count("\n", 0, low - start + blank)
            yield piece, text, line
        start = stop


def _problem(parts: list[tuple[Piece, str]], comparing: re.Pattern[str]) -> str:
    """Return why a sentence is not guarded."""
    for piece, text in parts:
        if piece.mark is not None and (problem := _mark_problem(piece, text, parts, comparing)):
            return problem
    plain = [(piece, text) for piece, text in parts if piece.mark is None]
    selects = any(piece.printed is Strength.VERDICT for piece, _ in plain)
    loose = " ".join(text for piece, text in plain if piece.guard < Strength.VERDICT)
    if (word := comparing.search(loose)) and not selects:
        return f"it compares ({word[0]!r}) outside of a claim"
    free = " ".join(text for piece, text in plain if piece.guard is Strength.NONE)
    is_computed = any(piece.printed > Strength.NONE for piece, _ in plain)
    if len(_WORD.findall(free)) >= FEWEST_WORDS and not is_computed:
        return "it prints no fact and stands under no condition"
    return ""


def _mark_problem(
    piece: Piece, text: str, parts: list[tuple[Piece, str]], comparing: re.Pattern[str]
) -> str:
    kind, reason = piece.mark or ("", "")
    if piece.printed > Strength.NONE:
        return f"an {kind} mark holds a number or a name that is computed".replace(
            "an lit", "a lit"
        )
    if word := comparing.search(text) or re.search(r"\d+", text):
        return f"what is marked as {kind} holds a number or a comparison ({word[0]!r})"
    cited = {key for it, _ in parts if it.mark == piece.mark for key in it.cites}
    if kind == "literature" and reason not in cited:
        return f"what is marked as literature does not cite {reason!r}"
    return ""


def read_sentences(template: str, folder: Path, description: Description) -> list[Sentence]:
    """Return every sentence of a write-up: of its templates, the shipped ones and its texts.

    Args:
        template: Its file name.
        folder: Of the report.
        description: Its report.toml.
    """
    comparing = comparing_words(folder)
    found = sentences_in_templates(template, open_templates(folder), comparing)
    return [*found, *sentences_in_description(description, comparing)]


def comparing_words(folder: Path) -> re.Pattern[str]:
    """Return what finds the words of comparison of every language that a report may be in."""
    own, shipped = folder / "locale", catalogues_folder()
    codes = sorted({*languages(own), *languages(shipped)})
    patterns = [load_report_words(code, folder)("guard.comparing") for code in codes]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE)
