"""Words, numbers, times and dates by language."""

import datetime
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from scenes.errors import SpecError
from scenes.report.language.catalogue import load_words
from scenes.report.language.locale import Words

FOLDER = Path(__file__).parents[2] / "templates" / "locale"
SPANISH, ENGLISH = load_words("es", FOLDER), load_words("en", FOLDER)


class Bold:
    """A value that knows its HTML, as a fact does."""

    def __html__(self) -> str:
        return "<b>7</b>"


@pytest.mark.parametrize(
    ("value", "spanish", "english"),
    [
        (63375, "63.375", "63,375"),
        (14714688, "14.714.688", "14,714,688"),
        (1234, "1234", "1,234"),
        (10000, "10.000", "10,000"),
        (0, "0", "0"),
        (-12345, "−12.345", "−12,345"),
    ],
)
def test_integers_are_grouped_as_the_language_does(value: int, spanish: str, english: str) -> None:
    """Spanish leaves four figures together and separates by points, English by commas."""
    assert (SPANISH.integer(value), ENGLISH.integer(value)) == (spanish, english)


@pytest.mark.parametrize(
    ("value", "digits", "spanish"),
    [
        (16.5, 1, "16,5"),
        (2.4051, 3, "2,405"),
        (-0.0004, 2, "0,00"),
        (-1.5, 1, "−1,5"),
        (math.nan, 2, "–"),
        (math.inf, 2, "∞"),
        (-math.inf, 2, "−∞"),
    ],
)
def test_decimals(value: float, digits: int, spanish: str) -> None:
    """A decimal comma, a true minus, no negative zero, and signs for what is no number."""
    assert SPANISH.decimal(value, digits) == spanish


def test_percent_keeps_its_sign_on_the_same_line() -> None:
    """Spanish sets a no-break space before the sign, English none."""
    assert SPANISH.percent(0.4321) == "43,2\N{NO-BREAK SPACE}%"
    assert ENGLISH.percent(0.4321) == "43.2%"
    assert SPANISH.percent(math.nan) == "–"


@given(st.floats(-1e9, 1e9), st.integers(0, 4))
def test_a_printed_decimal_reads_back_as_the_rounded_number(value: float, digits: int) -> None:
    """Grouping, comma and minus change how a number looks, never which number it is."""
    for words, group, point in ((SPANISH, ".", ","), (ENGLISH, ",", ".")):
        text = words.decimal(value, digits).replace(group, "").replace(point, ".")
        assert float(text.replace("−", "-")) == pytest.approx(round(value, digits), abs=1e-9)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0,0 s"),
        (12.34, "12,3 s"),
        (59.96, "1 min 00 s"),
        (200, "3 min 20 s"),
        (3599.6, "1 h 00 min"),
        (3900, "1 h 05 min"),
        (-1, "–"),
        (math.nan, "–"),
    ],
)
def test_durations_show_their_two_largest_units(seconds: float, text: str) -> None:
    """Seconds, minutes with seconds, hours with minutes; never sixty of any."""
    assert SPANISH.duration(seconds) == text.replace(" ", "\N{NO-BREAK SPACE}")


def test_dates_are_written_in_words() -> None:
    """Each language orders and joins day, month and year in its own way."""
    day = datetime.date(2026, 3, 1)
    assert SPANISH.date(day) == "1 de marzo de 2026"
    assert ENGLISH.date(day) == "March 1, 2026"


@pytest.mark.parametrize(
    ("language", "text", "direction"),
    [
        ("ca", "27 de novembre del 2026", "ltr"),
        ("en-GB", "27 November 2026", "ltr"),
        ("eu", "2026(e)ko azaroaren 27(a)", "ltr"),
        ("de", "27. November 2026", "ltr"),
        ("ja", "2026年11月27日", "ltr"),
        ("ar", "27 نوفمبر 2026", "rtl"),
        ("he", "27 בנובמבר 2026", "rtl"),
        ("fa", "27 نوامبر 2026", "rtl"),
    ],
)
def test_dates_and_direction_are_those_of_the_language(
    language: str, text: str, direction: str
) -> None:
    """Catalan says “de novembre” once, and Arabic is written from the right."""
    words = Words(language, {}, "test")
    assert words.date(datetime.date(2026, 11, 27)) == text
    assert words.direction == direction


@pytest.mark.parametrize(("n", "text"), [(1, "1 semilla"), (3, "3 semillas"), (0, "0 semillas")])
def test_counts_agree_in_number(n: int, text: str) -> None:
    """A counted noun stands in the form that its number asks for."""
    assert SPANISH.count("count.seeds", n) == text


def test_html_keeps_the_markup_of_facts_and_escapes_all_else() -> None:
    """A fact stays a span inside a sentence; a value with angle brackets stays text."""
    words = Words("es", {"s": "<{a}> {b}"}, "x.toml")
    assert words.html("s", a=Bold(), b="<i>") == Markup("&lt;<b>7</b>&gt; &lt;i&gt;")


def test_a_missing_key_names_key_and_file() -> None:
    """The message says which words are missing and where."""
    with pytest.raises(SpecError, match=r"es\.toml has no words for 'label\.nothing'") as caught:
        SPANISH("label.nothing")
    assert "label.figure" in str(caught.value)


def test_a_missing_parameter_is_named() -> None:
    """The message says which parameter the sentence lacks and which came."""
    with pytest.raises(SpecError, match=r"'choice\.\w+' needs|'results\.failed' needs") as caught:
        SPANISH("results.failed", cause="x")
    message = str(caught.value)
    assert "reason" in message
    assert "cause" in message
