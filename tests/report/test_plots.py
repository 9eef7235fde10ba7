"""The figures, through their artists and their SVG."""

import math
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from scenes.report import style
from scenes.report.figures import label_layout
from scenes.report.figures.data import (
    Bin,
    Curve,
    Example,
    Point,
    Recall,
    rows_of,
    sample_columns,
    sample_strips,
)
from scenes.report.figures.error_plots import worst_block
from scenes.report.figures.plots import (
    figure_svg,
    plot_augmentations,
    plot_confusion,
    plot_curves,
    plot_examples,
    plot_recalls,
    plot_reliability,
    plot_samples,
    plot_scatter,
)
from scenes.report.figures.ticks import number_ticks, percent_ticks
from scenes.report.language.catalogue import load_words

LOCALE = Path(__file__).parents[2] / "templates" / "locale"
WORDS = load_words("es", LOCALE)
PICTURE = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)


def curve(label: str, *, seeds: int = 1, epochs: int = 12, top: float = 0.5) -> Curve:
    """Return a curve that rises to `top`, a little lower for each further seed."""
    runs = [[top * (1 - 0.7**e) * (1 - 0.05 * s) for e in range(epochs)] for s in range(seeds)]
    return Curve(label, runs, [[0.8 * value for value in run] for run in runs])


def panels(figure: Figure) -> tuple[Axes, Axes]:
    """Return the training and the validation panel."""
    train, val = figure.axes
    return train, val


def thick(axes: Axes) -> list[np.ndarray]:
    """Return the values of the mean curves."""
    lines = [line for line in axes.lines if line.get_linewidth() > 1 and line.get_zorder() == 3]
    return [np.asarray(line.get_ydata()) for line in lines]


def texts(svg: bytes) -> list[str]:
    """Return all the text of an SVG."""
    root = ElementTree.fromstring(svg)
    return ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]


def overhang(figure: Figure) -> float:
    """Return by how many points something drawn leaves the figure, and so would be cut off."""
    with style.figure_style():
        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        box = figure.get_tightbbox(canvas.get_renderer())  # inches
    width, height = figure.get_size_inches()
    return 72 * float(max(0.0, -box.x0, -box.y0, box.x1 - width, box.y1 - height))


def test_curves_show_the_mean_over_seeds_on_both_splits() -> None:
    """The thick line is the mean per epoch, training left and validation right."""
    one = curve("8", seeds=3)
    train, val = panels(plot_curves([one], metric="accuracy", words=WORDS))
    np.testing.assert_allclose(thick(train)[0], np.mean(one.train, axis=0))
    np.testing.assert_allclose(thick(val)[0], np.mean(one.val, axis=0))


@pytest.mark.parametrize(("seeds", "bands", "thin"), [(1, 0, 0), (3, 1, 3), (5, 1, 0)])
def test_few_seeds_are_drawn_one_by_one(seeds: int, bands: int, thin: int) -> None:
    """Several seeds have a band; fewer than five have a thin line each as well."""
    _, val = panels(plot_curves([curve("8", seeds=seeds)], metric="accuracy", words=WORDS))
    assert len(val.collections) == bands
    assert sum(line.get_linewidth() < 0.5 for line in val.lines) == thin


@pytest.mark.parametrize("seeds", [3, 6])
def test_seeds_that_stop_at_different_epochs_are_all_drawn(seeds: int) -> None:
    """The mean ends with the first seed, the others go on as thin lines, and none diverges."""
    runs = [[0.1 * (1 + epoch) for epoch in range(4 + seed)] for seed in range(seeds)]
    figure = plot_curves([Curve("8", runs, runs)], metric="accuracy", words=WORDS)
    for axes in panels(figure):
        assert [len(mean) for mean in thick(axes)] == [4]
        thin = [line for line in axes.lines if line.get_linewidth() < 0.5]
        ends = [np.asarray(line.get_xdata())[-1] for line in thin]
        assert ends == list(range(4, 4 + seeds))[-len(ends) :]
        assert len(ends) == (seeds if seeds < 5 else seeds - 1)
        assert axes.get_xlim()[1] >= 3 + seeds
        assert not [line for line in axes.lines if line.get_marker() == "x"]


def test_losses_that_lie_close_together_are_not_pressed_flat() -> None:
    """The axis of loss starts at zero unless all the curves stay far above it."""
    low = Curve("1", [[2.6, 0.3]], [[2.6, 1.0]])
    high = Curve("2", [[2.7, 2.5]], [[2.7, 2.6]])
    train, _ = panels(plot_curves([low, high], metric="loss", words=WORDS))
    assert train.get_ylim()[0] == 0
    train, _ = panels(plot_curves([high], metric="loss", words=WORDS))
    assert 2.3 < train.get_ylim()[0] < 2.5


def test_the_panels_share_one_scale() -> None:
    """Training and validation can be compared by eye."""
    train, val = panels(plot_curves([curve("8")], metric="loss", words=WORDS))
    assert train.get_ylim() == val.get_ylim()
    assert train.get_xlim() == val.get_xlim()


def test_accuracy_starts_at_zero_and_hides_nothing() -> None:
    """The axis of accuracy is not cut to make differences look larger."""
    train, _ = panels(plot_curves([curve("8", top=0.97)], metric="accuracy", words=WORDS))
    low, high = train.get_ylim()
    assert low == 0
    assert 0.97 < high < 1.01


def test_the_best_epoch_is_ringed_where_it_was_said() -> None:
    """A ring stands at the epoch that was named, and in the legend; elsewhere there is none."""
    for best, expected in ((None, []), (4, [[4]])):
        one = Curve("m" * 30, [[2.0, 1.0, 0.5, 0.2]], [[2.0, 1.0, 1.5, 1.7]], best=best)
        figure = plot_curves([one], metric="loss", words=WORDS)
        for axes in panels(figure):
            rings = [line for line in axes.lines if line.get_markerfacecolor() == "white"]
            assert [np.asarray(line.get_xdata()).tolist() for line in rings] == expected
        named = [text.get_text() for text in figure.legends[0].get_texts()]
        assert (WORDS("legend.best_epoch") in named) == bool(expected)


def test_an_exploding_loss_gets_a_log_axis_that_says_so() -> None:
    """One curve far above the others neither leaves the axis nor flattens them."""
    calm = [Curve(str(i), [[2.0, 1.0, 0.5]], [[2.0, 1.2, 1.1]]) for i in range(3)]
    wild = Curve("1", [[2.0, 1.0, 0.5]], [[2.0, 9.0, 80.0]])
    train, _ = panels(plot_curves([*calm, wild], metric="loss", words=WORDS))
    assert train.get_yscale() == "log"
    assert "logarítmica" in train.get_ylabel()
    assert train.get_ylim()[1] > 80
    assert panels(plot_curves(calm, metric="loss", words=WORDS))[0].get_yscale() == "linear"


def test_a_curve_that_stops_being_a_number_ends_in_a_cross() -> None:
    """A diverged training is marked where it broke and explained in the legend."""
    broken = Curve("1", [[2.0, 1.9, math.nan]], [[2.0, 1.9, math.inf]])
    figure = plot_curves([broken, curve("2", epochs=3)], metric="loss", words=WORDS)
    crosses = [line for line in figure.axes[0].lines if line.get_marker() == "x"]
    assert [np.asarray(line.get_xdata()).tolist() for line in crosses] == [[2]]
    assert "diverge" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_numbers_on_the_axes_speak_the_language() -> None:
    """Spanish ticks have a decimal comma and a space before the percent sign."""
    small = Curve("8", [[0.5, 0.4]], [[0.5, 0.45]])
    assert "0,44" in texts(figure_svg(plot_curves([small], metric="loss", words=WORDS), title="t"))
    svg = figure_svg(plot_curves([curve("8")], metric="accuracy", words=WORDS), title="t")
    assert "20\N{NO-BREAK SPACE}%" in texts(svg)


@pytest.mark.parametrize("labels", [("relu", "tanh"), ("r" * 30, "t" * 30)])
def test_every_value_is_named_once(labels: tuple[str, str]) -> None:
    """A short label stands beside its curve, a long one in the legend, and none in both."""
    curves = [curve(labels[0]), curve(labels[1], top=0.3)]
    svg = figure_svg(plot_curves(curves, metric="accuracy", words=WORDS), title="t")
    assert [texts(svg).count(label) for label in labels] == [1, 1]


def test_forty_values_are_drawn_in_forty_ways() -> None:
    """No two strokes are alike, and the legend takes no room from the panels."""
    few, many = (
        plot_curves([curve(f"value {i}") for i in range(n)], metric="loss", words=WORDS)
        for n in (7, 40)
    )
    strokes = {
        (line.get_color(), str(line.get_linestyle()), line.get_marker())
        for line in many.legends[0].get_lines()
    }
    assert len(strokes) == 40
    panel = [
        figure.axes[0].get_position().height * figure.get_figheight() for figure in (few, many)
    ]
    assert panel[1] >= 0.9 * panel[0]
    assert overhang(many) < 0.5


def test_ticks_that_round_to_the_same_are_told_apart() -> None:
    """An axis of small shares has as many decimals as it needs, and others none."""
    assert percent_ticks(WORDS).format_ticks([0, 0.005, 0.01]) == [
        "0,0\N{NO-BREAK SPACE}%", "0,5\N{NO-BREAK SPACE}%", "1,0\N{NO-BREAK SPACE}%"
    ]  # fmt: skip
    assert percent_ticks(WORDS).format_ticks([0, 0.2])[1] == "20\N{NO-BREAK SPACE}%"
    assert len({*number_ticks(WORDS).format_ticks([0.00010, 0.00012, 0.00014])}) == 3


def test_a_hundred_classes_are_readable() -> None:
    """Recalls stand in columns, and a large confusion matrix has its worst block in numbers."""
    names = [f"class {i} of a hundred" for i in range(100)]
    recalls = [Recall(name, 0.5, 0.4, 0.6, (0.5,)) for name in names]
    columns = plot_recalls(recalls, overall=0.5, words=WORDS)
    assert [len(axes.get_yticklabels()) for axes in columns.axes] == [34, 34, 32]
    assert columns.get_figheight() < 8
    matrix = np.eye(100, dtype=np.int64) * 30
    matrix[7, 93] = 12
    assert worst_block(matrix) == [7, 93]
    figure = plot_confusion(matrix, names, words=WORDS)
    overview, block = figure.axes[:2]
    assert len(overview.get_yticks()) == 11
    assert [text.get_text() for text in block.get_yticklabels()] == [names[7], names[93]]
    assert "12" in [text.get_text() for text in block.texts]
    assert max(overhang(figure), overhang(columns)) < 0.5


def test_chance_is_drawn_and_named() -> None:
    """The dotted line of guessing stands at its accuracy."""
    figure = plot_curves([curve("m" * 30)], metric="accuracy", words=WORDS, chance=1 / 15)
    flat = [
        line
        for line in figure.axes[1].lines
        if np.asarray(line.get_ydata()).tolist() == [1 / 15, 1 / 15]
    ]
    assert len(flat) == 1
    assert WORDS("legend.chance") in [text.get_text() for text in figure.legends[0].get_texts()]


@pytest.mark.parametrize(
    ("losses", "ends"),
    [([0.7, 0.7], (0.63, 0.77)), ([0.7, 0.7000000001], (0.63, 0.77)), ([0.0, 0.0], (0.0, 1.0))],
)
def test_losses_that_do_not_differ_have_an_axis(
    losses: list[float], ends: tuple[float, float]
) -> None:
    """One value, or as good as one, lies in the middle; zero at the bottom."""
    curves = [Curve("a", [[value] for value in losses], [[value] for value in losses])]
    found = plot_curves(curves, metric="loss", words=WORDS).axes[0].get_ylim()
    assert found == pytest.approx(ends)


# Shrinking would draw hundreds of figures.
@settings(deadline=None, max_examples=12, phases=[Phase.explicit, Phase.generate])
@given(
    st.lists(st.text("abcm 0×", min_size=1, max_size=24), min_size=1, max_size=9),
    st.integers(1, 60),
    st.sampled_from(["accuracy", "loss"]),
    st.booleans(),
)
def test_no_label_of_a_figure_of_curves_is_cut_off(
    names: list[str], epochs: int, metric: str, wild: bool
) -> None:
    """Whatever the values are called and however the curves go, all text is on the picture."""
    curves = [curve(name, epochs=epochs, top=0.9 / (i + 1)) for i, name in enumerate(names)]
    if wild and metric == "loss":
        curves.append(Curve("m" * 20, [[1.0, 900.0]], [[1.0, 123456.0]]))
    chance = 0.1 if metric == "accuracy" else None
    figure = plot_curves(curves, metric=metric, words=WORDS, chance=chance)  # type: ignore[arg-type]
    assert overhang(figure) < 0.5


def test_other_figures_are_not_cut_off_either() -> None:
    """Samples, augmentations, the confusion matrix and the scatter keep their text inside."""
    classes = [f"TallBuilding{i}" for i in range(15)]
    matrix = np.diag(np.arange(15) + 1000)
    points = [
        Point(name, 10.0 ** (3 + i % 5), 0.3 + 0.01 * i) for i, name in enumerate(classes[:6])
    ]
    for figure in (
        plot_samples([(name, PICTURE) for name in classes]),
        plot_augmentations(
            classes, [("volteo horizontal", [PICTURE] * 15), ("zoom", [PICTURE] * 15)]
        ),
        plot_confusion(matrix, classes, words=WORDS),
        plot_scatter(points, x_label="x", words=WORDS),
        plot_scatter(points, x_label="x", words=WORDS, groups=dict(enumerate(classes[:6]))),
        plot_recalls(
            [Recall(name, 0.99, 0.9, 1.0, (0.99,)) for name in classes], overall=0.99, words=WORDS
        ),
        plot_examples(rows_of([Example(PICTURE, ("TallBuilding", "→ InsideCity", "99 %"))] * 8)),
        plot_examples([("TallBuilding\n→ InsideCity", [Example(PICTURE, ())] * 6)] * 3),
    ):
        assert overhang(figure) < 0.5


@pytest.mark.parametrize("count", [1, 15, 56, 100, 1000])
def test_many_samples_stand_in_strips_that_leave_no_page_empty(count: int) -> None:
    """Each picture in one strip, rows filled, and none of several above a fifth of a page."""
    strips = sample_strips(count)
    assert [index for strip in strips for index in strip] == list(range(count))
    columns = sample_columns(count)
    assert all(len(strip) % columns == 0 for strip in strips[:-1])
    for strip in strips:
        shown = plot_samples([(f"{i}", PICTURE) for i in strip], columns=columns)
        assert shown.get_figheight() <= (2 if len(strips) == 1 else 1) * 1.6


def test_samples_show_each_class_with_its_name() -> None:
    """As many pictures as classes, each named; the rest of the grid is empty."""
    figure = plot_samples([(f"class {i}", PICTURE) for i in range(7)])
    shown = [axes for axes in figure.axes if axes.images]
    assert [axes.get_xlabel() for axes in shown] == [f"class {i}" for i in range(7)]


def test_pictures_of_many_classes_fit_on_a_page() -> None:
    """The more classes there are, the more pictures stand beside each other."""
    for count, columns in ((2, 5), (15, 8), (56, 10), (100, 12), (300, 24)):
        figure = plot_samples([(f"class {i}", PICTURE) for i in range(count)])
        assert figure.axes[0].get_subplotspec().get_gridspec().ncols == columns
        assert figure.get_size_inches()[1] < 6


def test_points_of_many_groups_are_told_apart() -> None:
    """A long legend makes the figure higher, not its axes lower; no two groups look alike."""
    heights = []
    for count in (6, 40):
        points = [Point(str(i), 10.0 + i, 0.5, None, i) for i in range(count)]
        groups = {i: f"value {i}" for i in range(count)}
        figure = plot_scatter(points, x_label="x", words=WORDS, groups=groups)
        figure.draw_without_rendering()
        heights.append(figure.axes[0].bbox.height)
        drawn = figure.legends[0].legend_handles
        looks = {(it.get_color(), it.get_marker()) for it in drawn}  # type: ignore[union-attr]
        assert len(looks) == count
    assert heights[1] > 0.8 * heights[0]


def test_a_confusion_matrix_prints_its_counts_and_no_zeros() -> None:
    """Counts stand in their cells, rows true and columns predicted."""
    figure = plot_confusion(np.array([[12, 4], [3, 20000]]), ["a", "b"], words=WORDS)
    said = [text.get_text() for text in figure.axes[0].texts]
    percents = ["75\N{NO-BREAK SPACE}%", "25\N{NO-BREAK SPACE}%", "100\N{NO-BREAK SPACE}%"]
    assert said == ["12", percents[0], "4", percents[1], "3", "20.000", percents[2]]
    figure = plot_confusion(np.array([[12, 0], [0, 7]]), ["a", "b"], words=WORDS)
    assert len(figure.axes[0].texts) == 4


def test_many_classes_leave_the_cells_to_their_shade() -> None:
    """Numbers that nobody could read are not printed."""
    figure = plot_confusion(np.eye(30, dtype=np.int64), [str(i) for i in range(30)], words=WORDS)
    assert not figure.axes[0].texts


def test_recalls_have_an_interval_and_a_mark_per_run() -> None:
    """A class per line, in the order given; the accuracy over all is drawn and written."""
    recalls = [Recall("a", 0.8, 0.7, 0.9, (0.75, 0.85)), Recall("b", 0.2, 0.1, 0.3, (0.1, 0.3))]
    axes = plot_recalls(recalls, overall=0.5, words=WORDS).axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["a", "b"]
    (dots,) = [line for line in axes.lines if line.get_marker() == "o"]
    assert np.asarray(dots.get_xdata()).tolist() == [0.8, 0.2]
    marks = [
        np.asarray(line.get_xdata()).tolist() for line in axes.lines if line.get_marker() == "|"
    ]
    assert marks == [[0.75, 0.85], [0.1, 0.3]]
    (bars,) = axes.collections
    assert [np.asarray(path)[:, 0].tolist() for path in bars.get_segments()] == [
        [0.7, 0.9],
        [0.1, 0.3],
    ]
    assert axes.get_xlim()[0] == 0
    assert WORDS("label.overall", accuracy=WORDS.percent(0.5)) in [t.get_text() for t in axes.texts]


def test_a_missing_example_leaves_an_empty_place() -> None:
    """The others stand where they stood, each with its lines below."""
    examples = [Example(PICTURE, ("a", "→ b")), Example(None, ("c",))]
    figure = plot_examples([("x\n→ y", examples)])
    assert [len(axes.images) for axes in figure.axes] == [1, 0]
    assert [axes.get_xlabel() for axes in figure.axes] == ["a\n→ b", "c"]
    assert [text.get_text() for text in figure.texts] == ["x\n→ y"]


def test_points_of_groups_share_a_stroke_and_a_line_of_the_legend() -> None:
    """Colour and marker tell the study; the spread over seeds is a bar."""
    points = [
        Point("a", 10, 0.3, 0.05, 0),
        Point("b", 100, 0.4, None, 1),
        Point("c", 50, 0.2, None, 0),
    ]
    figure = plot_scatter(points, x_label="x", words=WORDS, groups={0: "one", 1: "two"})
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["one", "two"]
    (one, two) = figure.legends[0].get_lines()
    markers = [line.get_marker() for line in figure.axes[0].lines if line.get_linestyle() == "None"]
    assert (one.get_marker(), two.get_marker()) == (markers[0], markers[1])
    gap = plot_scatter([Point("c", 50, 0.2, None, 2)], x_label="x", words=WORDS, groups={2: "c"})
    assert gap.legends[0].get_lines()[0].get_marker() == style.STROKES[2].marker
    assert markers[0] == markers[2] != markers[1]
    assert len(figure.axes[0].collections) == 1


def test_a_figure_has_the_same_bytes_each_time() -> None:
    """The same data gives the same SVG, without a date inside."""
    svgs = [
        figure_svg(plot_curves([curve("8", seeds=2)], metric="loss", words=WORDS), title="t")
        for _ in range(2)
    ]
    assert svgs[0] == svgs[1]
    assert b"dc:date" not in svgs[0]


def test_another_process_draws_the_same_bytes() -> None:
    """Neither the order of a set nor anything else of a process shows in a figure."""
    code = (
        "import hashlib, pathlib, sys\n"
        "from scenes.report.figures.plots import *\n"
        "from scenes.report.figures.data import Curve, Point\n"
        "from scenes.report.language.catalogue import load_words\n"
        "words = load_words('es', pathlib.Path(sys.argv[1]))\n"
        "points = [Point('a', 10, 0.3, 0.1), Point('b', 100, 0.4)]\n"
        "curves = [Curve('8', [[0.1, 0.2]] * 2, [[0.1, 0.2]] * 2)]\n"
        "for one in (plot_scatter(points, x_label='x', words=words),\n"
        "            plot_curves(curves, metric='loss', words=words)):\n"
        "    print(hashlib.sha256(figure_svg(one, title='t')).hexdigest())"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", code, str(LOCALE)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_a_figure_is_text_in_the_face_of_the_body() -> None:
    """Letters are letters, set in the same face as the page, and the title is kept."""
    svg = figure_svg(plot_curves([curve("8")], metric="loss", words=WORDS), title="Un título")
    assert style.TEXT_FACE in svg.decode()
    assert WORDS("axis.epoch") in texts(svg)
    assert "Un título" in svg.decode()


def test_pictures_in_a_figure_are_not_smoothed() -> None:
    """A PDF/A allows no interpolated picture."""
    svg = figure_svg(plot_samples([("a", PICTURE)]), title="t").decode()
    assert re.findall(r"<image [^>]*", svg)
    assert all('image-rendering="pixelated"' in tag for tag in re.findall(r"<image [^>]*", svg))


def test_strokes_differ_in_colour_dash_and_marker() -> None:
    """Any one of the three tells two values apart."""
    for part in ("colour", "dash", "marker"):
        assert len({getattr(stroke, part) for stroke in style.STROKES}) == len(style.STROKES)


def test_neighbouring_strokes_differ_in_grey() -> None:
    """The first four values, a usual study, are apart in lightness."""
    grey = [np.dot(to_rgb(stroke.colour), (0.299, 0.587, 0.114)) for stroke in style.STROKES[:4]]
    assert np.min(np.diff(sorted(grey))) > 0.08


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_labels_of_a_column_never_touch(heights: list[float]) -> None:
    """Labels keep their distance and their order, and stay on the axis where they have room."""
    placed = label_layout.spread(heights, 0.1)
    order = sorted(range(len(heights)), key=lambda index: heights[index])
    steps = np.diff([placed[index] for index in order])
    assert np.all(steps >= 0.1 - 1e-6)
    assert min(placed) >= -1e-9
    assert max(placed) <= 1 + 1e-9


@given(st.lists(st.tuples(st.floats(0, 400), st.floats(0, 400)), min_size=1, max_size=4))
def test_labels_of_points_keep_clear_of_each_other(places: list[tuple[float, float]]) -> None:
    """Few points always leave a side for each label that covers no other label."""
    widths = [12.0] * len(places)
    sides = label_layout.free_sides(widths, [(x + 50, y + 50) for x, y in places])
    crowded = any(
        math.dist(one, two) < 40 for i, one in enumerate(places) for two in places[i + 1 :]
    )
    assert crowded or None not in sides
    placed = zip(widths, [(x + 50, y + 50) for x, y in places], sides, strict=True)
    boxes = [label_layout.label_box(wide, place, side) for wide, place, side in placed if side]
    for i, one in enumerate(boxes):
        assert not any(label_layout.overlap(one, two) for two in boxes[i + 1 :])


def test_a_label_stays_in_its_axes_or_is_left_out() -> None:
    """A point at the edge is labelled on its inner side; one without room is not labelled."""
    room = (100.0, 50.0)
    assert label_layout.free_sides([40], [(95, 25)], room=room) == [(-1, 0)]
    assert label_layout.free_sides([40], [(5, 25)], room=room) == [(1, 0)]
    assert label_layout.free_sides([120], [(50, 25)], room=room) == [None]


def test_a_label_covers_no_bar() -> None:
    """What else is drawn, such as the bar of a neighbour, is kept clear of."""
    assert label_layout.free_sides([40], [(50, 50)]) == [(1, 0)]
    assert label_layout.free_sides([40], [(50, 50)], taken=[(70, 0, 72, 100)]) == [(-1, 0)]


def test_a_label_is_nearest_to_its_own_point() -> None:
    """Above and to the right of its point it would be read as the name of the one beside it."""
    low, high = (50.0, 50.0), (58.0, 68.0)
    blocked = [(56.0, 44.0, 90.0, 56.0), (10.0, 44.0, 44.0, 56.0)]
    (side, _) = label_layout.free_sides([20, 20], [low, high], taken=blocked)
    assert side is not None
    box = label_layout.label_box(20, low, side)
    assert label_layout.distance(box, low) <= label_layout.distance(box, high)
    alone = label_layout.free_sides([20], [low], taken=blocked)
    assert alone == [(0, 1)]  # which is what the other point rules out
    assert side == (0, -1)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Validation accuracy", "Validation\naccuracy"),
        ("Exactitud en validación", "Exactitud en\nvalidación"),
        ("Genauigkeit", "Genauigkeit"),
    ],
)
def test_the_name_of_a_low_axis_stands_in_two_lines(text: str, lines: str) -> None:
    """Broken at a space, if it has any."""
    assert label_layout.halved(text) == lines


@pytest.mark.parametrize(
    ("widths", "columns"), [([48] * 4, 4), ([300] * 3, 1), ([160] * 4, 2), ([500], 1)]
)
def test_a_legend_has_as_many_columns_as_fit(widths: list[float], columns: int) -> None:
    """Short names share a line; long ones stand one below the other."""
    assert label_layout.columns_that_fit(widths, room=400) == columns


def test_reliability_has_a_point_and_an_interval_for_each_bin() -> None:
    """Points stand at their confidence, bars reach as far as the interval, counts stand below."""
    bins = [Bin(0.35, 0.3, 0.1, 0.5, 10), Bin(0.95, 0.8, 0.7, 0.9, 40)]
    above, below = plot_reliability(bins, words=WORDS).axes
    (dots,) = [line for line in above.lines if line.get_marker() == "o"]
    assert np.asarray(dots.get_xydata()).tolist() == [[0.35, 0.3], [0.95, 0.8]]
    (bars,) = above.collections
    assert [np.asarray(path)[:, 1].tolist() for path in bars.get_segments()] == [
        [0.1, 0.5],
        [0.7, 0.9],
    ]
    assert [bar.get_height() for bar in below.patches] == [10, 40]


def test_names_that_would_be_cut_alike_are_told_apart() -> None:
    """What differs only at the end keeps its end, and what differs in the middle gets a number."""
    ends = [f"a network that nobody can tell from the other one, {i}" for i in (1, 2)]
    assert len({*label_layout.short_names(ends)}) == 2
    assert all(len(name) <= label_layout.NAME_LENGTH for name in label_layout.short_names(ends))
    middles = ["a" * 25 + letter + "z" * 25 for letter in "xy"]
    assert len({*label_layout.short_names(middles)}) == 2
    assert label_layout.short_names(["8", "16", "8"]) == ["8", "16", "8"]
