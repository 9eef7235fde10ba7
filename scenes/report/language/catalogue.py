"""The catalogues of words: a language code and folders in, its `Words` out.

A catalogue (`es.toml`, `en.toml`, …) is all that a language needs, and all catalogues have the same
keys. One that is not whole is refused before anything is written in it.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from string import Formatter

from babel import Locale, UnknownLocaleError

from scenes.errors import SpecError
from scenes.report.language.locale import Words
from scenes.spec.toml_file import parse_toml
from scenes.spec.validation import guess

REFERENCE = "en"
"""The language of which the catalogue says what every catalogue holds."""

PATTERNS = ("list.euphony", "guard.comparing")
"""Keys whose texts are regular expressions, which are not filled in."""


def load_words(language: str, *folders: Path) -> Words:
    """Load the catalogue of a language.

    Args:
        language: Its code.
        folders: Of catalogues, the first of which that has it counts. The English one of the last
            says what every catalogue holds.

    Raises:
        SpecError: There is no such catalogue, and the choices are listed; or it cannot be read,
            lacks sentences, or has some that are never printed: all are listed.
    """
    path = next((it for folder in folders if (it := _file(language, folder)).is_file()), None)
    if path is None:
        choices = dict.fromkeys(code for folder in folders for code in languages(folder))
        places = " or ".join(str(folder) for folder in folders)
        raise SpecError(
            f"language '{language}' is not known",
            [f"the choices are {', '.join(choices)}"],
            f"A new language is a catalogue {language}.toml in {places}.",
        )
    words = _with_base(_read(language, path), path, folders, frozenset())
    model = _file(REFERENCE, folders[-1])
    if path != model and model.is_file():
        _require_whole(words, _read(REFERENCE, model), path)
    return words


def _file(language: str, folder: Path) -> Path:
    return folder / f"{language}.toml"


def _read(language: str, path: Path) -> Words:
    try:
        entries = _entries(path.read_bytes())
        Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError, OSError) as error:
        raise SpecError(f"{path} cannot be used as a catalogue", [str(error)]) from None
    return Words(language, dict(entries), path.name)


@lru_cache(maxsize=8)
def _entries(content: bytes) -> Mapping[str, str]:
    """Return the texts of a catalogue by their keys; several ask for the same one at an edit."""
    return dict(_flatten(parse_toml(content)[1]))


def _with_base(words: Words, path: Path, folders: tuple[Path, ...], seen: frozenset[Path]) -> Words:
    """Return a catalogue whole: what it does not say itself, its `base` says.

    The base of a report's own catalogue may be the one of the same language in the package.
    """
    own = dict(words.catalogue)
    if (base := own.pop("base", None)) is None:
        return words
    places = [_file(base, folder) for folder in folders]
    seen |= {path}
    found = next((place for place in places if place.is_file() and place not in seen), None)
    if found is None:
        raise SpecError(f"{path}: its base {base!r} is no other catalogue")
    rest = _with_base(_read(base, found), found, folders, seen)
    return Words(words.language, {**rest.catalogue, **own}, words.source)


def _require_whole(words: Words, model: Words, path: Path) -> None:
    """Refuse a catalogue that is not whole, saying all that is wrong with it."""
    forms = Locale.parse(words.language, sep="-").plural_form.tags | {"other"}
    problems = []
    for key, sentence in model.catalogue.items():
        # Japanese has no singular.
        if key not in words.catalogue and (key.rpartition(".")[2] != "one" or "one" in forms):
            problems.append(f'{key} is missing; in English: "{sentence}"')
    for key, sentence in words.catalogue.items():
        group, _, form = key.rpartition(".")
        english = model.catalogue.get(key)
        if english is None and form in forms:  # Polish has several plurals.
            english = model.catalogue.get(f"{group}.other")
        if english is None:
            problems.append(f"{key} is never printed{guess(key, model.catalogue)}")
        elif key in PATTERNS:
            problems += (f"{key} {problem}" for problem in _pattern_problems(sentence))
        else:
            problems += (f"{key} {problem}" for problem in _filling_problems(sentence, english))
    if problems:
        raise SpecError(f"the catalogue {path} is not whole", problems)


def _pattern_problems(pattern: str) -> Iterator[str]:
    """Yield why a regular expression is none."""
    try:
        re.compile(pattern)
    except re.error as error:
        yield f"is not a regular expression: {error}"


def _filling_problems(sentence: str, english: str) -> Iterator[str]:
    """Yield why a sentence cannot be filled with the parameters of the English one."""
    try:
        strange = parameters(sentence) - parameters(english)
    except ValueError as error:
        yield f"cannot be filled in: {error}; a brace that is to be printed stands twice"
        return
    if strange:
        given = ", ".join(sorted(parameters(english))) or "none"
        named = ", ".join(f"{{{name}}}" for name in sorted(strange))
        yield f"asks for {named}; its parameters: {given}"


def languages(folder: Path) -> tuple[str, ...]:
    """Return the codes of the languages that have a catalogue in a folder, sorted."""
    return tuple(sorted(path.stem for path in folder.glob("*.toml")))


def parameters(sentence: str) -> frozenset[str]:
    """Return the names of the parameters that a sentence asks for.

    Raises:
        ValueError: Its braces do not match.
    """
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


def _flatten(entries: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in entries.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", str(value)
