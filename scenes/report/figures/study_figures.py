"""The figures of a report's sections: views and records in, numbered figures and their SVGs out."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from scenes.data.folder import Dataset
from scenes.report.figures.cache import Drawer
from scenes.report.figures.data import AUGMENTED_CLASSES, Curve, sample_columns, sample_strips
from scenes.report.figures.label_layout import short_name, short_names
from scenes.report.language.locale import Words
from scenes.report.views.figure import FigureView, SummaryView, view_summary
from scenes.report.views.study import StudyView, TrialView
from scenes.runs.record import PREVIEW_SIZE

SAMPLE_SIZE = 160
"""Side of a sample picture, in pixels."""


def study_figures(
    view: StudyView,
    number: int,
    dataset: Dataset,
    words: Words,
    drawer: Drawer,
    *,
    explained: frozenset[str] = frozenset(),
    is_short: bool = False,
) -> Iterator[FigureView]:
    """Give the figures of a study: what augmentations do, summaries of models, and curves.

    In a short paper there is one, of both metrics in validation.

    Args:
        view: The study.
        number: Of its first figure.
        dataset: Its pictures.
        words: Language.
        drawer: Draws them.
        explained: Ways of drawing curves that an earlier study has explained; see `drawn_as`.
        is_short: Whether the document is a short paper.
    """
    if is_short:
        if view.finished:
            figure = _validation_figure(view, number, words, drawer)
            yield figure if (way := drawn_as(view)) in explained else _explained(figure, way, words)
        return
    if (preview := _preview_figure(view, dataset, words, drawer)) is not None:
        yield preview
    for key in view.plan.study.summaries:
        for figure in _summary_figures(view, key, words):
            yield replace(figure, number=number)
            number += 1
    for metric in ("accuracy", "loss"):
        if not view.finished:
            return
        figure = _curves_figure(view, metric, number, words, drawer)
        if metric == "accuracy" and (way := drawn_as(view)) not in explained:
            figure = _explained(figure, way, words)
        yield figure
        number += 1


def _explained(figure: FigureView, way: str, words: Words) -> FigureView:
    return replace(figure, caption=f"{figure.caption} {words(way)}")


def drawn_as(view: StudyView) -> str:
    """Return by which key the words explain how the curves of a study are drawn."""
    return "caption.ring" if view.is_single else "caption.band"


def _summary_figures(view: StudyView, key: str, words: Words) -> Iterator[FigureView]:
    """Give a model's summary before freezing (its backbone alone) and after, with its head."""
    trial = view.trial(key)
    records = view.plan.trial(key).records
    if not records or trial.summary is None:
        return
    backbone = records[0].summary["backbone"]
    if backbone is not None:
        whole = {
            "name": backbone["name"],
            "layers": [
                layer for layer in records[0].summary["layers"] if layer["name"] == backbone["name"]
            ],
            **{what: backbone[what] for what in ("parameters", "trainable", "frozen")},
        }
        before = view_summary(
            whole,
            f"{view.name}.{key}.backbone",
            words,
            source=(view.section, words("facts.backbone", model=trial.label)),
            runs=trial.facts["parameters"].fact.runs,
        )
        yield _summary_figure("before", before, trial, view, words)
    yield _summary_figure("after", trial.summary, trial, view, words)


def _summary_figure(
    stage: str, summary: SummaryView, trial: TrialView, view: StudyView, words: Words
) -> FigureView:
    caption = words(f"caption.summary_{stage}", model=trial.label)
    return FigureView(
        None,
        "summary",
        caption,
        caption,
        summary=summary,
        name=f"{view.name}-{trial.key}-{stage}",
    )


def _preview_figure(
    view: StudyView, dataset: Dataset, words: Words, drawer: Drawer
) -> FigureView | None:
    """Return the figure of what a study's augmentations do to a picture of each class.

    There is none where all of its values have the same augmentation.
    """
    if len({_augmentation(trial, view) for trial in view.finished}) < 2:
        return None
    shown = [
        (short_name(trial.label), _cut(record.preview))
        for trial in view.finished
        if (record := view.plan.trial(trial.key).records[0]).preview is not None
    ]
    if not shown:
        return None
    examples = [] if drawer.is_dry else dataset.examples()[:AUGMENTED_CLASSES]
    originals = [dataset.printed(it.path.as_posix(), PREVIEW_SIZE, "square") for it in examples]
    rows = [(words("label.original"), originals), *shown]
    name = f"figures/{view.name}-preview.svg"
    is_part = len(dataset.classes) > AUGMENTED_CLASSES
    count = words.integer(AUGMENTED_CLASSES)
    caption = words("caption.augmentations_part" if is_part else "caption.augmentations", n=count)
    drawer.draw(name, "plot_augmentations", dataset.classes, rows, title=caption)
    alt = words("alt.augmentations", what=caption, values=words.joined(label for label, _ in shown))
    return FigureView(None, "preview", caption, caption, asset=name, alt=alt)


def _augmentation(trial: TrialView, view: StudyView) -> tuple[object, ...]:
    settings = view.plan.trial(trial.key).settings
    return settings.augmentation, settings.augmentation_strength


def _cut(preview: bytes) -> list[np.ndarray[Any, np.dtype[np.uint8]]]:
    """Return the pictures of a preview: uint8 (size, size, 3) each."""
    strip = np.asarray(Image.open(io.BytesIO(preview), formats=["PNG"]).convert("RGB"))
    return np.split(strip, strip.shape[1] // PREVIEW_SIZE, axis=1)


def _curves_figure(
    view: StudyView,
    metric: str,
    number: int,
    words: Words,
    drawer: Drawer,
) -> FigureView:
    curves = _curves(view, metric)
    chance = _chance(view) if metric == "accuracy" else None
    name = f"figures/{number:02d}-{view.name}-{metric}.svg"
    title = words(f"caption.{metric}", factor=view.phrase)
    options = {"metric": metric, "words": words, "chance": chance}
    drawer.draw(name, "plot_curves", curves, title=title, **options)
    return FigureView(
        number,
        "image",
        words(f"listed.{metric}", factor=view.phrase),
        _caption(title, curves, words),
        asset=name,
        alt=_curves_alt(view, metric, words),
        remarks=view.remarks,
    )


def _validation_figure(view: StudyView, number: int, words: Words, drawer: Drawer) -> FigureView:
    """Return the figure of both metrics; references to those of a full report lead to it."""
    accuracy, loss = _curves(view, "accuracy"), _curves(view, "loss")
    name = f"figures/{number:02d}-{view.name}-validation.svg"
    title = words("caption.validation", factor=view.phrase)
    options = {"words": words, "chance": _chance(view)}
    drawer.draw(name, "plot_validation", accuracy, loss, title=title, **options)
    return FigureView(
        number,
        "image",
        words("listed.validation", factor=view.phrase),
        _caption(title, loss, words),
        asset=name,
        alt=_validation_alt(view, words),
        remarks=view.remarks,
        stands_for=tuple(f"{view.name}-{metric}" for metric in ("accuracy", "loss")),
    )


def _curves(view: StudyView, metric: str) -> list[Curve]:
    """Return a curve for each value with results."""
    names = short_names([trial.label for trial in view.trials])
    records = {trial.key: view.plan.trial(trial.key).records for trial in view.trials}
    return [
        Curve(
            label=names[index],
            train=[record.history[metric] for record in records[trial.key]],
            val=[record.history[f"val_{metric}"] for record in records[trial.key]],
            best=round(trial.best_epoch.value),  # as the table prints it
            stroke=index,
        )
        for index, trial in enumerate(view.trials)
        if trial.n
    ]


def _chance(view: StudyView) -> float:
    """Return what always naming the most frequent class would reach, as in the claims."""
    truth = view.plan.trial(view.finished[0].key).records[0].predictions.truth
    return float(np.bincount(truth).max() / len(truth))


def _caption(title: str, curves: Sequence[Curve], words: Words) -> str:
    is_uneven = any(len(set(map(len, curve.val))) > 1 for curve in curves)
    return f"{title} {words('caption.uneven')}" if is_uneven else title


def _curves_alt(view: StudyView, metric: str, words: Words) -> str:
    measure = f"val_{metric}"
    best, worst = view.top(measure), view.bottom(measure)
    widest = max(view.finished, key=lambda trial: abs(trial.facts["gap"].value))
    return words.count(
        f"alt.{metric}",
        view.most_epochs,
        factor=view.phrase,
        values=words.joined(trial.label for trial in view.finished),
        epochs=view.epochs,
        best=best.label,
        best_value=best.facts[measure],
        worst=worst.label,
        worst_value=worst.facts[measure],
        widest=widest.label,
        gap=widest.facts["gap"],
    )


def _validation_alt(view: StudyView, words: Words) -> str:
    """Say what both panels show, in numbers."""
    params: dict[str, object] = {}
    for metric in ("accuracy", "loss"):
        for end, trial in (("best", view.top), ("worst", view.bottom)):
            found = trial(f"val_{metric}")
            params[f"{end}_{metric}"] = found.label
            params[f"{end}_{metric}_value"] = found.facts[f"val_{metric}"]
    values = words.joined(trial.label for trial in view.finished)
    return words.count(
        "alt.validation",
        view.most_epochs,
        factor=view.phrase,
        values=values,
        epochs=view.epochs,
        **params,
    )


def samples_figure(dataset: Dataset, words: Words, drawer: Drawer) -> FigureView:
    """Return the figure with one training picture of each class, in strips where they are many."""
    examples = [] if drawer.is_dry else zip(dataset.classes, dataset.examples(), strict=True)
    pictures = [
        (name, dataset.printed(picture.path.as_posix(), SAMPLE_SIZE)) for name, picture in examples
    ]
    caption = words("caption.samples")
    strips = [
        (f"figures/samples{f'-{index}' if index else ''}.svg", strip)
        for index, strip in enumerate(sample_strips(len(dataset.classes)))
    ]
    columns = sample_columns(len(dataset.classes))
    for name, strip in strips:
        shown = [pictures[index] for index in strip] if pictures else []
        drawer.draw(name, "plot_samples", shown, columns=columns, title=caption)
    (name, alt), *more = (
        (name, words("alt.samples", classes=", ".join(dataset.classes[i] for i in strip)))
        for name, strip in strips
    )
    return FigureView(None, "image", caption, caption, asset=name, alt=alt, continued=tuple(more))
