"""Where the commands print: a terminal, or what takes its place."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 10_000
"""Columns of what is no terminal."""


def open_console(*, stderr: bool = False) -> "Console":
    """Return where to print: in a file or a pipe nothing is wrapped or cut off.

    Args:
        stderr: Print what is done there, and leave stdout to the results.
    """
    from rich.console import Console

    console = Console(stderr=stderr)
    return console if console.is_terminal else Console(stderr=stderr, width=WIDE)
