"""The pages of a whole write-up: how many there are, and that none is left half empty."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scenarios import FOLDER, make_dataset, make_plan

from scenes.evidence.page_content import open_pages
from scenes.plan.plan import Plan
from scenes.report import provenance, rendering
from scenes.report.document import Document
from scenes.report.output.pdf import render_pdf
from scenes.spec.layout import Layout

TOP, BOTTOM = 21 / 297, 1 - 18 / 297
"""Of the text on a page, as report.css sets its margins."""
SCENARIOS = ("noise", "supported by seeds")
"""Results of one seed, and of several."""
CHAPTER_ENDS = 2
"""Pages that may be left: the last one, and one before figures that do not break."""


def save_pictures(root: Path) -> None:
    """Write every picture that made-up records or data sets name."""
    random = np.random.default_rng(0)
    (root / "train").mkdir(parents=True)
    (root / "val").mkdir()
    for split, count in (("train", 1500), ("val", 600)):
        pixels = random.integers(0, 255, (16, 16, 3), dtype=np.uint8)
        for index in range(count):
            Image.fromarray(np.roll(pixels, index, axis=1)).save(root / split / f"{index}.png")


def left_empty(pixels: np.ndarray[Any, Any]) -> float:
    """Return the share of a page's text height below its last line: uint8 (height, width, 3)."""
    body = pixels.mean(axis=2)[int(TOP * len(pixels)) : int(BOTTOM * len(pixels))]
    rows = np.flatnonzero((body < 200).any(axis=1))
    return 1 - (int(rows[-1]) + 1) / len(body) if len(rows) else 1.0


def left_empty_in(scenario: str, tmp_path: Path, language: str = "es", **keys: Any) -> list[float]:
    """Return what is left empty on each page of the write-up of six studies, so laid out."""
    plan = make_plan(scenario)
    layout = Layout.model_validate(keys)
    report = plan.report.model_copy(update={"document": layout, "language": language})
    plan = Plan(report, plan.studies)
    save_pictures(tmp_path)
    dataset = replace(make_dataset("folder"), root=tmp_path)
    splits = {
        split: tuple(replace(it, sha256=f"{split}{i}") for i, it in enumerate(members))
        for split, members in dataset.splits.items()
    }
    dataset = replace(dataset, splits=splits)  # no picture is a copy of another
    written = Document(plan, dataset, FOLDER, "practica4", "scenes report reports/practica4")
    html, assets = rendering.render_document(written)
    pdf = render_pdf(html, assets=assets)
    (tmp_path / "pages.pdf").write_bytes(pdf)
    pages = open_pages(pdf)
    empty = [round(left_empty(pages.picture(index)), 2) for index in range(pages.count)]
    print(f"{scenario}, {language}, {keys}: {pages.count} pages, empty below: {empty}")
    return empty


@pytest.fixture(autouse=True)
def _without_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what takes time and changes."""
    monkeypatch.setattr(provenance, "_commit", lambda _: "")


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_six_studies_fill_their_pages(scenario: str, tmp_path: Path) -> None:
    """With one seed and with three, hardly a page has a third to spare."""
    empty = left_empty_in(scenario, tmp_path)
    assert len(empty) <= 15
    assert sum(share > 1 / 3 for share in empty) <= CHAPTER_ENDS, empty


def hold_six_pages(empty: list[float]) -> None:
    """Assert that a short paper has six pages, of which only the last one may be half empty."""
    assert len(empty) <= 6, empty
    assert max(empty[:-1]) < 1 / 3, empty


def test_six_studies_in_short_have_six_pages(tmp_path: Path) -> None:
    """With several seeds, whose intervals take most room."""
    hold_six_pages(left_empty_in(SCENARIOS[1], tmp_path, form="short"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scenario", "language", "keys"),
    [
        (SCENARIOS[0], "es", {}),
        (SCENARIOS[0], "en", {}),
        (SCENARIOS[1], "en", {}),
        (SCENARIOS[1], "es", {"columns": 2}),
        (SCENARIOS[1], "en", {"page": "letter"}),
    ],
)
def test_a_short_paper_has_six_pages(
    scenario: str, language: str, keys: dict[str, Any], tmp_path: Path
) -> None:
    """In each language, with one seed too, in two columns and on other paper."""
    hold_six_pages(left_empty_in(scenario, tmp_path, language, form="short", **keys))
