"""A figure in fewer elements is the same figure."""

import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from scenes.report.figures.svg import SVG, simplify_svg
from scenes.report.style import figure_style


def drawn(points: int) -> bytes:
    """Return matplotlib's own SVG of a marked curve with a title, an image and a clipped line."""
    with figure_style():
        figure = Figure(figsize=(3, 2))
        axes = figure.subplots()
        axes.plot(np.arange(points), np.arange(points) ** 2, marker="o", linestyle="--")
        axes.set_title("Años $5 & <b>")
        axes.imshow(np.eye(3), extent=(0, 2, 0, 2))
        out = io.BytesIO()
        FigureCanvasSVG(figure)
        figure.savefig(out, format="svg", metadata={"Title": "t"})
    return out.getvalue()


def numbers(root: ElementTree.Element) -> int:
    """Return how many elements there are."""
    return sum(1 for _ in root.iter())


def test_markers_of_one_curve_become_one_path() -> None:
    """However many points a curve has, its markers are one element."""
    few, many = (ElementTree.fromstring(simplify_svg(drawn(points))) for points in (5, 50))
    assert abs(numbers(few) - numbers(many)) < 12  # ticks differ, markers do not
    assert not list(many.iter(f"{SVG}use"))


def test_each_marker_stands_where_its_use_stood() -> None:
    """A path is moved by the place of its use, and its own style wins."""
    source = b"""<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">
    <g id="a"><defs><path id="m" d="M 0 3 L 1.5 -2 z" style="stroke: red"/></defs>
    <g clip-path="url(#c)"><use xlink:href="#m" x="10" y="20" style="stroke: blue; fill: blue"/>
    <use xlink:href="#m" x="11.123456" y="20" style="stroke: blue; fill: blue"/></g></g></svg>"""
    root = ElementTree.fromstring(simplify_svg(source))
    (path,) = root.iter(f"{SVG}path")
    assert path.get("d") == "M 10 23 L 11.5 18 z M 11.12 23 L 12.62 18 z"
    assert (path.get("stroke"), path.get("fill")) == ("red", "blue")
    assert [node.get("clip-path") for node in root.iter(f"{SVG}g")] == ["url(#c)"]


def test_text_title_picture_and_clipping_stay() -> None:
    """What is read, shown or cut off is as it was."""
    before, after = drawn(5), simplify_svg(drawn(5))
    one, two = ElementTree.fromstring(before), ElementTree.fromstring(after)
    for tag in ("text", "title", "image", "clipPath"):
        contents = [
            ["".join(node.itertext()).strip() for node in root.iter(f"{SVG}{tag}")]
            for root in (one, two)
        ]
        assert contents[0] == contents[1] != []
    clips = [set(re.findall(rb"url\(#(\w+)\)", svg)) for svg in (before, after)]
    assert (
        clips[0] == clips[1] == {node.get("id", "").encode() for node in two.iter(f"{SVG}clipPath")}
    )
    assert two.get("viewBox") == one.get("viewBox")
    assert b"style=" not in after


@pytest.mark.parametrize("word", ["metadata", "style"])
def test_what_only_matplotlib_needs_is_left_out(word: str) -> None:
    """Neither metadata nor a style sheet stays."""
    assert not list(ElementTree.fromstring(simplify_svg(drawn(5))).iter(f"{SVG}{word}"))
