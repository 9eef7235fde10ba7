"""Tables of rich as text, for tests of what the commands list."""

import io

from rich.console import Console
from rich.table import Table


def printed(table: Table, *, width: int = 80) -> str:
    """Return a table as a console of this width shows it."""
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(table)
    return console.export_text()
