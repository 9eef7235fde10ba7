"""Where the commands print, and the only place where anything is printed.

Names of files, classes and studies come from anybody: in them, what would move the cursor, set a
colour or be taken for rich's markup is shown and not obeyed.
"""

import os
from typing import TYPE_CHECKING, Any

import click

from scenes.system.formatting import printable_lines

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 10_000
"""Columns of what is no terminal."""


def say(
    text: object, *, colour: str | None = None, error: bool = False, is_line: bool = True
) -> None:
    """Print a message.

    Args:
        text: Of one or more lines.
        colour: Where the terminal has any.
        error: Print to stderr.
        is_line: End the line.
    """
    click.secho(printable_lines(str(text)), fg=colour, err=error, nl=is_line)


def open_console(*, stderr: bool = False) -> "Console":
    """Return where to print tables and progress: in a file or a pipe nothing is wrapped or cut off.

    Args:
        stderr: Print there, and leave stdout to the results.
    """
    from rich.console import Console
    from rich.text import Text

    class PlainConsole(Console):
        """Prints every text as it is, in messages and in the cells of tables."""

        def render_str(self, text: str, **options: Any) -> Text:
            """Return a text that looks like what it says."""
            return super().render_str(printable_lines(text), **options)

    plain: dict[str, Any] = {"markup": False, "emoji": False, "highlight": False}
    console = PlainConsole(stderr=stderr, **plain)
    return console if console.is_terminal else PlainConsole(stderr=stderr, width=WIDE, **plain)


def quieten_tensorflow() -> None:
    """Keep TensorFlow's notes on this machine's processor off the terminal."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
