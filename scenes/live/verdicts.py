"""The verdict on a study so far: its plan in, a few plain lines out.

Where seeds are added until a study is decided, each planned look has paid for what it says, and its
verdict is shown. With a fixed number of seeds there is one look, at the end: until then there is no
verdict, because looking early and stopping when it suits errs more often than the report claims.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from scenes.plan.looking import rule_of
from scenes.plan.plan import StudyPlan
from scenes.plan.planning import rank_trials
from scenes.spec.text import text_in
from scenes.stats.sequential import Look
from scenes.system.formatting import agreed, said_count

Stage = Literal["waiting", "early", "open", "decided", "over"]
"""Waits for a study; too early for a verdict; not decided yet; decided; all seeds are there."""

NAMES = {
    "loss": "training loss",
    "val_loss": "validation loss",
    "accuracy": "training accuracy",
    "val_accuracy": "validation accuracy",
}

Label = Callable[[str], str]
"""Gives what a value is called, by its key."""


@dataclass(frozen=True)
class StudyVerdict:
    """The verdict on a study now."""

    stage: Stage
    lines: tuple[str, ...]


def find_verdict(study: StudyPlan, language: str) -> StudyVerdict:
    """Return the verdict on a study now."""

    def label(key: str) -> str:
        return text_in(study.study.value(key).label or key, language)

    runs = [run for trial in study.trials for run in trial.runs]
    if not runs:
        uses = ", ".join(study.study.use)
        return StudyVerdict("waiting", (f"Waits for what {uses} {_choose(study)}.",))
    if study.planned_looks:
        return _sequential(study, label)
    ended = sum(not run.is_missing for run in runs)
    if ended < len(runs) or study.waiting:
        waiting = _listed(study.waiting, label)
        later = f", and {waiting} to be planned" if waiting else ""
        said = f"{ended} of {said_count(len(runs), 'run|runs has|have ended')}{later}."
        return StudyVerdict("early", (f"No verdict before the last seed: {said}",))
    return _complete(study, label)


def _choose(study: StudyPlan) -> str:
    return agreed(len(study.study.use), "chooses|choose")


def _sequential(study: StudyPlan, label: Label) -> StudyVerdict:
    lines = [_said(look, label) for look in study.looks]
    if study.looks and (stop := study.looks[-1].stop):
        lines.append(
            {
                "decided": "Decided: no more seeds are trained.",
                "most": "Not decided with the most seeds that may be trained.",
                "nothing": "Nothing can be compared.",
            }[stop]
        )
        return StudyVerdict("decided" if stop == "decided" else "over", tuple(lines))
    taken = study.looks[-1].seeds if study.looks else 0
    following = next((seeds for seeds in study.planned_looks if seeds > taken), None)
    if following is not None:
        most = study.planned_looks[-1]
        lines.append(
            f"The next look is at {said_count(following, 'seed|seeds')} of each value; "
            f"at most {said_count(most, 'seed|seeds is|are trained')}."
        )
    return StudyVerdict("open" if study.looks else "early", tuple(lines))


def _said(look: Look, label: Label) -> str:
    seeds = said_count(look.seeds, "seed|seeds")
    if not look.leader:
        return f"After {seeds}: nothing can be compared."
    if not look.open:
        return f"After {seeds}: {label(look.leader)} leads and is told apart."
    alike = _listed(look.open, label)
    return f"After {seeds}: {label(look.leader)} leads; not told apart: {alike}."


def _complete(study: StudyPlan, label: Label) -> StudyVerdict:
    rule = rule_of(study.study)
    ranking = rank_trials(rule, study.trials, alpha=study.alpha)
    if ranking is None:
        return StudyVerdict("over", ("Every run has failed.",))
    metric = NAMES.get(rule.by, rule.by)
    best = ranking.best
    if len(best.runs) == 1:
        said = f"Best {metric}, of a single seed: {label(best.key)}, {best.score:.4g}."
        return StudyVerdict("over", (said, "One seed decides nothing between values."))
    lines = [f"Best mean {metric}: {label(best.key)}, {best.score:.4g}."]
    alike = [one.key for one in ranking.equals if one.key != best.key]
    if alike:
        lines.append(f"Not told apart from it: {_listed(alike, label)}.")
    elif len(ranking.candidates) > 1:
        lines.append("It is told apart from every other value.")
    return StudyVerdict("over", tuple(lines))


def _listed(keys: Sequence[str], label: Label) -> str:
    return ", ".join(map(label, keys))
