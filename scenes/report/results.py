"""What a document says of its results, as data: numbers that it prints, claims that it judges."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from scenes.report.language.fact_trace import Printed
from scenes.report.markup.claim_tag import ClaimLog

Results = Mapping[str, Any]
"""`facts` (name, value, origin, runs), `claims` (template, line and the verdict) and the names of
the `templates` that were filled and of other `files` that are shown, as JSON."""


def results_of(facts: Iterable[Printed], log: ClaimLog, templates: Iterable[str]) -> Results:
    """Return facts and claims, each once, in the order of the text."""
    return {
        "facts": [
            {"name": one.name, "value": one.value, "origin": one.origin, "runs": one.runs.split()}
            for one in facts
        ],
        "claims": [
            {"template": one.file, "line": one.line, **asdict(one.verdict)}
            for one in dict.fromkeys(log.judged)
        ],
        "templates": list(templates),
        "files": sorted(log.files),
    }
