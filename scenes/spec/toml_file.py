"""Reads TOML: the bytes of a file in, its text and tables out, or a mistake with its line.

`tomllib` says “at end of document” of a bracket or quotation mark that is never closed, which is
where it noticed; what a writer looks for is the line that opened it.
"""

import re
import tomllib
from typing import Any

_TOKEN = re.compile(
    r'(?P<comment>\#[^\n]*)|(?P<long>"""|\'\'\')|(?P<quote>["\'])|(?P<open>[\[{])|(?P<close>[\]}])'
)
_NAMES = {"[": "the list", "{": "the table", '"""': "the text", "'''": "the text", '"': "the text",
          "'": "the text"}  # fmt: skip
_PLACE = re.compile(r" \(at line (\d+), column (\d+)\)| \(at end of document\)")
_OF_BRACKETS = ("Unclosed", "Invalid value", "Expected", "Unterminated", "Illegal character")


def parse_toml(content: bytes) -> tuple[str, dict[str, Any]]:
    """Return the text of a TOML file and its tables.

    Raises:
        ValueError: It is none; the message says why, with the line.
    """
    try:
        # Editors on Windows start a file with a byte order mark, which TOML does not know.
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"line {line}: its text is not UTF-8 (byte {error.start} is "
            f"{content[error.start]:#04x}): save it as UTF-8"
        ) from None
    if bare := re.search(r"\r(?!\n)", text):
        line = text.count("\n", 0, bare.start()) + 1
        raise ValueError(
            f"line {line}: it holds a carriage return alone (0x0d), which ends no line in TOML: "
            "save it with the line ends of Unix or Windows"
        )
    text = text.replace("\r\n", "\n")
    try:
        return text, tomllib.loads(text)
    except RecursionError:
        raise ValueError("it nests lists or tables too deep") from None
    except ValueError as error:
        raise ValueError(_explained(str(error), text)) from None


def _explained(message: str, text: str) -> str:
    """Return what `tomllib` says, with the line that opened what is not closed."""
    place = _PLACE.search(message)
    reason = _PLACE.sub("", message)
    if place is None:
        return message
    end = len(text)
    if place[1]:
        reason = f"line {place[1]}, column {place[2]}: {reason}"
        end = sum(len(line) + 1 for line in text.split("\n")[: int(place[1]) - 1])
        end += int(place[2]) - 1
    opened = _left_open(text[:end]) if message.startswith(_OF_BRACKETS) else None
    if opened is None:
        last = len(text.rstrip().split("\n"))
        return reason if place[1] else f"line {last}: {reason}"
    sign, line = opened
    if not place[1]:
        return f"line {line}: {_NAMES[sign]} that {sign} opens here is never closed"
    return f"{reason}; {_NAMES[sign]} that {sign} opens in line {line} is not closed before it"


def _left_open(text: str) -> tuple[str, int] | None:
    """Return the innermost bracket or quotation mark that a text leaves open, and its line."""
    brackets: list[tuple[str, int]] = []
    place = 0
    while found := _TOKEN.search(text, place):
        place = found.end()
        sign, line = found[0], text.count("\n", 0, found.start()) + 1
        if found["quote"] or found["long"]:
            end = _end_of_text(text, place, sign)
            if end is None:
                return sign, line
            place = end
        elif found["open"]:
            brackets.append((sign, line))
        elif found["close"] and brackets:
            brackets.pop()
    # The header of a table opens no list: it is read to its end or not at all.
    return brackets[-1] if brackets else None


def _end_of_text(text: str, start: int, mark: str) -> int | None:
    """Return where a quoted text ends; None where it does not."""
    skipped = r"(?:\\.|[^\\])*?" if mark[0] == '"' else r".*?"
    inside = skipped if len(mark) == 3 else skipped.replace("[^\\\\]", "[^\\\\\n]")
    flags = re.DOTALL if len(mark) == 3 else 0
    found = re.compile(rf"{inside}{mark}", flags).match(text, start)
    return found.end() if found else None
