"""A language is a file: a catalogue in the report's folder makes a whole report in it."""

import re
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pypdf
import pytest
from conftest import rewrite
from factories import describe
from outcomes import Outcome, dataset, plan_of, study_table

from scenes.errors import SpecError
from scenes.plan.plan import Plan
from scenes.report import provenance, rendering
from scenes.report.document import Document
from scenes.report.language.catalogue import languages, load_words
from scenes.report.lint.preflight import check_writing
from scenes.report.lint.typed_numbers import typed_in_description
from scenes.report.markup.templates import catalogues_folder, load_report_words
from scenes.report.output.pdf import render_pdf
from scenes.spec.loader import Description, check_report
from scenes.spec.report import Report

TEXT = "Aprendizagem"
LONG = " ".join(["internacionalização extraordinariamente desconhecidas"] * 40)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a report with a third language: Portuguese, hardly translated."""
    (tmp_path / "locale").mkdir()
    catalogue = tmp_path / "locale" / "pt.toml"
    shutil.copy(catalogues_folder() / "en.toml", catalogue)
    rewrite(catalogue, 'abstract = "Abstract"', 'abstract = "Resumo"')
    return tmp_path


def render(folder: Path, language: str = "pt") -> str:
    """Return the HTML of a report in that language; no figure is drawn."""
    study = study_table("learning_rate", [0.001, 0.01], choose={})
    study = {**study, "title": {language: TEXT, "en": "Learning"}}
    plan = plan_of([study], lambda s, _: Outcome(s["learning_rate"] + 0.5))
    report = plan.report.model_copy(update={"language": language})
    written = Document(
        plan=Plan(report, plan.studies),
        dataset=dataset(),
        folder=folder,
        name="x",
        command="scenes report x",
    )
    return rendering.render_document(written, is_drawn=False)[0]


def test_a_catalogue_in_the_folder_is_all_that_a_language_needs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its words, the report's texts in it, and its numbers, whole report long."""
    monkeypatch.setattr(provenance, "_commit", lambda _: "")
    html = render(folder)
    assert '<html lang="pt">' in html
    assert "Resumo" in html
    assert TEXT in html
    assert "0,001" in html
    assert not re.search(r"(?<![\d.])0\.001", re.sub(r"<[^>]*>", "", html))


def test_dates_and_numbers_are_those_of_the_language(folder: Path) -> None:
    """The library knows its months and signs."""
    words = load_report_words("pt", folder)
    assert words.date(date(2026, 3, 1)) == "1 de março de 2026"
    assert words.decimal(1234.5, 1) == "1.234,5"


def test_a_language_from_the_right_says_so(folder: Path) -> None:
    """Browsers and the PDF lay out Arabic from right to left by `dir` on the document."""
    shutil.copy(folder / "locale" / "pt.toml", folder / "locale" / "ar.toml")
    assert '<html lang="ar" dir="rtl">' in render(folder, "ar")


def test_the_language_divides_its_words(folder: Path) -> None:
    """A PDF in it has words broken at the end of lines."""
    style = "<style>@font-face { font-family: F; src: url(asset:fonts/SourceSerifPro-Regular.ttf) }"
    style += "p { font-family: F; hyphens: auto; width: 6cm }</style>"
    words = load_report_words("pt", folder)
    html = f'<html lang="{words.language}"><head><title>T</title>{style}</head><p>{LONG}</p></html>'
    pdf = folder / "x.pdf"
    pdf.write_bytes(render_pdf(html, assets={}))
    assert re.search(r"[a-z][-\u2010]\n", pypdf.PdfReader(pdf).pages[0].extract_text())


def read_as(path: Path, report: Report) -> Description:
    """Return a report as if it had been read from a file."""
    return Description(path, path.read_text(encoding="utf-8"), report)


def check_as_read(tables: dict[str, Any], path: Path) -> None:
    """Check the writing of a report as if its tables had been read from a file."""
    report = check_report(tables, "a test")
    check_writing(report, read_as(path, report))


def test_numbers_that_are_typed_in_it_are_found(folder: Path) -> None:
    """With its own decimal comma; a number that the description declares is none."""
    path = folder / "report.toml"
    path.write_text('[abstract]\npt = "x"\n', encoding="utf-8")
    texts = {"pt": "Com 0,25 e lotes de 8, chega a 93,7 %.", "en": "Typed."}
    base = {"image_size": 16, "epochs": 4, "dropout": 0.25}
    report = check_report(describe(language="pt", abstract=texts, base=base), "a test")
    (found,) = typed_in_description(read_as(path, report))
    assert (found.number, found.line) == ("93,7 %", 2)


def test_what_the_language_lacks_is_told_before_anything_is_trained(folder: Path) -> None:
    """Sentences of its catalogue, or templates of its own."""
    path = folder / "report.toml"
    path.write_text("", encoding="utf-8")
    check_as_read(describe(language="pt"), path)
    own = '{% extends "lab_report.html" %}{% block abstract %}'
    own += '{% include "texts/abstract." ~ language ~ ".html" %}{% endblock %}'
    (folder / "own.html").write_text(own, encoding="utf-8")
    of_another = describe(language="pt", template="own.html")
    with pytest.raises(SpecError, match=r"no template 'texts/abstract\.pt\.html'"):
        check_as_read(of_another, path)
    rewrite(folder / "locale" / "pt.toml", 'abstract = "Resumo"', "")
    with pytest.raises(SpecError, match=r"section\.abstract is missing"):
        check_as_read(describe(language="pt"), path)


@pytest.mark.parametrize("language", languages(catalogues_folder()))
def test_a_shipped_catalogue_has_every_key_in_its_own_words(language: str) -> None:
    """Nothing is missing, and outside of names and symbols no sentence is left in English."""
    words = load_words(language, catalogues_folder())
    english = load_words("en", catalogues_folder()).catalogue
    same = {key for key, text in words.catalogue.items() if english.get(key) == text}
    if language.split("-")[0] == "en":
        assert len(same) >= 0.9 * len(english)
        return
    left = [key for key in same if len(re.findall(r"[A-Za-z]{4,}", _unfilled(english[key]))) > 2]
    assert left == []
    assert len(same) < 0.1 * len(english)


def _unfilled(sentence: str) -> str:
    return re.sub(r"{[^}]*}", "", sentence)


@pytest.mark.parametrize("language", ["ca", "en-GB"])
def test_a_shipped_language_makes_a_whole_report(language: str, tmp_path: Path) -> None:
    """Its headings, its sentences, and its way to write numbers."""
    html = render(tmp_path, language)
    said = {"ca": ("<h2", "Estudis", "Conclusions", "pèrdua"), "en-GB": ("<h2", "Studies", "loss")}
    assert all(word in html for word in said[language])
    assert f'<html lang="{language}"' in html


def test_a_variety_says_only_what_differs(tmp_path: Path) -> None:
    """The rest is its base's; what is never printed is refused all the same."""
    (tmp_path / "es-MX.toml").write_text('base = "es"\n[setting]\nepochs = "épocas, pues"\n')
    words = load_words("es-MX", tmp_path, catalogues_folder())
    assert words("setting.epochs") == "épocas, pues"
    assert words("section.data") == "Datos"
    (tmp_path / "es-MX.toml").write_text('base = "es"\n[setting]\nepoch = "x"\n')
    with pytest.raises(SpecError, match=r"setting\.epoch is never printed"):
        load_words("es-MX", tmp_path, catalogues_folder())
    for base in ("es-MX", "xx"):
        (tmp_path / "es-MX.toml").write_text(f'base = "{base}"\n')
        with pytest.raises(SpecError, match="is no other catalogue"):
            load_words("es-MX", tmp_path, catalogues_folder())


def test_a_reports_own_catalogue_may_change_a_word_of_its_language(tmp_path: Path) -> None:
    """Its base is the package's; a variety of a variety is whole, and a ring is refused."""
    (tmp_path / "en.toml").write_text('base = "en"\n[setting]\nepochs = "rounds"\n')
    (tmp_path / "en-NZ.toml").write_text('base = "en-GB"\n[section]\nlimits = "Doubts"\n')
    own = load_words("en", tmp_path, catalogues_folder())
    assert (own("setting.epochs"), own("section.limits")) == ("rounds", "Limits")
    variety = load_words("en-NZ", tmp_path, catalogues_folder())
    assert (variety("section.limits"), variety("setting.optimizer")) == ("Doubts", "optimiser")
    for code, base in (("nl", "nl-BE"), ("nl-BE", "nl")):
        (tmp_path / f"{code}.toml").write_text(f'base = "{base}"\n')
    with pytest.raises(SpecError, match="is no other catalogue"):
        load_words("nl", tmp_path, catalogues_folder())
