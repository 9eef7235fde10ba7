"""The figures that a report asks for by name: views and records in, numbered figures out.

They stand in an appendix, A1, A2, …, so that those of the studies keep their numbers. What is
asked for the whole report shows the final configuration, which is what its last study chose, or
ranks first; what a study asks for shows its own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from scenes.data.folder import Dataset
from scenes.report.figures.cache import Drawer
from scenes.report.figures.confidence_figures import reliability_figures, suspect_figures
from scenes.report.figures.data import COUNTS_UP_TO, EXAMPLES, Point, Recall, rows_of
from scenes.report.figures.exhibit_parts import (
    example_of,
    exhibit_view,
    is_transfer,
    lost_note,
)
from scenes.report.figures.own_code import own_figure
from scenes.report.figures.scope import Gallery, Scope, scope_of
from scenes.report.language.locale import Words
from scenes.report.lint.targets import WHOLE
from scenes.report.views.figure import FigureView
from scenes.report.views.study import StudyView
from scenes.spec.study import FigureName
from scenes.stats.folds import whole_predictions
from scenes.stats.inference import share_interval
from scenes.stats.metrics import (
    confident_mistakes,
    confused_pairs,
    pooled_confusion,
    recalls,
)

PAIRS = 5
MISTAKES = EXAMPLES


def exhibit_figures(
    studies: Sequence[StudyView],
    asked: Sequence[FigureName],
    dataset: Dataset,
    words: Words,
    drawer: Drawer,
) -> list[FigureView]:
    """Return the figures that a report and its studies ask for, numbered A1, A2, ….

    Args:
        studies: All of them.
        asked: Names of the figures of the whole report.
        dataset: Whose pictures are shown.
        words: Language.
        drawer: Draws them.
    """
    gallery = Gallery(dataset, words, drawer)
    wanted = [(scope_of(WHOLE, studies), asked)]
    wanted += [(scope_of(study.name, [study]), study.plan.study.figures) for study in studies]
    found = [
        figure
        for scope, names in wanted
        if scope is not None
        for name in names
        for figure in _figures(name, scope, gallery)
    ]
    return [replace(figure, number=f"A{index}") for index, figure in enumerate(found, 1)]


def _figures(name: FigureName, scope: Scope, gallery: Gallery) -> Iterator[FigureView]:
    built_in = EXHIBITS.get(name)
    return built_in(scope, gallery) if built_in else own_figure(name, scope, gallery)


def _confusion(scope: Scope, gallery: Gallery) -> Iterator[FigureView]:
    words, classes = gallery.words, gallery.dataset.classes
    matrix = _matrix(scope, gallery)
    title, caption = gallery.called("caption.confusion", scope)
    asset = f"figures/{scope.name}-confusion.svg"
    gallery.drawer.draw(asset, "plot_confusion", matrix, classes, title=caption, words=words)
    shares = recalls(matrix)
    best, worst = int(np.nanargmax(shares)), int(np.nanargmin(shares))
    right = int(np.trace(matrix))
    alt = words(
        "alt.confusion",
        model=gallery.model(scope),
        n=words.integer(int(matrix.sum())),
        right=words.integer(right),
        share=gallery.percent(right / int(matrix.sum())),
        best=classes[best],
        best_value=gallery.percent(float(shares[best])),
        worst=classes[worst],
        worst_value=gallery.percent(float(shares[worst])),
    )
    for pair in confused_pairs(matrix, 1):
        named = {"true": classes[pair.truth], "predicted": classes[pair.predicted]}
        share = gallery.percent(pair.share)
        alt += " " + words("alt.confused", **named, n=words.integer(pair.count), share=share)
    note = "confusion_note" if len(classes) <= COUNTS_UP_TO else "confusion_overview"
    text = _pooled(f"{caption} {words(f'caption.{note}')}", scope, words)
    yield exhibit_view(title, text, asset, alt, scope)


def _recall(scope: Scope, gallery: Gallery) -> Iterator[FigureView]:
    words, classes = gallery.words, gallery.dataset.classes
    matrix = _matrix(scope, gallery)
    shown = sorted(_recalls(scope, classes), key=lambda recall: -recall.value)
    overall = int(np.trace(matrix)) / int(matrix.sum())
    title, caption = gallery.called("caption.recall", scope)
    asset = f"figures/{scope.name}-recall.svg"
    options = {"overall": overall, "words": words}
    gallery.drawer.draw(asset, "plot_recalls", shown, title=caption, **options)
    alt = words(
        "alt.recall",
        model=gallery.model(scope),
        n=words.integer(len(shown)),
        best=shown[0].name,
        best_value=gallery.percent(shown[0].value),
        worst=shown[-1].name,
        worst_value=gallery.percent(shown[-1].value),
        gap=words.points(shown[0].value - shown[-1].value),
        overall=gallery.percent(overall),
    )
    note = words("caption.recall_note")
    if scope.trial.n > 1:
        note = f"{note} {words('caption.recall_seeds')}"
    yield exhibit_view(title, f"{caption} {note}", asset, alt, scope)


def _recalls(scope: Scope, classes: Sequence[str]) -> Iterator[Recall]:
    """Yield the recall of each class that has validation pictures."""
    runs = [
        pooled_confusion([record.predictions], len(classes)) for record in scope.records.records
    ]
    each = np.array([recalls(matrix) for matrix in runs])
    whole = pooled_confusion(whole_predictions(scope.records.records)[:1], len(classes))
    for index, name in enumerate(classes):
        pictures = int(whole[index].sum())
        if pictures:
            mean = float(each[:, index].mean())
            low, high = share_interval(mean, pictures)
            yield Recall(name, mean, low, high, tuple(map(float, each[:, index])))


def _confused_pairs(scope: Scope, gallery: Gallery) -> Iterator[FigureView]:
    words, classes = gallery.words, gallery.dataset.classes
    pairs = confused_pairs(_matrix(scope, gallery), PAIRS)
    if not pairs:
        return
    mistakes = confident_mistakes([record.predictions for record in scope.records.records])
    rows, told, lost = [], [], 0
    for pair in pairs:
        names = {"true": classes[pair.truth], "predicted": classes[pair.predicted]}
        share, count = gallery.percent(pair.share), words.integer(pair.count)
        heading = f"{names['true']}\n→ {names['predicted']}\n{count} ({share})"
        told.append(words("alt.pair", **names, n=count, share=share))
        of_pair = [
            mistake.picture
            for mistake in mistakes
            if (mistake.truth, mistake.predicted) == (pair.truth, pair.predicted)
        ]
        examples = [example_of(name, (), gallery.dataset) for name in of_pair[:EXAMPLES]]
        lost += sum(example.picture is None for example in examples)
        rows.append((heading, examples))
    title, caption = gallery.called("caption.confused_pairs", scope)
    asset = f"figures/{scope.name}-pairs.svg"
    gallery.drawer.draw(asset, "plot_examples", rows, title=caption)
    alt = words("alt.confused_pairs", model=gallery.model(scope), pairs="; ".join(told))
    note = words("caption.confused_pairs_note")
    text = _pooled(f"{caption} {note}", scope, words)
    yield exhibit_view(title, text, asset, alt, scope, lost_note(lost, words))


def _mistakes(scope: Scope, gallery: Gallery) -> Iterator[FigureView]:
    words, classes = gallery.words, gallery.dataset.classes
    mistakes = confident_mistakes([record.predictions for record in scope.records.records])
    if not mistakes:
        return
    examples = [
        example_of(
            mistake.picture,
            (
                classes[mistake.truth],
                f"→ {classes[mistake.predicted]}",
                gallery.percent(mistake.confidence),
            ),
            gallery.dataset,
        )
        for mistake in mistakes[:MISTAKES]
    ]
    title, caption = gallery.called("caption.mistakes", scope)
    asset = f"figures/{scope.name}-mistakes.svg"
    gallery.drawer.draw(asset, "plot_examples", rows_of(examples), title=caption)
    surest, last = mistakes[0], mistakes[: len(examples)][-1]
    alt = words(
        "alt.mistakes",
        model=gallery.model(scope),
        n=words.integer(len(examples)),
        true=classes[surest.truth],
        predicted=classes[surest.predicted],
        high=gallery.percent(surest.confidence),
        low=gallery.percent(last.confidence),
    )
    note = words("caption.mistakes_note")
    lost = sum(example.picture is None for example in examples)
    yield exhibit_view(title, f"{caption} {note}", asset, alt, scope, lost_note(lost, words))


def _against(measure: str) -> Callable[[Scope, Gallery], Iterator[FigureView]]:
    """Return what makes the figure of accuracy against a cost: `parameters` or `seconds`."""

    def figures(scope: Scope, gallery: Gallery) -> Iterator[FigureView]:
        words = gallery.words
        one = len(scope.studies) == 1
        points = _points(scope, measure, one=one)
        # By the stroke of each: a value without results leaves a gap.
        named = (point.label for point in points) if one else (s.factor for s in scope.studies)
        strokes = (point.group for point in points) if one else range(len(scope.studies))
        groups = dict(zip(strokes, named, strict=True))
        caption = words(f"caption.against_{measure}")
        asset = f"figures/{scope.name}-{measure}.svg"
        options = {"x_label": words(f"axis.{measure}"), "groups": groups, "words": words}
        gallery.drawer.draw(asset, "plot_scatter", points, title=caption, **options)
        notes = [] if one else [words("caption.groups")]
        if any(point.spread is not None for point in points):
            notes.append(words("caption.bars"))
        text = " ".join([caption, *notes])
        yield exhibit_view(caption, text, asset, _against_alt(points, measure, words), scope)

    return figures


def _points(scope: Scope, measure: str, *, one: bool) -> list[Point]:
    """Return a point per network; one that several studies share belongs to the first of them."""
    points: dict[tuple[str, ...], Point] = {}
    for group, study in enumerate(scope.studies):
        for index, trial in enumerate(study.trials):
            accuracy = trial.facts["val_accuracy"]
            if trial.n:
                point = Point(
                    trial.label,
                    trial.facts[measure].value,
                    accuracy.value,
                    accuracy.spread,
                    index if one else group,
                )
                points.setdefault(accuracy.fact.runs, point)
    return list(points.values())


def _against_alt(points: Sequence[Point], measure: str, words: Words) -> str:
    best = max(points, key=lambda point: point.y)
    cheapest = min(points, key=lambda point: point.x)
    dearest = max(points, key=lambda point: point.x)

    def cost(point: Point) -> str:
        return words.integer(point.x) if measure == "parameters" else words.duration(point.x)

    return words(
        f"alt.against_{measure}",
        n=words.integer(len(points)),
        low=words.percent(min(point.y for point in points)),
        high=words.percent(best.y),
        best=best.label,
        best_cost=cost(best),
        cheapest=cheapest.label,
        cheapest_cost=cost(cheapest),
        cheapest_value=words.percent(cheapest.y),
        dearest=dearest.label,
        dearest_cost=cost(dearest),
        dearest_value=words.percent(dearest.y),
    )


def _layers(scope: Scope, gallery: Gallery) -> Iterator[FigureView]:
    if scope.trial.summary is not None:
        title, caption = gallery.called("caption.layers", scope)
        remarks = scope.final.remarks if is_transfer(scope) else ()
        yield FigureView(
            None,
            "summary",
            title,
            caption,
            summary=scope.trial.summary,
            remarks=remarks,
            name=f"{scope.name}-layers",
        )


EXHIBITS: dict[FigureName, Callable[[Scope, Gallery], Iterator[FigureView]]] = {
    "confusion": _confusion,
    "recall": _recall,
    "confused_pairs": _confused_pairs,
    "mistakes": _mistakes,
    "suspects": suspect_figures,
    "reliability": reliability_figures,
    "parameters": _against("parameters"),
    "time": _against("seconds"),
    "layers": _layers,
}
"""What makes each figure that can be asked for."""


def _matrix(scope: Scope, gallery: Gallery) -> NDArray[np.int64]:
    runs = [record.predictions for record in scope.records.records]
    return pooled_confusion(runs, len(gallery.dataset.classes))


def _pooled(caption: str, scope: Scope, words: Words) -> str:
    """Add to a caption over how many seeds its counts are summed."""
    if scope.trial.n == 1:
        return caption
    return f"{caption} {words('caption.pooled', n=words.integer(scope.trial.n))}"
