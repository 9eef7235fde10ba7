"""Runs as TensorBoard's event files: a folder for each run, a point for each epoch.

The events are those that TensorBoard's own writer writes; their times are when the epochs ended.
"""

import io
from collections.abc import Iterator, Sequence
from typing import Any

from scenes.errors import MachineError
from scenes.report.run_files.rows import RunRow, epoch_ends, finished
from scenes.runs.record import METRICS, Record


def write_tensorboard(rows: Sequence[RunRow]) -> dict[str, bytes]:
    """Return an event file for each finished run, by `STUDY/VALUE/seed-N/` and its name.

    Raises:
        MachineError: TensorBoard is not installed.
    """
    library = _library()
    return {
        f"tensorboard/{row.name}/events.out.tfevents.0.scenes": _file(record, library)
        for row, record in finished(rows)
    }


def _library() -> tuple[Any, Any, Any]:
    """Return TensorBoard's types of events and summaries, and what writes records."""
    try:
        from tensorboard.compat.proto import event_pb2, summary_pb2
        from tensorboard.summary.writer.record_writer import RecordWriter
    except ImportError:
        raise MachineError(
            "Event files need TensorBoard, which is not installed here.",
            ["it is an extra of the package, and shows the files as well"],
            "Install it with: pip install 'scenes[tensorboard]'",
        ) from None
    return event_pb2.Event, summary_pb2.Summary, RecordWriter


def _file(record: Record, library: tuple[Any, Any, Any]) -> bytes:
    event, summary, writer = library
    out = io.BytesIO()
    records = writer(out)
    ends = epoch_ends(record)
    first = ends[0] - record.pace.seconds[0]
    records.write(event(wall_time=first, file_version="brain.Event:2").SerializeToString())
    for epoch, (moment, values) in enumerate(zip(ends, _points(record), strict=True), 1):
        points = [summary.Value(tag=tag, simple_value=value) for tag, value in values]
        made = event(wall_time=moment, step=epoch, summary=summary(value=points))
        records.write(made.SerializeToString())
    return out.getvalue()


def _points(record: Record) -> Iterator[list[tuple[str, float]]]:
    """Yield name and value of what each epoch measured; training and validation side by side."""
    for epoch in range(record.epochs):
        values = [(_tag(name), record.history[name][epoch]) for name in METRICS]
        yield [*values, ("learning_rate", record.pace.learning_rate[epoch])]


def _tag(metric: str) -> str:
    name = metric.removeprefix("val_")
    return f"{name}/{'validation' if metric.startswith('val_') else 'training'}"
