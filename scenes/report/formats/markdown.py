"""Markdown, as repositories show it: a document's content in, a text and its pictures out.

Anchors are HTML, as Markdown has none of its own; tables are Markdown's, formulas stand between
dollars.
"""

from collections.abc import Iterator, Mapping, Sequence

from scenes.report.formats.nodes import (
    Node,
    attributes,
    attributes_of,
    has_class,
    joined,
    pair_of,
    para,
    plain,
    raw,
    strong,
    text,
    walk,
)
from scenes.report.formats.pandoc import write_tree
from scenes.report.formats.pictures import as_files
from scenes.report.formats.reading import Content
from scenes.report.formats.tables import Row, read_table

TARGET = "gfm+tex_math_dollars-tex_math_gfm+raw_html"


def write_markdown(content: Content, name: str, *, pages: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of a document in Markdown, the text as `NAME.md`.

    Args:
        content: The document.
        name: Of the text, without ending.
        pages: Its drawings as PDF.

    Raises:
        RenderError: It cannot be written.
    """
    files = as_files(content.pictures, pages, keep_lines=False)
    names = {picture: file for picture, (file, _) in files.items()}
    blocks = walk([*_title_block(content), *content.body], lambda node: _change(node, names))
    source = write_tree(blocks, TARGET, metadata={}, arguments=["--wrap=none"], epoch=content.epoch)
    return {f"{name}.md": source, **dict(files.values())}


def _title_block(content: Content) -> Iterator[Node]:
    # Headings go down by one when they are changed; that of the document stands above them.
    yield {"t": "Header", "c": [0, attributes(), content.title]}
    if content.subtitle:
        yield para([{"t": "Emph", "c": content.subtitle}])
    if content.authors:
        yield para(joined(content.authors, text(" · ")))
    if content.lines:
        yield para(joined(content.lines, text(" · ")))
    if content.abstract:
        yield {"t": "Header", "c": [1, attributes(), text(content.abstract_label)]}
        yield from content.abstract


def _anchor(name: str) -> list[Node]:
    return [raw(f'<a id="{name}"></a>', "html")] if name else []


def _change(node: Node, names: Mapping[str, str]) -> Sequence[Node]:
    match node["t"]:
        case "Header":
            level, (name, _, _), inlines = node["c"]
            return ({"t": "Header", "c": [level + 1, attributes(), [*_anchor(name), *inlines]]},)
        case "Image":
            _, words, (name, _) = node["c"]
            return ({"t": "Image", "c": [attributes(), words, [names[name], ""]]},)
        case "Figure":
            return _figure(node)
        case "Table":
            return table(node)
        case "Span":
            return (*_anchor(attributes_of(node)[0]), *node["c"][1])
        case "SmallCaps":
            return list(node["c"])
        case "Div":
            return _box(node)
        case "DefinitionList":
            return ({"t": "BulletList", "c": [_definition(*it) for it in node["c"]]},)
    return (node,)


def _figure(node: Node) -> list[Node]:
    (name, _, _), (_, caption), blocks = node["c"]
    label = pair_of(node, "label")
    said = [it for block in caption for it in block["c"]]
    named = [*_anchor(name), *([strong(text(label)), {"t": "Space"}] if label else []), *said]
    shown = [para(it["c"]) if it["t"] == "Plain" else it for it in blocks]
    return [*shown, *([para(named)] if named else [])]


def table(node: Node) -> list[Node]:
    """Return caption and table, one heading and one line to each row, as Markdown has it."""
    grid = read_table(node)
    sides = ["AlignRight" if it else "AlignLeft" for it in grid.is_number]
    width = len(sides)
    head = _flat(grid.head[0], width) if grid.head else [[] for _ in sides]
    rows = [_flat(row, width) for row in (*grid.head[1:], *grid.rows)]
    body = [attributes(), 0, [], [_row(row) for row in rows]]
    columns = [[{"t": side}, {"t": "ColWidthDefault"}] for side in sides]
    parts = [[attributes(), [_row(head)]], [body], [attributes(), []]]
    table = {"t": "Table", "c": [attributes(), [None, []], columns, *parts]}
    label = [strong(text(grid.label)), {"t": "Space"}] if grid.label else []
    named = [*_anchor(grid.name), *label, *grid.caption]
    return [*([para(named)] if named else []), table]


def _flat(row: Row, width: int) -> list[list[Node]]:
    """Return the cells of a row, with empty ones where a cell takes several columns."""
    cells: list[list[Node]] = []
    for cell in row:
        line = walk(cell.inlines, lambda it: [{"t": "Space"}] if it["t"] == "LineBreak" else [it])
        cells += [line, *([] for _ in range(cell.columns - 1))]
    return [*cells, *([] for _ in range(width - len(cells)))][:width]


def _row(cells: Sequence[list[Node]]) -> list[object]:
    side = {"t": "AlignDefault"}
    return [attributes(), [[attributes(), side, 1, 1, [plain(it)] if it else []] for it in cells]]


def _box(node: Node) -> list[Node]:
    if not has_class(node, "references"):
        inner = node["c"][1]
        name = attributes_of(node)[0]
        first = [para([*_anchor(name), *inner[0]["c"]])] if name and inner else inner[:1]
        return [*first, *inner[1:]]
    return list(node["c"][1])


def _definition(term: list[Node], definitions: list[list[Node]]) -> list[Node]:
    said = [it for blocks in definitions for block in blocks for it in block["c"]]
    return [plain([strong(term), *text(": "), *said])]
