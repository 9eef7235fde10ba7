"""Runs as MLflow keeps them in files, for `mlflow ui --backend-store-uri file:mlruns`.

The layout is written here, as it is small and has been the same since MLflow 1.0, whereas the
package brings a web server, a database and a hundred megabytes. MLflow 3 reads it where
MLFLOW_ALLOW_FILE_STORE is true, and `mlflow migrate-filestore` takes it into a database.
"""

import json
from collections.abc import Iterator, Mapping, Sequence

from scenes.report.run_files.rows import RunRow, epoch_ends, finished
from scenes.runs.record import METRICS, Record

_EXPERIMENT = "1"
_ACTIVE = "active"
_FINISHED = 3  # mlflow.entities.RunStatus
_LOCAL = 4  # mlflow.entities.SourceType


def write_mlflow(rows: Sequence[RunRow], name: str) -> dict[str, bytes]:
    """Return the folder `mlruns`: an experiment with every finished run.

    Args:
        rows: The runs.
        name: Of the experiment.
    """
    files = {f"{_EXPERIMENT}/meta.yaml": _yaml(_experiment(name))}
    for row, record in finished(rows):
        for path, data in _run(row, record).items():
            files[f"{_EXPERIMENT}/{row.run.id}/{path}"] = data
    return {f"mlruns/{path}": data for path, data in files.items()}


def _experiment(name: str) -> Mapping[str, object]:
    return {
        "artifact_location": f"mlflow-artifacts:/{_EXPERIMENT}",
        "creation_time": 0,
        "experiment_id": _EXPERIMENT,
        "last_update_time": 0,
        "lifecycle_stage": _ACTIVE,
        "name": name,
    }


def _run(row: RunRow, record: Record) -> dict[str, bytes]:
    ends = [round(moment * 1000) for moment in epoch_ends(record)]
    start = ends[0] - round(record.pace.seconds[0] * 1000)
    meta = {
        "artifact_uri": f"mlflow-artifacts:/{_EXPERIMENT}/{row.run.id}/artifacts",
        "end_time": ends[-1],
        "entry_point_name": "",
        "experiment_id": _EXPERIMENT,
        "lifecycle_stage": _ACTIVE,
        "run_id": row.run.id,
        "run_name": row.name,
        "run_uuid": row.run.id,
        "source_name": "",
        "source_type": _LOCAL,
        "source_version": "",
        "start_time": start,
        "status": _FINISHED,
        "tags": [],
        "user_id": "",
    }
    # Without a folder of artifacts MLflow takes it for no run.
    identity = json.dumps(record.identity, indent=1, sort_keys=True).encode("utf-8")
    files = {"meta.yaml": _yaml(meta), "artifacts/identity.json": identity}
    files |= {f"params/{key}": said.encode() for key, said in _parameters(row)}
    files |= {f"tags/{key}": said.encode() for key, said in _tags(row)}
    files |= {f"metrics/{key}": said.encode() for key, said in _metrics(record, ends)}
    return files


def _parameters(row: RunRow) -> Iterator[tuple[str, str]]:
    for name, value in row.run.settings.model_dump(mode="json").items():
        if value is not None:
            yield name, value if isinstance(value, str) else json.dumps(value)
    yield "seed", str(row.run.seed)


def _tags(row: RunRow) -> Iterator[tuple[str, str]]:
    yield "mlflow.runName", row.name
    yield "places", "; ".join(row.places)


def _metrics(record: Record, ends: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Yield each metric with its lines: time, value, epoch."""
    series = {name: record.history[name] for name in METRICS}
    series["learning_rate"] = list(record.pace.learning_rate)
    for name, values in series.items():
        lines = zip(ends, values, range(1, len(values) + 1), strict=True)
        yield name, "".join(f"{time} {float(value)!r} {epoch}\n" for time, value, epoch in lines)


def _yaml(entries: Mapping[str, object]) -> bytes:
    """Return entries as YAML, of which JSON is a part."""
    said = {name: json.dumps(value, ensure_ascii=False) for name, value in entries.items()}
    return "".join(f"{name}: {value}\n" for name, value in said.items()).encode("utf-8")
