"""Gathers what the runs of a value got wrong, picture by picture: records in, JSON out."""

from typing import Any

from scenes.plan.plan import Plan, Trial
from scenes.runs.record import Record

DIGITS = 3


def find_trial(plan: Plan, study: str, value: str) -> Trial:
    """Return a value of a study.

    Raises:
        KeyError: There is none of this name.
    """
    for one in plan.studies:
        if one.study.name == study:
            return one.trial(value)
    raise KeyError(study)


def describe_mistakes(trial: Trial) -> dict[str, Any]:
    """Return what each finished run of a value says of each validation picture.

    Runs with other seeds see the same pictures, those of other folds see others: what a run has
    not seen is null. A record of other classes than the first is left out.
    """
    records = [one for one in trial.records if one.classes == trial.records[0].classes]
    seen = [_seen(record) for record in records]
    truth = {name: label for one in seen for name, (label, _, _) in one.items()}
    seeds = {run.id: run.seed for run in trial.runs}
    return {
        "classes": list(records[0].classes) if records else [],
        "pictures": list(truth),
        "truth": list(truth.values()),
        "seeds": [seeds.get(record.id) for record in records],
        "said": [[one[name][1] if name in one else None for name in truth] for one in seen],
        "sure": [[one[name][2] if name in one else None for name in truth] for one in seen],
    }


def _seen(record: Record) -> dict[str, tuple[int, int, float]]:
    """Return by picture: its class, the class that the run names, and how sure it is."""
    found = record.predictions
    sure = found.confidence.round(DIGITS).tolist()
    rows = zip(found.truth.tolist(), found.predicted.tolist(), sure, strict=True)
    return dict(zip(found.pictures, rows, strict=True))
