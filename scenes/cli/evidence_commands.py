"""The commands that check documents by the evidence that they carry."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from scenes.cli.terminal import say

STATES = {
    "holds": ("holds", "green"),
    "fails": ("DOES NOT", "red"),
    "unknown": ("cannot tell", "yellow"),
    "not_checked": ("not checked", "yellow"),
}
ENDS = {
    0: "It holds: this is the document that its records give.",
    1: "It does not hold.",
    2: "Whether it holds cannot be told here.",
}
DEPTHS = {
    "whole": "what the pages say",
    "same": "the same document",
    "retrained": "runs trained again",
}


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Findings for machines, on standard output.")
def verify(file: Path, as_json: bool) -> int:
    """Check the report FILE (a PDF) by the evidence that it carries.

    The document is made again from its records and compared. Ends with 0 where it holds, 1 where it
    does not, 2 where that cannot be told.
    """
    from scenes.evidence.findings import exit_code
    from scenes.evidence.verify import Verifier

    with Verifier() as verifier:
        found = verifier.verify(file)
    code = exit_code(found)
    if as_json:
        told = {"file": str(file), "exit_code": code, "findings": [asdict(one) for one in found]}
        say(json.dumps(told, indent=1))
        return code
    for one in found:
        word, colour = STATES[one.state]
        say(f"{word:12}", colour=colour, is_line=False)
        say(f"{DEPTHS[one.depth]}: {one.text}")
    if not any(one.depth == "retrained" for one in found):
        say(f"{'not checked':12}", colour="yellow", is_line=False)
        say(f"{DEPTHS['retrained']}: whether these runs were trained as they say")
    say(ENDS[code])
    return code
