"""What a document says of its results, as data: numbers that it prints, claims that it judges."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from scenes.report.language.fact_trace import Printed
from scenes.report.markup.claim_tag import ClaimLog

Results = Mapping[str, Any]
"""`facts` (name, value, origin, runs), `claims` (template, line and the verdict) and the names of
the `templates` that were filled and of other `files` that are shown, as JSON."""


def encode_numbers(results: Results) -> bytes:
    """Return the printed numbers as a CSV file, by section and by what they tell of."""
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(("value", "of", "runs", "name"))
    for fact in results["facts"]:
        row = (fact["value"], fact["origin"], " ".join(fact["runs"]), fact["name"])
        table.writerow([harmless_cell(text) for text in row])
    return stream.getvalue().encode("utf-8-sig")


def harmless_cell(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in "=+@\t\r" else text


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
