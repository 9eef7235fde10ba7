"""The commands for teachers and their students. Each imports what it needs when it runs."""

from pathlib import Path

import click

from scenes.cli.components import brought_option
from scenes.cli.options import retrain_options, with_options, workers_option
from scenes.cli.terminal import open_console, say
from scenes.system.formatting import said_count


@click.command()
@click.argument("assignment", type=click.Path(path_type=Path))
@click.argument("submissions", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--out",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where sheets go; else graded/ beside the assignment.",
)
@with_options(*retrain_options)
@workers_option
@brought_option
def grade(
    assignment: Path,
    submissions: tuple[Path, ...],
    out: Path | None,
    count: int | None,
    data: Path | None,
    workers: int | None,
    trust: bool,
) -> int:
    """Grade SUBMISSIONS (PDFs) to ASSIGNMENT (a TOML file): a sheet each, an overview, a table.

    Each document is verified and compared with what the assignment asks for. Points that follow are
    given; what only a person can judge stays open. Submitted code is run only with --trust. Ends
    with 0 where all documents hold, 1 where one does not, 2 where that cannot be determined.
    """
    from scenes.app.grading import grade_class
    from scenes.app.verification import Retrain
    from scenes.evidence.findings import exit_code

    if count is None and (data or workers):
        raise click.UsageError("--data and --workers belong to --retrain K")
    retrain = Retrain(count, None, data, workers) if count else None
    where, console = out or assignment.parent / "graded", open_console(stderr=True)
    found = grade_class(assignment, submissions, console, out=where, retrain=retrain, trust=trust)
    for one in found.graded:
        say(f"{one.state:15}", colour="green" if one.holds else "red", is_line=False)
        points = f"{one.points:.10g} points, {one.open_points:.10g} open"
        others = said_count(one.others, "other|others")
        shared = f", shares with {others}" if one.others else ""
        say(f"{one.name}: {points}{shared}")
    for line in found.unset:
        say(f"no PDF of a sheet: {line}", colour="yellow", error=True)
    say(f"overview  {found.overview}")
    say(f"table     {found.table}")
    codes = [exit_code(one.findings) for one in found.graded]
    return 1 if 1 in codes else max(codes)


@click.command()
@click.argument("assignment", type=click.Path(path_type=Path))
@click.argument("names", nargs=-1, required=True)
@click.option("--count", type=click.IntRange(1, 100), help="How many; else what is asked for.")
def seeds(assignment: Path, names: tuple[str, ...], count: int | None) -> None:
    """Print the seeds that follow from NAMES and the nonce of ASSIGNMENT, for a report.toml.

    Name every author as `authors` in the report.toml does; each in quotation marks.
    """
    from scenes.app.grading import own_seeds

    for key, value in own_seeds(assignment, names, count).items():
        say(f"{key} = {value}")
