"""Missing system libraries are named, with the command that installs them."""

import sys

import pytest

from scenes.errors import MachineError
from scenes.system import native_libraries
from scenes.system.native_libraries import (
    DEBIAN,
    install_line,
    missing_libraries,
    require_libraries,
)


def lack(monkeypatch: pytest.MonkeyPatch, *names: str) -> set[str]:
    """Make some libraries fail to load; what is taken out of the set is there again."""
    lacking = set(names)
    monkeypatch.setattr(native_libraries, "_loads", lambda name: name not in lacking)
    monkeypatch.setattr(sys, "platform", "linux")
    return lacking


def have(monkeypatch: pytest.MonkeyPatch, *commands: str) -> None:
    """Make these commands the only ones on the machine."""
    monkeypatch.setattr("shutil.which", lambda name: f"/bin/{name}" if name in commands else None)


def test_a_library_that_is_nowhere_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is asked for by its own name."""
    monkeypatch.setitem(DEBIAN, "no-such-library-1.0", "libnone")
    monkeypatch.setattr(sys, "platform", "linux")
    assert "no-such-library-1.0" in missing_libraries()


def test_nothing_missing_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then there is nothing to say."""
    lack(monkeypatch)
    assert missing_libraries() == []
    require_libraries()


def test_each_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says which, that nothing was trained, and how to install them all."""
    lack(monkeypatch, "pango-1.0", "harfbuzz-subset")
    have(monkeypatch, "apt-get")
    with pytest.raises(MachineError, match="nothing has been trained") as caught:
        require_libraries()
    assert caught.value.problems == (
        "pango-1.0 cannot be loaded",
        "harfbuzz-subset cannot be loaded",
    )
    assert caught.value.hint.endswith("apt-get install -y libpango-1.0-0 libharfbuzz-subset0")


@pytest.mark.parametrize(
    ("platform", "command", "line"),
    [
        ("darwin", "", "brew install pango harfbuzz"),
        ("win32", "", "pacman -S mingw-w64-ucrt-x86_64-pango  (in an MSYS2 shell)"),
        ("linux", "apt-get", "sudo apt-get install -y libpango-1.0-0"),
        ("linux", "dnf", "sudo dnf install pango harfbuzz"),
        ("linux", "apk", "sudo apk add pango harfbuzz-subset font-dejavu"),
        ("linux", "pacman", "sudo pacman -S pango harfbuzz"),
        ("linux", "", "install pango and harfbuzz with the package manager of Plan 9"),
    ],
)
def test_each_platform_has_its_command(
    platform: str, command: str, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is one that people of this platform can type."""
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(native_libraries, "_os_release", lambda: "Plan 9")
    have(monkeypatch, command)
    assert install_line(["pango-1.0"]) == line


@pytest.mark.parametrize("loads", [True, False])
def test_on_windows_an_import_tells(loads: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """There WeasyPrint looks in folders of its own."""
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(native_libraries, "_weasyprint_loads", lambda: loads)
    assert missing_libraries() == ([] if loads else list(DEBIAN))
