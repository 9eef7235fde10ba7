"""Text of a BibTeX field: LaTeX in, text with marks for what is set otherwise out.

The marks are private characters, one to begin and one to end each form (`FORMS`). They pass
through sorting, abbreviation and escaping unharmed, and become HTML at the very end; input that
holds such characters loses them.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from pylatexenc import latex2text, latexwalker, macrospec

FORMS = {
    "i": ("\ue000", "\ue001"), "b": ("\ue002", "\ue003"), "sub": ("\ue004", "\ue005"),
    "sup": ("\ue006", "\ue007"), "code": ("\ue008", "\ue009"), "small": ("\ue00a", "\ue00b"),
    "case": ("\ue00c", "\ue00d"),
}  # fmt: skip
"""Name of a form, and the marks around it; `case`: letters keep their case."""
OTHERS = "\ue00e"
"""Stands for the authors that `and others` leaves out."""
PRIVATE = re.compile("[\ue000-\uf8ff]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_PLAIN_TEXT = re.compile(r"(?:[\w\s.,:;/()!?+*=@|]|-(?!-)){0,2000}")
"""What means the same in LaTeX and outside of it."""

DEEPEST = 40
LONGEST = 20_000

_SET = {"textit": "i", "emph": "i", "textsl": "i", "mkbibemph": "i", "textbf": "b",
        "mkbibbold": "b", "texttt": "code", "textsc": "small", "textsubscript": "sub",
        "textsuperscript": "sup", "mkbibsuperscript": "sup"}  # fmt: skip
_PLAIN = ("textrm", "textsf", "textup", "textmd", "textnormal", "mbox", "hbox", "url", "nolinkurl",
          "path", "uppercase", "MakeUppercase", "lowercase", "MakeLowercase", "enquote",
          "mkbibquote", "mkbibparens", "NoCaseChange", "text", "ensuremath", "mathrm", "mathit",
          "mathbf", "mathsf")  # fmt: skip
_NOTHING = ("newblock", "noopsort", "bibstring", "protect", "relax", "sortnoop", "hspace", "vspace",
            "hskip", "nobreak", "allowbreak", "-", "/", "xspace", "unskip", "leavevmode",
            "bf", "it", "em", "sc", "tt", "rm", "sf", "sl", "bfseries", "itshape", "scshape",
            "small", "footnotesize", "normalfont", "upshape", "slshape")  # fmt: skip
_ARGUMENT_LOST = ("noopsort", "sortnoop", "hspace", "vspace")
_ELSEWHERE = ("cite", "citep", "citet", "ref", "eqref", "label", "footnote", "input", "include",
              "includegraphics", "item", "today")  # fmt: skip
_CHARACTERS = {"LaTeX": "LaTeX", "TeX": "TeX", "BibTeX": "BibTeX", "XeTeX": "XeTeX", "hyphen": "-",
               "LaTeXe": "LaTeX2ε", "textquotesingle": "'", "textendash": "–", "textemdash": "—",
               "slash": "/", "textasciitilde": "~", "textunderscore": "_", "textbackslash": "\\",
               "bibrangedash": "–", "adddot": ".", "addcomma": ",", "addspace": " ", "space": " ",
               "addcolon": ":", "ndash": "–", "mdash": "—", "cprime": "ʹ", "textprime": "′",
               "AM": "AM", "PM": "PM"}  # fmt: skip
_QUOTED = {"enquote": "“{}”", "mkbibquote": "“{}”", "mkbibparens": "({})"}
_CASED = {"uppercase": str.upper, "MakeUppercase": str.upper, "lowercase": str.lower,
          "MakeLowercase": str.lower}  # fmt: skip


@dataclass(frozen=True)
class Latex:
    """The text of a field.

    Attributes:
        text: With marks.
        problems: Why the field cannot be set.
        unknown: Names of macros that nothing here knows; their arguments are kept as text.
    """

    text: str = ""
    problems: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@lru_cache(maxsize=8192)
def read_latex(source: str) -> Latex:
    """Return the text of a field, or why it cannot be read."""
    if _PLAIN_TEXT.fullmatch(source):
        return Latex(" ".join(source.split()))
    if len(source) > LONGEST:
        return Latex(problems=(f"is {len(source)} characters long; at most {LONGEST} are set",))
    if (depth := _depth(source)) > DEEPEST:
        return Latex(problems=(f"nests {depth} braces; at most {DEEPEST} are set",))
    clean = CONTROL.sub("", PRIVATE.sub("", source))
    # A percent sign starts a comment in LaTeX only; in BibTeX's fields people mean the sign.
    clean = re.sub(r"(?<!\\)%", r"\\%", clean)
    clean = re.sub(r"\\([-/])", "", clean)
    printer = _Printer()
    try:
        walker = latexwalker.LatexWalker(
            clean, latex_context=_walker_context(), tolerant_parsing=True
        )
        text = printer.nodelist_to_text(walker.get_latex_nodes()[0])
    except Exception as error:  # the library raises errors of any kind for odd input
        reason = (str(error).splitlines() or [""])[0] or type(error).__name__
        return Latex(problems=(f"cannot be read as LaTeX: {reason}",))
    if printer.broken:
        named = ", ".join(f"\\{name}" for name in dict.fromkeys(printer.broken))
        return Latex(
            problems=(f"cannot be read as LaTeX: {named} lacks what stands in its braces",)
        )
    text = text.replace("`", "‘").replace("'", "’")
    return Latex(_one_case(" ".join(text.split())), unknown=tuple(dict.fromkeys(printer.unknown)))


def bare(text: str) -> str:
    """Return a text without its marks."""
    return PRIVATE.sub("", text)


def _depth(source: str) -> int:
    """Return how deep braces and arguments nest."""
    depth = deepest = 0
    for sign in source:
        depth += (sign in "{[") - (sign in "}]" and depth > 0)
        deepest = max(deepest, depth)
    return max(deepest, source.count("^") // 20, source.count("\\begin"))


def _one_case(text: str) -> str:
    """Keep only the outermost of the marks that protect the case of letters."""
    on, off = FORMS["case"]
    depth, kept = 0, []
    for sign in text:
        depth -= sign == off
        if sign not in (on, off) or depth == 0:
            kept.append(sign)
        depth += sign == on
    return "".join(kept)


class _Printer(latex2text.LatexNodes2Text):  # type: ignore[misc]  # pylatexenc publishes no types
    """Prints nodes with marks, and collects the macros that it does not know."""

    def __init__(self) -> None:
        super().__init__(latex_context=_text_context(), math_mode="text", strict_latex_spaces=True)
        self._within = 0  # macros whose arguments are being printed
        self.unknown: list[str] = []
        self.broken: list[str] = []

    def group_node_to_text(self, node: Any) -> str:
        """Return the text of braces, whose letters keep their case unless a macro comes first."""
        source = node.latex_verbatim()
        text = self._groupnodecontents_to_text(node)
        if source.startswith("{\\"):
            return _old_font(source, text)
        protects = not self._within and re.search(r"[^\W\d_]", text)
        return _marked("case", text) if protects else text

    def macro_node_to_text(self, node: Any) -> str:
        """Return the text of a macro; what it is given is kept where it is unknown."""
        name = node.macroname
        if name in _NOTHING:
            return ""
        if _lacks_argument(node):
            self.broken.append(name)
            return ""
        known = getattr(self.latex_context.get_macro_spec(name), "macroname", "") == name
        if name in _ELSEWHERE or not known:
            self.unknown.append(name)
            return ""
        self._within += 1
        text = str(super().macro_node_to_text(node))
        self._within -= 1
        return text

    def math_node_to_text(self, node: Any) -> str:
        """Return the text of a formula: variables slanted, exponents raised."""
        text = "".join(self._math(node.nodelist))
        return " ".join(text.split())

    def _math(self, nodes: Any) -> Iterator[str]:
        """Yield the text of a formula's nodes; `^` and `_` take the node after them."""
        raised = ""
        for node in nodes:
            if isinstance(node, latexwalker.LatexGroupNode):
                text = "".join(self._math(node.nodelist))
            elif isinstance(node, latexwalker.LatexCharsNode):
                text = node.chars
            else:
                text = self.node_to_text(node)
            if raised and text.strip():
                grouped = isinstance(node, latexwalker.LatexGroupNode | latexwalker.LatexMacroNode)
                cut = len(text) if grouped else 1
                yield _marked(raised, _slanted(text[:cut]))
                raised, text = "", text[cut:]
            while text:
                found = re.search(r"[\^_]", text)
                if found is None or isinstance(node, latexwalker.LatexGroupNode):
                    yield _slanted(text)
                    break
                yield _slanted(text[: found.start()])
                kind, rest = ("sup" if found[0] == "^" else "sub"), text[found.end() :].lstrip()
                if not rest:
                    raised = kind
                    break
                yield _marked(kind, _slanted(rest[:1]))
                text = rest[1:]


def _lacks_argument(node: Any) -> bool:
    parser = getattr(_walker_context().get_macro_spec(node.macroname), "args_parser", None)
    given = (node.nodeargd.argnlist if node.nodeargd else None) or []
    return any(
        kind == "{" and (len(given) <= index or given[index] is None)
        for index, kind in enumerate(getattr(parser, "argspec", None) or "")
    )


def _slanted(text: str) -> str:
    if PRIVATE.search(text):
        return text
    return re.sub(r"[A-Za-z]+", lambda found: _marked("i", found[0]), text)


def _old_font(source: str, text: str) -> str:
    r"""Return the text of `{\it …}` in its form."""
    forms = {"it": "i", "em": "i", "sl": "i", "itshape": "i", "slshape": "i", "bf": "b",
             "bfseries": "b", "tt": "code", "sc": "small", "scshape": "small"}  # fmt: skip
    found = re.match(r"\{\\([a-z]+)(?![a-zA-Z])", source)
    form = forms.get(found[1]) if found else None
    return _marked(form, text.strip()) if form and text.strip() else text


def _marked(form: str, text: str) -> str:
    on, off = FORMS[form]
    return f"{on}{text}{off}"


def _argument(node: Any, printer: _Printer, number: int = 0) -> str:
    arguments = node.nodeargd.argnlist if node.nodeargd else []
    if len(arguments) <= number or arguments[number] is None:
        return ""
    argument = arguments[number]
    if isinstance(argument, latexwalker.LatexGroupNode):
        return str(printer._groupnodecontents_to_text(argument))
    return str(printer.node_to_text(argument))


def _printed(name: str) -> Any:
    """Return the function that prints a macro of one argument."""

    def print_macro(node: Any, l2tobj: _Printer) -> str:
        text = _argument(node, l2tobj)
        if name in _SET:
            return _marked(_SET[name], text) if text else ""
        return _QUOTED.get(name, "{}").format(_CASED.get(name, str)(text))

    return print_macro


def _link(node: Any, l2tobj: _Printer) -> str:
    """Return the text of a link, and its address for those who read on paper."""
    text, address = _argument(node, l2tobj, 1), _argument(node, l2tobj)
    return text if address.removeprefix("https://") in text else f"{text} ({address})"


@cache
def _text_context() -> Any:
    context = latex2text.get_default_latex_context_db()
    spec = latex2text.MacroTextSpec
    context.add_context_category(
        "fields",
        prepend=True,
        macros=[
            *(spec(name, simplify_repl=_printed(name)) for name in (*_SET, *_PLAIN)),
            *(spec(name, simplify_repl=text) for name, text in _CHARACTERS.items()),
            *(spec(name, discard=True) for name in _NOTHING),
            spec("href", simplify_repl=_link),
        ],
    )
    return context


@cache
def _walker_context() -> Any:
    context = latexwalker.get_default_latex_context_db()
    spec = macrospec.MacroSpec
    context.add_context_category(
        "fields",
        prepend=True,
        macros=[
            *(spec(name, "{") for name in (*_SET, *_PLAIN, *_ARGUMENT_LOST)),
            *(spec(name, "") for name in (*_CHARACTERS, *set(_NOTHING) - set(_ARGUMENT_LOST))),
            spec("href", "{{"),
        ],
    )
    return context
