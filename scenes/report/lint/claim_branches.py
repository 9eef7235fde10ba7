"""Claims without words for a verdict that they may yet get: a template in, places out.

It is read as text, without results: whether a claim's verdict will be another one, nobody knows
before the runs have ended.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from scenes.report.lint.typed_numbers import reached_templates
from scenes.report.markup.templates import open_templates

REQUIRED = ("inconclusive", "contradicted")
"""Branches beside the first one; where values are equal, what stands for `inconclusive` is true."""

_TAG = re.compile(r"\{%[-+]?\s*(claim|equal|pending|inconclusive|contradicted|endclaim)\b")
_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


def missing_branches(template: str, folder: Path) -> list[str]:
    """Return each claim in a report's templates that lacks a branch, with file and line."""
    reached = reached_templates(template, open_templates(folder))
    paths = sorted({Path(path) for _, path in reached.values()})
    return [
        f"{path.name}:{line}: the claim has no words for {' and '.join(missing)}: add "
        + " and ".join(f"{{% {name} %}}" for name in missing)
        for path in paths
        for line, missing in _missing_in(path.read_text(encoding="utf-8"))
    ]


def _missing_in(source: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line of each claim of a template that lacks branches, and these."""
    text = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), source)
    open_claims: list[tuple[int, set[str]]] = []
    for tag in _TAG.finditer(text):
        if tag[1] == "claim":
            open_claims.append((text.count("\n", 0, tag.start()) + 1, set()))
        elif open_claims and tag[1] == "endclaim":
            line, found = open_claims.pop()
            if missing := [name for name in REQUIRED if name not in found]:
                yield line, missing
        elif open_claims:
            open_claims[-1][1].add(tag[1])
