"""What a document cites by author and year, as data, and where its HTML cites."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass

Part = tuple[str, str]
"""A piece of a citation, and the key of the reference that it leads to, or ""."""

_CLUSTER = re.compile(r'<span class="cites">(.*?)</span>', re.DOTALL)
_KEY = re.compile(r'data-cite="([^"]*)"')


@dataclass(frozen=True)
class Citations:
    """What a style makes of the references of a document; forms are marked (`latex_text.FORMS`).

    Attributes:
        entries: The list of references in its order: key and text.
        clusters: What each citation prints, by its keys with spaces between.
    """

    entries: tuple[tuple[str, str], ...]
    clusters: Mapping[str, tuple[Part, ...]]


def read_clusters(page: str) -> tuple[tuple[str, ...], ...]:
    """Return the keys of each citation in the HTML of a document, each group once."""
    found = (_KEY.findall(cluster) for cluster in _CLUSTER.findall(page))
    return tuple(dict.fromkeys(tuple(map(html.unescape, keys)) for keys in found if keys))
