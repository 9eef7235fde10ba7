"""The commands that check documents by the evidence that they carry."""

import json
from pathlib import Path

import click

from scenes.cli.components import brought_option
from scenes.cli.options import retrain_options, with_options, workers_option
from scenes.cli.terminal import open_console, say

STATES = {
    "holds": ("holds", "green"),
    "fails": ("DOES NOT", "red"),
    "unknown": ("cannot tell", "yellow"),
    "not_checked": ("not checked", "yellow"),
}
ENDS = {
    0: "It holds: this is the document that its records give.",
    1: "It does not hold.",
    2: "Whether it holds cannot be determined here.",
}
DEPTHS = {
    "whole": "what the pages say",
    "same": "the same document",
    "retrained": "runs trained again",
}


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Findings for machines, on standard output.")
@with_options(*retrain_options)
@click.option("--nonce", help="Draw the runs that this nonce of an earlier check has drawn.")
@workers_option
@brought_option
def verify(
    file: Path,
    as_json: bool,
    count: int | None,
    data: Path | None,
    nonce: str | None,
    workers: int | None,
    trust: bool,
) -> int:
    """Check the report FILE (a PDF) by the evidence that it carries.

    The document is made again from its records and compared; with --data the pictures that it
    prints are compared with those of a data set, and with --retrain some of its runs are trained
    again as well. Code of its authors is run only with --trust, in a child process with
    limits. Ends with 0 where it holds, 1 where it does not, 2 where that cannot be
    determined.
    """
    from scenes.app.verification import Retrain, verify_document

    if count is None and nonce:
        raise click.UsageError("--nonce belongs to --retrain K")
    asked = Retrain(count, nonce, data, workers) if count else None
    console = open_console(stderr=True)
    found = verify_document(file, console, data=data, retrain=asked, trust=trust)
    if as_json:
        say(json.dumps(found.as_json(), indent=1))
        return found.exit_code
    for one in found.findings:
        word, colour = STATES[one.state]
        say(f"{word:12}", colour=colour, is_line=False)
        say(f"{DEPTHS[one.depth]}: {one.text}")
    for line in found.chance_lines():
        say(line)
    say(ENDS[found.exit_code])
    return found.exit_code
