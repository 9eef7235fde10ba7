"""The program: its commands, and how it ends."""

import gc
import io
import signal
import sys

import click

from scenes import __version__
from scenes.cli.components import list_components
from scenes.cli.datacommands import dataset
from scenes.cli.diff_command import diff
from scenes.cli.evidence_commands import verify
from scenes.cli.export_command import export
from scenes.cli.grade_commands import grade, seeds
from scenes.cli.live_commands import live
from scenes.cli.model_commands import models, weights
from scenes.cli.opening import open_test
from scenes.cli.predict_command import predict
from scenes.cli.report_commands import check, plan, report, run_tests, runs, work
from scenes.cli.setup_commands import doctor, new
from scenes.cli.terminal import say
from scenes.errors import ScenesError
from scenes.system.formatting import said_count
from scenes.system.interrupts import StopError


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
        trains = isinstance(cause, StopError)
        stop = cause if isinstance(cause, StopError) else StopError(signal.SIGINT)
        say(_stopped(stop, trains=trains), error=True)
        code = stop.exit_code
    except Exception as error:
        say(_unforeseen(error), colour="red", error=True)
        code = ScenesError.exit_code
    sys.exit(code if isinstance(code, int) else 0)


def _stopped(stop: StopError, *, trains: bool) -> str:
    """Return what is said at the end that a signal brings about, in training or elsewhere."""
    by = "" if stop.number == signal.SIGINT else f" by {stop.name}"
    told = said_count(stop.under_way, "run|runs was|were under way")
    saved = f" {told}, {stop.saved} of them saved in a checkpoint." if stop.under_way else ""
    goes_on = "; the same command goes on from here" if trains else ""
    return f"\nStopped{by}.{saved} What is finished is kept{goes_on}."


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


for command in (
    *(report, live, plan, work, check, open_test, runs, run_tests),
    *(verify, diff, export, predict, grade, seeds),
    *(dataset, models, weights, list_components),
    *(new, doctor),
):
    cli.add_command(command)
