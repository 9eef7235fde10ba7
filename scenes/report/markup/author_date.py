"""Citations by author and year: what a document cites in, in-text citations and their list out.

Pandoc sets them, by the same styles (CSL) as numbered references: it tells apart two works of one
author and year, which takes all that a document cites. So they are set once it has been filled,
and it is filled again with them. Templates are filled where no program can be started.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from markupsafe import Markup

from scenes.errors import RenderError, SpecError
from scenes.report.formats.nodes import Node
from scenes.report.formats.pandoc import require_pandoc, set_citations
from scenes.report.markup.citations import (
    CitationStyle,
    linked,
    locale_of,
    marked_up,
    with_note,
    with_others,
)
from scenes.report.markup.cited import Citations, Part
from scenes.report.markup.csl_items import Item
from scenes.report.markup.latex_text import FORMS

_TAGS = {"i": ("<i>", "</i>"), "b": ("<b>", "</b>"), "sub": ("<sub>", "</sub>"),
         "sup": ("<sup>", "</sup>"), "case": ('<span class="nocase">', "</span>"),
         "small": ('<span style="font-variant:small-caps;">', "</span>")}  # fmt: skip
_NODES = {"Emph": "i", "Strong": "b", "Subscript": "sub", "Superscript": "sup",
          "SmallCaps": "small"}  # fmt: skip


def print_cluster(keys: Sequence[str], citations: Citations | None) -> Markup:
    """Return a citation as HTML, each of its works a link; the keys where it is not set yet."""
    unset = [(", " if index else "", "") for index in range(len(keys))]
    parts = (citations.clusters if citations else {}).get(" ".join(keys)) or [
        part for gap, key in zip(unset, keys, strict=True) for part in (gap, (key, key))
    ]
    made = [
        Markup('<a class="cite" href="#ref-{0}" data-cite="{0}">{1}</a>').format(
            key, Markup(marked_up(text))
        )
        if key
        else Markup(marked_up(text))
        for text, key in parts
    ]
    return Markup('<span class="cites">{}</span>').format(Markup("").join(made))


def print_entries(items: Sequence[Item], citations: Citations | None) -> dict[str, Markup]:
    """Return the list of references as HTML by key; in the order of `items` until it is set."""
    data = {item.key: item.data for item in items}
    set_already = dict(citations.entries) if citations else {}
    order = dict.fromkeys([*(key for key in set_already if key in data), *data])
    return {key: _printed(set_already.get(key, ""), data[key]) for key in order}


def _printed(text: str, data: Mapping[str, Any]) -> Markup:
    return linked(marked_up(with_note(text, str(data.get("note", "")) if text else "")), data)


def cite(
    style: CitationStyle,
    items: Sequence[Item],
    clusters: Sequence[Sequence[str]],
    language: str,
) -> Citations:
    """Return citations of some works, and the list of all of them.

    Raises:
        MachineError: Pandoc is not installed.
        SpecError: The style cannot set them.
    """
    require_pandoc(f"The citation style {style.name} needs")
    numbers = {item.key: f"k{number}" for number, item in enumerate(items)}
    keys = {number: key for key, number in numbers.items()}
    data = [{**_tagged(dict(item.data)), "id": numbers[item.key]} for item in items]
    asked = tuple(tuple(numbers[key] for key in cluster) for cluster in clusters)
    locale = locale_of(language)
    changed = style.path.stat().st_mtime_ns
    try:
        set_clusters, entries = _set(style.path, changed, locale, json.dumps(data), asked)
    except RenderError as error:
        raise SpecError(
            f"the citation style {style.name} cannot set the references",
            str(error).splitlines()[1:],
            "Choose another citation_style.",
        ) from None
    return Citations(
        tuple((keys[number], with_others(text, locale)) for number, text in entries),
        {
            " ".join(cluster): tuple(
                (with_others(text, locale), keys.get(number, "")) for text, number in parts
            )
            for cluster, parts in zip(clusters, set_clusters, strict=True)
        },
    )


@lru_cache(maxsize=64)
def _set(
    style: Path, changed: int, locale: str, data: str, clusters: tuple[tuple[str, ...], ...]
) -> tuple[list[list[Part]], list[tuple[str, str]]]:
    """Return what pandoc makes of clusters and items; what has been set before is kept."""
    blocks = set_citations(clusters, data.encode(), style.read_bytes(), locale)
    texts = [list(_parts(block["c"][0]["c"][1])) for block in blocks[: len(clusters)]]
    (listed,) = (block for block in blocks[len(clusters) :] if block["t"] == "Div")
    entries = [
        (entry["c"][0][0].removeprefix("ref-"), " ".join(map(_flat, entry["c"][1])).strip())
        for entry in listed["c"][1]
    ]
    return texts, entries


def _parts(nodes: Sequence[Node]) -> Iterator[Part]:
    """Yield the pieces of a citation: text, and links to the works."""
    for node in nodes:
        if node["t"] == "Link":
            yield _flat(node["c"][1]), node["c"][2][0].removeprefix("#ref-")
        else:
            yield _flat(node), ""


def _flat(node: Any) -> str:
    """Return nodes as text with marks around what is set otherwise."""
    if isinstance(node, list):
        return "".join(map(_flat, node))
    kind, content = node["t"], node.get("c")
    if kind in ("Space", "SoftBreak", "LineBreak"):
        return " "
    if kind in ("Str", "Code", "Math"):
        return str(content[-1] if isinstance(content, list) else content)
    if kind in _NODES:
        on, off = FORMS[_NODES[kind]]
        return f"{on}{_flat(content)}{off}"
    if kind == "Quoted":
        return f"“{_flat(content[1])}”"
    if kind in ("Para", "Plain"):
        return _flat(content)
    return _flat(content[1]) if kind in ("Span", "Div", "Link") else ""


def _tagged(value: Any) -> Any:
    """Return an item whose marks are the tags by which CSL knows forms."""
    if isinstance(value, str):
        for form, tags in _TAGS.items():
            for mark, tag in zip(FORMS[form], tags, strict=True):
                value = value.replace(mark, tag)
        return value
    if isinstance(value, list):
        return [_tagged(it) for it in value]
    return {key: _tagged(it) for key, it in value.items()} if isinstance(value, dict) else value
