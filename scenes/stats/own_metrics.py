"""Metrics of own code: labels and probabilities in, checked values out, or one message."""

from pathlib import Path
from pkgutil import resolve_name

import numpy as np
from numpy.typing import NDArray

from scenes.errors import UserError
from scenes.spec import registry
from scenes.spec.entries import MetricEntry
from scenes.spec.own_errors import own_frames, told
from scenes.stats.class_metrics import Labels, Probabilities

SLACK = 1e-9
"""By which rounding may lead out of a range."""
HINT = (
    "Mend it; finished runs are kept. `scenes test FOLDER` tests metrics before anything is "
    "trained. Where a metric is undefined, it returns nan."
)


def is_own(entry: MetricEntry) -> bool:
    """Return whether a metric is not built in."""
    return entry.builder in registry.current().written


def own_values(
    entry: MetricEntry, labels: Labels, probabilities: Probabilities
) -> NDArray[np.float64]:
    """Return the value of a metric, or those of all classes; NaN where undefined.

    Raises:
        UserError: It fails, or returns no numbers within its range; with its line.
    """
    known = registry.current()
    try:
        found = np.asarray(resolve_name(entry.builder)(labels, probabilities))
    except (Exception, SystemExit) as error:
        frames = own_frames(error, [Path(folder) for folder in known.places.values()])
        place = frames[-1][0] if frames else known.place(entry.builder)
        raise _refused(entry, f"{place}: {told(error)}") from None
    shape = (probabilities.shape[1],) if entry.is_per_class else ()
    if found.shape != shape or found.dtype.kind not in "fiu":
        wanted = f"an array of shape {shape}" if shape else "one number"
        came = f"an array of shape {found.shape}" if found.shape else f"{found.item()!r:.60}"
        raise _refused(entry, f"{known.place(entry.builder)}: it must return {wanted}, got {came}")
    values: NDArray[np.float64] = found.astype(np.float64)
    if (values < entry.low - SLACK).any() or (values > entry.high + SLACK).any():
        said = f"it gives {values}, and its range is {entry.low:g} to {entry.high:g}"
        raise _refused(entry, f"{known.place(entry.builder)}: {said}")
    return values


def refuse_undefined(entry: MetricEntry, value: float) -> None:
    """Refuse a value of all pictures of a split that is no number; that of a class may be none.

    Raises:
        UserError: It is NaN.
    """
    if np.isnan(value) and not entry.is_per_class:
        place = registry.current().place(entry.builder)
        raise _refused(entry, f"{place}: it gives nan of all pictures of a split")


def _refused(entry: MetricEntry, problem: str) -> UserError:
    name = entry.builder.rpartition(":")[2]
    return UserError(f"metric {name} cannot be computed", [problem], HINT)
