"""The title page holds what a student hands in: institution, course, authors, date, abstract."""

import io

import pypdf
import pytest
from outcomes import Outcome, dataset, plan_of, study_table

from scenes.plan.plan import Plan
from scenes.report import context, provenance, rendering
from scenes.report.document import Document
from scenes.report.markup.templates import load_report_words, templates_folder
from scenes.report.output.pdf import render_pdf

TITLE = (
    "Sobre la influencia del optimizador, la tasa de aprendizaje, el dropout y el número de "
    "imágenes en redes convolucionales"
)
FIELDS = {
    "title": TITLE,
    "subtitle": "Optimizador, tasa de aprendizaje, dropout y número de imágenes de cada clase",
    "institution": "Universidad de Valladolid, Escuela de Ingeniería Informática",
    "course": "Aprendizaje Automático para Visión Artificial, curso 2026/27",
    "authors": ("Ana Ñíguez", "Björn Ó Súilleabháin", "Juan Moreno", "Jaime Pascual", "Eva Sanz"),
    "abstract": "Se estudia qué cambia en un clasificador de imágenes. " * 14,
}


@pytest.mark.parametrize(
    ("language", "date"), [("es", "24 de noviembre de 2026"), ("en", "24 November 2026")]
)
def test_a_full_title_page_is_one_page(
    language: str, date: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A title of 117 signs, five authors and an abstract of eight lines stand on it whole."""
    plan = plan_of([study_table("learning_rate", [0.001, 0.01])], lambda *_: Outcome(0.5))
    report = plan.report.model_copy(update={"language": language, **FIELDS})
    written = Document(
        plan=Plan(report, plan.studies),
        dataset=dataset(),
        folder=templates_folder(),
        name="x",
        command="scenes report x",
    )
    monkeypatch.setattr(provenance, "_commit", lambda _: "")
    view = context._view_report(written, load_report_words(language, written.folder))
    monkeypatch.setattr(context, "_view_report", lambda *_: {**view, "date": date})
    html = rendering.render_document(written, is_drawn=False)[0]
    page = html[: html.index('<section class="contents"')] + "</body></html>"
    pages = pypdf.PdfReader(io.BytesIO(render_pdf(page, assets={}))).pages
    assert len(pages) == 1
    text = " ".join(pages[0].extract_text().split())
    assert date in text
    assert all(author in text for author in report.authors)
