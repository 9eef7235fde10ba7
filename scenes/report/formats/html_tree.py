"""The HTML of a document as pandoc reads it: what it would not see moves, what is no text goes."""

import base64
from xml.etree import ElementTree

LEFT_OUT = frozenset({"skip", "running-title", "contents", "facts", "pack", "drawn"})
"""Classes of what serves a page or a screen only."""
_SVG = "http://www.w3.org/2000/svg"
_XMLNS = "http://www.w3.org/2000/xmlns/"


def prepare(tree: ElementTree.Element) -> None:
    """Move what pandoc does not read to where it does, and remove what is not text."""
    for parent in list(tree.iter()):
        for child in list(parent):
            if child.tag in ("style", "script") or LEFT_OUT & set(child.get("class", "").split()):
                _remove(parent, child)
    for item in list(tree.iter()):
        if item.tag == "p" and item.get("class"):
            if item.get("class") == "authors":
                for name in item.findall("span"):
                    name.set("class", "author")
            _wrap_paragraph(item)
        elif item.tag == "table" and (caption := item.find("caption")) is not None:
            item.set("id", caption.get("id", ""))
            item.set("label", caption.get("data-label", ""))
        elif item.tag == f"{{{_SVG}}}svg":
            _as_image(item)
        elif item.tag == "main":
            item.tag = "div"  # of a document that has one, pandoc reads nothing else
        elif item.tag == "ol" and "references" in item.get("class", ""):
            item.tag = "div"
            for entry in item.findall("li"):
                entry.tag = "div"


def _remove(parent: ElementTree.Element, child: ElementTree.Element) -> None:
    """Remove an element, and not the text that follows it."""
    index = list(parent).index(child)
    tail = child.tail or ""
    parent.remove(child)
    if index:
        parent[index - 1].tail = (parent[index - 1].tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail


def _as_image(item: ElementTree.Element) -> None:
    """Turn a drawing that stands in the document into one that it names."""
    alt = item.get("aria-label", "") or item.findtext(f"{{{_SVG}}}title", "")
    tail, item.tail = item.tail, None
    item.attrib.pop(f"{{{_XMLNS}}}xmlns", None)  # which the names of elements say already
    drawing = base64.b64encode(ElementTree.tostring(item)).decode("ascii")
    item.clear()
    item.tag, item.tail = "img", tail
    item.attrib.update(src=f"data:image/svg+xml;base64,{drawing}", alt=alt)


def _wrap_paragraph(item: ElementTree.Element) -> None:
    """Put a paragraph into a box of its class, as paragraphs have none in pandoc's tree."""
    inner = ElementTree.Element("p")
    inner.text, inner[:] = item.text, item[:]
    item.text, item[:] = None, [inner]
    item.tag = "div"
