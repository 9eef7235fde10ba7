"""Texts of figures are drawn as those of paragraphs are: joined, in order, kerned."""

from collections.abc import Iterator

import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray

from scenes.report.output.pdf import PdfWriter

PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>t</title><style>
@font-face {{ font-family: "F"; src: url("asset:fonts/SourceSerifPro-Regular.ttf") }}
@font-face {{ font-family: "D"; src: url("asset:fonts/DejaVuSans.ttf") }}
body {{ font: 40px "F", "D"; direction: ltr }}</style></head><body>{}</body></html>"""
PARAGRAPH = "<p>{}</p>"
FIGURE = '<p><img src="asset:a.svg" alt="x"></p>'
SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="400" height="90" viewBox="0 0 400 90">
<text {} y="50" font-size="40px" font-family="'F', 'D'">{}</text></svg>"""
APART = "\N{ZERO WIDTH NON-JOINER}"


def ink(writer: PdfWriter, body: str, svg: str = "") -> NDArray[np.bool_]:
    """Return where a page is dark, cut down to that."""
    pdf = writer.render(PAGE.format(body), assets={"a.svg": svg.encode()})
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=2, grayscale=True).to_numpy()
    dark = page.reshape(page.shape[:2]) < 128
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    return dark[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def differ(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> float:
    """Return how much of the ink of two drawings is not that of both, from 0 to 1."""
    shape = np.maximum(one.shape, other.shape)
    first, second = (np.pad(it, [(0, n) for n in shape - it.shape]) for it in (one, other))
    return float((first ^ second).sum() / (first | second).sum())


@pytest.fixture(scope="module")
def writer() -> Iterator[PdfWriter]:
    """Return a process that writes PDFs."""
    with PdfWriter() as made:
        yield made


@pytest.mark.parametrize("text", ["مطبخ", "مكتب office", "שלום 12", "AVATAR, é é"])
def test_a_text_of_a_figure_looks_like_a_paragraph(writer: PdfWriter, text: str) -> None:
    """Joined, reordered and kerned alike; half a pixel is nobody's business."""
    paragraph = ink(writer, PARAGRAPH.format(text))
    figure = ink(writer, FIGURE, SVG.format('x="9"', text))
    assert abs(np.subtract(paragraph.shape, figure.shape)).max() <= 2
    assert differ(paragraph, figure) < 0.25


def test_letters_that_are_not_joined_would_be_noticed(writer: PdfWriter) -> None:
    """The same letters one by one, and in the other order, are other drawings."""
    right = ink(writer, PARAGRAPH.format("مطبخ"))
    for wrong in (APART.join("مطبخ"), "مطبخ"[::-1]):
        figure = ink(writer, FIGURE, SVG.format('x="9"', wrong))
        assert differ(right, figure) > 0.4


def test_letters_that_an_author_places_stay_where_they_are(writer: PdfWriter) -> None:
    """A place for each letter spreads them; a distance does as well."""
    near = ink(writer, FIGURE, SVG.format('x="9"', "abc")).shape[1]
    assert ink(writer, FIGURE, SVG.format('x="9 109 209"', "abc")).shape[1] > 3 * near
    assert ink(writer, FIGURE, SVG.format('x="9" letter-spacing="50"', "abc")).shape[1] > 2 * near
