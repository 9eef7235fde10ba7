"""The figures of merit that ship with scenes, by name.

`val_loss` and `val_accuracy` stand in the history of every run, so they are known of each epoch;
the others come from the recorded probabilities, which are those of the model that a run kept. Their
functions are in `scenes.stats`.
"""

import math

from scenes.spec.entries import MetricEntry

_CLASS = "scenes.stats.class_metrics"
_FORECAST = "scenes.stats.calibration"


def _top(k: int) -> MetricEntry:
    return MetricEntry(
        f"{_CLASS}:top_{k}_accuracy", f"top_{k}", interval="share", fewest_classes=k + 1
    )


METRICS = {
    "val_loss": MetricEntry(
        f"{_FORECAST}:log_loss", "val_loss", better="lower", kind="loss", high=math.inf,
        interval="mean", terms=f"{_FORECAST}:picture_losses", is_per_epoch=True,
    ),
    "val_accuracy": MetricEntry(
        f"{_CLASS}:accuracy", "val_accuracy", interval="share", is_per_epoch=True
    ),
    "macro_f1": MetricEntry(f"{_CLASS}:macro_f1", "macro_f1"),
    "balanced_accuracy": MetricEntry(f"{_CLASS}:balanced_accuracy", "balanced_accuracy"),
    "top_2": _top(2),
    "top_3": _top(3),
    "top_5": _top(5),
    "precision": MetricEntry(
        f"{_CLASS}:precisions", "precision", interval="share",
        trials=f"{_CLASS}:count_named", is_per_class=True,
    ),
    "recall": MetricEntry(
        f"{_CLASS}:recalls_of", "recall", interval="share",
        trials=f"{_CLASS}:count_of_class", is_per_class=True,
    ),
    "f1": MetricEntry(f"{_CLASS}:f1_scores", "f1", is_per_class=True),
    "log_loss": MetricEntry(
        f"{_FORECAST}:log_loss", "log_loss", better="lower", kind="loss", high=math.inf,
        interval="mean", terms=f"{_FORECAST}:picture_losses",
    ),
    "brier": MetricEntry(
        f"{_FORECAST}:brier_score", "brier", better="lower", kind="loss", high=2.0,
        interval="mean", terms=f"{_FORECAST}:picture_briers",
    ),
    "calibration_error": MetricEntry(
        f"{_FORECAST}:calibration_error", "calibration_error", better="lower"
    ),
}  # fmt: skip
"""A per-class metric is named with its class: `recall:cat`."""
