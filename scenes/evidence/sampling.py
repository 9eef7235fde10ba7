"""Which runs a verifier trains again, and what that is worth: ids and a nonce in, a sample out."""

import hashlib
import re
import secrets
from collections.abc import Iterable

from scenes.errors import UserError

SHARES = (0.1, 0.25, 0.5)
"""Of made-up runs, for which it is said how likely a sample meets one of them."""
_NONCE = re.compile(r"[0-9a-f]{16,64}")


def new_nonce() -> str:
    """Return 128 random bits: nobody who wrote a file before can have known them."""
    return secrets.token_hex(16)


def check_nonce(nonce: str) -> str:
    """Return a nonce that was given, to draw again what was drawn with it.

    Raises:
        UserError: It is none.
    """
    if not _NONCE.fullmatch(nonce):
        rule = "a nonce has 16 to 64 hexadecimal digits, as the command prints it"
        raise UserError(f"--nonce {nonce!r} is none", [rule])
    return nonce


def draw_runs(ids: Iterable[str], count: int, *, nonce: str) -> list[str]:
    """Return so many of some runs, or all where there are fewer, drawn by a nonce."""
    drawn = sorted(ids, key=lambda one: hashlib.sha256(f"{nonce} {one}".encode()).digest())
    return drawn[:count]


def catch_probability(share: float, count: int) -> float:
    """Return with what probability a sample of so many meets one of a share of the runs.

    1 − (1 − f)^K: for a sample with replacement. As no run is drawn twice, it is at least that.
    """
    return 1.0 - (1.0 - share) ** count
