"""The words and number formats of one language.

In go a language code and folders of catalogues (`es.toml`, `en.toml`, …); out comes a `Words`,
which prints sentences, numbers, times and dates as that language writes them. A catalogue is all
that a language needs, and all catalogues have the same keys.
"""

import functools
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from string import Formatter

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from scenes.errors import SpecError
from scenes.spec.toml_file import parse_toml
from scenes.spec.validation import guess

MINUS = "\N{MINUS SIGN}"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
MISSING = "\N{EN DASH}"
REFERENCE = "en"
"""The language of which the catalogue says what every catalogue holds."""


_HAS_COMMA = re.compile(r",\s|^[^\s]*\d,\d")
"""Two parts, or a number alone: the decimal comma at the end of a phrase reads well in a list."""


class Told(str):
    """A sentence as text, which keeps the HTML of the facts in it for the page."""

    html: Markup

    def __new__(cls, text: str, html: Markup) -> "Told":
        """Make the sentence from both of its forms."""
        told = super().__new__(cls, text)
        told.html = html
        return told

    def __html__(self) -> Markup:
        return self.html


FOLDS = "folds."
"""Before the keys of words that replace others where a report has folds."""


@dataclass(frozen=True)
class Words:
    """One language: its sentences by key, its numbers, its dates.

    Args:
        language: Code of the language, such as `es`.
        catalogue: Sentence by dotted key; `{name}` stands where a parameter goes.
        source: The file of the catalogue, named in errors.
    """

    language: str
    catalogue: Mapping[str, str]
    source: str

    def __call__(self, key: str, **params: object) -> str:
        """Return the sentence of a key as plain text, with its parameters filled in.

        A parameter that knows its HTML, such as a fact, keeps it where the sentence is printed.
        """
        text = self._fill(self._sentence(key), key, params)
        if any(hasattr(value, "__html__") for value in params.values()):
            return Told(text, self.html(key, **params))
        return text

    def html(self, key: str, **params: object) -> Markup:
        """Return the sentence of a key as HTML; parameters that know their HTML keep it."""
        marked = {name: escape(value) for name, value in params.items()}
        return Markup(self._fill(escape(self._sentence(key)), key, marked))

    def count(self, key: str, n: int, **params: object) -> str:
        """Return `key.one`, `key.other`, … as the language counts `n`, with `{n}` filled in."""
        return self(self._form(key, n), n=self.integer(n), **params)

    def plural(self, key: str, n: int, **params: object) -> Markup:
        """Return the sentence `key.one`, `key.other`, … that agrees with `n`, as HTML."""
        return self.html(self._form(key, n), **params)

    def listed(self, items: Iterable[object]) -> Markup:
        """Return items as a sentence lists them: "8, 16 y 32"; HTML where an item is HTML.

        Semicolons part them where a comma would not: "0,001; 0,003 y 0,01".
        """
        *before, last = list(items) or [""]
        if not before:
            return escape(last)
        # Spanish: "e" in place of "y" before the sound of an i.
        other = re.match(self.catalogue["list.euphony"], _plain(last), re.IGNORECASE)
        key = "list.and_other" if other else "list.and"
        return self.html(key, first=self.joined(before), last=last)

    def joined(self, items: Iterable[object]) -> Markup:
        """Return items side by side, parted by commas, or by semicolons where one has a comma."""
        told = list(items)
        between = "; " if any(_HAS_COMMA.search(_plain(item)) for item in told) else ", "
        return Markup(between).join(map(escape, told))

    @property
    def of_folds(self) -> "Words":
        """The words of a report whose runs are folds: those below `folds.` replace their like."""
        own = {
            key.removeprefix(FOLDS): text
            for key, text in self.catalogue.items()
            if key.startswith(FOLDS)
        }
        return replace(self, catalogue={**self.catalogue, **own})

    def has(self, key: str) -> bool:
        """Return whether the catalogue knows a key."""
        return key in self.catalogue

    def integer(self, value: float) -> str:
        """Return a whole number with its groups: 63.375 in Spanish, 63,375 in English."""
        return self._number(value, 0)

    def decimal(self, value: float, digits: int = 2) -> str:
        """Return a number with that many decimals: 2,41 in Spanish, 2.41 in English."""
        return self._number(value, digits)

    def percent(self, value: float, digits: int = 1) -> str:
        """Return a share (0 to 1) as percent: 43,2 % in Spanish, 43.2% in English."""
        number = self._number(value * 100, digits)
        return number if number == MISSING else self("number.percent", number=number)

    def points(self, value: float, digits: int = 1) -> str:
        """Return a difference of shares (-1 to 1) in percentage points, without the unit."""
        return self._number(value * 100, digits)

    def duration(self, seconds: float) -> str:
        """Return a time by its two largest units: 12,3 s, 3 min 20 s, 1 h 05 min."""
        if not math.isfinite(seconds) or seconds < 0:
            return MISSING
        if seconds < 59.95:
            return f"{self.decimal(seconds, 1)}{NO_BREAK_SPACE}s"
        minutes, rest = divmod(round(seconds), 60)
        if minutes < 60:
            return f"{minutes} min {rest:02d} s".replace(" ", NO_BREAK_SPACE)
        hours, minutes = divmod(round(seconds / 60), 60)
        return f"{self.integer(hours)} h {minutes:02d} min".replace(" ", NO_BREAK_SPACE)

    def date(self, day: date) -> str:
        """Return a date in words: 24 de noviembre de 2026."""
        return str(format_date(day, "long", locale=self._locale))

    @property
    def direction(self) -> str:
        """In which direction the language is written: `ltr` or `rtl`."""
        return str(self._locale.text_direction)

    def _form(self, key: str, n: int) -> str:
        form = f"{key}.{self._locale.plural_form(n)}"
        return form if form in self.catalogue else f"{key}.other"

    @property
    def _locale(self) -> Locale:
        return Locale.parse(self.language, sep="-")

    def _sentence(self, key: str) -> str:
        if key not in self.catalogue:
            near = [known for known in self.catalogue if known.split(".")[0] == key.split(".")[0]]
            raise SpecError(
                f"{self.source} has no words for '{key}'",
                [f"its neighbours are {', '.join(sorted(near))}"] if near else [],
                "Add the key to every catalogue in that folder.",
            )
        return self.catalogue[key]

    def _fill(self, sentence: str, key: str, params: Mapping[str, object]) -> str:
        try:
            return sentence.format(**params)
        except (KeyError, IndexError) as error:
            raise SpecError(
                f"{self.source}: '{key}' needs the parameter {error}",
                [f"it came with: {', '.join(sorted(params)) or 'none'}"],
            ) from error

    def _number(self, value: float, digits: int) -> str:
        if math.isnan(value):
            return MISSING
        if math.isinf(value):
            return "∞" if value > 0 else f"{MINUS}∞"
        rounded = round(value, digits) or 0.0  # no "-0"
        grouped = abs(rounded) >= float(self("number.group_from"))
        return _format_number(rounded, digits, grouped, self.language)


@functools.lru_cache(maxsize=4096)  # a document prints the same numbers again and again
def _format_number(value: float, digits: int, grouped: bool, language: str) -> str:
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    locale = Locale.parse(language, sep="-")
    text = format_decimal(value, format=pattern, locale=locale, group_separator=grouped)
    return str(text).replace("-", MINUS)


def _plain(item: object) -> str:
    """Return the text of what is printed, without its HTML."""
    return item.striptags() if isinstance(item, Markup) else str(item)


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
        _, entries = parse_toml(path.read_bytes())
        Locale.parse(language, sep="-")
    except (ValueError, UnknownLocaleError, OSError) as error:
        raise SpecError(f"{path} cannot be used as a catalogue", [str(error)]) from None
    return Words(language, dict(_flatten(entries)), path.name)


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


PATTERNS = ("list.euphony", "guard.comparing")
"""Keys whose texts are regular expressions, which are not filled in."""


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
