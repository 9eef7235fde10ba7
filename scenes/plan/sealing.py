"""Seals the looks of a plan, and recalls those that were taken at the same seeds before."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from scenes.plan.looking import rule_of
from scenes.plan.plan import Plan, StudyPlan
from scenes.runs.looks import SealedLook, save_look


def keep_looks(root: Path, plan: Plan) -> None:
    """Keep every look that a plan has taken in the store.

    Raises:
        StorageError: One cannot be written.
    """
    for study in plan.studies:
        for look in seal_looks(study):
            save_look(root, look)


def recall_looks(plan: Plan, known: Sequence[SealedLook]) -> Plan:
    """Return a plan whose studies know the looks at their runs that other plans took.

    Other plans are those of the same study with another maximum of seeds, other values, or another
    question. Under another name a study begins anew.
    """
    if not known or plan.report.max_seeds is None:
        return plan
    return replace(plan, studies=tuple(_recall(study, known) for study in plan.studies))


def _recall(study: StudyPlan, known: Sequence[SealedLook]) -> StudyPlan:
    own = list(seal_looks(study))
    earlier = tuple(
        look
        for look in known
        if look.study == study.study.name
        and not any(_is_same_plan(look, mine) for mine in own)
        and any(look.shares_runs(mine) for mine in own)
    )
    return replace(study, earlier=earlier)


def _is_same_plan(one: SealedLook, other: SealedLook) -> bool:
    """Return whether two looks are of one plan: their seeds and findings do not count."""

    def question(look: SealedLook) -> tuple[object, ...]:
        return look.metric, look.epoch, look.reference, look.planned, {*look.runs}

    return question(one) == question(other)


def seal_looks(study: StudyPlan) -> Iterator[SealedLook]:
    """Give the looks of a study with all that they saw."""
    rule = rule_of(study.study)
    for look in study.looks:
        yield SealedLook(
            study=study.study.name,
            metric=rule.by,
            epoch=rule.epoch,
            reference=study.study.reference,
            planned=study.planned_looks,
            seeds=look.seeds,
            alpha=look.alpha,
            leader=look.leader,
            open=look.open,
            runs={
                trial.key: tuple(run.id for run in trial.runs[: look.seeds])
                for trial in study.trials
            },
        )
