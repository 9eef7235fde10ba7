"""Catalogues of words: whole, of one shape in every language, refused where they are not."""

from pathlib import Path
from typing import Any

import pytest

from scenes.errors import SpecError
from scenes.report.language.catalogue import languages, load_words, parameters
from scenes.spec.registry import BUILT_IN

FOLDER = Path(__file__).parents[2] / "templates" / "locale"


def test_every_catalogue_has_the_same_keys() -> None:
    """A key added to one language is missed in each other."""
    keys = {language: set(load_words(language, FOLDER).catalogue) for language in languages(FOLDER)}
    assert set(keys) >= {"es", "en"}
    for language, known in keys.items():
        assert known == keys["en"], f"{language} differs: {sorted(known ^ keys['en'])}"


def test_every_catalogue_asks_for_the_same_parameters() -> None:
    """A sentence takes the same parameters in every language."""
    english = load_words("en", FOLDER).catalogue
    for language in languages(FOLDER):
        for key, sentence in load_words(language, FOLDER).catalogue.items():
            assert parameters(sentence) == parameters(english[key]), f"{language} {key}"


def test_no_sentence_is_empty() -> None:
    """Every key of every language says something."""
    for language in languages(FOLDER):
        assert all(text.strip() for text in load_words(language, FOLDER).catalogue.values())


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
