"""The commands with which one begins: examine the machine, begin a report."""

import sys
from pathlib import Path
from typing import Any

import click

from scenes.cli.options import DEFAULT_REPORT, cluster_options, with_options
from scenes.cli.terminal import say


@click.command()
@click.option(
    "--store",
    type=click.Path(path_type=Path, file_okay=False),
    default=DEFAULT_REPORT.parent / "store",
    show_default=True,
    help="Where runs are to be kept.",
)
@with_options(*cluster_options)
def doctor(store: Path, cluster: str | None, insecure: bool) -> int:
    """Examine this machine, or a cluster, and say what to do where something is missing."""
    from scenes.cli.doctor import examine

    checks = examine(store)
    if cluster is not None:
        from scenes.cli.doctor_cluster import examine_cluster

        checks = examine_cluster(cluster, store, insecure=insecure)
    missing = 0
    for check in checks:
        missing += check.state == "missing"
        colour = {"ok": "green", "note": "yellow", "missing": "red"}[check.state]
        say(f"{check.state:8}", colour=colour, is_line=False)
        say(f"{check.name}: {check.told}")
        if check.hint:
            say(f"{'':8}{check.hint}")
    return 1 if missing else 0


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--title", help="Of the report.")
@click.option("--author", "authors", multiple=True, help="One of its authors; may be repeated.")
@click.option("--language", metavar="CODE", help="Of the report: es, en, …")
@click.option("--factor", help="The setting that its study varies, such as learning_rate.")
@click.option("--values", help="The values to compare, with commas: 0.1,0.01,0.001.")
@click.option("--model", "has_model", is_flag=True, help="With a network of your own to change.")
def new(
    folder: Path, authors: tuple[str, ...], values: str | None, has_model: bool, **told: Any
) -> None:
    """Begin a report in FOLDER; in a terminal, what no option says is asked."""
    from scenes.app.trust import accept
    from scenes.cli.plan_listing import power_lines
    from scenes.cli.scaffold import DEFAULT_FACTOR, Beginning, create_report, usual_values
    from scenes.spec.component_files import components_of
    from scenes.spec.component_sources import find_origin
    from scenes.spec.loader import load_report
    from scenes.system.formatting import shell_word

    if sys.stdin.isatty():
        told["language"] = told["language"] or _ask("language (es, en, …)", "en")
        told["title"] = told["title"] or _ask("title", "")
        authors = authors or tuple(_split(_ask("authors, with commas", "")))
        told["factor"] = told["factor"] or _ask("what is varied", DEFAULT_FACTOR)
        usual = ",".join(usual_values(told["factor"]))
        values = values or _ask("values, with commas", usual)
    given = {name: value for name, value in told.items() if value}
    beginning = Beginning(
        authors=authors, values=tuple(_split(values or "")), has_model=has_model, **given
    )
    for path in create_report(folder, beginning):
        say(f"wrote {path}")
    accept(folder=folder)  # what is written in it is the user's own
    quoted = shell_word(folder)
    with components_of(find_origin(folder)):
        written = load_report(folder)
    compared = [len(study.values) for study in written.studies]
    for line in power_lines(
        written.most_seeds, compared, margin=written.equal_within, most=written.max_seeds
    ):
        say(line)
    tested = f"scenes test {quoted}, " if has_model else ""
    say(f"Next: {tested}scenes plan {quoted}, then scenes report {quoted}")


def _ask(what: str, default: str) -> str:
    return str(click.prompt(what, default=default, show_default=bool(default), err=True))


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
