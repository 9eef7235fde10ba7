"""The rows that compare the program with the notebook way on the same studies and pictures."""

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any

from scipy import stats

from benchmarks.pictures import take_share
from benchmarks.processes import MEGA, Finished, run_module
from benchmarks.table import Row
from benchmarks.workloads import EQUAL, LARGE, Workload, render_report
from scenes.training.executors.local import default_workers

EQUAL_SEEDS = range(5)
EQUAL_SHARE = 0.2
"""Of the pictures: the small task on which results are compared."""


@dataclass(frozen=True)
class Bench:
    """What every measurement needs.

    Attributes:
        root: Folder of everything that is written.
        pictures: Folder of pictures.
        repeats: How often each pair is measured.
        ceiling: Operations a second by type and kind.
        has_bfloat16: Whether the processor does more than emulate it.
        say: Tells the user what is going on.
    """

    root: Path
    pictures: Path
    repeats: int
    ceiling: Mapping[str, Mapping[str, float]]
    has_bfloat16: bool
    say: Callable[[str], None]

    @property
    def cache(self) -> Path:
        """The cache of rows that do not ask for a cold one."""
        return self.root / "cache"


@dataclass(frozen=True)
class Trained:
    """What the program took for a workload: the first time, and with everything recorded."""

    first: Finished
    again: Finished

    @property
    def runs(self) -> Sequence[Mapping[str, Any]]:
        """Seconds, operations and validation accuracy of each run."""
        return self.first.output["runs"]  # type: ignore[no-any-return]


def train_ours(
    bench: Bench,
    workload: Workload,
    *,
    pictures: Path | None = None,
    seeds: Sequence[int] = (0,),
    workers: int | None = None,
    cache: Path | None = None,
    **changed: Any,
) -> Trained:
    """Carry out a workload twice with a store of its own, the first time with nothing in it.

    Args:
        bench: What every measurement needs.
        workload: What is trained.
        pictures: In place of the usual ones.
        seeds: Of each trial.
        workers: Runs at a time; None for as many as the program takes.
        cache: Prepared pictures; None begins with none, as a first command does.
        changed: Settings in place of the workload's.
    """
    source = str((pictures or bench.pictures).resolve())
    folder = Path(tempfile.mkdtemp(prefix=f"{workload.name}-", dir=bench.root))
    try:
        report, store = folder / "report", folder / "store"
        report.mkdir()
        store.mkdir()
        text = render_report(workload, seeds=seeds, source=source, **changed)
        (report / "report.toml").write_text(text, encoding="utf-8")
        if cache is not None:
            cache.mkdir(exist_ok=True)
            (store / "cache").symlink_to(cache.resolve())
        command = ("ours", report, store, workers or "")
        return Trained(run_module(*command, watch=True), run_module(*command))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def train_opponent(
    bench: Bench, workload: Workload, *, pictures: Path | None = None, seeds: Sequence[int] = (0,)
) -> Finished:
    """Carry out a workload the notebook way."""
    trials = json.dumps(list(workload.trials()))
    return run_module("opponent", pictures or bench.pictures, trials, *seeds)


def race(bench: Bench, workload: Workload, *, goal: float) -> list[Row]:
    """Measure a workload in turns, the notebook way and the program's."""
    opponents, ours = [], []
    for _ in range(bench.repeats):
        bench.say(f"{workload.title}: the notebook way")
        opponents.append(train_opponent(bench, workload))
        bench.say(f"  {opponents[-1].seconds:.1f} s; the program")
        ours.append(train_ours(bench, workload))
    return [compare(bench, workload.title, workload.name, goal, opponents, ours)]


def race_large(bench: Bench) -> list[Row]:
    """Measure the large pictures, in both precisions, and the memory that they take."""
    opponents, single, mixed = [], [], []
    for _ in range(bench.repeats):
        bench.say(f"{LARGE.title}: the notebook way")
        opponents.append(train_opponent(bench, LARGE))
        bench.say(f"  {opponents[-1].seconds:.1f} s; the program in float32")
        single.append(train_ours(bench, LARGE))
        if bench.has_bfloat16:
            bench.say(f"  {single[-1].first.seconds:.1f} s; the program in mixed_bfloat16")
            mixed.append(train_ours(bench, LARGE, precision="mixed_bfloat16"))
    what = f"{LARGE.title}, bfloat16 (the notebook way in float32)"
    return [
        compare(bench, f"{LARGE.title}, float32", "large", 1.4, opponents, single),
        compare(bench, what, "large", 2.3, opponents, mixed, "bfloat16")
        if mixed
        else Row("large", what, None, goal=2.3, note="this processor has no bfloat16"),
        memory_row("peak memory of a worker at 224×224, batch 32", 1500, single, "worker"),
        memory_row(
            "… of it not mapped from files, which the system can drop", 1500, single, "private"
        ),
        memory_row("peak memory of the parent meanwhile", 300, single, "parent"),
    ]


def compare(
    bench: Bench,
    what: str,
    name: str,
    goal: float,
    opponents: Sequence[Finished],
    ours: Sequence[Trained],
    dtype: str = "float32",
) -> Row:
    """Return the row of a race: the median of the pairs' ratios, and where the time went."""
    pairs = list(zip(opponents, ours, strict=True))
    seconds = median(each.first.seconds for each in ours)
    runs = ours[0].runs
    operations = sum(run["operations"] for run in runs)
    ceiling = max(bench.ceiling[dtype].values())
    busy = sum(run["seconds"] for run in runs) / min(default_workers(), len(runs))
    parts = ours[0].first.output
    return Row(
        name,
        what,
        median(opponent.seconds / each.first.seconds for opponent, each in pairs),
        goal=goal,
        opponent=median(opponent.seconds for opponent in opponents),
        ours=seconds,
        # The notebook way knows one precision; its seconds must not count twice.
        again=median(each.again.seconds for each in ours) if dtype == "float32" else None,
        share=operations / (seconds * ceiling),
        note=f"{operations / 1e12:.2f} TFLOP; start {parts['start']:.1f} s, "
        f"pictures {parts['check']:.1f} s, "
        f"training {parts['train']:.1f} s; runs alone {operations / (busy * ceiling):.0%} "
        f"of the ceiling",
        details={
            "operations": operations,
            "opponent": [[each.seconds, each.output] for each in opponents],
            "ours": [[each.first.seconds, each.first.output] for each in ours],
            "again": [[each.again.seconds, each.again.output] for each in ours],
        },
    )


def memory_row(what: str, goal: float, trained: Sequence[Trained], whose: str) -> Row:
    """Return the row of the most memory that a process took, in MB."""
    most = max(getattr(each.first.memory, whose) for each in trained) / MEGA
    if not most:
        return Row("large", what, None, note="this system has no /proc")
    return Row("large", what, most, "MB", goal, "at most")


def race_equal(bench: Bench) -> list[Row]:
    """Compare the results of both sides over seeds."""
    bench.say(f"equal results: {len(EQUAL_SEEDS)} seeds each")
    pictures = take_share(bench.pictures, bench.root / "few", EQUAL_SHARE)
    opponent = train_opponent(bench, EQUAL, pictures=pictures, seeds=EQUAL_SEEDS)
    ours = train_ours(bench, EQUAL, pictures=pictures, seeds=EQUAL_SEEDS)
    return [
        equal_row(
            f"{activation}, {EQUAL.title}",
            _accuracies(opponent.output, activation),
            _accuracies(ours.runs, activation),
        )
        for activation in (value["activation"] for value in EQUAL.values)
    ]


def _accuracies(runs: Sequence[Mapping[str, Any]], activation: str) -> list[float]:
    return [run["val_accuracy"] for run in runs if run["activation"] == activation]


def equal_row(what: str, opponent: Sequence[float], ours: Sequence[float]) -> Row:
    """Return the row of Welch's test on the validation accuracies of both sides."""
    test = stats.ttest_ind(ours, opponent, equal_var=False)
    interval = test.confidence_interval()
    told = (f"{fmean(side):.3f} ± {stdev(side):.3f}" for side in (opponent, ours))
    return Row(
        "equal",
        f"equal results over {len(ours)} seeds, p of Welch's test ({what})",
        float(test.pvalue),
        "",
        0.05,
        note="accuracy, mean ± deviation: notebook {}, ours {}; ".format(*told)
        + f"difference {fmean(ours) - fmean(opponent):+.3f} "
        f"(95 % interval {interval.low:+.3f} to {interval.high:+.3f})",
        details={"opponent": list(opponent), "ours": list(ours)},
    )
