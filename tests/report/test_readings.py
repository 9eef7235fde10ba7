"""What a page reads off a figure is what was drawn, at the place where it was drawn."""

import json
import re

import numpy as np
import pytest
from matplotlib.figure import Figure

from scenes.report.figures.curves import plot_curves
from scenes.report.figures.data import Curve
from scenes.report.figures.plots import figure_svg
from scenes.report.figures.readings import CURVE, readings
from scenes.report.language.catalogue import load_words
from scenes.report.markup.templates import templates_folder


def test_a_point_lies_where_it_is_read() -> None:
    """Place and number of a point agree with what matplotlib itself says."""
    figure = Figure(figsize=(4, 2), dpi=130)
    axes = figure.subplots()
    axes.plot([1, 2, 3], [0.1, np.nan, 0.34567], gid=f"{CURVE}a & b", color="#ff0000")
    axes.plot([1, 2], [5, 6])  # has no name, and is no curve
    figure.draw_without_rendering()
    (panel,) = readings(figure)
    (curve,) = panel["curves"]
    assert (curve["label"], curve["colour"], curve["first"]) == ("a & b", "#ff0000", 1)
    assert curve["values"] == [0.1, None, 0.3457]
    left, _, right, _ = panel["box"]
    low, high = panel["epochs"]
    place = left + (3 - low) / (high - low) * (right - left)
    expected = axes.transData.transform((3, 0))[0] * 72 / 130
    assert place == pytest.approx(expected, abs=0.05)
    assert 0 < left < right < 4 * 72


def test_curves_of_a_study_can_be_read() -> None:
    """Both panels hold the mean of each value; the SVG carries them, and labels stay text."""
    words = load_words("en", templates_folder() / "locale")
    curves = [Curve("<8>", [[0.2, 0.4], [0.4, 0.6]], [[0.1, 0.3], [0.1, 0.5]])]
    svg = figure_svg(plot_curves(curves, metric="accuracy", words=words), title="t").decode()
    found = re.search(r"<metadata>(.*?)</metadata>", svg)
    assert found is not None
    assert "<8>" not in found[1]
    panels = json.loads(found[1].replace("&lt;", "<").replace("&gt;", ">"))
    assert [panel["curves"][0]["values"] for panel in panels] == [[0.3, 0.5], [0.1, 0.4]]
    assert all(panel["is_share"] for panel in panels)
    assert panels[0]["curves"][0]["label"] == "<8>"


def test_other_figures_carry_nothing() -> None:
    """A figure without such curves is as it was."""
    figure = Figure()
    figure.subplots().plot([1, 2])
    assert b"<metadata>" not in figure_svg(figure, title="t")
