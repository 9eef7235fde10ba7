"""Tables as grids of cells: pandoc's table in, rows of inlines out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from scenes.report.formats.nodes import Node, pair_of, walk, words_of


@dataclass(frozen=True)
class Cell:
    """What stands in one or several columns of a row."""

    inlines: list[Node]
    columns: int = 1

    @property
    def words(self) -> str:
        """The text, without its form."""
        return words_of(self.inlines)


Row = tuple[Cell, ...]


@dataclass(frozen=True)
class Grid:
    """A table.

    Attributes:
        name: The anchor of the table; may be empty.
        label: Its printed label, such as “Table 3.”; may be empty.
        caption: Inlines.
        head: Rows of headings.
        groups: Rows that belong together, as a rule keeps them apart from the next.
        is_number: For each column, whether numbers stand in it.
    """

    name: str
    label: str
    caption: list[Node]
    head: tuple[Row, ...]
    groups: tuple[tuple[Row, ...], ...]
    is_number: tuple[bool, ...]

    @property
    def rows(self) -> list[Row]:
        """All rows but those of the head."""
        return [row for group in self.groups for row in group]


def read_table(node: Node) -> Grid:
    """Return the grid of a table; a cell of several rows stands in the first of them."""
    (name, _, _), (_, caption), columns, (_, head), bodies, (_, foot) = node["c"]
    rows = [*head, *(row for _, _, _, inner in bodies for row in inner)]
    groups = [[*inner, *first] for _, _, inner, first in bodies] + ([foot] if foot else [])
    return Grid(
        name=name,
        label=pair_of(node, "label"),
        caption=[it for block in caption for it in block["c"]],
        head=tuple(_row(row) for row in head),
        groups=tuple(tuple(_row(row) for row in group) for group in groups if group),
        is_number=tuple(_are_numbers(rows, len(columns))),
    )


def _row(row: list[Any]) -> Row:
    _, cells = row
    return tuple(Cell(_inlines(cell[4]), max(1, int(cell[3]))) for cell in cells)


def _inlines(blocks: Sequence[Node]) -> list[Node]:
    """Return the text of a cell as one line; blocks within are parted by spaces."""
    nodes: list[Node] = []
    for block in blocks:
        if block["t"] in ("Plain", "Para"):
            nodes += [*([{"t": "Space"}] if nodes else []), *block["c"]]
        else:
            nodes += [{"t": "Str", "c": words_of([block])}]
    return nodes


def _are_numbers(rows: Sequence[list[Any]], columns: int) -> Iterator[bool]:
    """Tell of each column whether most of its cells are marked as numbers."""
    marked, all_cells = [0] * columns, [0] * columns
    for _, cells in rows:
        place = 0
        for cell in cells:
            if cell[3] == 1 and place < columns:
                marked[place] += "num" in cell[0][1]
                all_cells[place] += 1
            place += cell[3]
    for some, count in zip(marked, all_cells, strict=True):
        yield 2 * some > count


def longest_lines(grid: Grid) -> list[int]:
    """Return for each column the characters of its longest line."""
    longest = [1] * len(grid.is_number)
    for row in [*grid.head, *grid.rows]:
        place = 0
        for cell in row:
            if cell.columns == 1 and place < len(longest):
                longest[place] = max(longest[place], _characters(cell))
            place += cell.columns
    return longest


def _characters(cell: Cell) -> int:
    broken = walk(
        cell.inlines,
        lambda node: [{"t": "Str", "c": "\n"}] if node["t"] == "LineBreak" else [node],
    )
    return max((len(line) for line in words_of(broken).split("\n")), default=0)
