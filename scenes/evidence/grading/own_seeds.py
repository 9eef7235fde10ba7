"""Seeds that follow from a name: everybody trains other runs, and anybody can check which."""

import hashlib
import unicodedata
from collections.abc import Iterable

from scenes.spec.seeds import MOST


def seeds_from(nonce: str, names: Iterable[str], count: int = MOST) -> tuple[int, ...]:
    """Return the seeds of one author, or of a group: more of them begin with the same ones.

    How a name is spelled counts little: case, accents' encoding, spaces and the order of a group's
    names change nothing.

    Args:
        nonce: Of the assignment.
        names: Of the authors.
        count: How many seeds.
    """
    whole = "\n".join([nonce, *sorted(map(_plain, names))])
    found: dict[int, None] = {}
    number = 0
    while len(found) < count:
        digest = hashlib.sha256(f"{whole}\n{number}".encode("utf-8", "surrogatepass")).digest()
        found[int.from_bytes(digest[:4], "big")] = None
        number += 1
    return tuple(found)


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())
