"""The figures of what networks are sure of: suspect labels, and whether confidence is deserved."""

from collections.abc import Iterator
from pathlib import PurePath

import numpy as np

from scenes.report.figures.data import EXAMPLES, Bin, rows_of
from scenes.report.figures.exhibit_parts import example_of, exhibit_view, lost_note
from scenes.report.figures.scope import Gallery, Scope
from scenes.report.views.figure import FigureView
from scenes.stats.calibration import calibration_error, reliability_bins
from scenes.stats.folds import whole_predictions
from scenes.stats.inference import share_interval
from scenes.stats.label_errors import suspect_labels

SUSPECTS = 3 * EXAMPLES
NAME_LENGTH = 18
"""Characters of a file's name below its picture."""


def suspect_figures(scope: Scope, gallery: Gallery) -> Iterator[FigureView]:
    """Yield the figure of the pictures that every seed confidently gets wrong, where there are."""
    words, classes = gallery.words, gallery.dataset.classes
    found = suspect_labels(whole_predictions(scope.records.records))
    if not found:
        return
    examples = [
        example_of(
            it.picture,
            (
                _short(PurePath(it.picture).name),
                classes[it.truth],
                f"→ {classes[it.predicted]}",
                gallery.percent(it.confidence),
            ),
            gallery.dataset,
        )
        for it in found[:SUSPECTS]
    ]
    title, caption = gallery.called("caption.suspects", scope)
    asset = f"figures/{scope.name}-suspects.svg"
    gallery.drawer.draw(asset, "plot_examples", rows_of(examples), title=caption)
    shown = {"shown": words.integer(len(examples)), "all": words.integer(len(found))}
    alt = words(
        "alt.suspects",
        model=gallery.model(scope),
        **shown,
        files=words.joined(it.picture for it in found[:EXAMPLES]),
    )
    note = words.count("caption.suspects_note", scope.trial.n, **shown)
    lost = lost_note(sum(example.picture is None for example in examples), words)
    yield exhibit_view(title, f"{caption} {note}", asset, alt, scope, lost)


def _short(name: str) -> str:
    return name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 1]}…"


def reliability_figures(scope: Scope, gallery: Gallery) -> Iterator[FigureView]:
    """Yield the figure of accuracy against confidence."""
    words = gallery.words
    runs = whole_predictions(scope.records.records)
    labels = np.concatenate([run.truth for run in runs])
    probabilities = np.concatenate([run.probabilities for run in runs])
    found = reliability_bins(labels, probabilities)
    bins = []
    for index in np.flatnonzero(found.counts):
        share, count = float(found.accuracy[index]), int(found.counts[index])
        # All runs see the same pictures, so these are as many as one run has.
        low, high = share_interval(share, max(1, round(count / len(runs))))
        bins.append(Bin(float(found.confidence[index]), share, low, high, count))
    title, caption = gallery.called("caption.reliability", scope)
    asset = f"figures/{scope.name}-reliability.svg"
    gallery.drawer.draw(asset, "plot_reliability", bins, title=caption, words=words)
    alt = words(
        "alt.reliability",
        model=gallery.model(scope),
        confidence=gallery.percent(float(probabilities.max(axis=1).mean())),
        accuracy=gallery.percent(float((probabilities.argmax(axis=1) == labels).mean())),
        error=words.points(calibration_error(labels, probabilities)),
    )
    text = f"{caption} {words('caption.reliability_note')}"
    yield exhibit_view(title, text, asset, alt, scope)
