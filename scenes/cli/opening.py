"""The command that opens a test set. It imports what it needs when it runs."""

from typing import TYPE_CHECKING, Any

import click

from scenes.cli.components import uses_components
from scenes.cli.options import request_options
from scenes.cli.terminal import open_console, say

if TYPE_CHECKING:
    from scenes.runs.openings import Opening


@click.command("open")
@request_options
@click.option("--again", is_flag=True, help="Open a test set that was opened before.")
@uses_components
def open_test(again: bool, **options: Any) -> None:
    """Open the test set of FOLDER's report: measure the final configuration on it, once.

    Every seed of the final configuration, and of [test] rivals, is measured from kept weights. The
    opening is recorded with its date, and the report counts every further one.
    """
    from scenes.app.opening import open_test_set
    from scenes.app.request import Request

    opening, count = open_test_set(Request(**options), open_console(stderr=True), again=again)
    say("\n".join(opening_lines(opening, count)))


def opening_lines(opening: "Opening", count: int) -> list[str]:
    """Return the lines that report a test set that has just been opened.

    Args:
        opening: The last one.
        count: How many there are with it.
    """
    from scenes.stats.metrics import accuracy, mean
    from scenes.system.formatting import said_count

    pictures = said_count(len(opening.pictures), "picture|pictures")
    times = "the first time" if count == 1 else f"opening number {count}; the report says so"
    lines = [f"opened a test set of {pictures}: {times}"]
    for name, runs in {str(opening.about["final"]): opening.final, **opening.rivals}.items():
        shares = [accuracy(opening.predictions(run)) for run in runs]
        listed = ", ".join(f"{share:.1%}" for share in shares)
        lines.append(f"{name}: accuracy {mean(shares):.1%} (by seed: {listed})")
    return [*lines, "scenes report sets these figures beside those of validation"]
