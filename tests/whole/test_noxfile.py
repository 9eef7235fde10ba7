"""The rituals install what only root may install, and tell everybody else what to type."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


class StoppedError(Exception):
    """Stands for what nox raises to end a session."""


class Session:
    """Stands for a nox session: answers with the missing libraries' line and notes commands."""

    def __init__(self, line: str) -> None:
        self.line, self.commands = line, list[tuple[str, ...]]()

    def run(self, *command: str, silent: bool = False, **options: Any) -> str | bool:
        """Note a command; the question which libraries are missing is answered."""
        if silent:
            return f"{self.line}\n"
        assert options == {"external": True, "env": {"DEBIAN_FRONTEND": "noninteractive"}}
        self.commands.append(command)
        return True

    def error(self, message: str) -> None:
        """End the session."""
        raise StoppedError(message)


@pytest.fixture
def noxfile(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load the noxfile; nox itself is not among what the tests install."""
    nox: Any = ModuleType("nox")
    nox.session = lambda function=None, **_: function or (lambda it: it)
    nox.options, nox.Session = SimpleNamespace(), Session
    nox.project = SimpleNamespace(load_toml=lambda _: {})
    monkeypatch.setitem(sys.modules, "nox", nox)
    spec = importlib.util.spec_from_file_location("noxfile", ROOT / "noxfile.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


APT = "sudo apt-get install -y libpango-1.0-0"


def test_root_on_debian_gets_what_is_missing(
    noxfile: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line that the program prints is what is run, without sudo and without questions."""
    monkeypatch.setattr("os.geteuid", lambda: 0, raising=False)
    session = Session(APT)
    noxfile.install_libraries(session)
    install = ("apt-get", "install", "-y", "libpango-1.0-0")
    assert session.commands == [("apt-get", "update", "-q"), install]


@pytest.mark.parametrize(("line", "user"), [(APT, 1000), ("sudo dnf install pango harfbuzz", 0)])
def test_others_are_shown_the_line(
    line: str, user: int, noxfile: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is run for a user who is not root, or on a system of another kind."""
    monkeypatch.setattr("os.geteuid", lambda: user, raising=False)
    session = Session(line)
    with pytest.raises(StoppedError, match=line):
        noxfile.install_libraries(session)
    assert session.commands == []


def test_nothing_missing_is_nothing_to_do(noxfile: ModuleType) -> None:
    """Then no command is run, whoever the user is."""
    session = Session("")
    noxfile.install_libraries(session)
    assert session.commands == []


def test_the_question_is_one_that_the_program_answers(noxfile: ModuleType) -> None:
    """The code that asks runs against the program as it is: one line, or none."""
    said: list[str] = []
    exec(noxfile.MISSING, {"print": said.append})
    assert len(said) == 1
    assert "\n" not in said[0]
