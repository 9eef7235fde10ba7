"""The command that exports what a report found. It imports what it needs when it runs."""

from pathlib import Path
from typing import Any

import click

from scenes.cli.components import uses_components
from scenes.cli.options import request_options, several
from scenes.cli.terminal import open_console, say
from scenes.system.formatting import said_count

TABLES = ("csv", "tex", "md", "xlsx")
"""As in `scenes.report.formats.table_files`, whose import would load the room."""
RUNS = ("csv", "tensorboard", "mlflow")
"""As in `scenes.app.exporting`."""


@click.command("export")
@request_options
@click.option(
    "--tables",
    multiple=True,
    metavar="FORMAT,…",
    callback=several(*TABLES),
    help=f"The numbered tables of the document: {', '.join(TABLES)}.",
)
@click.option(
    "--runs",
    multiple=True,
    metavar="FORMAT,…",
    callback=several(*RUNS),
    help=f"Settings, results and epochs of every run: {', '.join(RUNS)}.",
)
@click.option(
    "--to",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the files go; else into FOLDER/out.",
)
@uses_components
def export(tables: tuple[str, ...], runs: tuple[str, ...], to: Path | None, **options: Any) -> None:
    """Export what is recorded of the report of FOLDER; nothing is trained.

    Tables are those of the document, as it numbers them; runs are as they were recorded.
    """
    from scenes.app.exporting import export as export_report
    from scenes.app.request import Request

    if not tables and not runs:
        raise click.UsageError("name what to export: --tables, --runs or both")
    written = export_report(
        Request(**options), open_console(stderr=True), tables=tables, runs=runs, to=to
    )
    for folder in dict.fromkeys(path.parent for path in written[:1]):
        say(f"{said_count(len(written), 'file|files')}, such as {folder / written[0].name}")
