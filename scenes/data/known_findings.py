"""What stood out in large sets of pictures that were searched before: one file of the cache.

In: a hash of a set, and the search itself. Out: its findings, from the file where the same code has
searched the same set. A search takes longer than all else that a next start does.
"""

import contextlib
import functools
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from scenes.data.findings import Finding
from scenes.data.pixel_code import search_digest
from scenes.errors import StorageError
from scenes.system.files import load_checked, save_checked

FINDINGS_FILE = "findings.json"
FORMAT = 1
KEPT = 32
"""Sets that are remembered, the latest: a report with subsets or folds has several."""

Found = tuple[Finding, ...]


def find_once(cache: Path, key: str, search: Callable[[], Found]) -> Found:
    """Return what a search finds, from the cache if it was made before.

    Args:
        cache: The folder that remembers, made if need be.
        key: A hash of all that the search looks at.
        search: Looks at the pictures.
    """
    known = _load(cache)
    if key in known:
        with contextlib.suppress(ValueError, LookupError, TypeError, AttributeError):
            return tuple(map(_finding, known[key]))
    found = search()
    rest = [(other, it) for other, it in known.items() if other != key]
    kept = dict([*rest, (key, [_row(one) for one in found])][-KEPT:])
    body = json.dumps({"version": _version(), "sets": kept}).encode("ascii")
    with contextlib.suppress(StorageError):  # the next start searches again and finds the same
        save_checked(cache / FINDINGS_FILE, body)
    return found


@functools.cache
def _version() -> str:
    return f"{FORMAT} {search_digest()}"


def _load(cache: Path) -> Mapping[str, Any]:
    """Return the findings by key; a missing or damaged file, or one by other code, has none."""
    try:
        body = json.loads(load_checked(cache / FINDINGS_FILE) or b"{}")
        return dict(body["sets"]) if body["version"] == _version() else {}
    except (ValueError, LookupError, TypeError, AttributeError):
        return {}


def _row(one: Finding) -> tuple[object, ...]:
    return one.kind, one.count, one.pictures, one.share, one.paths


def _finding(row: list[Any]) -> Finding:
    kind, count, pictures, share, paths = row
    return Finding(kind, count, tuple(pictures), share, tuple(map(tuple, paths)))
