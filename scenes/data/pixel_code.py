"""The code that decides pixels and what is seen in them.

A change of it makes prepared pictures, and runs on them, stale, or has pictures looked at again.

Out: where that code starts, what of it does not count, and a hash of the rest.
"""

from collections.abc import Iterable, Mapping

from scenes.system.source.code_hash import hash_code, read_program
from scenes.system.source.names import Definition
from scenes.system.source.reading import digest

PIXEL_ROOTS = ("scenes.data.arrays:_write_splits",)
"""From the pictures of a data set to the arrays of its splits."""

PIXEL_STOPS: Mapping[str, str] = {
    "scenes.errors:*": "an error ends a run and leaves no result; its words change none",
    "scenes.data.image_files:PictureError": "the same, of one picture",
    "scenes.system.formatting:printable": "writes a path for people",
    "scenes.data.causes:*": "the words of that error",
    "scenes.data.libtiff_errors:*": "the same, from libtiff",
    "scenes.data.decoding:_examined": "refuses damaged files and notes odd ones, in the pre-flight",
    "scenes.data.tiff:unread": "refuses a kind of file and changes no pixel of another",
    "scenes.data.image_files:open_regular": "opens a file; its bytes count by their own hash",
    "scenes.data.decoding:_room_for": "a lock: large pictures are decoded one at a time",
    "scenes.data.parallel:map_pictures": "applies a function to each picture, in order",
    "scenes.data.arrays:_part": "storage: reading checks what was written",
    "scenes.data.arrays:_write_labels": "storage, and no pixels",
    "scenes.data.arrays:_onwards": "counts what is done",
}
"""What is not followed, each with the reason why it changes no pixel."""


SIGHT_ROOTS = ("scenes.data.decoding:see_picture",)
"""From a picture file to what is remembered of it."""

_REFUSING = ("scenes.data.decoding:_examined", "scenes.data.tiff:unread")
SIGHT_STOPS = {name: why for name, why in PIXEL_STOPS.items() if name not in _REFUSING}
"""What refuses files counts here: one that was let through is not looked at again."""


SEARCH_ROOTS = (
    "scenes.data.findings:picture_findings",
    "scenes.data.findings:balance_findings",
    "scenes.data.duplicates:copy_findings",
)
"""From what was seen to what stands out in a set of pictures."""


def pixel_digest() -> str:
    """Return a hash of the code that decides pixels."""
    return _digest_of(PIXEL_ROOTS, PIXEL_STOPS)


def sight_digest() -> str:
    """Return a hash of the code that decides what is seen in a picture."""
    return _digest_of(SIGHT_ROOTS, SIGHT_STOPS)


def search_digest() -> str:
    """Return a hash of the code that decides what stands out in a set of pictures."""
    return _digest_of(SEARCH_ROOTS, ())


def _digest_of(roots: Iterable[str], stops: Iterable[str]) -> str:
    return digest(hash_code(read_program(stops), map(Definition.parse, roots)))
