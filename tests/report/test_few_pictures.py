"""The short paper that is shipped: its description, its own sentences, its pages."""

import re
from dataclasses import replace
from pathlib import Path

import pypdf
import pytest
from outcomes import CLASSES, Outcome, Results, dataset
from test_pages import save_pictures

from scenes.data.division import Picture
from scenes.plan.planning import plan_report
from scenes.report import rendering
from scenes.report.document import Document
from scenes.report.lint.guards import read_sentences
from scenes.report.output.pdf import render_pdf
from scenes.spec.loader import read_description

FOLDER = Path(__file__).parents[2] / "reports" / "few_pictures"
LOSSES = {"none": 1.4, "horizontal_flip": 1.2, "zoom": 1.35, "brightness": 1.45}
CHAPTERS = [
    "1 Introduction", "2 Data", "3 Method", "4 Studies", "4.1 Augmentation",
    "4.2 Pictures per class", "5 Test set", "6 Conclusions", "7 Limits", "8 References",
    "9 Provenance",
]  # fmt: skip


def written(root: Path = Path()) -> Document:
    """Return the paper with made-up results and a test set that nobody opened.

    Args:
        root: Of its pictures.
    """
    pictures = dataset("synthetic")
    sealed = tuple(Picture(Path(f"test/{i}.png"), i % CLASSES, f"t{i}") for i in range(100))
    outcomes = Results(lambda it, _: Outcome(LOSSES[it["augmentation"]]))
    report = read_description(FOLDER).report
    return Document(
        plan=plan_report(report, lambda _: "fingerprint", outcomes, versions=None),  # type: ignore[arg-type]
        dataset=replace(pictures, root=root, splits={**pictures.splits, "test": sealed}),
        folder=FOLDER,
        name="few_pictures",
        command="scenes report reports/few_pictures",
        commit="",
    )


def test_it_is_laid_out_as_a_paper() -> None:
    """In two columns, numbered, with an introduction, and without contents and appendices."""
    html, _ = rendering.render_document(written(), is_drawn=False)
    found = re.findall(r"<h[23] id=[^>]*>(.*?)</h[23]>", html)
    assert [re.sub(r"<[^>]+>", "", it) for it in found] == CHAPTERS
    assert 'data-columns="2"' in html
    assert re.search(r">100</\w+> pictures of the test set take no part in any choice", html)


def test_each_of_its_sentences_is_guarded() -> None:
    """By a fact, or a mark of opinion or literature; the description asserts nothing either."""
    description = read_description(FOLDER)
    template = description.report.template
    sentences = read_sentences(template, FOLDER, description)
    assert [it for it in sentences if it.problem] == []
    assert any(it.file.endswith(template) for it in sentences)


@pytest.mark.slow
def test_it_has_six_pages_at_most(tmp_path: Path) -> None:
    """With every figure drawn."""
    save_pictures(tmp_path)
    html, assets = rendering.render_document(written(tmp_path))
    (tmp_path / "paper.pdf").write_bytes(render_pdf(html, assets=assets))
    assert len(pypdf.PdfReader(tmp_path / "paper.pdf").pages) <= 6
