"""The answer to a claim."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["supported", "contradicted", "inconclusive", "equal"]
"""`equal`: the values that a claim compares are practically equal, which is a finding;
`inconclusive`: the results cannot tell, which is none."""


@dataclass(frozen=True)
class Verdict:
    """What the results say of a claim, and by which numbers."""

    status: Status
    claim: str
    reason: str
    study: str = ""
    is_pending: bool = False
    """Whether runs of the study are still to be trained: a draft says neither this nor that."""


def no_results(claim: str) -> Verdict:
    """Return the verdict on values of which some have no result."""
    return Verdict("inconclusive", claim, "some of its runs have no result")
