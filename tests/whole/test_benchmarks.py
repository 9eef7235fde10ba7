"""The bench counts, renders and judges rightly; what it measures is not tested here."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from benchmarks import alone, contest, processes
from benchmarks.machine import describe_machine, has_bfloat16, is_idle
from benchmarks.operations import forward_operations, run_operations
from benchmarks.pictures import open_pictures, save_noise, take_share
from benchmarks.processes import Finished, Memory, run_module
from benchmarks.table import Row, Session, recorded_row, render_json, render_markdown
from benchmarks.workloads import ALL, FROZEN, SMALL, Workload, render_report

from scenes.data.folder import load_folder
from scenes.errors import DataError
from scenes.spec.loader import load_report
from scenes.spec.settings import Settings

CONVOLUTION = {"type": "Conv2D", "output_shape": [None, 8, 8, 16], "parameters": 3 * 9 * 16 + 16}
POOLING = {"type": "MaxPooling2D", "output_shape": [None, 4, 4, 16], "parameters": 0}
DENSE = {"type": "Dense", "output_shape": [None, 5], "parameters": 256 * 5 + 5}
SUMMARY = {"layers": [CONVOLUTION, POOLING, DENSE], "backbone": None}
MACHINE = {
    "date": "2026-01-01T00:00:00+00:00",
    "processor": "A processor",
    "instructions": ["avx2"],
    "cores": 2,
    "memory_gib": 8.0,
    "system": "Linux",
    "python": "3.11.0",
    "versions": {"keras": "3.15.1"},
    "environment": {},
    "load": 0.0,
    "busy_percent": 1.0,
}
CEILING = {"float32": {"product": 1e11, "convolution": 2e11}}


def test_operations_are_counted_by_hand() -> None:
    """Two per multiply-add: 8·8·(27·16 + 16), pooling free, 256·5 + 5."""
    assert forward_operations(SUMMARY["layers"] or []) == 2 * (64 * 448 + 1285)


def test_a_training_step_costs_three_passes() -> None:
    """Each epoch trains on every picture and validates with every other."""
    settings = {"epochs": 4, "trainable": "none", "augmentation": "none"}
    forward = 2 * (64 * 448 + 1285)
    assert run_operations(settings, SUMMARY, train=10, val=20) == 4 * (3 * 10 + 20) * forward


def test_a_frozen_backbone_is_needed_once() -> None:
    """Its features are the same in every epoch, unless it or the pictures change."""
    summary = {"layers": [DENSE], "backbone": {"layers": [CONVOLUTION]}}
    settings = {"epochs": 4, "trainable": "none", "augmentation": "none"}
    head, backbone = 2 * 1285, 2 * 64 * 448
    once = run_operations(settings, summary, train=10, val=20)
    assert once == 30 * backbone + 4 * 50 * head
    for change in ({"trainable": "all"}, {"augmentation": "zoom"}):
        each = run_operations({**settings, **change}, summary, train=10, val=20)
        assert each == 4 * 50 * (backbone + head)


@pytest.mark.parametrize("workload", ALL, ids=lambda workload: workload.name)
def test_every_workload_is_a_report(workload: Workload, tmp_path: Path) -> None:
    """The program trains the very settings that the notebook way is given."""
    text = render_report(workload, source="somewhere", seeds=(3, 4))
    (tmp_path / "report.toml").write_text(text, encoding="utf-8")
    report = load_report(tmp_path)
    assert report.seeds == (3, 4)
    assert report.data.source == "somewhere"
    (study,) = report.studies
    for value, trial in zip(study.values, workload.trials(), strict=True):
        ours = {**report.base.model_dump(exclude_unset=True), **value.settings}
        assert ours == trial
        Settings.model_validate(trial)


def test_settings_of_a_workload_can_be_changed(tmp_path: Path) -> None:
    """The same study is measured in another precision."""
    text = render_report(SMALL, source="x", precision="mixed_bfloat16")
    (tmp_path / "report.toml").write_text(text, encoding="utf-8")
    assert load_report(tmp_path).base.precision == "mixed_bfloat16"


@pytest.mark.parametrize(
    ("value", "direction", "verdict"),
    [
        (1.0, "at least", "met"),
        (0.9, "at least", "missed"),
        (1.0, "at most", "met"),
        (1.1, "at most", "missed"),
        (None, "at most", "not measured"),
    ],
)
def test_a_goal_is_judged_in_words(value: float | None, direction: Any, verdict: str) -> None:
    """Met or missed, by the direction in which more is better."""
    assert Row("a", "b", value, goal=1.0, direction=direction).verdict == verdict
    assert Row("a", "b", 1.0).verdict == ""


def test_the_table_shows_measure_goal_and_verdict() -> None:
    """Rows against the notebook way stand apart from those by itself."""
    session = Session(MACHINE, "painted", 1.0, 1, CEILING, {"load": 1.0})
    rows = [
        Row("a", "four", 9.51, goal=9, opponent=95.1, ours=10, again=0.5, share=0.5, note="N"),
        Row("b", "memory", 1600, "MB", 1500, "at most"),
        Row("c", "broken", None, note="why"),
        Row("d", "start", 4.5, "s"),
    ]
    text = render_markdown(session, rows)
    assert "| four | 9.51× | ≥ 9 | met | 95.1 s | 10.0 s | 50% | N |" in text
    assert "| memory | 1600 MB | ≤ 1500 | missed |  |" in text
    assert "| broken | – |  | not measured | why |" in text
    assert "| start | 4.50 s |  |  |  |" in text
    assert "product 100, convolution 200 GFLOP/s" in text
    assert "A processor (avx2), 2 cores, 8.0 GiB" in text
    assert "leaves oneDNN off on this processor" in text
    assert "**" not in text
    told = json.loads(render_json(session, rows))
    assert [row["verdict"] for row in told["rows"]] == ["met", "missed", "not measured", ""]
    assert told["machine"] == MACHINE


def test_what_spoils_a_measurement_is_said() -> None:
    """A busy machine, and fewer pictures than the goals are meant for."""
    text = render_markdown(Session({**MACHINE, "load": 1.5}, "painted", 0.1, 1), [])
    assert "not idle" in text
    assert "Only 10% of the pictures" in text


def test_recorded_studies_count_together() -> None:
    """The seconds of all studies that were measured twice; the others do not count."""
    rows = [
        Row("a", "", 1.0, opponent=100, ours=9, again=1),
        Row("b", "", 1.0, opponent=200, ours=9, again=2),
        Row("b", "", 1.0, opponent=200, ours=9),
    ]
    row = recorded_row(rows)
    assert row is not None
    assert (row.value, row.opponent, row.ours, row.verdict) == (100, 300, 3, "met")
    assert recorded_row([rows[2]]) is None


def trained(seconds: float, runs: list[dict[str, Any]], memory: Memory) -> contest.Trained:
    """Return what the program took, by hand."""
    output = {"start": 1.0, "check": 2.0, "train": seconds - 3, "runs": runs}
    return contest.Trained(Finished(output, seconds, memory), Finished(output, 1.5, memory))


def test_a_race_is_the_median_of_its_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ratio by ratio; the share counts operations a second against the higher ceiling."""
    monkeypatch.setattr(contest, "default_workers", lambda: 2)
    bench = contest.Bench(tmp_path, tmp_path, 3, CEILING, False, lambda _: None)
    opponents = [Finished([], seconds, Memory()) for seconds in (30.0, 40.0, 100.0)]
    runs = [{"seconds": 4.0, "operations": 2e11}] * 2
    ours = [trained(10.0, runs, Memory())] * 3
    row = contest.compare(bench, "what", "name", 9, opponents, ours)
    assert (row.value, row.opponent, row.ours, row.again) == (4.0, 40.0, 10.0, 1.5)
    assert row.share == pytest.approx(4e11 / (10 * 2e11))
    assert row.note.startswith("0.40 TFLOP; start 1.0 s, pictures 2.0 s, training 7.0 s")
    assert row.note.endswith("runs alone 50% of the ceiling")


def test_memory_is_that_of_the_largest(tmp_path: Path) -> None:
    """The most that any repeat took, in MB; where the system tells nothing, that is said."""
    several = [trained(9.0, [], Memory(parent=10**8, worker=n)) for n in (10**9, 2 * 10**9)]
    row = contest.memory_row("w", 1500, several, "worker")
    assert (row.value, row.unit, row.verdict) == (2000, "MB", "missed")
    assert contest.memory_row("w", 1500, several[:1], "worker").verdict == "met"
    assert contest.memory_row("w", 1500, [trained(9.0, [], Memory())], "worker").value is None


def test_like_results_agree_and_others_do_not() -> None:
    """Welch's test over seeds."""
    like = contest.equal_row("t", [0.50, 0.52, 0.48, 0.50], [0.51, 0.50, 0.49, 0.54])
    other = contest.equal_row("t", [0.50, 0.52, 0.48, 0.51], [0.61, 0.60, 0.59, 0.63])
    assert (like.verdict, other.verdict) == ("met", "missed")
    assert "notebook 0.500 ± 0.016, ours 0.510 ± 0.022; difference +0.010" in like.note


def test_loop_workers_and_memory_are_ratios() -> None:
    """Medians of pairs; two workers halve the time; growth is a share of the arrays'."""
    loop = alone.loop_row("l", [((2.0, 0.5), (2.0, 1.0)), ((2.0, 0.5), (4.0, 1.0))])
    assert loop.value == pytest.approx(0.75)
    assert "fastest epochs alone 0.50×" in loop.note
    one = {"train": 10.0, "runs": [{"seconds": 2.0}] * 4}
    two = {"train": 8.0, "runs": [{"seconds": 2.5}] * 4}
    assert alone.workers_row("w", one, two).value == pytest.approx(1.6)
    arrays = 1.1 * 18_000 * 64 * 64 * 3
    assert alone.many_row(1e8, 1e8 + arrays / 2).value == pytest.approx(0.5)
    assert alone.many_row(0, 0).value is None


def test_writing_is_judged_by_the_report() -> None:
    """A report within its goal meets it; that TensorFlow stays out is reported."""
    output = {"pages": 20, "figures": 9, "tensorflow": False}
    written = [Finished(output, seconds, Memory()) for seconds in (7.0, 7.8, 9.9)]
    row = alone.write_row("x", written, goal=8)
    assert (row.value, row.verdict) == (7.8, "met")
    assert row.note == (
        "7.8 s for 20 pages of PDF and as much HTML, with 9 figures; TensorFlow not loaded"
    )
    late = alone.write_row("x", [Finished({**output, "tensorflow": True}, 8.2, Memory())], goal=8)
    assert (late.verdict, late.note.endswith("TensorFlow loaded")) == ("missed", True)
    shown, set_ = alone.edit_rows({"screen": [0.4, 0.5, 0.9], "pdf": [2.4, 2.6, 2.7]})
    assert (shown.value, shown.verdict) == (0.5, "met")
    assert (set_.value, set_.verdict, set_.note) == (2.6, "missed", "2.40 to 2.70 s in 3 edits")
    (stage,) = alone.stage_rows({"pages": 17, "seconds": {"pages laid out": 1.5}})
    assert (stage.what, stage.value) == ("writing, pages laid out", 1.5)


def test_simpler_figures_are_a_ratio_of_whole_reports() -> None:
    """How many times longer it takes without them."""
    simple = {"seconds": 4.0, "html": 1e6, "figures": 9e5, "elements": 2000}
    drawn = {"seconds": 6.0, "html": 1.3e6, "figures": 12e5, "elements": 9000}
    row = alone.figures_row({"simplified": simple, "as drawn": drawn})
    assert row.value == 1.5
    assert row.note == (
        "6.0 s and 4.0 s of computing in one process, 9,000 and 2,000 elements, "
        "HTML of 1.30 and 1.00 MB"
    )


def test_ids_are_judged_by_their_median() -> None:
    """One slow repeat does not count."""
    row = alone.ids_row([{"seconds": it, "runs": 9} for it in (0.1, 0.15, 0.9)])
    assert (row.value, row.verdict) == (0.15, "met")
    assert row.what.startswith("ids of the 9 runs")
    late = alone.ids_row([{"seconds": 0.21, "runs": 9}])
    assert late.verdict == "missed"


def test_a_share_of_a_folder_is_copied(tmp_path: Path) -> None:
    """The first pictures of each class, by name; at least one."""
    save_noise(tmp_path / "noise", train=20, val=10, side=8, classes=2)
    assert open_pictures(tmp_path, data=tmp_path / "noise", scale=1.0) == tmp_path / "noise"
    folder = take_share(tmp_path / "noise", tmp_path / "part", 0.3)
    splits = load_folder(folder, cache=None).splits
    assert {name: len(members) for name, members in splits.items()} == {"train": 6, "val": 4}
    with pytest.raises(DataError, match="there is no folder train"):
        open_pictures(tmp_path, data=tmp_path / "noise" / "train", scale=1.0)


def test_a_small_set_is_painted(tmp_path: Path) -> None:
    """Fifteen classes, in the proportion of Scene-15."""
    folder = open_pictures(tmp_path, data=None, scale=0.01)
    splits = load_folder(folder, cache=None).splits
    assert {name: len(members) for name, members in splits.items()} == {"train": 15, "val": 30}


def test_a_module_runs_by_itself(tmp_path: Path) -> None:
    """Its last line is the result, its memory is seen, and a failure says why."""
    save_noise(tmp_path / "noise", train=20, val=20, side=8, classes=2)
    found = run_module("prepare", tmp_path / "noise", tmp_path / "cache", 8, watch=True)
    assert found.output["pictures"] == 40
    assert found.seconds > found.output["check"] + found.output["decode"] > 0
    if Path("/proc/self/status").exists():
        assert found.memory.parent > 10**7
    with pytest.raises(RuntimeError, match=r"benchmarks.prepare ended with 1: (?s:.*)nowhere"):
        run_module("prepare", tmp_path / "nowhere", tmp_path / "cache", 8)


def test_memory_is_read_where_the_system_tells() -> None:
    """A process that is gone has none, and neither has a figure that is not there."""
    assert processes.kept("VmHWM", 2**30) == 0


def test_the_machine_is_described() -> None:
    """Everything that a reader of the table asks, as plain data."""
    machine = describe_machine()
    assert json.loads(json.dumps(machine)) == machine
    assert machine["cores"] >= 1
    assert not math.isnan(machine["load"])
    assert not has_bfloat16(MACHINE)
    assert has_bfloat16({**MACHINE, "instructions": ["avx2", "avx512f"]})
    assert is_idle(MACHINE)
    assert not is_idle({**MACHINE, "busy_percent": 50.0})


def test_frozen_backbones_start_from_random_weights() -> None:
    """Nothing is downloaded by a bench."""
    assert {trial["weights"] for trial in FROZEN.trials()} == {"random"}


@pytest.mark.slow
def test_reading_from_mapped_arrays_is_measured(tmp_path: Path) -> None:
    """Each epoch has its rates and the memory after it; the arrays begin outside of memory."""
    save_noise(tmp_path / "noise", train=40, val=20, side=64, classes=2)
    found = run_module("mapped", tmp_path / "noise", tmp_path / "cache", 64, 2).output
    assert found["pictures"] == 60
    assert len(found["epochs"]) == 2
    assert all(epoch["pictures_a_second"] > 0 for epoch in found["epochs"])
    assert found["peak_megabytes"] is None
