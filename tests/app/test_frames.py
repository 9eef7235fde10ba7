"""Tables and verdicts of a report for notebooks say what its records say."""

import sys
from pathlib import Path

import numpy as np
import pytest
from written import make_folder, open_folder, train_by_hand

import scenes
from scenes.errors import MachineError, UserError
from scenes.plan.plan import Plan
from scenes.runs.record import Record


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a report of four runs that are recorded."""
    folder = make_folder(Path(tmp_path_factory.mktemp("frames")))
    (folder / "own.html").write_text('{% extends "lab_report.html" %}', encoding="utf-8")
    train_by_hand(open_folder(folder))
    return folder


@pytest.fixture(scope="module")
def plan(folder: Path) -> Plan:
    """Return its plan."""
    return scenes.open_plan(str(folder), profile="full")


def test_each_run_is_a_row(plan: Plan) -> None:
    """With its settings, its state and the figures of the model that was kept."""
    pytest.importorskip("pandas")
    found = scenes.runs_frame(plan)
    assert list(found["state"]) == ["recorded"] * 4
    assert list(found["learning_rate"]) == [0.1, 0.1, 0.01, 0.01]
    records = [run.result for run in plan.runs]
    for (_, row), record in zip(found.iterrows(), records, strict=True):
        assert isinstance(record, Record)
        assert (row["run"], row["epochs"]) == (record.id, 3)
        assert row["val_loss"] == record.final("val_loss")


def test_facts_are_those_that_a_report_prints(plan: Plan) -> None:
    """The mean over the seeds with its spread; a metric of the registry is one too."""
    pytest.importorskip("pandas")
    found = scenes.facts_frame(plan, ["val_loss", "macro_f1"])
    row = found[(found["value"] == "0.1") & (found["measure"] == "val_loss")].iloc[0]
    losses = [record.final("val_loss") for record in plan.study("rate").trial("0.1").records]
    assert row["mean"] == pytest.approx(np.mean(losses))
    assert row["spread"] == pytest.approx(np.std(losses, ddof=1))
    assert row["low"] < row["mean"] < row["high"]
    assert len(found) == 4


def test_each_epoch_is_a_row(plan: Plan) -> None:
    """Counted from 1."""
    pytest.importorskip("pandas")
    found = scenes.history_frame(plan)
    assert len(found) == 12
    assert sorted(set(found["epoch"])) == [1, 2, 3]


def test_a_claim_is_judged(plan: Plan) -> None:
    """As in a template; an unknown one is refused with the choices."""
    verdict = scenes.judge("better", plan.study("rate"), "0.1", than="0.01")
    assert verdict.status in ("supported", "contradicted", "inconclusive", "equal")
    with pytest.raises(ValueError, match="there is no claim 'bigger'; choices: "):
        scenes.judge("bigger", plan.study("rate"))


def test_code_of_a_folder_is_not_run_unasked(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A script says that it trusts a folder, as a command does."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (folder / "components.py").write_text("1 / 0", encoding="utf-8")
    try:
        with pytest.raises(UserError, match="brings code of its own"):
            scenes.open_plan(folder)
        with (
            pytest.raises(UserError, match="ZeroDivisionError"),
            scenes.report_components(str(folder), trust=True),
        ):
            pass
    finally:
        (folder / "components.py").unlink()


def test_without_pandas_the_way_out_is_told(plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra that brings it."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MachineError, match=r"pip install 'scenes\[pandas\]'"):
        scenes.runs_frame(plan)
