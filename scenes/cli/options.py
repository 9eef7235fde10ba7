"""What several commands take: which report, on which pictures, how much of it, kept where."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

DEFAULT_REPORT = Path("reports/practica4")
MOST_SEEDS = 100
"""As in a report.toml; imported from there, `--help` would take half a second."""

picture_options = (
    click.option("--skip-bad", is_flag=True, help="Go on without bad pictures."),
    click.option(
        "--drop-duplicates",
        is_flag=True,
        help="Leave out of train what is, or looks like, a picture outside it.",
    ),
    click.option(
        "--max-pixels",
        type=click.IntRange(min=1),
        help="Refuse larger pictures; 67,108,864 by default.",
    ),
)
"""What every command takes that looks at pictures."""

workers_option = click.option(
    "--workers",
    type=click.IntRange(min=1, max=1024),
    help="Runs at a time; else one per GPU or core.",
)
"""What every command takes that estimates training or trains."""

retrain_options = (
    click.option(
        "--retrain",
        "count",
        type=click.IntRange(min=1, max=10_000),
        metavar="K",
        help="Train K runs of each document again, drawn at random, and compare them.",
    ),
    click.option(
        "--data",
        type=click.Path(path_type=Path, exists=True),
        help="The data set of the document; runs on painted pictures need none.",
    ),
)
"""What every command takes that trains runs of a document again."""

cluster_options = (
    click.option(
        "--cluster",
        metavar="WHERE",
        help="Train on a cluster: tls://HOST:PORT, tcp://127.0.0.1:PORT, local:N or slurm.",
    ),
    click.option(
        "--insecure", is_flag=True, help="Accept a cluster whose messages anyone can read."
    ),
)
"""What every command takes that works with a cluster."""


def with_options(*options: Callable[..., Any]) -> Callable[..., Any]:
    """Add several options to a command."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return add


FORMATS = ("docx", "latex", "markdown")
"""As in `scenes.report.formats.names`, whose import would load the room."""


def several(*choices: str) -> Callable[..., tuple[str, ...]]:
    """Return what reads words that are parted by commas, in one option or in several.

    Args:
        choices: The words that there are; they come out in this order, each once.
    """

    def parse(_c: click.Context, _p: click.Parameter, items: tuple[str, ...]) -> tuple[str, ...]:
        named = [name.strip() for item in items for name in item.split(",")]
        if unknown := [name for name in named if name not in choices]:
            told = ", ".join(map(repr, unknown))
            raise click.BadParameter(f"{told}: no such format; choices: {', '.join(choices)}")
        return tuple(name for name in choices if name in named)

    return parse


def _beside_pdf(
    context: click.Context, parameter: click.Parameter, items: tuple[str, ...]
) -> tuple[str, ...]:
    named = several("pdf", "html", *FORMATS)(context, parameter, items)
    return tuple(name for name in named if name in FORMATS)


formats_option = click.option(
    "--to",
    multiple=True,
    metavar="FORMAT,…",
    callback=_beside_pdf,
    help=f"More formats beside PDF and HTML: {', '.join(FORMATS)}.",
)
"""What `report` takes: PDF and HTML may be named, and are written in any case."""


def request_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what says which report, on which pictures, and how much of it."""
    options = [
        click.argument(
            "folder", type=click.Path(path_type=Path), default=DEFAULT_REPORT, required=False
        ),
        click.option("--profile", help="How much of each study; `quick` where there is one."),
        click.option(
            "--data", metavar="PATH", help="Pictures: a folder, table, archive, …; or `synthetic`."
        ),
        click.option("--seeds", callback=_parse_seeds, help="For example 0 or 0,1,2."),
        click.option(
            "--choices",
            type=click.Choice(["authors", "rule"]),
            default="authors",
            help="Who decides what studies go on with: the authors, or the rule by the results.",
        ),
        click.option("--language", metavar="CODE", help="Of the document: es, en, …"),
        click.option(
            "--weights",
            multiple=True,
            metavar="[BACKBONE=]WEIGHTS",
            callback=_parse_weights,
            help="`random`, `imagenet` or a file; for one backbone or for all.",
        ),
        click.option(
            "--store",
            type=click.Path(path_type=Path, file_okay=False),
            help="Where runs are kept; `store` beside the report's folder.",
        ),
        *picture_options,
    ]
    for option in reversed(options):
        command = option(command)
    return command


def _parse_seeds(
    _c: click.Context, _p: click.Parameter, text: str | None
) -> tuple[int, ...] | None:
    if text is None:
        return None
    try:
        seeds = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is not a list of whole numbers, such as 0,1,2"
        ) from None
    if len(seeds) > MOST_SEEDS:
        raise click.BadParameter(f"at most {MOST_SEEDS} seeds, these are {len(seeds):,}")
    if len(set(seeds)) < len(seeds) or min(seeds) < 0 or max(seeds) >= 2**32:
        raise click.BadParameter(f"{text!r}: seeds must be different, from 0 to {2**32 - 1}")
    return seeds


def _parse_weights(
    _c: click.Context, _p: click.Parameter, items: tuple[str, ...]
) -> dict[str, str] | None:
    chosen = {}
    for item in items:
        backbone, found, weights = item.rpartition("=")
        # What is no file here may be the name of one that was installed for Keras.
        path = Path(weights).expanduser()
        chosen[backbone if found else ""] = str(path.resolve()) if path.is_file() else weights
    return chosen or None
