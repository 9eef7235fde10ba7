"""The commands that README and documentation show are commands of the program, and they work."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from conftest import Command

from scenes.cli.main import cli

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *(it for it in sorted(ROOT.glob("docs/**/*.md")) if not {"generated", "_build"} & {*it.parts}),
]
PLACEHOLDERS = {"KIND": "models", "LANGUAGE": "es", "N": "2", "K": "2", "PICTURES": "."}
"""Words in capitals that the program would refuse as they stand."""


def shown_lines() -> Iterator[tuple[str, str]]:
    """Yield each command line of the pages, with the page."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"^```(?:sh|console)\n(.*?)^```", text, flags=re.M | re.S):
            for line in block.replace("\\\n", " ").splitlines():
                yield page.name, line.removeprefix("$ ").strip()
        for span in re.findall(r"`(scenes [^`\n]*)`", text):
            yield page.name, span


COMMANDS = sorted({(page, line) for page, line in shown_lines() if re.match(r"scenes [a-z]", line)})


@pytest.mark.parametrize(("page", "line"), COMMANDS, ids=lambda it: it)
def test_a_command_line_is_understood(page: str, line: str) -> None:
    """Every command, option and choice that a page shows is one of the program's."""
    words = [PLACEHOLDERS.get(it, it) for it in shlex.split(line, comments=True)[1:] if it != "…"]
    command: click.Command = cli
    path = "scenes"
    while isinstance(command, click.Group) and words:
        name = words.pop(0)
        known = command.get_command(click.Context(command), name)
        if known is None:  # `scenes dataset PATH` is short for `scenes dataset check PATH`
            words.insert(0, name)
            known = command.commands["check"]
        command, path = known, f"{path} {name}"
    given = {it for it in words if it.startswith("--")}
    if given and not given & {"--help"}:
        assert given <= {option for param in command.params for option in param.opts}, path
    if words and "--help" not in words:
        command.make_context(path, words)


@pytest.mark.slow
def test_the_tutorial_works(
    tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tutorial's three commands make a report, show what it would train, and write it."""
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    block = re.search(r"^```sh\n(.*?)^```", text, flags=re.M | re.S)
    assert block
    new, plan, report = (shlex.split(line)[1:] for line in block[1].splitlines())
    assert command(*new)[0] == 0
    code, output, _ = command(*plan)
    assert (code, "dropout" in output) == (0, True)
    code, output, _ = command(*report)
    assert code == 0
    assert Path(output.split("PDF   ")[1].split("\n")[0]).read_bytes().startswith(b"%PDF")
    assert command("check", *plan[1:])[0] == 0
