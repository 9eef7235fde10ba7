"""Word: a document's content in, the bytes of a .docx file out.

Headings, captions, notes and tables have styles of their own, which an author can change in one
place; references are links, formulas are Word's, figures have their text alternatives.
"""

from collections.abc import Iterator, Mapping, Sequence

from scenes.report.formats.docx_styles import reference_file
from scenes.report.formats.nodes import (
    Node,
    attributes,
    attributes_of,
    div,
    has_class,
    joined,
    link,
    pair_of,
    para,
    raw,
    span,
    strong,
    text,
    walk,
)
from scenes.report.formats.pandoc import write_tree
from scenes.report.formats.pictures import as_files, width_of
from scenes.report.formats.reading import Content
from scenes.report.formats.tables import Grid, longest_lines, read_table
from scenes.report.markup.templates import templates_folder

_PAGES = {"a4": (210 / 25.4, 297 / 25.4), "letter": (8.5, 11.0)}
LINE_WIDTH = 150 / 25.4
"""Inches between the margins."""
_CHARACTERS = 72
"""Of a table, that fit between the margins; more of them are set smaller, so that none breaks."""
_SMALL_CHARACTERS = 100
"""Of a table that is set smaller; more of them are set in the smallest print."""
_REFERENCE = "reference.docx"
_TOC_BEGIN = (
    '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
    '<w:r><w:instrText xml:space="preserve"> TOC \\o "1-2" \\h \\z \\u </w:instrText></w:r>'
    '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
)
_TOC_END = '<w:r><w:fldChar w:fldCharType="end"/></w:r>'


def write_docx(content: Content, *, pages: Mapping[str, bytes]) -> bytes:
    """Return a document as a file for Word.

    Args:
        content: The document.
        pages: Its drawings as PDF.

    Raises:
        RenderError: It cannot be written.
    """
    files = as_files(content.pictures, pages, keep_lines=False)
    changer = _Changer(content.pictures, files)
    body = walk(content.body, changer.change)
    return write_tree(
        [*_contents(content), *body],
        "docx",
        metadata=_metadata(content),
        arguments=[f"--reference-doc={_REFERENCE}"],
        files={_REFERENCE: _reference(content.page), **dict(files.values())},
        epoch=content.epoch,
    )


def _reference(page: str) -> bytes:
    size = _PAGES[page]
    margin = (size[0] - LINE_WIDTH) / 2
    return reference_file(templates_folder() / "docx", page=size, margin=margin)


def _metadata(content: Content) -> Mapping[str, object]:
    def inlines(nodes: Sequence[Node]) -> Mapping[str, object]:
        return {"t": "MetaInlines", "c": list(nodes)}

    lines = joined(content.lines, [{"t": "LineBreak"}])
    known = {
        "title": inlines(content.title),
        "subtitle": inlines(content.subtitle),
        "author": {"t": "MetaList", "c": [inlines(it) for it in content.authors]},
        "date": inlines(lines),
        "lang": inlines(text(content.language)),
    }
    if content.abstract:
        known["abstract"] = {"t": "MetaBlocks", "c": content.abstract}
        known["abstract-title"] = inlines(text(content.abstract_label))
    return known


def _contents(content: Content) -> Iterator[Node]:
    """Yield the contents: a field that Word can bring up to date, and what it shows until then."""
    if not content.contents_label:
        return
    headings = [it for it in content.body if it["t"] == "Header" and it["c"][0] <= 2]
    yield _styled("TOC Heading", [para(text(content.contents_label))])
    for index, heading in enumerate(headings):
        level, (name, _, _), inlines = heading["c"]
        begin = [raw(_TOC_BEGIN, "openxml")] if not index else []
        end = [raw(_TOC_END, "openxml")] if index == len(headings) - 1 else []
        line = [*begin, link(inlines, f"#{name}"), *end]
        yield _styled(f"TOC {level}", [para(line)])


def _styled(style: str, blocks: Sequence[Node]) -> Node:
    return div(blocks, custom_style=style)


class _Changer:
    """Turns what has a form of its own into blocks with a style."""

    def __init__(
        self, pictures: Mapping[str, bytes], files: Mapping[str, tuple[str, bytes]]
    ) -> None:
        self._pictures, self._files = pictures, files

    def change(self, node: Node) -> Sequence[Node]:
        """Return a node as Word shows it."""
        match node["t"]:
            case "Image":
                return (self._picture(node),)
            case "Figure":
                return _figure(node)
            case "Table":
                return (_table(node),)
            case "Span":
                return node["c"][1] if not attributes_of(node)[0] else (node,)
            case "Div":
                return _box(node)
        return (node,)

    def _picture(self, node: Node) -> Node:
        _, words, (name, _) = node["c"]
        width = min(LINE_WIDTH, width_of(name, self._pictures[name]))
        named = attributes(width=f"{width:.2f}in")
        return {"t": "Image", "c": [named, words, [self._files[name][0], ""]]}


def _figure(node: Node) -> list[Node]:
    (name, _, _), (_, caption), blocks = node["c"]
    said = [it for block in caption for it in block["c"]]
    labelled = _labelled(pair_of(node, "label"), said)
    shown = [
        _styled("Captioned Figure", [para(it["c"])]) if it["t"] in ("Plain", "Para") else it
        for it in blocks
    ]
    if not labelled:
        return shown
    return [*shown, _styled("Image Caption", [para([span([], name=name), *labelled])])]


def _labelled(label: str, inlines: Sequence[Node]) -> list[Node]:
    return [*([strong(text(label)), {"t": "Space"}] if label else []), *inlines]


def _table(node: Node) -> Node:
    grid = read_table(node)
    _, _, _, head, bodies, foot = node["c"]
    sides = ["AlignRight" if it else "AlignLeft" for it in grid.is_number]
    columns = [
        [{"t": side}, {"t": "ColWidth", "c": share}]
        for side, share in zip(sides, _shares(grid), strict=True)
    ]
    said = _labelled(grid.label, grid.caption)
    anchor = [span([], name=grid.name)] if grid.name and said else []
    caption = [None, [{"t": "Plain", "c": [*anchor, *said]}] if said else []]
    if (wide := sum(longest_lines(grid))) > _CHARACTERS:
        style = "Table Smallest" if wide > _SMALL_CHARACTERS else "Table Small"
        rows = [*head[1], *(row for body in bodies for part in body[2:] for row in part), *foot[1]]
        for cell in (cell for _, cells in rows for cell in cells):
            cell[4] = [_small(block, style) for block in cell[4]]
    return {"t": "Table", "c": [attributes(), caption, columns, head, bodies, foot]}


def _small(block: Node, style: str) -> Node:
    """Return a block of a cell in the style of wide tables; pandoc gives none to plain blocks."""
    return _styled(style, [para(block["c"]) if block["t"] == "Plain" else block])


def _shares(grid: Grid) -> list[float]:
    """Return for each column its share of the width between the margins."""
    characters = [min(longest, 60) + 2 for longest in longest_lines(grid)]
    whole = max(sum(characters), _CHARACTERS)
    return [round(one / whole, 4) for one in characters]


def _box(node: Node) -> Sequence[Node]:
    (name, _, _), inner = node["c"]
    for known, style in (("table-note", "Table Note"), ("notice", "Notice")):
        if has_class(node, known):
            return (_styled(style, inner),)
    if name.startswith("ref-"):
        first, *rest = inner
        return (_styled("Bibliography", [para([span([], name=name), *first["c"]]), *rest]),)
    return inner if has_class(node, "references") else (node,)
