"""What commands have to do with a report's own components: the option, the question, the list."""

import functools
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scenes.cli.terminal import open_console, say
from scenes.spec.kinds import KINDS

if TYPE_CHECKING:
    from scenes.app.trust import Ask
    from scenes.spec.component_sources import OwnFile

DESCRIBED = ("settings", "keys", "facts")
"""What else can be listed: settings, all keys of a report.toml, and what a template may print."""

trust_option = click.option(
    "--trust", is_flag=True, help="Run the code that FOLDER brings without a question."
)

brought_option = click.option(
    "--trust", is_flag=True, help="Run the code of its authors that a document brings."
)


def uses_components(command: Callable[..., Any]) -> Callable[..., Any]:
    """Put the components of FOLDER in force while a command runs."""

    @trust_option
    @functools.wraps(command)
    def wrapped(folder: Path, trust: bool, **options: Any) -> Any:
        from scenes.app.trust import report_components

        with report_components(folder, trust=trust, ask=asker()):
            return command(folder=folder, **options)

    return wrapped


def asker() -> "Ask | None":
    """Return what asks the user; None where there is no terminal."""
    return _ask if sys.stdin.isatty() and sys.stderr.isatty() else None


def _ask(told: str, files: "list[OwnFile]") -> str:
    say(f"{told}.", colour="yellow", error=True)
    say("It runs with all your rights. Have you read it, or written it?", error=True)
    while True:
        answer = click.prompt(
            "y: run this version, a: run whatever this folder holds from now on, v: view, n: no",
            type=click.Choice(["y", "a", "v", "n"]),
            show_choices=False,
            default="n",
            err=True,
        )
        if answer != "v":
            return {"y": "yes", "a": "always", "n": "no"}[str(answer)]
        for file in files:
            say(f"--- {file.path}", error=True)
            say(file.content.decode("utf-8", "replace"), error=True)


@click.command(name="list")
@click.argument("kind", type=click.Choice([*KINDS, *DESCRIBED]))
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@trust_option
def list_components(kind: str, folder: Path | None, trust: bool) -> None:
    """List what a report can name of a KIND: built in, and where FOLDER is given its own."""
    from scenes.app.trust import report_components
    from scenes.cli.describing import described_table
    from scenes.cli.model_listing import components_table
    from scenes.spec.component_files import components_of

    own = report_components(folder, trust=trust, ask=asker()) if folder else components_of(None)
    with own:
        table = described_table(kind) if kind in DESCRIBED else components_table(kind)
        open_console().print(table)
