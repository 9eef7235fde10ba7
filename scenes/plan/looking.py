"""Looks at a study whose seeds are added until it is decided: finished runs in, a look out."""

from collections.abc import Mapping, Sequence

from scenes.runs.record import Record
from scenes.spec.registry import is_lower_better
from scenes.spec.study import Choice, Study
from scenes.stats.metrics import score_of
from scenes.stats.sequential import Look, take_look


def look_at(
    study: Study, records: Mapping[str, Sequence[Record]], *, seeds: int, looks: Sequence[int]
) -> Look:
    """Look at what is recorded of a study.

    Its question is whether each value is told apart from its reference, where it names one, and
    else whether the best one by its rule is told apart from every other.

    Args:
        study: The study.
        records: Of each value.
        seeds: How many of each value were planned.
        looks: After how many seeds it is looked at, at most.
    """
    rule = rule_of(study)
    samples = {
        key: [score_of(record, rule.by, rule.epoch) for record in each]
        for key, each in records.items()
    }
    steps = [len(each[0].predictions.truth) for each in records.values() if each]
    is_share = rule.by == "val_accuracy"
    return take_look(
        samples,
        seeds=seeds,
        looks=looks,
        lower_is_better=is_lower_better(rule.by),
        reference=study.reference,
        resolution=1 / min(steps) if is_share and min(steps, default=0) else 0.0,
    )


def rule_of(study: Study) -> Choice:
    """Return the rule by which a study is decided; by validation loss where it has none."""
    return study.choose or Choice()
