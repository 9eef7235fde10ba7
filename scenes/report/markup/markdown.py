"""The text fields of a report: markdown in, HTML out.

CommonMark without raw HTML, headings and pictures, and with what a report needs beside:
formulas `$…$` and `$$…$$`, citations `[@key]` or `[@one; @two]`, references to figures, tables and
sections `[#fig:batch_size-loss]`, and footnotes `[^1]`. Anything else is text.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin

from scenes.errors import RenderError

LONGEST = 20_000
"""Characters of a text, ten pages: brackets that open in one and never close take long."""
_REFERENCE = re.compile(r"\[(?:#([\w:.+-]+)|(@[\w:.+/-]+(?:\s*;\s*@[\w:.+/-]+)*))\]")
_PLAIN = ("text", "softbreak", "hardbreak", "text_special")
_PARAGRAPH = re.compile(r"<p>((?:(?!</?p>).)*)</p>\s*", re.DOTALL)


@dataclass(frozen=True)
class Prose:
    """Turns texts into HTML.

    Attributes:
        cite: Returns the citation of some references by their keys.
        see: Returns the reference to a figure, table or section by its name.
        formula: Returns a formula in TeX's notation as a picture; True: on its own line.
    """

    cite: Callable[..., Markup]
    see: Callable[[str], Markup]
    formula: Callable[[str, bool], Markup]

    def block(self, text: str) -> Markup:
        """Return a text as paragraphs, lists and so on.

        Raises:
            RenderError: It refers to what there is not, or a formula cannot be read.
        """
        if len(text) > LONGEST:
            raise RenderError(f"a text of {len(text):,} characters; at most {LONGEST:,} are set")
        parser = _parser()
        env: dict[str, Any] = {"prose": self}
        body, notes = _split_notes(parser.parse(str(text), env))
        env["notes"] = {
            key: " ".join(parser.renderer.render([token], parser.options, env) for token in tokens)
            for key, tokens in notes.items()
        }
        html = Markup(parser.renderer.render(body, parser.options, env))
        _refuse_lost_notes(body)
        return html

    def inline(self, text: str) -> Markup:
        """Return a text of one paragraph without the paragraph around it."""
        html = self.block(text)
        only = _PARAGRAPH.fullmatch(html)
        return Markup(only.group(1)) if only else html


def marks_in(text: str) -> bool:
    """Return whether a text that is printed as it stands looks like markdown: *so* or $n^2$."""
    tokens = _parser().parseInline(text, {})
    return any(child.type not in _PLAIN for token in tokens for child in token.children or ())


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False})
    # "code": a text that is indented in its TOML file is not a program.
    parser.disable(["heading", "lheading", "image", "code", "html_block", "html_inline"])
    parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
    parser.use(footnote_plugin, inline=False)
    parser.inline.ruler.before("link", "reference", _read_reference)
    for name, rule in _RULES.items():
        parser.add_render_rule(name, rule)
    return parser


def _read_reference(state: StateInline, silent: bool) -> bool:
    found = _REFERENCE.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        token = state.push("see" if found.group(1) else "cite", "", 0)
        token.content = found.group(1) or found.group(2)
    state.pos = found.end()
    return True


def _write_cite(_: object, tokens: Sequence[Token], index: int, __: object, env: Any) -> str:
    keys = (key.strip().removeprefix("@") for key in tokens[index].content.split(";"))
    return str(env["prose"].cite(*keys))


def _write_see(_: object, tokens: Sequence[Token], index: int, __: object, env: Any) -> str:
    return str(env["prose"].see(tokens[index].content))


def _write_note(_: object, tokens: Sequence[Token], index: int, __: object, env: Any) -> str:
    return f'<span class="footnote">{env["notes"][tokens[index].meta["id"]]}</span>'


def _write_inline_math(_: object, tokens: Sequence[Token], index: int, __: object, env: Any) -> str:
    return str(env["prose"].formula(tokens[index].content, False))


def _write_display_math(
    _: object, tokens: Sequence[Token], index: int, __: object, env: Any
) -> str:
    return str(env["prose"].formula(tokens[index].content, True))


_RULES: dict[str, Callable[..., str]] = {
    "cite": _write_cite,
    "see": _write_see,
    "footnote_ref": _write_note,
    "math_inline": _write_inline_math,
    "math_inline_double": _write_display_math,
    "math_block": _write_display_math,
}


def _split_notes(tokens: Sequence[Token]) -> tuple[list[Token], dict[int, list[Token]]]:
    """Take the texts of footnotes, which the parser puts last, from those of the body."""
    ends = [index for index, token in enumerate(tokens) if token.type == "footnote_block_open"]
    end = ends[0] if ends else len(tokens)
    notes: dict[int, list[Token]] = {}
    for token in tokens[end:]:
        if token.type == "footnote_open":
            notes[token.meta["id"]] = []
        elif token.type == "inline":
            notes[next(reversed(notes))].append(token)
    return list(tokens[:end]), notes


def _refuse_lost_notes(tokens: Sequence[Token]) -> None:
    lost = dict.fromkeys(
        name for text in _texts(tokens) for name in re.findall(r"\[\^([^\]\s]+)\]", text)
    )
    if lost:
        told = (f"footnote {name!r} has no text: add a line “[^{name}]: …”" for name in lost)
        raise RenderError("; ".join(told))


def _texts(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "text":
            yield token.content
        yield from _texts(token.children or ())
