"""The keys of [document] change page, columns, numbers, title page and length of a document."""

import io
import re
from pathlib import Path
from typing import Any

import pypdf
import pytest
from factories import describe
from outcomes import Outcome, dataset, plan_of, study_table
from PIL import Image

from scenes.errors import SpecError
from scenes.plan.plan import Plan
from scenes.report import rendering
from scenes.report.document import Document
from scenes.report.output.pdf import render_pdf
from scenes.spec.layout import Layout
from scenes.spec.loader import check_report

STUDIES = [
    study_table("learning_rate", [0.001, 0.01], name="rate", title="Rates", choose={}),
    study_table("batch_size", [8, 16], name="batch", title="Batches", use=["rate"]),
]


def render(
    folder: Path,
    *,
    numbers: tuple[str, ...] = (),
    seeds: tuple[int, ...] = (0,),
    template: str = "lab_report.html",
    **keys: Any,
) -> str:
    """Return the HTML of a document laid out so; no figure is drawn."""
    studies = [{**study, "number": it} for study, it in zip(STUDIES, numbers, strict=False)]
    plan = plan_of(studies or STUDIES, lambda s, _: Outcome(100 * s["learning_rate"] + 0.5), seeds)
    layout = Layout.model_validate(keys)
    changed = {"document": layout, "authors": ("Ana", "Bo"), "course": "C1", "template": template}
    report = plan.report.model_copy(update=changed)
    written = Document(
        plan=Plan(report, plan.studies),
        dataset=dataset(),
        folder=folder,
        name="x",
        command="scenes report x",
        commit="",
    )
    return rendering.render_document(written, is_drawn=False)[0]


def table_rows(html: str) -> dict[str, list[str]]:
    """Return the cells of a short paper's table by value, whose name is bold where it is chosen.

    What marks facts is left out.
    """
    table = html[html.index('id="tab-values"') :].partition("</table>")[0]
    plain = re.sub(r"</?(?:span|a)\b[^>]*>", "", table)
    rows = (re.findall(r"<td[^>]*>(.*?)</td>", row) for row in plain.split("</tr>"))
    return {re.sub("</?b>", "", cells[0]): cells for cells in rows if cells}


def headings(html: str) -> list[str]:
    """Return the headings of chapters and studies as they are read."""
    found = re.findall(r"<h[23] id=\"(?!contents)[^>]*>(.*?)</h[23]>", html)
    return [re.sub(r"<[^>]+>", "", it) for it in found]


def test_chapters_and_their_studies_are_numbered(tmp_path: Path) -> None:
    """In headings, contents and references; what a text says of a study has the same number."""
    html = render(tmp_path, numbered=True)
    assert headings(html)[:5] == ["1 Data", "2 Method", "3 Studies", "3.1 Rates", "3.2 Batches"]
    assert '<li data-number="2"><a href="#method">' in html
    assert '<li data-number="3.1"><a href="#study-rate">' in html
    assert "study 3.1" in html
    assert "study 1)" not in html


def test_a_study_keeps_the_number_that_its_author_gave(tmp_path: Path) -> None:
    """As in an assignment, whose parts are numbered."""
    html = render(tmp_path, numbered=True, numbers=("4.1", "4.2"))
    assert {"4.1 Rates", "4.2 Batches"} <= set(headings(html))


def test_without_keys_nothing_is_numbered(tmp_path: Path) -> None:
    """Chapters have their titles, studies count from one."""
    assert headings(render(tmp_path))[:4] == ["Data", "Method", "Studies", "1 Rates"]


def test_the_short_form_has_a_figure_for_a_study_and_one_table(tmp_path: Path) -> None:
    """No contents, nothing that refers to what is not there, and every value in one table."""
    full, short = render(tmp_path), render(tmp_path, form="short")
    assert 'id="contents"' in full
    assert 'id="contents"' not in short
    assert {"Studies", "1 Rates", "2 Batches", "Conclusions", "Provenance"} <= set(headings(short))
    anchors = set(re.findall(r'\bid="([^"]+)"', short))
    assert set(re.findall(r'href="#([^"]+)"', short)) <= anchors
    assert re.findall(r'data-key="([^"]+)"', short) == ["rate-validation", "batch-validation"]
    assert re.findall(r'<caption id="([^"]+)"', short) == ["tab-values"]
    labels = re.findall(r'<td class="value">(.*?)</td>', short)
    assert [re.sub(r"<[^>]+>", "", it) for it in labels] == ["0.001", "0.01", "8", "16"]


def test_references_to_the_full_form_hold_in_the_short_one(tmp_path: Path) -> None:
    """By the same names, though other figures and another table show it."""
    text = '{{ see("fig:batch-loss") }}; {{ see("tab:rate") }}'
    own = f'{{% extends "lab_report.html" %}}{{% block method_more %}}<p>{text}</p>{{% endblock %}}'
    (tmp_path / "own.html").write_text(own, encoding="utf-8")
    for form, numbers in (("full", ["figure 4", "table 2"]), ("short", ["figure 2", "table 1"])):
        html = render(tmp_path, template="own.html", form=form)
        links = re.findall(r'<a class="see"[^>]*>(.*?)</a>', html)
        assert [it.replace("\N{NO-BREAK SPACE}", " ") for it in links] == numbers


def test_the_short_form_has_an_interval_for_each_difference(tmp_path: Path) -> None:
    """Where there are seeds enough; what excludes zero is bold. With one seed there is none."""
    rows = table_rows(render(tmp_path, form="short", seeds=(0, 1, 2)))
    assert [rows["0.001"][5], rows["0.001"][7]] == ["–", "–"]
    assert re.fullmatch(r"<b>0\.\d+</b> \[0\.\d+; 0\.\d+\]", rows["0.01"][7])
    assert re.fullmatch(r"(≈ )?[−\d.]+ \[[−\d.]+; [−\d.]+\]", rows["0.01"][5])
    assert len(table_rows(render(tmp_path, form="short"))["0.01"]) == len(rows["0.01"]) - 1


def test_a_title_page_has_logo_group_and_ids(tmp_path: Path) -> None:
    """Each author's identification stands beside the name."""
    Image.new("RGB", (60, 20), (0, 60, 120)).save(tmp_path / "logo.png")
    html = render(tmp_path, logo="logo.png", group="L2", student_ids=("100", "200"))
    page = re.sub(r"<(?!img)[^>]+>", "", html[html.index("<section") : html.index("</section>")])
    assert "Ana (Student ID 100)" in page
    assert "Bo (Student ID 200)" in page
    assert "Group L2" in page
    assert re.search(r'<img alt="C1" src="asset:own/\w+\.png" class="own logo">', page)


@pytest.mark.parametrize(
    ("keys", "size"),
    [
        ({}, (595, 842)),
        ({"page": "letter"}, (612, 792)),
        ({"page": "letter", "columns": 2, "form": "short", "title_page": False}, (612, 792)),
    ],
)
def test_the_page_is_the_one_that_is_asked_for(
    tmp_path: Path, keys: dict[str, Any], size: tuple[int, int]
) -> None:
    """Of the paper asked for, with every chapter on it."""
    html = re.sub(r"<img src=\"asset:[^>]*>", "", render(tmp_path, numbered=True, **keys))
    pages = pypdf.PdfReader(io.BytesIO(render_pdf(html, assets={}))).pages
    assert (round(pages[0].mediabox.width), round(pages[0].mediabox.height)) == size
    text = [" ".join(page.extract_text().split()) for page in pages]
    assert text[0].startswith("C1 T Ana")
    assert any("2 Method" in it for it in text)


def test_two_columns_are_narrower_than_the_page(tmp_path: Path) -> None:
    """Lines of the text begin on both halves of the page."""
    html = re.sub(
        r"<img src=\"asset:[^>]*>", "", render(tmp_path, columns=2, title_page=False, form="short")
    )
    page = pypdf.PdfReader(io.BytesIO(render_pdf(html, assets={}))).pages[0]
    places: list[float] = []

    def take(text: str, _: Any, matrix: list[float], *__: Any) -> None:
        if text.strip():
            places.append(matrix[4])

    page.extract_text(visitor_text=take)
    middle = float(page.mediabox.width) / 2
    assert min(places) < middle < max(places)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ({"student_ids": ["1", "2"]}, "must be one for each of the 1 authors, these are 2"),
        ({"page": "a5"}, "'a4' or 'letter'"),
        ({"columns": 3}, "1 or 2"),
        ({"form": "tiny"}, "'full' or 'short'"),
        ({"colums": 2}, "colums"),
    ],
)
def test_a_mistake_in_a_key_is_told(table: dict[str, Any], told: str) -> None:
    """With the choices, before anything is trained."""
    with pytest.raises(SpecError) as raised:
        check_report(describe(document=table), "a test")
    assert told in str(raised.value)
