"""The commands on a report. Each imports what it needs when it runs: `--help` answers at once."""

from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scenes.cli.components import asker, trust_option, uses_components
from scenes.cli.live_commands import page_beside
from scenes.cli.options import (
    cluster_options,
    formats_option,
    request_options,
    with_options,
    workers_option,
)
from scenes.cli.terminal import open_console, quieten_tensorflow, say
from scenes.system.formatting import said_count, shell_word
from scenes.system.interrupts import stops_raised

if TYPE_CHECKING:
    from rich.console import Console

    from scenes.app.request import Request
    from scenes.app.writing import Written


@click.command()
@request_options
@workers_option
@with_options(*cluster_options)
@click.option("--retry-failed", is_flag=True, help="Train again what failed before.")
@click.option("--draft", is_flag=True, help="Only warn of numbers typed in the prose.")
@click.option(
    "--leave-out",
    multiple=True,
    type=click.Choice(["bitmaps"]),
    help="Of the evidence that the PDF carries: small copies of the pictures that it prints.",
)
@formats_option
@click.option("--watch", is_flag=True, help="Go on: write again whenever a file of it changes.")
@click.option(
    "--live", "is_live", is_flag=True, help="Show training and document on a page meanwhile."
)
@uses_components
def report(watch: bool, is_live: bool, **options: Any) -> int:
    """Train what is missing and write the report of FOLDER as PDF and HTML.

    FOLDER is reports/practica4 unless another one is named. The documents go to FOLDER/out, named
    after the report, its profile, and what the command line changes of seeds or language. With
    --to, the same document is written in more formats as well: LaTeX and Markdown as zip files
    with their figures.
    """
    from scenes.app.request import Request
    from scenes.app.workflow import make_report

    request, console = Request(**options), open_console(stderr=True)
    if watch and is_live:
        raise click.UsageError("--live writes the document again by itself: leave --watch out")
    if watch:
        return _watch(request, console)
    with page_beside(request) if is_live else nullcontext():
        return _tell_written(make_report(request, console))


def _tell_written(written: "Written") -> int:
    """Say what was written and what failed; return the exit code."""
    for failure in written.failures:
        say(f"failed run {failure}", colour="red", error=True)
    if written.failures:
        say("The report shows them as failed; try again with --retry-failed.", error=True)
        say(f"What the workers wrote: {written.log}", error=True)
    say(f"HTML  {written.html}")
    say(f"PDF   {written.pdf}")
    for path in written.others:
        say(f"      {path}")
    say(f"Anyone can check it: scenes verify {shell_word(written.pdf)}", error=True)
    return 1 if written.failures else 0


def _watch(request: "Request", console: "Console") -> int:
    """Write a report at each change of its files; the user's Ctrl-C is how that ends."""
    from scenes.app.trust import report_components
    from scenes.app.watch import watch_report
    from scenes.app.workflow import prepare

    trust = bool(click.get_current_context().params["trust"])
    own = partial(report_components, request.directory, trust=trust, ask=asker())
    opened, plan = prepare(request, console)
    try:
        with stops_raised():
            watch_report(opened, plan, console, components=own)
    except KeyboardInterrupt:
        say("\nNo longer watching.", error=True)
    return 0


@click.command()
@request_options
@workers_option
@click.option("--jobs", is_flag=True, help="Print a command for each run that can start now.")
@uses_components
def plan(jobs: bool, **options: Any) -> None:
    """Show what the report of FOLDER would train: recorded, shared, missing, and how long.

    FOLDER is reports/practica4 unless another one is named.
    """
    if jobs:
        return _print_jobs(**options)
    from scenes.app.request import Request, open_request
    from scenes.app.training import worker_count
    from scenes.app.writing import recorded_plan
    from scenes.cli import plan_listing
    from scenes.plan.memory import available_memory
    from scenes.plan.timing import learn_times

    told = open_console(stderr=True)
    opened = open_request(Request(**options), told)
    planned, workers = recorded_plan(opened, told), worker_count(opened.request)
    times = learn_times(opened.store, opened.pictures.count)
    console = open_console()
    console.print(plan_listing.plan_table(planned, times, workers=workers))
    lines = [
        *plan_listing.sharing_lines(planned),
        *plan_listing.time_lines(planned, times, workers=workers),
    ]
    compared = [len(study.study.values) for study in planned.studies]
    report = planned.report
    lines += plan_listing.power_lines(
        report.most_seeds,
        compared,
        margin=report.equal_within,
        most=report.max_seeds,
        folds=report.data.folds,
    )
    lines += plan_listing.memory_lines(planned, workers=workers, available=available_memory())
    for line in lines:
        console.print(line, highlight=False, markup=False)
    for line in [*opened.results.warnings, *plan_listing.failures_of(planned)]:
        say(line, colour="yellow", error=True)


def _print_jobs(**options: Any) -> None:
    from scenes.app.jobs import write_jobs
    from scenes.app.request import Request

    console = open_console(stderr=True)
    for line in write_jobs(Request(**options), console):
        say(line)


@click.command()
@click.argument("run_id", metavar="RUN_ID")
@click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Where `scenes plan --jobs` has written the run, and where its record goes.",
)
@trust_option
def work(run_id: str, store: Path, trust: bool) -> int:
    """Train one run, as `scenes plan --jobs` prints it: for Slurm, Ray, make and the like.

    It proves first that it is the run that was planned, by this machine's code and libraries. The
    exit code is 0 where it is recorded, 1 where it failed, 2 where it is refused.
    """
    from scenes.app.jobs import carry_out_job

    failure = carry_out_job(store, run_id, trust=trust, ask=asker())
    if failure is not None:
        say(f"run {run_id} failed: {failure.reason}", colour="red", error=True)
        return 1
    say(f"run {run_id} is recorded in {store}")
    return 0


@click.command()
@request_options
@click.option("--mutate", is_flag=True, help="Perturb the results: does every claim move?")
@uses_components
def check(mutate: bool, **options: Any) -> int:
    """Check FOLDER without training: description, template, references, and each claim's verdict.

    Claims are judged by what is recorded. The exit code is 1 where a sentence about results rests
    on no claim, fact or mark, where the template has no words for a verdict or, with --mutate,
    where no change of the results moves a claim.
    """
    from scenes.app.request import Request, check_numbers, open_request
    from scenes.app.writing import describe_document, recorded_plan
    from scenes.cli.claim_listing import claim_lines, mutation_lines, sentence_lines
    from scenes.report.filling import MUTATIONS_LIMIT, Filler
    from scenes.report.lint.guards import read_sentences

    console = open_console(stderr=True)
    opened = open_request(Request(**options), console)
    check_numbers(opened, console)
    planned = recorded_plan(opened, console)
    say(f"description, template and references of {opened.folder} are in order")
    sentences = read_sentences(opened.report.template, opened.folder, opened.description)
    say("\n".join(sentence_lines(sentences)))
    is_guarded = not any(sentence.problem for sentence in sentences)
    missing = len(planned.missing) + planned.waiting
    if missing:
        told = said_count(missing, "run|runs is|are not recorded: train it|them with scenes report")
        say(told, colour="yellow")
    if not any(trial.records for study in planned.studies for trial in study.trials):
        return 0 if is_guarded else 1
    document = describe_document(opened, planned)
    with Filler() as filler:
        judged = filler.judge(document)
    say("\n".join(claim_lines(judged)))
    if not mutate:
        return 0 if is_guarded and all(claim.has_branch for claim in judged) else 1
    with console.status("perturbing the results"), Filler(seconds=MUTATIONS_LIMIT) as filler:
        mutations = filler.mutate(document)
    say("\n".join(mutation_lines(mutations)))
    is_passed = is_guarded and mutations.is_passed
    return 0 if is_passed and all(claim.has_branch for claim in judged) else 1


@click.command()
@request_options
@click.option("--why", is_flag=True, help="Say of each run of FOLDER's report what it waits for.")
@trust_option
def runs(why: bool, trust: bool, **options: Any) -> None:
    """List the runs that are recorded beside FOLDER; with --why, those of its report."""
    from scenes.app.request import Request, open_request, open_store
    from scenes.app.trust import report_components
    from scenes.app.writing import recorded_plan
    from scenes.cli.runlist import runs_table, summary_line, why_table
    from scenes.runs.inventory import load_inventory

    console, request = open_console(), Request(**options)
    short = console.is_terminal
    if why:
        told = open_console(stderr=True)
        with report_components(request.folder, trust=trust, ask=asker()):
            opened = open_request(request, told)
            planned = recorded_plan(opened, told)
        console.print(why_table(planned, load_inventory(opened.store), short=short))
        warnings = opened.results.warnings
    else:
        store, warnings = open_store(request), []
        entries = load_inventory(store)
        console.print(runs_table(entries, short=short))
        console.print(summary_line(entries, store), highlight=False, soft_wrap=True)
    for line in warnings:
        say(line, colour="yellow", error=True)


@click.command("test")
@click.argument("folder", type=click.Path(path_type=Path))
@uses_components
def run_tests(folder: Path) -> int:
    """Test what the report of FOLDER uses: its models, augmentations, schedules and metrics.

    The same as pytest FOLDER. The exit code is 1 where a fact does not hold.
    """
    from scenes.spec.loader import read_description

    folder = read_description(folder).path.parent.resolve()
    quieten_tensorflow()
    from scenes.testing.run import run_tests as test_report

    return test_report(folder)
