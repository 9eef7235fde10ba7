"""The rows that measure the program by itself: its loop, workers, memory and preparation."""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.contest import Bench, train_ours
from benchmarks.pictures import save_noise
from benchmarks.processes import MEGA, Finished, run_module
from benchmarks.table import Row
from benchmarks.workloads import FIRST_STEP, MANY, PAIR, TUTORIAL, render_report

LOOPS = ({"image_size": 32, "batch_size": 32}, {"image_size": 64, "batch_size": 8})
LOOP_EPOCHS, LOOP_PAIRS = 3, 2
MANY_PICTURES, FEW_PICTURES = 20_000, 2_000
MANY_SIDE = 64
REPORTS = Path(__file__).parents[2] / "reports"
WRITE_UP = "practica4"
DRAWN_GOAL, KEPT_GOAL = 6.0, 4.0
"""Seconds for a report with its evidence: its figures drawn, or kept from the time before."""
SCREEN_GOAL, PDF_GOAL, EDITS = 0.5, 2.5, 5
"""Seconds until an edit is seen, on the screen and in the PDF; and how many are made."""
IDS_GOAL = 0.2
"""Seconds for the ids of a report's runs, which are computed before anything is printed."""


def measure_loop(bench: Bench) -> list[Row]:
    """Compare the engine's loop with a bare `fit`."""
    rows = []
    for changed in LOOPS:
        size, batch = changed["image_size"], changed["batch_size"]
        what = f"engine's loop against a bare fit on arrays, {size}×{size}, batch {batch}"
        bench.say(what)
        settings = json.dumps({**TUTORIAL, **changed, "epochs": LOOP_EPOCHS})
        pairs = LOOP_PAIRS * bench.repeats
        found = run_module("loop", bench.pictures, bench.cache, settings, pairs)
        rows.append(loop_row(what, found.output))
    return rows


def loop_row(what: str, pairs: Sequence[tuple[Sequence[float], Sequence[float]]]) -> Row:
    """Return the row of pairs (ours, bare fit) of seconds in all and of the fastest epoch."""
    ratio, epoch = (median(ours[part] / bare[part] for ours, bare in pairs) for part in (0, 1))
    ours, bare = (median(seconds[0] for seconds in side) for side in zip(*pairs, strict=True))
    return Row(
        "loop",
        what,
        ratio,
        goal=1.05,
        direction="at most",
        note=f"{ours:.2f} s, bare fit {bare:.2f} s ({LOOP_EPOCHS} epochs, one thread, building "
        f"included); the fastest epochs alone {epoch:.2f}×",
        details={"pairs": pairs},
    )


def measure_workers(bench: Bench) -> list[Row]:
    """Compare two workers with one."""
    what = f"two workers against one, {PAIR.title}"
    bench.say(what)
    run_module("prepare", bench.pictures, bench.cache, PAIR.base["image_size"])
    one, two = (
        train_ours(bench, PAIR, workers=workers, cache=bench.cache).first.output
        for workers in (1, 2)
    )
    return [workers_row(what, one, two)]


def workers_row(what: str, one: dict[str, Any], two: dict[str, Any]) -> Row:
    """Return the row of like trials, carried out by one worker and by two."""
    alone, beside = (sum(run["seconds"] for run in each["runs"]) for each in (one, two))
    return Row(
        "workers",
        what,
        alone / (beside / 2),
        "×",
        1.8,
        note="seconds of the runs alone; with the workers' start "
        f"{one['train'] / two['train']:.2f}× ({one['train']:.1f} s, {two['train']:.1f} s)",
        details={"one": one, "two": two},
    )


def measure_start(bench: Bench) -> list[Row]:
    """Measure a worker from its start to its first step."""
    bench.say("start of a worker")
    folder = bench.root / "start"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "report").mkdir(parents=True)
    text = render_report(FIRST_STEP, source=str(bench.pictures.resolve()))
    (folder / "report" / "report.toml").write_text(text, encoding="utf-8")
    seconds = [
        run_module("start", folder / "report", folder / f"store{number}").output
        for number in range(1 + bench.repeats)
    ]
    shutil.rmtree(folder)
    cold, warm = (median(each) for each in zip(*seconds[1:], strict=True))
    return [
        Row("start", "start of a worker to its first recorded step, 64×64", cold, "s"),
        Row("start", "the same in a worker that is warm", warm, "s"),
    ]


def measure_prepare(bench: Bench) -> list[Row]:
    """Measure checking and decoding every picture at one size, twice."""
    bench.say("preparing the pictures")
    cache = bench.root / "prepare"
    shutil.rmtree(cache, ignore_errors=True)
    first, second = (run_module("prepare", bench.pictures, cache, 64).output for _ in range(2))
    shutil.rmtree(cache)
    count = first["pictures"]
    note = f"checking them before: {first['check']:.2f} s, then {second['check']:.2f} s"
    return [
        Row("prepare", f"decoding {count:,} pictures at 64×64", first["decode"], "s", note=note),
        Row(
            "prepare",
            "the second time, as a share of the first (free)",
            second["decode"] / first["decode"],
            "",
            0.01,
            "at most",
            note=f"{second['decode'] * 1000:.1f} ms",
            details={"first": first, "second": second},
        ),
    ]


def measure_many(bench: Bench) -> list[Row]:
    """Measure what a worker keeps for itself of few pictures and of many."""
    found = []
    for count in (FEW_PICTURES, MANY_PICTURES):
        bench.say(f"private memory with {count:,} pictures of {MANY_SIDE}×{MANY_SIDE}")
        pictures = save_noise(
            bench.root / f"noise-{count}", train=count, val=count // 10, side=MANY_SIDE
        )
        found.append(train_ours(bench, MANY, pictures=pictures, workers=1).first.memory.private)
    return [many_row(*found)]


def measure_write(bench: Bench) -> list[Row]:
    """Measure how long a shipped report takes to be written from its records."""
    bench.say(f"writing {WRITE_UP}")
    folder = bench.root / "write"
    shutil.rmtree(folder, ignore_errors=True)
    report, store = folder / WRITE_UP, folder / "store"
    shutil.copytree(REPORTS / WRITE_UP, report, ignore=shutil.ignore_patterns("out"))
    arguments = "writing", report, bench.pictures.resolve(), store
    run_module(*arguments)  # trains
    drawn, kept = [], []
    for _ in range(bench.repeats):
        shutil.rmtree(store / "cache" / "figures")
        drawn.append(run_module(*arguments))
        kept.append(run_module(*arguments))
    stages = run_module("stages", *arguments[1:]).output
    figures = run_module("figures", *arguments[1:]).output
    edits = run_module("editing", *arguments[1:], EDITS).output
    shutil.rmtree(folder)
    return [
        write_row("its figures drawn", drawn, goal=DRAWN_GOAL),
        write_row("its figures kept from the time before", kept, goal=KEPT_GOAL),
        *edit_rows(edits),
        *stage_rows(stages),
        figures_row(figures),
    ]


def edit_rows(found: Mapping[str, Sequence[float]]) -> list[Row]:
    """Return the rows of the seconds until an edit of a watched report is seen."""
    places = (("screen", "on the screen", SCREEN_GOAL), ("pdf", "in the PDF", PDF_GOAL))
    return [
        Row(
            "write",
            f"an edit of a watched report, until it is {place}",
            median(found[key]),
            "s",
            goal,
            "at most",
            note=f"{min(found[key]):.2f} to {max(found[key]):.2f} s in {len(found[key])} edits",
            details={"seconds": found[key]},
        )
        for key, place, goal in places
    ]


def stage_rows(found: Mapping[str, Any]) -> list[Row]:
    """Return a row for each stage of writing, in seconds of computing of one process."""
    return [
        Row("write", f"writing, {stage}", seconds, "s", note=f"{found['pages']} pages of PDF")
        for stage, seconds in found["seconds"].items()
    ]


def figures_row(found: Mapping[str, Mapping[str, float]]) -> Row:
    """Return the row of what a report saves whose figures are written in fewer elements."""
    simple, drawn = found["simplified"], found["as drawn"]
    return Row(
        "write",
        "writing pages with figures as matplotlib draws them, against simplified ones",
        drawn["seconds"] / simple["seconds"],
        note=f"{drawn['seconds']:.1f} s and {simple['seconds']:.1f} s of computing in one process, "
        f"{drawn['elements']:,.0f} and {simple['elements']:,.0f} elements, HTML of "
        f"{drawn['html'] / MEGA:.2f} and {simple['html'] / MEGA:.2f} MB",
        details=found,
    )


def measure_ids(bench: Bench) -> list[Row]:
    """Measure how long the ids of a shipped report's runs take."""
    bench.say(f"ids of {WRITE_UP}")
    folder = bench.root / "ids"
    found = []
    for _ in range(bench.repeats):
        shutil.rmtree(folder, ignore_errors=True)
        report = folder / WRITE_UP
        shutil.copytree(REPORTS / WRITE_UP, report, ignore=shutil.ignore_patterns("out"))
        arguments = report, bench.pictures.resolve(), folder / "store"
        found.append(run_module("ids", *arguments).output)
    shutil.rmtree(folder)
    return [ids_row(found)]


def ids_row(found: Sequence[Mapping[str, float]]) -> Row:
    """Return the row of the seconds for all ids of a report."""
    return Row(
        "ids",
        f"ids of the {found[0]['runs']:.0f} runs of a report, their code read anew",
        median(each["seconds"] for each in found),
        "s",
        IDS_GOAL,
        "at most",
        details={"found": found},
    )


def write_row(what: str, written: Sequence[Finished], *, goal: float) -> Row:
    """Return the row of the seconds that one report took, from the start of the process."""
    seconds = median(each.seconds for each in written)
    found = written[0].output
    loaded = "loaded" if found["tensorflow"] else "not loaded"
    return Row(
        "write",
        f"a report that is written from its records, {what}",
        seconds,
        "s",
        goal,
        "at most",
        note=f"{seconds:.1f} s for {found['pages']} pages of PDF and as much HTML, with "
        f"{found['figures']} figures; TensorFlow {loaded}",
        details={"written": [[each.seconds, each.output] for each in written]},
    )


def many_row(few: float, many: float) -> Row:
    """Return the row of a worker's private memory in bytes, with few and with many pictures."""
    what = (
        f"private memory of a worker, {MANY_PICTURES:,} pictures at {MANY_SIDE}×{MANY_SIDE} "
        f"against {FEW_PICTURES:,}: growth, as a share of the arrays'"
    )
    if not many:
        return Row("many", what, None, note="this system has no /proc")
    arrays = 1.1 * (MANY_PICTURES - FEW_PICTURES) * MANY_SIDE**2 * 3
    note = f"{few / MEGA:.0f} MB, {many / MEGA:.0f} MB; the arrays grow by {arrays / MEGA:.0f} MB"
    return Row("many", what, (many - few) / arrays, "", 0.25, "at most", note=note)
