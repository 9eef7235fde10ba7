"""What is printed is what is there: no name of a file or class commands the terminal."""

import re
from pathlib import Path

import pytest
from rich.table import Table

import scenes
from scenes.cli.terminal import open_console, say

NAME = "a\x1b[31m[red]fish[/red] :smile:\x1b]0;title\x07"
SHOWN = r"a\x1b[31m[red]fish[/red] :smile:\x1b]0;title\x07"


def test_a_message_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """On either stream; lines stay lines."""
    say(f"one {NAME}\ntwo")
    say(NAME, colour="red", error=True)
    out, err = capsys.readouterr()
    assert out == f"one {SHOWN}\ntwo\n"
    assert err == f"{SHOWN}\n"


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_table_is_printed_as_it_is(
    is_terminal: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its title, heads and cells, and in a line of its own."""
    if is_terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
        monkeypatch.setenv("COLUMNS", "200")
    console = open_console()
    table = Table(title=NAME, caption=NAME)
    table.add_column(NAME, NAME)
    table.add_row(NAME)
    console.print(table)
    console.print(NAME)
    out = capsys.readouterr().out
    plain = re.sub(r"\x1b\[[\d;]*m", "", out)  # the program's own bold heads
    assert plain.count(SHOWN) == 5
    assert "\x07" not in out
    assert "\x1b[31m" not in out


def test_only_one_module_prints() -> None:
    """Nothing else writes to the terminal by itself, past what makes names harmless."""
    package = Path(scenes.__file__).parent
    printing = re.compile(r"click\.s?echo\(|(?<![.\w])print\(|Console\(|\.show\(\)")
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if printing.search(path.read_text(encoding="utf-8"))
    }
    # The print in doctor.py is what a child answers with; the others' consoles are no terminal.
    others = {"app/frames.py", "app/live.py", "app/live_document.py"}
    for name in others:
        text = (package / name).read_text(encoding="utf-8")
        assert not re.search(r"Console\((?!quiet=True\)|file=said, )", text), name
    assert found - others == {"cli/terminal.py", "cli/doctor.py"}
