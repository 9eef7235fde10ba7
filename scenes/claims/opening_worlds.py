"""Other openings of a test set than those recorded: a plan and its test pictures in, openings out.

They show what a text says of a test set whatever it shows: sealed, opened once or twice or for
another configuration, with figures far below or above those of validation, a rival ahead or not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from scenes.claims.perturbation import spread_out
from scenes.data.division import Picture
from scenes.plan.final import final_trial, rival_trials
from scenes.plan.plan import Plan, Trial
from scenes.runs.openings import Opening

FAR = 0.3
"""How far figures are moved, as a share of the pictures."""
SCATTER = 0.02
"""Between the runs of a configuration."""


def open_anew(
    plan: Plan, pictures: Sequence[Picture], classes: Sequence[str], *, final: float, rivals: float
) -> Opening | None:
    """Return an opening of the final configuration of a plan; None where nothing has finished.

    Args:
        plan: With its results.
        pictures: Of the test set.
        classes: Names, in the order of the indices.
        final: By how much the accuracy of the final configuration exceeds that of validation.
        rivals: The same of the rivals.
    """
    found = final_trial(plan.studies)
    if found is None:
        return None
    truth = np.array([picture.label for picture in pictures], np.int64)
    others = dict(zip(plan.report.test.rivals, rival_trials(plan), strict=True))
    said = {}
    for trial, shift in [*((it, rivals) for it in others.values()), (found[1], final)]:
        for number, record in enumerate(trial.records):
            share = record.final("val_accuracy") + shift + SCATTER * (number - 1)
            order = np.random.default_rng(0).permutation(len(truth))
            right = order < round(min(1.0, max(0.0, share)) * len(truth))
            named = np.where(right, truth, (truth + 1) % max(2, len(classes)))
            said[record.id] = spread_out(truth, named, len(classes))
    return Opening(
        opened="2026-01-02T10:00:00+00:00",
        classes=tuple(classes),
        pictures=tuple(picture.name for picture in pictures),
        truth=truth,
        contents=tuple(picture.sha256 for picture in pictures),
        probabilities=said,
        final=_ids(found[1]),
        rivals={name: _ids(trial) for name, trial in others.items() if trial.records},
        about={"final": "made up"},
    )


def _ids(trial: Trial) -> tuple[str, ...]:
    return tuple(record.id for record in trial.records)


def opening_worlds(
    plan: Plan, pictures: Sequence[Picture], classes: Sequence[str]
) -> Mapping[str, tuple[Opening, ...]]:
    """Return openings of a test set by the name of what they show; none without such a set."""
    if not pictures:
        return {}

    def opened(final: float, rivals: float = 0.0) -> tuple[Opening, ...]:
        found = open_anew(plan, pictures, classes, final=final, rivals=rivals)
        return () if found is None else (found,)

    (once, *_) = opened(0.0) or (None,)
    worlds: dict[str, tuple[Opening, ...]] = {
        "test set sealed": (),
        "test figures as on validation": opened(0.0),
        "test figures far below validation": opened(-FAR),
        "test figures far above validation": opened(FAR),
        "rivals far ahead on test": opened(-FAR, FAR),
        "rivals far behind on test": opened(FAR, -FAR),
    }
    if once is not None:
        later = replace(once, opened="2026-01-03T10:00:00+00:00")
        worlds["test set opened twice"] = (once, later)
        worlds["test set opened for another configuration"] = (replace(once, final=("another",)),)
    return worlds
