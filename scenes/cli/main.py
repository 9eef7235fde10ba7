"""The commands. Each imports what it needs when it runs, so that `--help` answers at once."""

import gc
import io
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scenes import __version__
from scenes.cli.components import asker, list_components, trust_option, uses_components
from scenes.cli.datacommands import dataset
from scenes.cli.evidence_commands import diff, verify
from scenes.cli.opening import open_test
from scenes.cli.options import DEFAULT_REPORT, request_options, workers_option
from scenes.cli.terminal import open_console, say
from scenes.errors import ScenesError
from scenes.system.formatting import said_count
from scenes.system.interrupts import StopError, stops_raised

if TYPE_CHECKING:
    from rich.console import Console

    from scenes.app.request import Request


def main() -> None:
    """Run a command; mistakes of the user end with 2, failures with 1, and never a traceback."""
    # Almost all that a command makes lives to its end: who looks for garbage less often takes a
    # fifth less time, and a few megabytes more.
    gc.set_threshold(50_000, 20, 50)
    try:
        code = cli(standalone_mode=False)
    except click.ClickException as error:
        say(_shown(error), error=True, is_line=False)
        code = error.exit_code
    except ScenesError as error:
        say(f"Error: {error}", colour="red", error=True)
        code = error.exit_code
    except OSError as error:
        say(f"Error: {error}", colour="red", error=True)
        code = ScenesError.exit_code
    except (KeyboardInterrupt, click.Abort) as error:
        # Click turns the first into the second.
        cause = error.__cause__ if isinstance(error, click.Abort) else error
        stop = cause if isinstance(cause, StopError) else StopError(signal.SIGINT)
        say(_stopped(stop), error=True)
        code = stop.exit_code
    except Exception as error:
        say(_unforeseen(error), colour="red", error=True)
        code = ScenesError.exit_code
    sys.exit(code if isinstance(code, int) else 0)


def _stopped(stop: StopError) -> str:
    """Return what is said at the end that a signal brings about."""
    by = "" if stop.number == signal.SIGINT else f" by {stop.name}"
    told = said_count(stop.under_way, "run|runs was|were under way")
    saved = f" {told}, {stop.saved} of them saved in a checkpoint." if stop.under_way else ""
    return f"\nStopped{by}.{saved} What is finished is kept; the same command goes on from here."


def _shown(error: click.ClickException) -> str:
    """Return what click says of a wrong command line."""
    stream = io.StringIO()
    error.show(stream)
    return stream.getvalue()


def _unforeseen(error: Exception) -> str:
    """Return one line on an error of the program itself, whose traceback goes to a file."""
    from scenes.cli.crash_log import save_crash

    said = " ".join(f"{type(error).__name__}: {error}".split())[:300]
    path = save_crash(error, sys.argv)
    where = f"its details are in {path}" if path else "its details could not be written anywhere"
    return f"Error: this is a fault of the program, not of your input ({said}); {where}"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="scenes")
def cli() -> None:
    """Write lab reports on picture classifiers, every number of which comes from the results."""


@cli.command()
@request_options
@workers_option
@click.option("--retry-failed", is_flag=True, help="Train again what failed before.")
@click.option("--draft", is_flag=True, help="Only warn of numbers typed in the prose.")
@click.option(
    "--leave-out",
    multiple=True,
    type=click.Choice(["bitmaps"]),
    help="Of the evidence that the PDF carries: small copies of the pictures that it prints.",
)
@click.option("--watch", is_flag=True, help="Go on: write again whenever a file of it changes.")
@uses_components
def report(watch: bool, **options: Any) -> int:
    """Train what is missing and write the report of FOLDER as PDF and HTML.

    FOLDER is reports/practica4 unless another one is named. The documents go to FOLDER/out, named
    after the report, its profile, and what the command line changes of seeds or language.
    """
    from scenes.app.request import Request
    from scenes.app.workflow import make_report

    if watch:
        return _watch(Request(**options), open_console(stderr=True))
    written = make_report(Request(**options), open_console(stderr=True))
    for failure in written.failures:
        say(f"failed run {failure}", colour="red", error=True)
    if written.failures:
        say("The report shows them as failed; try again with --retry-failed.", error=True)
        say(f"What the workers wrote: {written.log}", error=True)
    say(f"HTML  {written.html}")
    say(f"PDF   {written.pdf}")
    say(f"Anyone can check it: scenes verify {shlex.quote(str(written.pdf))}", error=True)
    return 1 if written.failures else 0


def _watch(request: "Request", console: "Console") -> int:
    """Write a report at each change of its files; the user's Ctrl-C is how that ends."""
    from scenes.app.watch import watch_report
    from scenes.app.workflow import prepare

    opened, plan = prepare(request, console)
    try:
        with stops_raised():
            watch_report(opened, plan, console)
    except KeyboardInterrupt:
        say("\nNo longer watching.", error=True)
    return 0


@cli.command()
@request_options
@workers_option
@uses_components
def plan(**options: Any) -> None:
    """Show what the report of FOLDER would train: recorded, shared, missing, and how long.

    FOLDER is reports/practica4 unless another one is named.
    """
    from scenes.app.request import Request, open_request
    from scenes.app.workflow import recorded_plan, worker_count
    from scenes.cli import listing
    from scenes.plan.memory import available_memory
    from scenes.plan.timing import learn_times

    told = open_console(stderr=True)
    opened = open_request(Request(**options), told)
    planned, workers = recorded_plan(opened, told), worker_count(opened.request)
    times = learn_times(opened.store, opened.pictures.count)
    console = open_console()
    console.print(listing.plan_table(planned, times, workers=workers))
    lines = [*listing.sharing_lines(planned), *listing.time_lines(planned, times, workers=workers)]
    compared = [len(study.study.values) for study in planned.studies]
    report = planned.report
    lines += listing.power_lines(
        len(report.seeds), compared, margin=report.equal_within, most=report.max_seeds
    )
    lines += listing.memory_lines(planned, workers=workers, available=available_memory())
    for line in lines:
        console.print(line, highlight=False, markup=False)
    for line in [*opened.results.warnings, *listing.failures_of(planned)]:
        say(line, colour="yellow", error=True)


@cli.command()
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
    from scenes.app.workflow import describe_document, recorded_plan
    from scenes.cli.listing import claim_lines, mutation_lines, sentence_lines
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


@cli.command()
@request_options
@click.option("--why", is_flag=True, help="Say of each run of FOLDER's report what it waits for.")
@trust_option
def runs(why: bool, trust: bool, **options: Any) -> None:
    """List the runs that are recorded beside FOLDER; with --why, those of its report."""
    from scenes.app.request import Request, open_request, open_store
    from scenes.app.trust import report_components
    from scenes.app.workflow import recorded_plan
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


cli.add_command(dataset)
cli.add_command(list_components)
cli.add_command(open_test)
cli.add_command(verify)
cli.add_command(diff)


@cli.command("test")
@click.argument("folder", type=click.Path(path_type=Path))
@uses_components
def run_tests(folder: Path) -> int:
    """Test what the report of FOLDER uses: its models, augmentations, schedules and metrics.

    The same as pytest FOLDER. The exit code is 1 where a fact does not hold.
    """
    from scenes.spec.loader import read_description

    folder = read_description(folder).path.parent.resolve()
    _quieten_tensorflow()
    from scenes.testing.run import run_tests as test_report

    return test_report(folder)


def _quieten_tensorflow() -> None:
    """Keep what TensorFlow tells of this machine's processor off the terminal."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@cli.command()
@click.argument("name", required=False)
@click.option("--image-size", type=click.IntRange(min=8), default=32, show_default=True)
@click.option("--classes", type=click.IntRange(min=2), default=15, show_default=True)
@click.option(
    "--report",
    "folder",
    type=click.Path(path_type=Path),
    help="The folder of a report whose own models are known as well.",
)
@click.option("--expect", is_flag=True, help="Print the counts of NAME, to paste into @model(…).")
@trust_option
@click.pass_context
def models(
    context: click.Context,
    name: str | None,
    image_size: int,
    classes: int,
    folder: Path | None,
    expect: bool,
    trust: bool,
) -> None:
    """List the models, or the layers of one; a backbone before freezing and with its head."""
    from scenes.app.trust import report_components
    from scenes.cli.listing import counts_line, models_table, summary_table

    if folder is not None:
        context.with_resource(report_components(folder, trust=trust, ask=asker()))
    if expect and name is None:
        raise click.UsageError("--expect needs the NAME of a model")
    console = open_console()
    if name is None:
        console.print(models_table())
        return
    from scenes.spec.settings import named_settings

    settings = named_settings(name, image_size=image_size)
    _quieten_tensorflow()
    if expect:
        from scenes.training.model_operations import counts_of

        say(counts_line(name, counts_of(settings)))
        return
    from scenes.training.model_summary import summarise
    from scenes.training.models import build_model

    summary = summarise(build_model(settings.model_dump(), classes))
    if summary["backbone"] is not None:
        console.print(summary_table(summary["backbone"], f"{name}, nothing frozen"))
        console.print(summary_table(summary, f"{name} frozen, with its head"))
    else:
        console.print(summary_table(summary, name))


@cli.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--backbone", help="The backbone that FILE is for.")
@click.option("--image-size", type=click.IntRange(min=8), default=224, show_default=True)
def weights(file: Path | None, backbone: str | None, image_size: int) -> None:
    """List which pretrained weights are here, or take FILE into place for a backbone."""
    from scenes.cli.listing import weights_lines
    from scenes.training.weights_install import install_weights

    if (file is None) != (backbone is None):
        raise click.UsageError("a FILE and its --backbone go together")
    if file is None or backbone is None:
        say("\n".join(weights_lines(image_size)))
        return
    _quieten_tensorflow()
    say(f"installed as {install_weights(file, backbone, image_size=image_size)}")


@cli.command()
@click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_REPORT.parent / "store",
    show_default=True,
    help="Where runs are to be kept.",
)
def doctor(store: Path) -> int:
    """Examine this machine, and say what to do where something is missing."""
    from scenes.cli.doctor import examine

    missing = 0
    for check in examine(store):
        missing += check.state == "missing"
        colour = {"ok": "green", "note": "yellow", "missing": "red"}[check.state]
        say(f"{check.state:8}", colour=colour, is_line=False)
        say(f"{check.name}: {check.told}")
        if check.hint:
            say(f"{'':8}{check.hint}")
    return 1 if missing else 0


@cli.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--title", help="Of the report.")
@click.option("--author", "authors", multiple=True, help="One of its authors; may be repeated.")
@click.option("--language", metavar="CODE", help="Of the report: es, en, …")
@click.option("--factor", help="The setting that its study varies, such as learning_rate.")
@click.option("--values", help="The values to compare, with commas: 0.1,0.01,0.001.")
def new(folder: Path, authors: tuple[str, ...], values: str | None, **told: Any) -> None:
    """Begin a report in FOLDER; in a terminal, what no option says is asked."""
    from scenes.app.trust import accept
    from scenes.cli import listing
    from scenes.cli.scaffold import DEFAULT_FACTOR, Beginning, create_report, usual_values
    from scenes.spec.loader import load_report

    if sys.stdin.isatty():
        told["language"] = told["language"] or _ask("language (es, en, …)", "en")
        told["title"] = told["title"] or _ask("title", "")
        authors = authors or tuple(_split(_ask("authors, with commas", "")))
        told["factor"] = told["factor"] or _ask("what is varied", DEFAULT_FACTOR)
        usual = ",".join(usual_values(told["factor"]))
        values = values or _ask("values, with commas", usual)
    given = {name: value for name, value in told.items() if value}
    beginning = Beginning(authors=authors, values=tuple(_split(values or "")), **given)
    for path in create_report(folder, beginning):
        say(f"wrote {path}")
    accept(folder=folder)  # what is written in it is the user's own
    quoted = shlex.quote(str(folder))
    written = load_report(folder)
    compared = [len(study.values) for study in written.studies]
    for line in listing.power_lines(
        len(written.seeds), compared, margin=written.equal_within, most=written.max_seeds
    ):
        say(line)
    say(f"Next: scenes plan {quoted}, then scenes report {quoted}")


def _ask(what: str, default: str) -> str:
    return str(click.prompt(what, default=default, show_default=bool(default), err=True))


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
