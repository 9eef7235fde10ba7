"""The command that compares two documents. It imports what it needs when it runs."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from scenes.cli.components import asker, brought_option
from scenes.cli.terminal import open_console, say

if TYPE_CHECKING:
    from scenes.evidence.diff import DocumentDifference
    from scenes.evidence.summary import Summary

SHOWN = 20
"""Sentences that are printed; the page shows all."""


@click.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", required=False, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Changes for machines, on standard output.")
@click.option("--html", metavar="FILE", type=click.Path(path_type=Path), help="Write a page.")
@click.option("--profile", help="Without AFTER: how much of each study; as in the document.")
@click.option("--data", metavar="PATH", help="Without AFTER: the pictures of the report.")
@click.option("--store", type=click.Path(path_type=Path), help="Without AFTER: where runs are.")
@brought_option
def diff(
    before: Path,
    after: Path | None,
    as_json: bool,
    html: Path | None,
    trust: bool,
    **options: str | Path | None,
) -> None:
    """Compare the results of two documents: which numbers moved, which verdicts flipped.

    BEFORE and AFTER are PDFs or folders of reports, of which the last document is taken. Without
    AFTER, the last document of the folder BEFORE is compared with what its records say now.
    """
    from scenes.evidence.diff import compare, document_of, read_summary
    from scenes.system.disk import refuse_overwriting
    from scenes.system.files import what_is_at

    if after is not None and any(value is not None for value in options.values()):
        raise click.UsageError("--profile, --data and --store are for a folder without AFTER")
    if after is None and what_is_at(before) != "folder":
        raise click.UsageError(f"{before} is no folder: name a second document to compare it with")
    if html is not None:
        read = [document_of(path) for path in (before, after) if path is not None]
        refuse_overwriting([before, *read], [html], option="--html")
    first = read_summary(before, trust=trust)
    second = (
        read_summary(after, trust=trust)
        if after
        else _recorded(before, first, trust=trust, **options)
    )
    found = compare(first, second)
    names = str(before), str(after or f"{before} (as recorded now)")
    if html is not None:
        from scenes.evidence.diff_page import save_page

        save_page(html, found, names=names)
    told = {"before": names[0], "after": names[1], **asdict(found)}
    say(json.dumps(told, indent=1) if as_json else "\n".join(_lines(found, names)))
    if html is not None:
        say(f"HTML  {html}", error=as_json)


def _recorded(
    folder: Path, last: "Summary", *, trust: bool, **options: str | Path | None
) -> "Summary":
    from scenes.app.comparison import recorded_summary
    from scenes.app.request import Request
    from scenes.app.trust import report_components

    given = {name: value for name, value in options.items() if value is not None}
    asked = {"profile": last.profile, **given}
    with report_components(folder, trust=trust, ask=asker()):
        return recorded_summary(Request(folder, **asked), open_console(stderr=True))  # type: ignore[arg-type]


def _lines(found: "DocumentDifference", names: tuple[str, str]) -> list[str]:
    """Return a comparison as lines: what flipped first, what is the same as a number alone."""
    from scenes.evidence.diff import STATES

    lines = [f"before: {names[0]}", f"after:  {names[1]}", *(f"note: {it}" for it in found.notes)]
    for state in STATES:
        changes = found.of(state)
        lines.append(f"{state}: {len(changes)}")
        for one in changes if state != "same" else ():
            reason = f"  ({one.reason})" if one.reason else ""
            lines.append(
                f"  {one.what}: {one.before or 'nothing'} → {one.after or 'nothing'}{reason}"
            )
    reworded = [one for one in found.sentences if one.kind != "number"]
    lines.append(f"sentences reworded: {len(reworded)}")
    for it in reworded[:SHOWN]:
        lines += [f"  - {it.before.text}"] if it.before else []
        lines += [f"  + {it.after.text}"] if it.after else []
    if len(reworded) > SHOWN:
        lines.append(f"  … and {len(reworded) - SHOWN} more, which --html shows")
    lines.append(f"sentences with other numbers only: {len(found.sentences) - len(reworded)}")
    lines.append(f"runs on which both rest: {len(found.shared_runs)}")
    return [f"{' ' * _indent(it)}{' '.join(it.split())}" for it in lines]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
