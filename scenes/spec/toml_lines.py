"""Where things stand in a TOML file: its text in, the line of each key and list item out.

`tomllib` reads the values and drops where they stood; this reads the same text once more as a
syntax tree, for messages only.
"""

from collections.abc import Iterator
from typing import Any

import tree_sitter_toml
from tree_sitter import Language, Node, Parser

KeyPath = tuple[int | str, ...]
"""Keys and positions in lists, from the top of the file to the thing itself."""

_KEYS = ("bare_key", "quoted_key")


def locate_keys(text: str) -> dict[KeyPath, int]:
    """Return the line, counted from 1, of each table, key and list item of a TOML file."""
    root = Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    for node in root.named_children:
        if node.type == "pair":
            lines |= _pair(node, ())
        elif node.type in ("table", "table_array_element"):
            lines |= _table(node, counts)
    return lines


def nearest_line(lines: dict[KeyPath, int], place: KeyPath) -> int | None:
    """Return the line of a place, or of the closest thing around it that the file names."""
    for length in range(len(place), 0, -1):
        if place[:length] in lines:
            return lines[place[:length]]
    return None


def _table(node: Node, counts: dict[KeyPath, int]) -> dict[KeyPath, int]:
    """Return the lines of `[a.b]`, or of one more `[[a.b]]`, and of what stands under it."""
    head, *pairs = node.named_children
    place: KeyPath = ()
    keys = list(_keys(head))
    for key in keys[:-1]:
        place = _within(place, key, counts)
    if node.type == "table":
        place = (*place, keys[-1])
    else:
        counts[(*place, keys[-1])] = counts.get((*place, keys[-1]), -1) + 1
        place = _within(place, keys[-1], counts)
    lines = {place: _line(node)}
    for pair in pairs:
        if pair.type == "pair":
            lines |= _pair(pair, place)
    return lines


def _within(place: KeyPath, key: str, counts: dict[KeyPath, int]) -> KeyPath:
    """Enter a key; where it is a list of tables, its last one is meant."""
    inner = (*place, key)
    return (*inner, counts[inner]) if inner in counts else inner


def _pair(node: Node, outer: KeyPath) -> dict[KeyPath, int]:
    key, value = node.named_children[0], node.named_children[-1]
    place = (*outer, *_keys(key))
    return {place: _line(node), **_value(value, place)}


def _value(node: Node, place: KeyPath) -> dict[KeyPath, int]:
    lines: dict[KeyPath, int] = {}
    items = [child for child in node.named_children if child.type != "comment"]
    if node.type == "array":
        for index, item in enumerate(items):
            lines |= {(*place, index): _line(item), **_value(item, (*place, index))}
    elif node.type == "inline_table":
        for item in items:
            lines |= _pair(item, place)
    return lines


def _keys(node: Node) -> Iterator[str]:
    if node.type in _KEYS:
        text: Any = node.text
        yield text.decode().strip("\"'")
    for child in node.named_children:
        yield from _keys(child)


def _line(node: Node) -> int:
    return int(node.start_point[0]) + 1
