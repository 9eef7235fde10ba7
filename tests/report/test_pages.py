"""The pages of a whole write-up: how many there are, and that none is left half empty."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from scenarios import FOLDER, make_dataset, make_plan

from scenes.evidence.page_content import open_pages
from scenes.report import provenance, rendering
from scenes.report.document import Document
from scenes.report.output.pdf import render_pdf

TOP, BOTTOM = 21 / 297, 1 - 18 / 297
"""Of the text on a page, as report.css sets its margins."""
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
    """Return the share of a page's text height below its last line: uint8 (height, width)."""
    body = pixels[int(TOP * len(pixels)) : int(BOTTOM * len(pixels))]
    rows = np.flatnonzero((body < 200).any(axis=1))
    return 1 - (int(rows[-1]) + 1) / len(body) if len(rows) else 1.0


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["noise", "supported by seeds"])
def test_six_studies_fill_their_pages(
    scenario: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one seed and with three, hardly a page has a third to spare."""
    monkeypatch.setattr(provenance, "_commit", lambda _: "")
    plan = make_plan(scenario)
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
    print(f"{scenario}: {pages.count} pages, empty below: {empty}")
    assert pages.count <= 15
    assert sum(share > 1 / 3 for share in empty) <= CHAPTER_ENDS, empty
