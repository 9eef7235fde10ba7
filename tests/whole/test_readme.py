"""The README tells what is there: its commands, options and files exist."""

import re
from pathlib import Path

import pytest

from scenes.cli.main import cli

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(?:scenes )(\w+)[ `]", README))))
def test_every_command_exists(name: str) -> None:
    """A command that the README names is one of the program's."""
    assert name in cli.commands


def test_the_table_of_options_is_that_of_the_command() -> None:
    """Every option of the table is an option of `scenes report`."""
    known = {option for param in cli.commands["report"].params for option in param.opts}
    told = set(re.findall(r"^\| `(--[\w-]+)", README, flags=re.MULTILINE))
    assert told
    assert told <= known


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"`((?:scenes|templates|reports)/[\w./-]+)`", README)))
)
def test_every_file_exists(path: str) -> None:
    """A file that the README sends its reader to is there (`out/` comes with the first report)."""
    assert "out/" in path or (ROOT / path).exists()


def test_the_sessions_exist() -> None:
    """The nox sessions that the README names are defined."""
    noxfile = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    for session in re.findall(r"nox -s (\w+)", README):
        assert f"def {session}(" in noxfile


def test_the_continuous_integration_runs_the_readme_command() -> None:
    """What is tested on every change is what a reader is told to run."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.search(r"python3 -m nox .*-s .*\btests\b", script)
