r"""LaTeX: a document's content in, the files of a folder that compiles out.

pdfLaTeX compiles it. LaTeX numbers the figures and tables, references to them are
`\ref`, citations are `\cite` of a list that stands in the file, formulas are TeX: an author can
go on with the text there.
"""

from collections.abc import Iterator, Mapping, Sequence

from scenes.report.formats.latex_tables import (
    LONG_TABLE,
    characters_of,
    long_tabular,
    tabular,
)
from scenes.report.formats.nodes import (
    Node,
    attributes,
    attributes_of,
    has_class,
    joined,
    number_in,
    pair_of,
    para,
    plain,
    raw,
    raw_block,
    target_of,
    text,
    walk,
    words_of,
)
from scenes.report.formats.pandoc import write_tree
from scenes.report.formats.pictures import as_files, width_of
from scenes.report.formats.reading import Content
from scenes.report.formats.tables import Grid, read_table

LINE_WIDTH = 6.0
"""Inches between the margins."""
_COLUMN = 3.4
"""Inches of a column, where there are two."""
_COLUMN_CHARACTERS = 50
_WITHOUT_LABELS = r"\makeatletter\def\@biblabel#1{}\makeatother"
"""References by author and year have no number in front."""
_PREAMBLE = r"""
\usepackage{booktabs,array,tabularx,longtable}
\usepackage[font=small,labelfont=bf]{caption}
\makeatletter
\def\fps@figure{htbp}
\def\fps@table{htbp}
\makeatother
\setlength{\emergencystretch}{3em}
\ifPDFTeX
  \pdfminorversion=7
  \DeclareUnicodeCharacter{2212}{\ensuremath{-}}
  \DeclareUnicodeCharacter{2192}{\ensuremath{\rightarrow}}
  \DeclareUnicodeCharacter{2264}{\ensuremath{\leq}}
  \DeclareUnicodeCharacter{2265}{\ensuremath{\geq}}
  \DeclareUnicodeCharacter{2248}{\ensuremath{\approx}}
\fi
"""


def write_latex(content: Content, name: str, *, pages: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files of a document in LaTeX, the text as `NAME.tex`.

    Args:
        content: The document.
        name: Of the text, without ending.
        pages: Its drawings as PDF.

    Raises:
        RenderError: It cannot be written.
    """
    files = as_files(content.pictures, pages, keep_lines=True)
    blocks = join_notes(content.body)
    floats = _Floats(content.pictures, files, columns=content.columns)
    blocks = walk(linked(blocks), floats.change)
    source = write_tree(
        list(_with_bibliography(blocks)),
        "latex",
        metadata=_metadata(content),
        arguments=["--wrap=none", *_layout(content)],
        epoch=content.epoch,
    )
    return {f"{name}.tex": source, **dict(files.values())}


def _layout(content: Content) -> list[str]:
    """Return page, columns and contents as pandoc's template takes them."""
    contents = ["--toc", "--toc-depth=2"] if content.contents_label else []
    named = {"documentclass": "article", "papersize": content.page}
    if content.columns == 2:
        named |= {"classoption": "twocolumn", "fontsize": "10pt", "geometry": "margin=20mm"}
    else:
        named |= {"fontsize": "11pt", "geometry": "margin=28mm"}
    return [*contents, *(f"-V{name}={value}" for name, value in named.items())]


def _metadata(content: Content) -> Mapping[str, object]:
    """Return what stands before the text."""
    lines = joined(content.lines, [{"t": "LineBreak"}])
    return {
        "title": _inlines(content.title),
        "subtitle": _inlines(content.subtitle),
        "author": {"t": "MetaList", "c": [_inlines(it) for it in content.authors]},
        "date": _inlines(lines),
        "abstract": {"t": "MetaBlocks", "c": linked(content.abstract)},
        "lang": _inlines(text(content.language)),
        "header-includes": {"t": "MetaBlocks", "c": [raw_block(_PREAMBLE, "latex")]},
        "include-before": {"t": "MetaBlocks", "c": [plain(_names(content))]},
    }


def _names(content: Content) -> list[Node]:
    """Return the words of the document that LaTeX prints by itself."""
    names = {
        "figurename": content.word("Figure"),
        "tablename": content.word("Table"),
        "contentsname": content.contents_label,
    }
    return [
        node
        for name, word in names.items()
        if word
        for node in (_code(f"\\renewcommand{{\\{name}}}{{"), *text(word), _code("}\n"))
    ]


def _inlines(nodes: Sequence[Node]) -> Mapping[str, object]:
    return {"t": "MetaInlines", "c": list(nodes)}


def _code(code: str) -> Node:
    return raw(code, "latex")


def join_notes(blocks: Sequence[Node]) -> list[Node]:
    """Give each table the note that follows it, so that they float together."""
    joined_blocks: list[Node] = []
    for block in blocks:
        if has_class(block, "table-note") and joined_blocks and joined_blocks[-1]["t"] == "Table":
            joined_blocks[-1] = {**joined_blocks[-1], "note": block["c"][1]}
        else:
            joined_blocks.append(block)
    return joined_blocks


def linked(blocks: Sequence[Node]) -> list[Node]:
    """Return blocks with LaTeX's own citations and references."""
    return walk(walk(blocks, _cite), _refer)


def _cite(node: Node) -> Sequence[Node]:
    if node["t"] != "Span" or not has_class(node, "cites"):
        return (node,)
    links = [it for it in node["c"][1] if target_of(it)]
    if not all(words_of([it]).isdigit() for it in links):  # by author and year, as it stands
        return (node,)
    keys = [target_of(it).removeprefix("ref-") for it in links]
    return (_code(f"\\cite{{{','.join(keys)}}}"),)


def _refer(node: Node) -> Sequence[Node]:
    """Return a reference as LaTeX's own; what it calls a reference may be a single citation."""
    anchor = target_of(node)
    if anchor.startswith("ref-"):
        key = anchor.removeprefix("ref-")
        return (_code(f"\\hyperlink{{cite.{key}}}{{"), *node["c"][1], _code("}"))
    words = words_of(node["c"][1]) if anchor else ""
    if anchor.startswith(("fig-", "tab-")) and (number := number_in(words)):
        label = text(words.removesuffix(number))
        return (
            {**node, "c": [node["c"][0], [*label, _code(f"\\ref*{{{anchor}}}")], node["c"][2]]},
        )
    return (node,)


class _Floats:
    """Turns figures and tables into floats, in order, as their numbers depend on those before."""

    def __init__(
        self,
        pictures: Mapping[str, bytes],
        files: Mapping[str, tuple[str, bytes]],
        *,
        columns: int,
    ) -> None:
        self._pictures, self._files, self._columns = pictures, files, columns
        self._next = {"figure": "1", "table": "1"}

    def change(self, node: Node) -> Sequence[Node]:
        """Return a figure, table or picture as LaTeX sets it; other nodes as they are."""
        match node["t"]:
            case "Image":
                return (self._picture(node),)
            case "Table":
                counted = self._counted("table", number_in(pair_of(node, "label")))
                return (plain([*counted, *table(node, columns=self._columns)]),)
            case "Figure":
                return (self._figure(node),)
        return (node,)

    def _picture(self, node: Node) -> Node:
        _, words, (name, _) = node["c"]
        width = width_of(name, self._pictures[name])
        said = "100%" if width >= LINE_WIDTH - 0.2 else f"{width:.2f}in"
        return {"t": "Image", "c": [attributes(width=said), words, [self._files[name][0], ""]]}

    def _figure(self, node: Node) -> Node:
        (name, _, _), (_, caption), blocks = node["c"]
        inner = [it for block in blocks if block["t"] in ("Plain", "Para") for it in block["c"]]
        inlines = [it for block in caption for it in block["c"]]
        kind = "figure*" if self._columns == 2 and self._is_wide(blocks) else "figure"
        return plain(
            [
                *self._counted("figure", number_in(pair_of(node, "label"))),
                _code(f"\\begin{{{kind}}}\n\\centering\n"),
                *inner,
                _code("\n"),
                *_caption(inlines, name, is_numbered=bool(pair_of(node, "label"))),
                _code(f"\n\\end{{{kind}}}"),
            ]
        )

    def _is_wide(self, blocks: Sequence[Node]) -> bool:
        """Tell whether a picture is meant to be wider than a column."""
        shown = {file: name for name, (file, _) in self._files.items()}
        found: list[float] = []

        def measure(node: Node) -> Sequence[Node]:
            if node["t"] == "Image" and (name := shown.get(node["c"][2][0])):
                found.append(width_of(name, self._pictures[name]))
            return (node,)

        walk(blocks, measure)
        return max(found, default=0.0) > _COLUMN

    def _counted(self, kind: str, number: str) -> list[Node]:
        """Return what makes LaTeX count to a number, where it would not by itself."""
        if not number:
            return []
        prefix, digits = number.rstrip("0123456789"), number.lstrip("A")
        expected, self._next[kind] = self._next[kind], f"{prefix}{int(digits) + 1}"
        if number == expected:
            return []
        form = f"\\renewcommand{{\\the{kind}}}{{{prefix}\\arabic{{{kind}}}}}" if prefix else ""
        return [_code(f"\\setcounter{{{kind}}}{{{int(digits) - 1}}}{form}\n")]


def table(node: Node, *, columns: int = 1) -> list[Node]:
    """Return a table as inlines: a float with caption and note, or one that goes on over pages.

    Args:
        node: The table.
        columns: Of the text; a wide table stands across both, and a long one on pages of its own.
    """
    grid = read_table(node)
    if not grid.caption:
        return tabular(grid)
    note = joined((it["c"] for it in node.get("note", []) if "c" in it), text(" "))
    caption = _caption(grid.caption, grid.name, is_numbered=bool(grid.label))
    if len(grid.rows) <= LONG_TABLE:
        kind = "table*" if columns == 2 and characters_of(grid) > _COLUMN_CHARACTERS else "table"
        return [*_float(grid, caption, note, kind)]
    after = [_code("{\\footnotesize "), *note, _code("\\par}")] if note else []
    begin, end = ("\\onecolumn\n{", "}\n\\twocolumn ") if columns == 2 else ("{", "}")
    return [_code(begin), *long_tabular(grid, caption), *after, _code(end)]


def _float(grid: Grid, caption: Sequence[Node], note: Sequence[Node], kind: str) -> Iterator[Node]:
    yield _code(f"\\begin{{{kind}}}\n\\centering\n")
    yield from (*caption, _code("\n"))
    yield from tabular(grid)
    if note:
        yield from (_code("\n\\par\\smallskip\\raggedright\\footnotesize "), *note)
    yield _code(f"\n\\end{{{kind}}}")


def _caption(inlines: Sequence[Node], name: str, *, is_numbered: bool) -> list[Node]:
    if not inlines:
        return []
    star, label = ("", f"\\label{{{name}}}") if is_numbered else ("*", "")
    return [_code(f"\\caption{star}{{"), *inlines, _code(f"}}{label}")]


def _with_bibliography(blocks: Sequence[Node]) -> Iterator[Node]:
    """Yield blocks, with the list of references as LaTeX's own, under the heading before it."""
    blocks = list(blocks)
    for index, block in enumerate(blocks):
        after = blocks[index + 1] if index + 1 < len(blocks) else block
        if block["t"] == "Header" and has_class(after, "references"):
            continue
        if not has_class(block, "references"):
            yield block
            continue
        before = blocks[index - 1] if index else block
        if before["t"] == "Header":
            title = [_code("\\renewcommand{\\refname}{"), *before["c"][2], _code("}")]
            anchor = attributes_of(before)[0]
            yield plain([*title, _code(f"\\phantomsection\\label{{{anchor}}}")])
        is_numbered = any(has_class(it, "ordinal") for it in _inlines_of(block["c"][1][0]))
        label, widest = ("", "99") if is_numbered else ("[]", "")
        if not is_numbered:
            yield raw_block(_WITHOUT_LABELS, "latex")
        yield raw_block(f"\\begin{{thebibliography}}{{{widest}}}", "latex")
        yield from (para(_entry(entry, label)) for entry in block["c"][1])
        yield raw_block("\\end{thebibliography}", "latex")


def _entry(entry: Node, label: str) -> list[Node]:
    key = attributes_of(entry)[0].removeprefix("ref-")
    rest = [it for it in _inlines_of(entry) if not has_class(it, "ordinal")]
    return [_code(f"\\bibitem{label}{{{key}}} "), *rest]


def _inlines_of(entry: Node) -> list[Node]:
    return [it for block in entry["c"][1] for it in block["c"]]
