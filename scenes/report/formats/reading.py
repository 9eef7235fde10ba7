"""The filled HTML of a report as a tree of blocks, for formats that have no style sheet.

What style sheet and browser add to the HTML stands in the tree: numbers of tables, formulas as TeX
and not as pictures, notes. What only serves a page or a screen is left out: contents, links from
each number to the list of them, and that list.
"""

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.etree import ElementTree

from scenes.errors import RenderError
from scenes.report.formats.html_tree import prepare
from scenes.report.formats.nodes import (
    Node,
    attributes,
    attributes_of,
    div,
    has_class,
    joined,
    link,
    number_in,
    pair_of,
    para,
    span,
    strong,
    text,
    walk,
    words_of,
)
from scenes.report.formats.pandoc import read_html
from scenes.report.markup.html5 import parse

KEPT = frozenset({"label", "notice", "question", "references", "table-note", "title-page",
                  "institution", "course", "subtitle", "authors", "date", "abstract-label",
                  "abstract"})  # fmt: skip
"""Classes of boxes that mean something to every format."""
SPANS = frozenset({"author", "cites", "label", "ordinal"})
_EPOCH = 315532800  # 1980-01-01, the first day that a zip file can name


@dataclass(frozen=True)
class Content:
    """A document without the form that a style sheet gives.

    Attributes:
        language: Of the text, as HTML names it.
        title: Inlines.
        authors: Inlines for each.
        lines: What else the title page says, in order: institution, course, date.
        abstract: Blocks.
        abstract_label: What stands above it.
        contents_label: The heading of the contents; empty where the document has none.
        body: Blocks; figures and tables have their printed label as the attribute `label`, and
            pictures the name of their file.
        pictures: Those that it shows, by the names of their files.
        epoch: Seconds since 1970 of the results that it tells of.
        page: Its size, `a4` or `letter`.
        columns: Of the text.
    """

    language: str
    title: list[Node]
    subtitle: list[Node] = field(default_factory=list)
    authors: list[list[Node]] = field(default_factory=list)
    lines: list[list[Node]] = field(default_factory=list)
    abstract: list[Node] = field(default_factory=list)
    abstract_label: str = ""
    contents_label: str = ""
    body: list[Node] = field(default_factory=list)
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    epoch: int = _EPOCH
    page: str = "a4"
    columns: int = 1

    def word(self, kind: str) -> str:
        """Return what stands before the number of a `Figure` or `Table`; empty without any."""
        labels = (pair_of(it, "label") for it in self.body if it["t"] == kind)
        label = next((it for it in labels if it), "")
        return label.removesuffix(".").removesuffix(number_in(label.removesuffix("."))).strip()


def read_content(html: str, assets: Mapping[str, bytes]) -> Content:
    """Return the content of a filled document.

    Args:
        html: The document.
        assets: Pictures by the names that it uses.
    """
    tree = parse(html, namespace_html_elements=False)
    contents = tree.find(".//h2[@id='contents']")
    prepare(tree)
    cleaned = ElementTree.tostring(tree, encoding="unicode", method="html")
    pictures: dict[str, bytes] = {}
    blocks = _number_tables(walk(read_html(cleaned), _simplify))
    page = next((it for it in blocks if has_class(it, "title-page")), None)
    body = walk([it for it in blocks if it is not page], _open_boxes)
    body = walk(body, lambda node: [_take_picture(node, assets, pictures)])
    metas = {it.get("name", ""): it.get("content", "") for it in tree.iter("meta")}
    whole = Content(
        language=tree.get("lang", "en"),
        title=text(tree.findtext("head/title", "").strip()),
        contents_label=(contents.text or "").strip() if contents is not None else "",
        body=body,
        pictures=pictures,
        epoch=_epoch(metas.get("dcterms.created", "")),
        **_layout(tree),
    )
    return _with_title_page(whole, page["c"][1]) if page else whole


def _layout(tree: ElementTree.Element) -> dict[str, Any]:
    """Return what the document says of its pages."""
    body = tree.find("body")
    known = {} if body is None else body.attrib
    return {
        "page": known.get("data-page", "a4"),
        "columns": int(known.get("data-columns", "1")),
    }


def _epoch(created: str) -> int:
    try:
        return max(_EPOCH, int(datetime.fromisoformat(created).timestamp()))
    except ValueError:
        return _EPOCH


def _simplify(node: Node) -> Sequence[Node]:
    """Return a node without what only a style sheet or a browser reads."""
    simple = _SIMPLER.get(node["t"])
    return simple(node) if simple else (node,)


def _simple_image(node: Node) -> Sequence[Node]:
    if has_class(node, "math"):
        return ({"t": "Math", "c": [{"t": "InlineMath"}, words_of(node["c"][1])]},)
    return ({"t": "Image", "c": [attributes(), *node["c"][1:]]},)


def _simple_span(node: Node) -> Sequence[Node]:
    (name, classes, _), inner = node["c"]
    if "footnote" in classes:
        return ({"t": "Note", "c": [para(inner)]},)
    if "display" in classes:
        return [
            {"t": "Math", "c": [{"t": "DisplayMath"}, it["c"][1]]} if it["t"] == "Math" else it
            for it in inner
        ]
    if "points" in classes:
        return (*text(" ("), *inner, *text(")"))
    if kept := SPANS & set(classes):
        return ({"t": "Span", "c": [attributes(name, sorted(kept)), inner]},)
    return (span(inner, name=name),) if name else inner


def _simple_link(node: Node) -> Sequence[Node]:
    inner: list[Node] = node["c"][1]
    target: str = node["c"][2][0]
    if has_class(node, "fact") or target.startswith("#fact-"):
        return inner
    plain_link = link(inner, target)
    if has_class(node, "see-table"):
        plain_link["c"][0] = attributes("", ["see-table"])
    return (plain_link,)


def _simple_div(node: Node) -> Sequence[Node]:
    (name, classes, _), inner = node["c"]
    if kept := KEPT & set(classes):
        return ({"t": "Div", "c": [attributes(name, sorted(kept)), inner]},)
    return (div(inner, name=name),) if name.startswith("ref-") else inner


def _simple_header(node: Node) -> Sequence[Node]:
    level, (name, _, _), inner = node["c"]
    return ({"t": "Header", "c": [max(1, level - 1), attributes(name), inner]},)


def _simple_figure(node: Node) -> Sequence[Node]:
    (name, classes, _), caption, blocks = node["c"]
    inlines = [it for block in caption[1] for it in block["c"]]
    label = next((it for it in inlines if has_class(it, "label")), None)
    if not name or label is None or inlines[0] is not label:
        label, rest = None, inlines
    else:
        rest = inlines[2:] if inlines[1:2] == [{"t": "Space"}] else inlines[1:]
    said = words_of([label]) if label else ""
    kinds = [it for it in classes if it in ("image", "exhibit", "preview", "summary")]
    inner = [{"t": "Plain", "c": rest}] if rest else []
    named = attributes(name, kinds, label=said)
    return ({"t": "Figure", "c": [named, [None, inner], blocks]},)


_SIMPLER: dict[str, Callable[[Node], Sequence[Node]]] = {
    "Image": _simple_image,
    "Span": _simple_span,
    "Link": _simple_link,
    "Div": _simple_div,
    "Header": _simple_header,
    "Figure": _simple_figure,
}


def _number_tables(blocks: list[Node]) -> list[Node]:
    """Write the numbers that the style sheet of the page counts."""
    numbers: dict[str, int] = {}

    def number(node: Node) -> Sequence[Node]:
        if node["t"] != "Table" or not node["c"][1][1]:
            return (node,)
        name, classes, _ = node["c"][0]
        numbers[name or f"table {len(numbers)}"] = count = len(numbers) + 1
        label = f"{pair_of(node, 'label')} {count}.".strip()
        return ({"t": "Table", "c": [attributes(name, classes, label=label), *node["c"][1:]]},)

    def refer(node: Node) -> Sequence[Node]:
        if node["t"] != "Link" or not has_class(node, "see-table"):
            return (node,)
        _, inner, (target, _) = node["c"]
        known = numbers.get(target.removeprefix("#"), "")
        return (link([*inner, *text(str(known))], target),)

    return walk(walk(blocks, number), refer)


def _open_boxes(node: Node) -> Sequence[Node]:
    """Return a box of the text in a form that every format has."""
    if node["t"] == "Span" and has_class(node, "label"):
        return (strong(node["c"][1]),)
    if node["t"] != "Div":
        return (node,)
    inner = node["c"][1]
    if has_class(node, "label"):
        return [para([strong(block["c"])]) if block["t"] == "Para" else block for block in inner]
    if has_class(node, "question"):
        return ({"t": "BlockQuote", "c": inner},)
    is_kept = {"references", "table-note", "notice"} & set(attributes_of(node)[1])
    return (node,) if is_kept or attributes_of(node)[0].startswith("ref-") else inner


def _take_picture(node: Node, assets: Mapping[str, bytes], pictures: dict[str, bytes]) -> Node:
    """Return a picture that is called by the name of its file; other nodes as they are."""
    if node["t"] != "Image":
        return node
    _, words, (source, _) = node["c"]
    if source.startswith("data:"):
        name, data = _inline_picture(source)
    else:
        name = source.removeprefix("asset:")
        if name not in assets:
            raise RenderError(f"there is no picture named {name}")
        data = assets[name]
    pictures[name] = data
    return {"t": "Image", "c": [attributes(), words, [name, ""]]}


def _inline_picture(source: str) -> tuple[str, bytes]:
    """Return name and bytes of a picture that stands in the document itself."""
    head, _, body = source.partition(",")
    data = base64.b64decode(body) if head.endswith(";base64") else unquote_to_bytes(body)
    kind = head.removeprefix("data:image/").split(";")[0].removesuffix("+xml")
    return f"inline/{hashlib.sha256(data).hexdigest()[:16]}.{kind}", data


def _with_title_page(content: Content, blocks: Sequence[Node]) -> Content:
    """Return a document with what its title page says."""
    boxes = {name: it for it in blocks for name in attributes_of(it)[1] if it["t"] == "Div"}

    def inlines(name: str) -> list[Node]:
        found = boxes[name]["c"][1] if name in boxes else []
        return joined((it["c"] for it in found if it["t"] in ("Para", "Plain")), text(" "))

    heading = next((it["c"][2] for it in blocks if it["t"] == "Header"), content.title)
    abstract = boxes["abstract"]["c"][1] if "abstract" in boxes else []
    return replace(
        content,
        title=heading,
        subtitle=inlines("subtitle"),
        authors=_authors(inlines("authors")),
        lines=[found for name in ("institution", "course", "date") if (found := inlines(name))],
        abstract=walk([it for it in abstract if not has_class(it, "abstract-label")], _open_boxes),
        abstract_label=words_of([it for it in abstract if has_class(it, "abstract-label")]).strip(),
    )


def _authors(inlines: Sequence[Node]) -> list[list[Node]]:
    """Return the names of the title page, each of which ends where the next one begins."""
    authors: list[list[Node]] = [[]]
    for node in inlines:
        if node["t"] == "Span" and has_class(node, "author"):
            authors += [node["c"][1], []]
        else:
            authors[-1].append(node)
    return [it for it in authors if words_of(it).strip()]
