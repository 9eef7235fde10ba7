"""Runs in other programs' files are the runs that are recorded."""

import csv
import io
import json
import struct
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from outcomes import EPOCHS, Outcome, plan_of, study_table

from scenes.errors import MachineError
from scenes.plan.plan import Plan
from scenes.report.run_files.csv_files import write_csv
from scenes.report.run_files.mlflow import write_mlflow
from scenes.report.run_files.rows import epoch_ends, finished, run_rows
from scenes.report.run_files.tensorboard import write_tensorboard

STUDIES = [
    study_table("learning_rate", [0.001, 0.01], name="rate", choose={"by": "val_loss"}),
    study_table("batch_size", [8, 32], name="batch"),
]


@pytest.fixture(scope="module")
def plan() -> Plan:
    """Return a plan with two studies, of which one value is shared and another one failed."""

    def outcome(settings: Mapping[str, Any], seed: int) -> Outcome | None:
        if settings["batch_size"] == 8:
            return None
        return Outcome(settings["learning_rate"] + 0.5 + seed / 100)

    return plan_of(STUDIES, outcome, seeds=(0, 1))


def table(data: bytes) -> list[dict[str, str]]:
    """Return the lines of a CSV file by its headings."""
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"))))


def test_each_run_stands_once_with_all_its_places(plan: Plan) -> None:
    """A run that two studies share is one run."""
    rows = run_rows(plan)
    assert len({row.run.id for row in rows}) == len(rows)
    assert [row.state for row in rows].count("failed") == 2
    shared = [row.places for row in rows if len(row.places) > 1]
    assert shared == [("rate/0.01", "batch/32")] * 2
    assert rows[0].name == "rate/0.001/seed-0"


def test_csv_has_settings_results_and_epochs(plan: Plan) -> None:
    """What a run was asked, what it found, and why there is nothing of it."""
    rows = run_rows(plan)
    files = write_csv(rows)
    runs = table(files["runs.csv"])
    assert [line["run"] for line in runs] == [row.run.id for row in rows]
    assert runs[0]["learning_rate"] == "0.001"
    assert json.loads(runs[0]["filters"]) == [16, 32, 64]
    assert {line["reason"] for line in runs if line["state"] == "failed"} == {
        "the machine ran out of memory"
    }
    for row, record in finished(rows):
        line = next(it for it in runs if it["run"] == row.run.id)
        assert float(line["val_loss"]) == record.final("val_loss")
        epochs = [it for it in table(files["epochs.csv"]) if it["run"] == row.run.id]
        assert [float(it["accuracy"]) for it in epochs] == record.history["accuracy"]
        assert [it["epoch"] for it in epochs] == [str(it) for it in range(1, EPOCHS + 1)]


def test_tensorboard_reads_every_epoch(plan: Plan) -> None:
    """TensorBoard's own types find the values, steps and times of the records."""
    pytest.importorskip("tensorboard")
    from tensorboard.compat.proto.event_pb2 import Event

    rows = run_rows(plan)
    files = write_tensorboard(rows)
    assert len(files) == len(list(finished(rows)))
    row, record = next(finished(rows))
    data = files[f"tensorboard/{row.name}/events.out.tfevents.0.scenes"]
    events = [Event.FromString(part) for part in framed(data)]
    assert events[0].file_version == "brain.Event:2"
    found = {value.tag: value.simple_value for value in events[-1].summary.value}
    assert found["loss/validation"] == pytest.approx(record.history["val_loss"][-1])
    assert found["accuracy/training"] == pytest.approx(record.history["accuracy"][-1])
    assert [event.step for event in events[1:]] == list(range(1, EPOCHS + 1))
    assert [event.wall_time for event in events[1:]] == epoch_ends(record)


def framed(data: bytes) -> list[bytes]:
    """Return the records of a file of TensorFlow's, each after its length and a checksum."""
    parts, place = [], 0
    while place < len(data):
        (length,) = struct.unpack_from("<Q", data, place)
        parts.append(data[place + 12 : place + 12 + length])
        place += 12 + length + 4
    return parts


def test_mlflow_has_parameters_and_a_line_for_each_epoch(plan: Plan) -> None:
    """The layout is that of MLflow's file store."""
    rows = run_rows(plan)
    files = write_mlflow(rows, "a: name")
    assert 'name: "a: name"\n' in files["mlruns/1/meta.yaml"].decode()
    row, record = next(finished(rows))
    place = f"mlruns/1/{row.run.id}"
    assert files[f"{place}/params/learning_rate"] == b"0.001"
    assert files[f"{place}/params/seed"] == b"0"
    assert json.loads(files[f"{place}/artifacts/identity.json"]) == record.identity
    assert files[f"{place}/tags/mlflow.runName"] == b"rate/0.001/seed-0"
    lines = [line.split() for line in files[f"{place}/metrics/val_loss"].decode().splitlines()]
    assert [float(value) for _, value, _ in lines] == record.history["val_loss"]
    assert [int(time) for time, _, _ in lines] == [round(it * 1000) for it in epoch_ends(record)]
    recorded = {row.run.id for row, _ in finished(rows)}
    assert {path.split("/")[2] for path in files} == {"meta.yaml", *recorded}


def test_the_same_runs_give_the_same_bytes(plan: Plan) -> None:
    """Neither clock nor machine is in the files."""
    rows = run_rows(plan)
    assert write_csv(rows) == write_csv(rows)
    assert write_mlflow(rows, "x") == write_mlflow(rows, "x")
    pytest.importorskip("tensorboard")
    assert write_tensorboard(rows) == write_tensorboard(rows)


def test_without_tensorboard_its_extra_is_named(
    plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says what to install."""
    monkeypatch.setitem(sys.modules, "tensorboard.summary.writer.record_writer", None)
    with pytest.raises(MachineError, match=r"pip install 'scenes\[tensorboard\]'"):
        write_tensorboard(run_rows(plan))
