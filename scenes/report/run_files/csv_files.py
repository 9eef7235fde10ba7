"""Runs as CSV: a line for each run, and a line for each epoch of each run."""

import csv
import io
import json
from collections.abc import Iterable, Sequence

from scenes.report.run_files.rows import RunRow, finished
from scenes.runs.record import METRICS, Failure, Record

RESULTS = ("epochs", "kept_epoch", "stopped_early", *METRICS, "parameters", "trainable", "seconds")


def write_csv(rows: Sequence[RunRow]) -> dict[str, bytes]:
    """Return `runs.csv` and `epochs.csv`; settings are columns, a list among them is JSON."""
    settings = list(dict.fromkeys(name for row in rows for name in row.run.settings.model_dump()))
    head = ["run", "places", "seed", "state", *settings, *RESULTS, "reason"]
    lines = [_run(row, settings) for row in rows]
    epochs = [line for row, record in finished(rows) for line in _epochs(row, record)]
    named = ["run", "epoch", *METRICS, "learning_rate", "seconds"]
    return {"runs.csv": _file([head, *lines]), "epochs.csv": _file([named, *epochs])}


def _run(row: RunRow, settings: Sequence[str]) -> list[object]:
    known = row.run.settings.model_dump(mode="json")
    result = row.run.result
    reason = result.reason if isinstance(result, Failure) else ""
    values = [_value(known.get(name)) for name in settings]
    found = _results(result) if isinstance(result, Record) else [""] * len(RESULTS)
    return [row.run.id, "; ".join(row.places), row.run.seed, row.state, *values, *found, reason]


def _value(value: object) -> object:
    """Return a setting as a cell: what is not set is empty, what has parts is JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str | int | float) else json.dumps(value)


def _results(record: Record) -> list[object]:
    metrics = [record.final(name) for name in METRICS]
    counts = [record.summary["parameters"], record.summary["trainable"]]
    ended = [record.epochs, record.kept + 1, record.stopped_early]
    return [*ended, *metrics, *counts, record.seconds]


def _epochs(row: RunRow, record: Record) -> Iterable[list[object]]:
    for index in range(record.epochs):
        metrics = [record.history[name][index] for name in METRICS]
        pace = [record.pace.learning_rate[index], record.pace.seconds[index]]
        yield [row.run.id, index + 1, *metrics, *pace]


def _file(lines: Iterable[Sequence[object]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue().encode("utf-8")
