"""Why a run failed, in the report's language: a recorded reason in, words out."""

import re

from scenes.report.language.locale import Words

KNOWN = {
    "diverged": re.compile(r"diverged in epoch (?P<epoch>\d+)"),
    "memory": re.compile(r"ResourceExhausted|OOM|MemoryError|out of memory", re.IGNORECASE),
    "died": re.compile(r"worker process died"),
    "vanished": re.compile(r"ended without a result"),
}
"""How the training half words what happens to runs, by the catalogue's key."""


def failure_text(reason: str, words: Words) -> str:
    """Return a reason in the words of the report; what is not known is quoted as it is recorded."""
    for key, pattern in KNOWN.items():
        if found := pattern.search(reason):
            return words(f"failure.{key}", **found.groupdict())
    return reason
