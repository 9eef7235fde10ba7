"""What a terminal shows: times, sizes and counts in short words, texts without control codes."""

import re
import shlex
import unicodedata
from pathlib import PurePath


def said_time(seconds: float) -> str:
    """Write a duration as people say it: 45 s, 3 min, 1 h 20 min."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def said_count(count: int, what: str) -> str:
    """Write a count with what is counted, in its form for one or for several.

    Args:
        count: How many there are.
        what: In which `one|several` stand for two forms of a word: "run|runs that is|are missing".
    """
    return f"{count:,} {agreed(count, what)}"


def agreed(count: int, what: str) -> str:
    """Return a text whose `one|several` agree with a count that stands elsewhere."""
    form = 1 if count == 1 else 2
    return re.sub(r"(\w+)\|(\w+)", lambda found: found[form], what)


def natural_order(name: str) -> tuple[list[tuple[str, int]], str]:
    """Return what to sort names by so that 2 comes before 10, and every order is the same."""
    pieces = re.findall(r"([^0-9]*)([0-9]*)", name)
    return [(text, int(digits or -1)) for text, digits in pieces], name


def said_size(size: float) -> str:
    """Write a number of bytes as people say it."""
    amount, units = size, ["bytes", "kB", "MB", "GB", "TB"]
    while amount >= 1000 and len(units) > 1:
        amount /= 1000
        units.pop(0)
    return f"{amount:.0f} {units[0]}" if amount >= 10 or size < 1000 else f"{amount:.1f} {units[0]}"


def printable(text: PurePath | str) -> str:
    r"""Return a name that fits one line of any terminal: what cannot be printed is escaped.

    Bytes that are not valid UTF-8 appear as `\xff`, a newline as `\n`, the sign with which a
    terminal's own commands begin as `\x1b`.
    """
    return "".join(char if char.isprintable() else _escaped(char) for char in str(text))


def printable_lines(text: str) -> str:
    """Return a message of several lines in which nothing else can move the cursor or set a colour.

    A space of any width is left as it is: numbers and units are joined by some.
    """
    return "".join(
        char
        if char.isprintable() or char == "\n" or unicodedata.category(char) == "Zs"
        else _escaped(char)
        for char in text
    )


def _escaped(char: str) -> str:
    if "\udc80" <= char <= "\udcff":  # PEP 383: a byte that is not UTF-8
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape").decode("ascii")


def shell_word(path: PurePath | str) -> str:
    """Return a path as it is typed in a shell after a command: quoted, and taken for no option."""
    text = str(path)
    # An option begins with a dash; a path with a folder in front does not.
    return shlex.quote(f"./{text}" if text.startswith("-") else text)
