"""Pandoc's document tree as its JSON has it: small functions that build, change and read nodes.

A node is `{"t": type, "c": content}`; pandoc-types explains the types.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

Node = dict[str, Any]
Attributes = list[Any]
"""Identifier, classes, and key-value pairs of an element."""
_NUMBER = re.compile(r"A?\d+(?=\.?$)")


def text(words: str) -> list[Node]:
    """Return words as inlines, with the spaces between them breakable."""
    nodes: list[Node] = []
    for index, word in enumerate(words.split(" ")):
        nodes += [{"t": "Space"}] if index else []
        nodes += [{"t": "Str", "c": word}] if word else []
    return nodes


def para(inlines: Iterable[Node]) -> Node:
    """Return a paragraph."""
    return {"t": "Para", "c": list(inlines)}


def plain(inlines: Iterable[Node]) -> Node:
    """Return a block of text without the space of a paragraph."""
    return {"t": "Plain", "c": list(inlines)}


def strong(inlines: Iterable[Node]) -> Node:
    """Return bold text."""
    return {"t": "Strong", "c": list(inlines)}


def link(inlines: Iterable[Node], target: str) -> Node:
    """Return a link."""
    return {"t": "Link", "c": [attributes(), list(inlines), [target, ""]]}


def span(inlines: Iterable[Node], *, name: str = "", **pairs: str) -> Node:
    """Return inlines with an identifier and attributes."""
    return {"t": "Span", "c": [attributes(name, **pairs), list(inlines)]}


def div(blocks: Iterable[Node], *, name: str = "", **pairs: str) -> Node:
    """Return blocks with an identifier and attributes."""
    return {"t": "Div", "c": [attributes(name, **pairs), list(blocks)]}


def raw(code: str, target: str) -> Node:
    """Return inline code of a target format, which is written as it stands."""
    return {"t": "RawInline", "c": [target, code]}


def raw_block(code: str, target: str) -> Node:
    """Return a block of code of a target format."""
    return {"t": "RawBlock", "c": [target, code]}


def attributes(name: str = "", classes: Sequence[str] = (), **pairs: str) -> Attributes:
    """Return what an element is called; underscores in keys stand for hyphens."""
    return [name, list(classes), [[key.replace("_", "-"), it] for key, it in pairs.items()]]


def joined(parts: Iterable[Sequence[Node]], between: Sequence[Node]) -> list[Node]:
    """Return inlines one after the other with others between them; empty parts are left out."""
    nodes: list[Node] = []
    for part in parts:
        if part:
            nodes += [*(between if nodes else ()), *part]
    return nodes


def attributes_of(node: Node) -> Attributes:
    """Return identifier, classes and pairs of a node; empty where its type has none."""
    content = node.get("c")
    place = 1 if node["t"] == "Header" else 0
    found = content[place] if isinstance(content, list) and len(content) > place else None
    is_named = isinstance(found, list) and len(found) == 3 and isinstance(found[0], str)
    return list(found) if is_named and isinstance(found, list) else attributes()


def has_class(node: Node, name: str) -> bool:
    """Return whether a node has a class."""
    return name in attributes_of(node)[1]


def pair_of(node: Node, key: str) -> str:
    """Return the value of an attribute; empty where there is none."""
    return str(dict(attributes_of(node)[2]).get(key, ""))


def walk(nodes: Sequence[Any], change: Callable[[Node], Iterable[Node]]) -> list[Any]:
    """Return nodes with each, the innermost first, replaced by what `change` returns for it."""
    changed: list[Any] = []
    for item in nodes:
        if isinstance(item, list):
            changed.append(walk(item, change))
        elif not isinstance(item, dict):
            changed.append(item)
        else:
            content = item.get("c")
            inner = {**item, "c": walk(content, change)} if isinstance(content, list) else item
            changed.extend(change(inner))
    return changed


def words_of(nodes: Sequence[Any]) -> str:
    """Return the text of nodes, without their form."""
    pieces = []
    for item in nodes:
        if isinstance(item, list):
            pieces.append(words_of(item))
        elif isinstance(item, dict):
            pieces.append(_words(item))
    return "".join(pieces)


def _words(node: Node) -> str:
    match node["t"]:
        case "Str":
            return str(node["c"])
        case "Code" | "Math":
            return str(node["c"][1])
        case "Space" | "SoftBreak" | "LineBreak":
            return " "
        case "Note":
            return ""
    content = node.get("c")
    return words_of(content) if isinstance(content, list) else ""


def number_in(words: str) -> str:
    """Return the number at the end of a label or reference, such as `3` or `A1`; else nothing."""
    found = _NUMBER.search(words)
    return found[0] if found else ""


def target_of(node: Node) -> str:
    """Return the anchor in the document to which a link leads; empty where there is none."""
    target = str(node["c"][2][0]) if node["t"] == "Link" else ""
    return target[1:] if target.startswith("#") else ""
