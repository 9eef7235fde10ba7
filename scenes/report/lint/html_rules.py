"""What the HTML of a report may hold: a document in, everything that is not on the list out.

A report may come from anywhere, and its templates may write anything. Elements, attributes and
addresses are allowed by name; everything else is refused, known to be harmful or not. The parser is
the one that WeasyPrint uses, which follows the same rules as browsers.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import tinycss2

from scenes.report.markup.html5 import HTMLParser

TEXT = {
    "a", "abbr", "address", "article", "aside", "b", "bdi", "bdo", "blockquote", "body", "br",
    "caption", "cite", "code", "col", "colgroup", "data", "dd", "del", "details", "dfn", "div",
    "dl", "dt", "em", "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "head",
    "header", "hgroup", "hr", "html", "i", "img", "ins", "kbd", "li", "main", "mark", "meta", "nav",
    "ol", "p", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "span", "strong",
    "style", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time",
    "title", "tr", "u", "ul", "var", "wbr",
}  # fmt: skip
DRAWING = {
    "circle", "clippath", "defs", "desc", "ellipse", "g", "line", "lineargradient", "marker",
    "mask", "path", "pattern", "polygon", "polyline", "radialgradient", "rect", "stop", "svg",
    "symbol", "text", "textpath", "tspan", "use",
}  # fmt: skip
"""Elements of SVG in lower case, as a parser finds them: those that draw, and neither run nor
fetch. `set` and `animate` are not among them, as they can turn a link into another one."""

EVERYWHERE = {"class", "dir", "hidden", "id", "lang", "role", "style", "tabindex", "title"}
ATTRIBUTES = {
    "a": {"href", "hreflang", "rel"},
    "col": {"span"},
    "colgroup": {"span"},
    "data": {"value"},
    "del": {"datetime"},
    "details": {"open"},
    "img": {"alt", "height", "src", "width"},
    "ins": {"datetime"},
    "li": {"value"},
    "meta": {"charset", "content", "name"},
    "ol": {"reversed", "start", "type"},
    "style": {"media"},
    "td": {"colspan", "headers", "rowspan"},
    "th": {"abbr", "colspan", "headers", "rowspan", "scope"},
    "time": {"datetime"},
}
FOR_DRAWING = {
    "alignment-baseline", "clip-path", "clip-rule", "clippathunits", "color", "cx", "cy", "d",
    "display", "dominant-baseline", "dx", "dy", "fill", "fill-opacity", "fill-rule", "font-family",
    "font-size", "font-style", "font-weight", "gradienttransform", "gradientunits", "height",
    "href", "letter-spacing", "marker-end", "marker-mid", "marker-start", "markerheight",
    "markerunits", "markerwidth", "mask", "maskunits", "offset", "opacity", "orient",
    "patterntransform", "patternunits", "points", "preserveaspectratio", "r", "refx", "refy",
    "rotate", "rx", "ry", "spreadmethod", "startoffset", "stop-color", "stop-opacity", "stroke",
    "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin",
    "stroke-miterlimit", "stroke-opacity", "stroke-width", "text-anchor", "textlength", "transform",
    "version", "viewbox", "visibility", "width", "word-spacing", "x", "x1", "x2", "xlink:href",
    "xml:space", "xmlns", "xmlns:xlink", "y", "y1", "y2",
}  # fmt: skip

LINKS = "#…, http:, https: or mailto:"
PICTURES = (
    "a picture file in the report's folder, or data: of a PNG, JPEG, GIF, WebP or SVG picture"
)
_LINK = re.compile(r"#|https?://|mailto:", re.IGNORECASE)
_PICTURE = re.compile(r"asset:|data:image/(png|jpeg|gif|webp|svg\+xml)[;,]", re.IGNORECASE)
_OWN = re.compile(
    r"(\./)?(?![./\s])([^/\\:?#<>\x00-\x1f]+/(?!\.))*[^/\\:?#<>\x00-\x1f]+\.(svg|png|apng|jpe?g|jpe|jfif|webp"
    r"|gif|bmp|dib|tiff?|p[pgbn]m)",
    re.IGNORECASE,
)
"""Address of a file in a folder or below, by a name that a picture has."""
_STYLED = re.compile(
    r"#|asset:|data:(image/(png|jpeg|gif|webp|svg\+xml)|font/(otf|ttf|woff2?))[;,]", re.IGNORECASE
)
_UNKNOWN = "\ue010"
_EXPRESSION = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_TAG = re.compile(r"\{#.*?#\}|\{%.*?%\}", re.DOTALL)
_FETCHES = ("import", "namespace", "charset")


@dataclass(frozen=True)
class Forbidden:
    """Something that a report may not hold.

    Attributes:
        what: Names it and says what is allowed instead.
        element: Name of the element in which it is, in lower case.
        end: Offset in the HTML just behind the start tag of that element.
    """

    what: str
    element: str
    end: int


def find_forbidden(html: str) -> list[Forbidden]:
    """Return everything in a document that a report may not hold, in order."""
    html = html.replace("\r\n", "\n").replace("\r", "\n")
    starts = [0, *accumulate(len(line) + 1 for line in html.split("\n"))]
    parser = _Watcher()
    tree = parser.parse(html)
    found = []
    for element, attributes, (line, column) in parser.tags:
        end = starts[line - 1] + column
        found += [Forbidden(what, element, end) for what in _in_tag(element, attributes)]
    return found + [
        Forbidden(what, "style", html.find(node.text or "") + 1)
        for node in tree.iter()
        if isinstance(node.tag, str) and node.tag.rpartition("}")[2] == "style"
        for what in _in_css("".join(node.itertext()))
    ]


def find_forbidden_in_source(source: str) -> list[tuple[int, str]]:
    """Return what a template writes literally that a report may not hold, each with its line.

    What an expression writes is known only when the template is filled, and is left until then.
    """
    literal = _literal(source)
    return [
        (literal.count("\n", 0, max(0, it.end - 1)) + 1, it.what)
        for it in find_forbidden(literal)
        if _UNKNOWN not in it.what
    ]


def _literal(source: str) -> str:
    """Return what a template writes itself, each of its expressions as one character."""
    literal = _TAG.sub(lambda found: "\n" * found[0].count("\n"), source)
    return _EXPRESSION.sub(lambda found: _UNKNOWN + "\n" * found[0].count("\n"), literal)


@dataclass(frozen=True)
class Pictured:
    """A picture that a template shows.

    Attributes:
        line: Counted from 1.
        source: Its address; None where an expression writes it.
        has_text: Whether it has a text alternative, or may have one.
    """

    line: int
    source: str | None
    has_text: bool


def find_pictures_in_source(source: str) -> Iterator[Pictured]:
    """Yield every picture that a template writes literally."""
    parser = _Watcher()
    parser.parse(_literal(source))
    for element, attributes, (line, _) in parser.tags:
        if element == "img":
            known = dict(reversed(attributes))  # of a repeated attribute the first one counts
            address = known.get("src", "")
            yield Pictured(
                line, None if _UNKNOWN in address else address, bool(known.get("alt", "").strip())
            )


def find_in_drawing(element: str, attributes: Mapping[str, str], text: str) -> Iterator[str]:
    """Yield what is wrong with an element of a drawing (SVG) that stands in a file of its own."""
    if element == "style":
        yield from _in_css(text)
    for name, value in attributes.items():
        plain = name.rpartition("}")[2].lower()
        if plain.startswith("on"):
            yield f"<{element} {plain}=…>: no such attribute may stand in a report"
        elif plain in ("href", "src"):
            is_picture = element == "image" and re.match(r"data:image/(png|jpeg)[;,]", value)
            if not (is_picture or value.startswith("#")):
                yield f"<{element} {plain}={_short(value)}>: the address must be #…"
        elif "(" in value or plain == "style":
            yield from (f"<{element} {plain}=…>: {what}" for what in _in_css(value))


class _Watcher(HTMLParser):  # type: ignore[misc]  # published without types
    """Parses a document and keeps every start tag, even those that the tree does not take."""

    def reset(self) -> None:
        """Begin a parse: the tokenizer is new."""
        super().reset()
        self.tags: list[tuple[str, list[tuple[str, str]], tuple[int, int]]] = []
        tokenizer = self.tokenizer
        emit = tokenizer.emit_current_token

        def emit_watched() -> None:
            token = tokenizer.current_token
            # A list until it is emitted, with repeated attributes; an end tag has none to check.
            attributes = [(str(name), str(value)) for name, value in token["data"]]
            emit()
            if "selfClosingAcknowledged" in token:
                place = tokenizer.stream.position()
                self.tags.append((str(token["name"]), attributes, place))

        tokenizer.emit_current_token = emit_watched


def _in_tag(element: str, attributes: Iterable[tuple[str, str]]) -> Iterator[str]:
    if element not in TEXT and element not in DRAWING:
        yield f"<{element}>: no such element may stand in a report"
        return
    for name, value in attributes:
        if not _is_allowed(element, name):
            yield f"<{element} {name}=…>: no such attribute may stand in a report"
        elif name == "style":
            yield from (f"<{element} style=…>: {what}" for what in _in_css(value))
        elif name in ("href", "xlink:href", "src"):
            yield from _in_address(element, name, value)
        elif element in DRAWING and "(" in value:
            yield from (f"<{element} {name}=…>: {what}" for what in _in_css(value))


def _is_allowed(element: str, name: str) -> bool:
    if name in EVERYWHERE or re.fullmatch(r"(data|aria)-[a-z-]+", name):
        return True
    return name in (FOR_DRAWING if element in DRAWING else ATTRIBUTES.get(element, ()))


def is_own_picture(source: str) -> bool:
    """Return whether an address is that of a picture file in the report's folder."""
    return _OWN.fullmatch(_address(source)) is not None


def _address(value: str) -> str:
    """Return an address as browsers take it, without spaces around it and breaks in it."""
    return re.sub(r"[\t\n\r]", "", value).strip("\x00- ")


def _in_address(element: str, name: str, value: str) -> Iterator[str]:
    """Yield what is wrong with an address."""
    address = _address(value)
    if element == "img" and is_own_picture(value):
        return
    allowed, choices = (_LINK, LINKS) if element == "a" else (_PICTURE, PICTURES)
    if element in DRAWING:
        allowed, choices = re.compile("#"), "#…"
    if not allowed.match(address):
        yield f"<{element} {name}={_short(value)}>: the address must be {choices}"


def _short(value: str) -> str:
    text = " ".join(value.split())
    return f'"{text[:60]}{"…" if len(text) > 60 else ""}"'


def _in_css(css: str) -> Iterator[str]:
    """Yield what a style asks for that is not in the document."""
    return _in_values(tinycss2.parse_component_value_list(css))


def _in_values(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if value.type == "at-keyword" and value.lower_value in _FETCHES:
            yield f"@{value.value}: a style sheet must be whole; no other one is read"
        elif value.type == "url":
            yield from _styled(value.value)
        elif value.type == "function":
            if value.lower_name in ("url", "src", "image", "image-set", "-webkit-image-set"):
                texts = (inner for inner in value.arguments if inner.type == "string")
                yield from (what for text in texts for what in _styled(text.value))
            yield from _in_values(value.arguments)
        elif isinstance(inside := getattr(value, "content", None), list):
            yield from _in_values(inside)


def _styled(address: str) -> Iterator[str]:
    if not _STYLED.match(address.strip()):
        yield f"url({_short(address)}): the address must be asset:…, #… or data: of a picture"
