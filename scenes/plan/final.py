"""Which configuration a report ends with: studies with their results in, a trial out."""

from collections.abc import Sequence

from scenes.plan.plan import Plan, StudyPlan, Trial
from scenes.plan.ranking import rank_values
from scenes.spec.study import Choice


def final_trial(studies: Sequence[StudyPlan]) -> tuple[StudyPlan, Trial] | None:
    """Return the last study with results, and the value of it that is carried on or ranks first.

    None where nothing has finished.
    """
    finished = [study for study in studies if any(trial.records for trial in study.trials)]
    if not finished:
        return None
    last = finished[-1]
    if last.chosen is not None and last.trial(last.chosen.key).records:
        return last, last.trial(last.chosen.key)
    values = {trial.key: (trial.settings, trial.records) for trial in last.trials}
    ranking = rank_values(last.study.choose or Choice(), values, alpha=last.alpha)
    first = next(trial for trial in last.trials if trial.records)
    return last, last.trial(ranking.taken) if ranking is not None else first


def rival_trials(plan: Plan) -> tuple[Trial, ...]:
    """Return what is measured on the test set beside the final configuration."""
    named = (rival.split("/") for rival in plan.report.test.rivals)
    return tuple(plan.study(study).trial(key) for study, key in named)


def passing_runs(plan: Plan) -> list[str]:
    """Return the runs that are neither of the final configuration nor measured beside it.

    None before every run has ended.
    """
    found = final_trial(plan.studies)
    if found is None or plan.missing or plan.waiting:
        return []
    kept = {run.id for trial in (found[1], *rival_trials(plan)) for run in trial.runs}
    return [run.id for run in plan.runs if run.id not in kept]
