"""Validation pictures whose label may be wrong: predictions of several runs in, suspects out.

A picture is a suspect where every run takes it for one and the same class other than its label's,
with a mean probability of at least `CONFIDENT`. A hard picture is one as well; which it is only a
person can tell. Networks that are never so sure suspect nothing.
"""

from collections.abc import Sequence

import numpy as np

from scenes.runs.record import Predictions
from scenes.stats.metrics import Misclassified

CONFIDENT = 0.5
"""More than all other classes together. The thresholds of confident learning (Northcutt, Jiang &
Chuang 2021), which are a class's mean probability, lose half of the planted errors by design."""


def suspect_labels(runs: Sequence[Predictions]) -> list[Misclassified]:
    """Return the pictures that every run takes for the same other class, confidently.

    Args:
        runs: One or more, of the same validation pictures.

    Returns:
        The most improbable label first; `confidence` is the mean over the runs.
    """
    first = runs[0]
    named = np.array([run.predicted for run in runs])  # (runs, n)
    agree = (named == named[0]).all(axis=0) & (named[0] != first.truth)
    own = np.mean([run.truth_probability for run in runs], axis=0)
    confidence = np.mean([run.confidence for run in runs], axis=0)
    found = np.flatnonzero(agree & (confidence >= CONFIDENT))
    return [
        Misclassified(
            first.pictures[index],
            int(first.truth[index]),
            int(named[0][index]),
            float(confidence[index]),
        )
        for index in sorted(found, key=lambda place: (own[place], -confidence[place], place))
    ]
