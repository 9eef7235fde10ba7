"""The command that exports what a report found. It imports what it needs when it runs."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scenes.cli.components import uses_components
from scenes.cli.options import request_options, several
from scenes.cli.terminal import open_console, quieten_tensorflow, say
from scenes.system.formatting import said_count, shell_word

if TYPE_CHECKING:
    from scenes.app.request import Request

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
    help="Where the files go; tables and runs else go into FOLDER/out.",
)
@click.option("--seed", type=int, help="Of the run whose network is exported; else the first.")
@uses_components
def export(
    tables: tuple[str, ...],
    runs: tuple[str, ...],
    to: Path | None,
    seed: int | None,
    **options: Any,
) -> None:
    """Export what is recorded of the report of FOLDER; nothing is trained.

    Without --tables and --runs it is the network that the report ends with: model.keras, with the
    weights of its recorded run, and model.json with classes, preprocessing and a card. Tables are
    those of the document, as it numbers them; runs are as they were recorded.
    """
    from scenes.app.exporting import export as export_report
    from scenes.app.request import Request

    if not tables and not runs:
        if to is None:
            raise click.UsageError("name --tables or --runs; or --to DIR, for the network")
        _export_network(Request(**options), to, seed)
        return
    written = export_report(
        Request(**options), open_console(stderr=True), tables=tables, runs=runs, to=to
    )
    for folder in dict.fromkeys(path.parent for path in written[:1]):
        say(f"{said_count(len(written), 'file|files')}, such as {folder / written[0].name}")


def _export_network(request: "Request", to: Path, seed: int | None) -> None:
    from scenes.app.exported_code import FOLDER as CODE
    from scenes.app.network_export import export_final

    quieten_tensorflow()
    found = export_final(request, open_console(stderr=True), to=to, seed=seed)
    say(f"{found.name}, run {found.run}: {found.model}")
    if found.foreign:
        say(f"it has layers of your own, so its code lies beside it: {found.model.parent / CODE}")
    same = "equal those on record" if not found.apart else f"differ by up to {found.apart:.2g}"
    say(f"its validation probabilities {same}")
    say(f"Use it: scenes predict {shell_word(to)} PICTURES…", error=True)
