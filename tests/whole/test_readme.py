"""The README tells what is there: its commands, options and files exist."""

import re
from pathlib import Path

from scenes.cli.main import cli

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_exists() -> None:
    """The commands that the README names are some of the program's."""
    named = set(re.findall(r"`scenes (\w+)[ `]", README))
    assert "report" in named
    assert named <= set(cli.commands)


def test_the_table_of_options_is_that_of_the_command() -> None:
    """Every option of the table is an option of `scenes report`."""
    known = {option for param in cli.commands["report"].params for option in param.opts}
    told = set(re.findall(r"^\| `(--[\w-]+)", README, flags=re.MULTILINE))
    assert told
    assert told <= known


def test_every_file_exists() -> None:
    """A file that the README sends its reader to is there (`out/` comes with the first report)."""
    paths = set(re.findall(r"`((?:scenes|templates|reports)/[\w./*-]+)`", README))
    assert "reports/practica4" in paths
    assert [path for path in paths if "out/" not in path and not list(ROOT.glob(path))] == []


def test_the_sessions_exist() -> None:
    """The nox sessions that the README names are defined."""
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    named = set(re.findall(r"nox -s (\w+)", README))
    assert {"report", "tests"} <= named
    assert named <= set(re.findall(r"^def (\w+)\(session", noxfile, flags=re.MULTILINE))


def test_the_continuous_integration_runs_the_readme_command() -> None:
    """What is tested on every change is what a reader is told to run."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"python3 -m nox .*-s .*\btests\b", script)
