"""Tables as LaTeX's `tabular`: cells stay nodes, so that pandoc writes and escapes their text."""

from collections.abc import Iterator, Sequence

from scenes.report.formats.nodes import Node, raw, walk
from scenes.report.formats.tables import Cell, Grid, Row, longest_lines

LONG_TEXT = 28
"""Characters of a cell from which on its column breaks lines."""
LONG_TABLE = 42
"""Rows from which on a table goes on over pages."""
_SIZES = ((78, r"\small"), (92, r"\footnotesize"))
"""Characters of a row up to which it fits a page at a size."""
_SMALLEST = r"\scriptsize\setlength{\tabcolsep}{1.25pt}"

_FITTED = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{"
"""Begins what is made smaller where the page is too narrow, and nothing else."""


def tabular(grid: Grid) -> list[Node]:
    """Return a table as inlines, without caption."""
    spec = _columns(grid)
    is_wide = "X" in spec
    begin = r"\begin{tabularx}{\linewidth}" if is_wide else rf"{_FITTED}\begin{{tabular}}"
    end = r"\end{tabularx}" if is_wide else r"\end{tabular}}"
    return [
        _code(f"{_size(grid)}\n{begin}{{@{{}}{spec}@{{}}}}\n\\toprule\n"),
        *_head(grid),
        *_body(grid),
        _code(f"\\bottomrule\n{end}\n"),
    ]


def long_tabular(grid: Grid, caption: Sequence[Node]) -> list[Node]:
    """Return a table that goes on over pages, with its caption."""
    spec = _columns(grid).replace("X", "p{0.3\\linewidth}")
    head = _head(grid)
    return [
        _code(f"{_size(grid)}\n\\begin{{longtable}}{{@{{}}{spec}@{{}}}}\n"),
        *caption,
        _code("\\\\\n" if caption else ""),
        *(_code("\\toprule\n"), *head, _code("\\endfirsthead\n")),
        *(_code("\\toprule\n"), *head, _code("\\endhead\n")),
        *_body(grid),
        _code("\\bottomrule\n\\end{longtable}\n"),
    ]


def characters_of(grid: Grid) -> int:
    """Return about how many characters a row takes."""
    return sum(min(longest, LONG_TEXT) for longest in longest_lines(grid)) + 2 * len(grid.is_number)


def _code(code: str) -> Node:
    return raw(code, "latex")


def _size(grid: Grid) -> str:
    width = characters_of(grid)
    return next((size for most, size in _SIZES if width <= most), _SMALLEST)


def _columns(grid: Grid) -> str:
    """Return the letters of the columns: numbers to the right, long texts broken."""
    kinds = zip(grid.is_number, longest_lines(grid), strict=True)
    return "".join(
        "r" if is_number else ">{\\raggedright\\arraybackslash}X" if most > LONG_TEXT else "l"
        for is_number, most in kinds
    )


def _head(grid: Grid) -> list[Node]:
    if not grid.head:
        return []
    rows = [node for row in grid.head for node in _row(row, grid)]
    return [*rows, _code("\\midrule\n")]


def _body(grid: Grid) -> list[Node]:
    nodes: list[Node] = []
    for index, group in enumerate(grid.groups):
        nodes += [_code("\\addlinespace\n")] if index else []
        nodes += [node for row in group for node in _row(row, grid)]
    return nodes


def _row(row: Row, grid: Grid) -> Iterator[Node]:
    place = 0
    for cell in row:
        yield from (_code(" & "),) if place else ()
        is_number = grid.is_number[place] if place < len(grid.is_number) else False
        yield from _cell(cell, is_number=is_number, is_first=not place)
        place += cell.columns
    yield _code("\\\\\n")


def _cell(cell: Cell, *, is_number: bool, is_first: bool) -> Iterator[Node]:
    if cell.columns > 1:
        kind = "p{0.6\\linewidth}" if len(cell.words) > 2 * LONG_TEXT else "l"
        yield from (
            _code(f"\\multicolumn{{{cell.columns}}}{{{kind}}}{{"),
            *cell.inlines,
            _code("}"),
        )
    elif any(node["t"] == "LineBreak" for node in cell.inlines):
        lines = walk(cell.inlines, _as_row_end)
        side = "r" if is_number else "l"
        yield from (_code(f"\\shortstack[{side}]{{"), *lines, _code("}"))
    else:
        # A bracket after the end of a row would be read as its argument.
        yield from (_code("{}"),) if is_first and cell.words.startswith(("[", "*")) else ()
        yield from cell.inlines


def _as_row_end(node: Node) -> list[Node]:
    return [_code("\\\\")] if node["t"] == "LineBreak" else [node]
