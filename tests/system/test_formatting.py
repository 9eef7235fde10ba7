"""Times and sizes are written as people write them."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenes.system.formatting import (
    agreed,
    printable,
    printable_lines,
    said_count,
    said_size,
    said_time,
    shell_word,
)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (45, "45 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (150, "2 min"),
        (3540, "59 min"),
        (3599, "1 h 00 min"),
        (4800, "1 h 20 min"),
        (90000, "25 h 00 min"),
    ],
)
def test_times_are_said_as_people_say_them(seconds: float, said: str) -> None:
    """Durations are written as people write them."""
    assert said_time(seconds) == said


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (160_400, "160 kB"),
        (1_400_000_000, "1.4 GB"),
        (10**16, "10000 TB"),
    ],
)
def test_sizes_are_said_as_people_say_them(size: int, said: str) -> None:
    """Two or three digits and a unit."""
    assert said_size(size) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 runs are missing"), (1, "1 run is missing"), (4485, "4,485 runs are missing")],
)
def test_what_is_counted_agrees(count: int, said: str) -> None:
    """One is singular, and nothing is plural."""
    assert said_count(count, "run|runs is|are missing") == said
    assert said.endswith(agreed(count, "run|runs is|are missing"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("a\x9b2Jb", r"a\x9b2Jb"),
        ("a\nb\rc\td", r"a\nb\rc\td"),
        ("a\u202eb", r"a\u202eb"),
        ("a\udcffb", r"a\xffb"),
        ("[red]señal 日本 😀", "[red]señal 日本 😀"),
    ],
)
def test_a_name_commands_no_terminal(text: str, shown: str) -> None:
    """Control codes, breaks, marks of direction and broken bytes are shown, letters stay."""
    assert printable(text) == shown


@given(st.text())
def test_a_message_has_lines_and_nothing_else_that_moves(text: str) -> None:
    """Whatever comes in, every sign of a message is one that is seen, a space or a line's end."""
    shown = printable_lines(text)
    assert all(one.isprintable() or one == "\n" or one.isspace() for one in shown)
    assert not set(shown) & set("\x1b\x9b\r\t\x08\x07")
    assert printable_lines("3\u00a0%\nx") == "3\u00a0%\nx"


@pytest.mark.parametrize(
    "name", ["a b", "it's", "-x", "--help", "$HOME", "a;b", "~", "*", "ü", 'a"b', "a\\b", "(a)"]
)
def test_a_path_is_one_word_of_a_shell_and_no_option(name: str, tmp_path: Path) -> None:
    """A command that is printed can be typed as it stands."""
    (tmp_path / name).mkdir()
    python = shlex.quote(sys.executable)
    command = f"{python} -c 'import sys; print(sys.argv[1])' {shell_word(Path(name))}"
    done = subprocess.run(
        ["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    found = done.stdout.strip()
    assert not found.startswith("-")
    assert (tmp_path / found).samefile(tmp_path / name)
