"""Words, numbers, times and dates by language."""

import datetime
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from scenes.errors import SpecError
from scenes.report.language.locale import Words, languages, load_words, parameters
from scenes.spec.registry import BUILT_IN

FOLDER = Path(__file__).parents[2] / "templates" / "locale"
SPANISH, ENGLISH = load_words("es", FOLDER), load_words("en", FOLDER)


class Bold:
    """A value that knows its HTML, as a fact does."""

    def __html__(self) -> str:
        return "<b>7</b>"


def test_every_catalogue_has_the_same_keys() -> None:
    """A key added to one language is missed in each other."""
    keys = {language: set(load_words(language, FOLDER).catalogue) for language in languages(FOLDER)}
    assert set(keys) >= {"es", "en"}
    for language, known in keys.items():
        assert known == keys["en"], f"{language} differs: {sorted(known ^ keys['en'])}"


def test_every_catalogue_asks_for_the_same_parameters() -> None:
    """A sentence takes the same parameters in every language."""
    for language in languages(FOLDER):
        for key, sentence in load_words(language, FOLDER).catalogue.items():
            assert parameters(sentence) == parameters(ENGLISH.catalogue[key]), f"{language} {key}"


def test_no_sentence_is_empty() -> None:
    """Every key of every language says something."""
    for language in languages(FOLDER):
        assert all(text.strip() for text in load_words(language, FOLDER).catalogue.values())


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


def test_an_unknown_language_lists_the_choices() -> None:
    """The message names the languages that there are."""
    with pytest.raises(SpecError, match="language 'tlh' is not known") as caught:
        load_words("tlh", FOLDER)
    assert "ca, en, en-GB, es" in str(caught.value)


def test_what_a_catalogue_lacks_is_told_at_once(tmp_path: Path) -> None:
    """What is missing, with its English; what is misspelt; what asks for what there is not."""
    text = (FOLDER / "en.toml").read_text(encoding="utf-8")
    for old, new in (
        ('abstract = "Abstract"', 'abstarct = "Resumo"'),
        ('train = "Training"', ""),
        ('overall = "overall, {accuracy}"', 'overall = "ao todo {precision}"'),
        ('seeds.one = "{n} seed"', 'seeds.one = "{n seed"\nseeds.many = "{m} sementes"'),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / "pt.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SpecError, match=r"pt\.toml is not whole") as caught:
        load_words("pt", tmp_path, FOLDER)
    assert sorted(caught.value.problems) == [
        "count.seeds.many asks for {m}; its parameters: n",
        "count.seeds.one cannot be filled in: expected '}' before end of string; "
        "a brace that is to be printed stands twice",
        "label.overall asks for {precision}; its parameters: accuracy",
        "section.abstarct is never printed (did you mean 'section.abstract'?)",
        'section.abstract is missing; in English: "Abstract"',
        'split.train is missing; in English: "Training"',
    ]


def test_a_language_has_its_own_forms_of_a_count(tmp_path: Path) -> None:
    """Polish counts few and many apart; Japanese has no singular."""
    text = (FOLDER / "en.toml").read_text(encoding="utf-8")
    seeds = 'seeds.one = "{n} seed"\n'
    (tmp_path / "pl.toml").write_text(
        text.replace(seeds, f'{seeds}seeds.few = "{{n}} nasiona"\n', 1), encoding="utf-8"
    )
    words = load_words("pl", tmp_path, FOLDER)
    assert [words.count("count.seeds", n) for n in (1, 2, 5)] == ["1 seed", "2 nasiona", "5 seeds"]
    (tmp_path / "ja.toml").write_text(text.replace(seeds, "", 1), encoding="utf-8")
    assert load_words("ja", tmp_path, FOLDER).count("count.seeds", 1) == "1 seeds"


def test_a_catalogue_that_is_none_is_refused(tmp_path: Path) -> None:
    """The file is named, and what is wrong with it."""
    for name, text in (("pt", "a = "), ("tlh", "a = 1")):
        (tmp_path / f"{name}.toml").write_text(text, encoding="utf-8")
        with pytest.raises(SpecError, match=rf"{name}\.toml cannot be used as a catalogue"):
            load_words(name, tmp_path, FOLDER)


@pytest.mark.parametrize("language", languages(FOLDER))
def test_components_have_a_name_in_prose(language: str) -> None:
    """Whatever a description can name is called something in every language."""
    words = load_words(language, FOLDER)
    tables = (BUILT_IN.models, BUILT_IN.augmentations, BUILT_IN.schedules)
    assert all(words(entry.label) for entries in tables for entry in entries.values())


def test_a_new_catalogue_is_a_new_language(tmp_path: Path) -> None:
    """Nothing but the file is needed."""
    entries: dict[str, Any] = {"number.percent": "{number} %", "number.group_from": "1000"}
    text = "\n".join(f'{key} = "{value}"' for key, value in entries.items())
    (tmp_path / "fr.toml").write_text(text, encoding="utf-8")
    assert languages(tmp_path) == ("fr",)
    assert load_words("fr", tmp_path).decimal(1.5, 1) == "1,5"
