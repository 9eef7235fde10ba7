"""Gathers what the runs of a value got wrong, picture by picture: records in, JSON out."""

from collections.abc import Sequence
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

    Runs of one value see the same pictures in the same order; a record of others is left out.
    """
    records = _alike(trial.records)
    if not records:
        return {"classes": [], "pictures": [], "truth": [], "seeds": [], "said": [], "sure": []}
    first = records[0].predictions
    seeds = {run.id: run.seed for run in trial.runs}
    return {
        "classes": list(records[0].classes),
        "pictures": list(first.pictures),
        "truth": first.truth.tolist(),
        "seeds": [seeds.get(record.id) for record in records],
        "said": [record.predictions.predicted.tolist() for record in records],
        "sure": [record.predictions.confidence.round(DIGITS).tolist() for record in records],
    }


def _alike(records: Sequence[Record]) -> list[Record]:
    def asked(record: Record) -> tuple[object, ...]:
        found = record.predictions
        return record.classes, found.pictures, tuple(found.truth.tolist())

    return [record for record in records if asked(record) == asked(records[0])]
