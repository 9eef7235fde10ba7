"""The words and number formats of one language.

A `Words` prints sentences, numbers, times and dates as a language writes them. Its sentences come
from a catalogue, which `catalogue.py` loads.
"""

import functools
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from scenes.errors import SpecError

MINUS = "\N{MINUS SIGN}"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
MISSING = "\N{EN DASH}"


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
