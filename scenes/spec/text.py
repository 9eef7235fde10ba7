"""The texts of a report.toml: for every language or one for each, and how long they may be."""

import re
import reprlib
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, PlainValidator

_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def _check_language(value: object) -> object:
    if isinstance(value, str) and _CODE.fullmatch(value):
        return value
    raise ValueError(
        f"must be the code of a language, such as es, en or pt-BR, got {reprlib.repr(value)}"
    )


Language = Annotated[str, PlainValidator(_check_language)]
"""The code of a language; each has a catalogue (`scenes.report.language.locale`)."""

NAME_LENGTH, WORD_LENGTH = 200, 60
"""Characters in a line, running head or cell (a title, a label, a person), and in a word of it:
more could not be set. Prose may be of any length."""


def _check_text(value: object) -> object:
    if isinstance(value, str) or (isinstance(value, dict) and value and _is_by_language(value)):
        return value
    raise ValueError(
        f"must be a text, or a table of one per language (es, en, …), got {reprlib.repr(value)}"
    )


def _is_by_language(table: dict[object, object]) -> bool:
    return all(
        isinstance(code, str) and _CODE.fullmatch(code) and isinstance(text, str)
        for code, text in table.items()
    )


def _check_line(text: str) -> str:
    word = max(map(len, text.split()), default=0)
    if len(text) > NAME_LENGTH:
        raise ValueError(f"must be at most {NAME_LENGTH} characters, got {len(text):,}")
    if word > WORD_LENGTH:
        raise ValueError(
            f"must have words of at most {WORD_LENGTH} characters, got one of {word:,}"
        )
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


def with_epochs(text: str, epochs: str) -> str:
    """Return a text of the authors with the epochs of its study where it says `{epochs}`.

    A profile may train fewer than the report describes, and the question is to say how many.
    """
    return text.replace("{epochs}", epochs)


def base_language(language: Language) -> Language:
    """Return the language that a code is a variety of: en for en-GB, es for es."""
    return language.split("-")[0]


def said_in(texts: Mapping[str, str], language: Language) -> str | None:
    """Return the text in a language, else in the one that it is a variety of, else None."""
    return texts.get(language, texts.get(base_language(language)))


def text_in(text: Text, language: Language) -> str:
    """Return a text in one language (a plain string serves every language).

    Raises:
        KeyError: It is not there, as `language_mistakes` reports beforehand.
    """
    if isinstance(text, str):
        return text
    return text[language if language in text else base_language(language)]
