"""Texts of figures are drawn as those of paragraphs are, and paths as WeasyPrint draws them."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pypdfium2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from weasyprint import svg
from weasyprint.svg.path import path as original_path

from scenes.report.output.pdf import PdfWriter
from scenes.report.output.svg_drawing import NUMBERS
from scenes.report.output.weasyprint_worker import load_weasyprint

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


NUMBER = st.floats(-1e4, 1e4).map(lambda value: f"{value:.3f}")


def step(letter: str) -> st.SearchStrategy[str]:
    """Return a part of a path."""
    count = NUMBERS[letter]
    return st.lists(NUMBER, min_size=count, max_size=count).map(lambda it: " ".join([letter, *it]))


LINES = st.lists(st.one_of([step(letter) for letter in "MLQC"]), max_size=6)
FORMS = st.tuples(step("M"), LINES, step("L"), st.sampled_from(["", "z"]))
PATHS = st.lists(FORMS.map(lambda it: " ".join([it[0], *it[1], it[2], it[3]])), min_size=1)
ODD = (
    *("m 1 1 l 2 2", "M 1 1 2 2 3 3", "M1 1L2 2", "M 1,1 L 2,2", "M 1 1 H 5 V 9", "M 1 1 z"),
    *("M 1 1 L 2 2 z L 3 3", "M 1 1 A 5 5 0 0 1 9 9", "L 1 1", "M 1 1 L 2", "M 1 1 L 50% 5"),
    *("z", "M 1 1 Z", "", "x"),
)


class Recorder:
    """Takes down what is drawn."""

    def __init__(self) -> None:
        self.drawn: list[tuple[str, tuple[float, ...]]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        """Return an operator."""
        return lambda *numbers: self.drawn.append((name, numbers))


def drawn(path: str, draw: Callable[..., None], **attributes: str) -> Any:
    """Return what is drawn of a path, or the error that it ends in."""
    element = ElementTree.fromstring("<path/>")
    element.attrib.update(d=path, **attributes)
    node = svg.Node(svg.ElementWrapper.from_xml_root(element), None)
    recorder = Recorder()
    picture = SimpleNamespace(
        stream=recorder,
        point=lambda x, y, size: (svg.size(x, size, 100), svg.size(y, size, 100)),
    )
    try:
        draw(picture, node, 12)
    except (ValueError, svg.PointError) as error:
        return type(error), node.vertices
    return recorder.drawn, node.vertices


@given(st.one_of(PATHS.map(" ".join), st.sampled_from(ODD)))
def test_a_path_is_drawn_as_before(path: str) -> None:
    """With the same operators and numbers, however it is written."""
    load_weasyprint()
    assert drawn(path, svg.TAGS["path"])[0] == drawn(path, original_path)[0]


def test_a_path_with_markers_keeps_its_angles() -> None:
    """They are drawn where its points are."""
    load_weasyprint()
    path = "M 1 1 L 2 2 L 9 1"
    for name in ("marker-start", "marker"):
        assert drawn(path, svg.TAGS["path"], **{name: "url(#a)"})[1]
    assert not drawn(path, svg.TAGS["path"])[1]
