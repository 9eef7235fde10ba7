"""What a check of a document found: one line each, and what follows from all of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from scenes.system.formatting import printable

Depth = Literal["whole", "same", "retrained"]
"""`whole`: pages and attachments say what the records give; `same`: it is the document that these
attachments make; `retrained`: runs drawn by the verifier give the same results again."""
State = Literal["holds", "fails", "unknown", "not_checked"]
"""`unknown`: was to be checked and could not be; `not_checked`: was not asked for."""

LONGEST = 600
"""Characters of a sentence; the file may hold names without end."""
ORIGIN = "origin of pictures"
"""Kind of the finding on where printed pictures come from, which takes the data set."""
HOLDS, FAILS, UNKNOWN = 0, 1, 2
"""Exit codes."""


@dataclass(frozen=True)
class Finding:
    """What was found at one depth.

    Attributes:
        depth: At which.
        state: What it means.
        kind: What it is about, in a word or two that programs may rely on.
        text: A sentence for people, made one line of what any terminal can show: parts of it may
            be names that a hostile file has.
    """

    depth: Depth
    state: State
    kind: str
    text: str

    def __post_init__(self) -> None:
        text = printable(" ".join(self.text.split()))
        object.__setattr__(self, "text", text[:LONGEST])  # as frozen classes are made


def exit_code(findings: Iterable[Finding]) -> int:
    """Return what a check ends with: it holds only where both depths were reached and hold."""
    found = list(findings)
    states = {one.state for one in found}
    if "fails" in states:
        return FAILS
    reached = {one.depth for one in found if one.state == "holds"}
    if "unknown" in states or not {"whole", "same"} <= reached:
        return UNKNOWN
    return HOLDS
