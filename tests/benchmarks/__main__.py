"""Measure, row by row: `python -m benchmarks`, or `nox -s bench`, which see to what it needs.

A row is on disk as soon as it is measured, so that a bench that is stopped keeps its rows. A goal
that is missed is reported in words; the exit code says only whether everything could be measured.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

import click

from benchmarks import alone, contest
from benchmarks.contest import Bench
from benchmarks.machine import describe_machine, has_bfloat16, is_idle, load
from benchmarks.pictures import open_pictures
from benchmarks.processes import run_module
from benchmarks.table import Row, Session, recorded_row, render_json, render_markdown
from benchmarks.workloads import BATCH, FROZEN, SMALL
from scenes.errors import ScenesError

MEASUREMENTS: dict[str, Callable[[Bench], list[Row]]] = {
    "loop": alone.measure_loop,
    "start": alone.measure_start,
    "prepare": alone.measure_prepare,
    "workers": alone.measure_workers,
    "many": alone.measure_many,
    "ids": alone.measure_ids,
    "write": alone.measure_write,
    "equal": contest.race_equal,
    "small": partial(contest.race, workload=SMALL, goal=8),
    "batch": partial(contest.race, workload=BATCH, goal=3.2),
    "large": contest.race_large,
    "frozen": partial(contest.race, workload=FROZEN, goal=15),
}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", multiple=True, type=click.Choice(list(MEASUREMENTS)), help="These alone.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A folder with train/CLASS/* and val/CLASS/*, in place of painted pictures.",
)
@click.option("--repeats", type=click.IntRange(min=1), default=1, help="Of each pair.")
@click.option(
    "--scale", type=click.FloatRange(0, 1, min_open=True), default=1.0, help="Of the pictures."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path(".bench"),
    help="Folder.",
)
def main(only: tuple[str, ...], data: Path | None, repeats: int, scale: float, out: Path) -> None:
    """Measure the program against the notebook way, and by itself."""
    machine = describe_machine()
    if not is_idle(machine):
        click.echo("The machine is not idle: the ratios will not be worth much.", err=True)
    out.mkdir(parents=True, exist_ok=True)
    click.echo("pictures", err=True)
    pictures = open_pictures(out, data=data, scale=scale)
    told = str(data) if data else f"painted, {pictures.name.removeprefix('painted-')} per class"
    click.echo("the machine's ceiling", err=True)
    ceiling = run_module("ceiling", "float32", "bfloat16").output
    session = Session(machine, told, scale, repeats, ceiling)
    say = partial(click.echo, err=True)
    bench = Bench(out, pictures, repeats, ceiling, has_bfloat16(machine), say)
    folder = out / f"{datetime.now():%Y-%m-%d-%H%M%S}"
    folder.mkdir()
    rows = _measure(bench, session, only or tuple(MEASUREMENTS), folder)
    click.echo((folder / "bench.md").read_text(encoding="utf-8"))
    click.echo(f"{folder / 'bench.md'}\n{folder / 'bench.json'}", err=True)
    if any(row.value is None and "failed" in row.details for row in rows):
        raise SystemExit(1)


def _measure(bench: Bench, session: Session, names: tuple[str, ...], folder: Path) -> list[Row]:
    """Measure row by row and save the table after each."""
    rows: list[Row] = []
    for name in names:
        try:
            found = MEASUREMENTS[name](bench)
        except RuntimeError as error:
            # One side that fails must not take the other rows with it.
            reason = str(error)
            found = [
                Row(name, name, None, note=reason.splitlines()[-1], details={"failed": reason})
            ]
        rows += found
        for row in found:
            click.echo(f"  → {row.what}: {row.value} {row.verdict}", err=True)
        _save(replace(session, end=load()), rows, folder)
    return rows


def _save(session: Session, rows: list[Row], folder: Path) -> None:
    recorded = recorded_row(rows)
    told = [*rows, *([recorded] if recorded else [])]
    (folder / "bench.md").write_text(render_markdown(session, told), encoding="utf-8")
    (folder / "bench.json").write_text(render_json(session, told), encoding="utf-8")


if __name__ == "__main__":
    try:
        main()
    except ScenesError as error:
        raise SystemExit(f"Error: {error}") from None
