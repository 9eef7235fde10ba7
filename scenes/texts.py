"""The texts of a report.toml: for every language or one for each, and how long they may be."""

import reprlib
from typing import Annotated, Literal

from pydantic import AfterValidator, PlainValidator

Language = Literal["es", "en"]
LANGUAGES: tuple[Language, ...] = ("es", "en")

NAME_LENGTH, WORD_LENGTH = 200, 60
"""Signs of what stands in a line, a running head or a cell (a title, a label, a person), and of a
word in it: more could not be set. Prose may be of any length."""


def _check_text(value: object) -> object:
    tables = isinstance(value, dict) and bool(value) and set(value) <= set(LANGUAGES)
    if isinstance(value, str) or (tables and all(isinstance(v, str) for v in value.values())):  # type: ignore[attr-defined]
        return value
    raise ValueError(
        f"a text is wanted, or a table of one per language ({', '.join(LANGUAGES)}), "
        f"got {reprlib.repr(value)}"
    )


def _check_line(text: str) -> str:
    word = max(map(len, text.split()), default=0)
    if len(text) > NAME_LENGTH:
        raise ValueError(f"at most {NAME_LENGTH} signs are wanted, got {len(text):,}")
    if word > WORD_LENGTH:
        raise ValueError(f"words of at most {WORD_LENGTH} signs are wanted, got one of {word:,}")
    return text


def _check_name(value: object) -> object:
    text = _check_text(value)
    for line in text.values() if isinstance(text, dict) else [str(text)]:
        _check_line(line)
    return text


Text = Annotated[str | dict[Language, str], PlainValidator(_check_text)]
"""A text for every language, or one per language."""

ShortText = Annotated[str | dict[Language, str], PlainValidator(_check_name)]
"""A text that stands in a line."""

Person = Annotated[str, AfterValidator(_check_line)]


def text_in(text: Text, language: Language) -> str:
    """Return a text in one language (a plain string serves every language)."""
    return text if isinstance(text, str) else text[language]
