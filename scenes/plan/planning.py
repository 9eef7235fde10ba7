"""From studies to runs: a report, its pictures' fingerprint and the results so far in; a plan out.

It is a pure function of what is recorded: after every finished run the engine plans again, and a
study that waited for a choice can now be expanded.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Protocol

from scenes.plan.looking import look_at
from scenes.plan.plan import Chosen, Plan, Run, StudyPlan, Trial, settings_of_value
from scenes.plan.ranking import Ranking, rank_values
from scenes.runs.identity import identify, run_id
from scenes.runs.record import Failure, Record
from scenes.spec.report import Report
from scenes.spec.settings import Settings
from scenes.spec.study import Choice, Combination, Study, Value
from scenes.stats.metrics import rank, score_of
from scenes.stats.sequential import plan_looks
from scenes.stats.simultaneous import ALPHA

Fingerprint = Callable[..., str]
"""Gives the fingerprint of the pictures that settings select, and where there are folds, a fold."""


class Finder(Protocol):
    """Knows what became of runs."""

    def find(self, identity: Mapping[str, Any]) -> Record | Failure | None:
        """Return the run with this identity: finished, failed, or not recorded."""


RunOf = Callable[[Settings, int, int | None], Run]
"""Gives the run of some settings with a seed, on a fold if there are folds."""


def plan_report(
    report: Report,
    fingerprint: Fingerprint,
    results: Finder,
    *,
    versions: Mapping[str, str] | None,
) -> Plan:
    """Expand the studies of a report into runs, as far as the results so far allow."""
    planned: dict[str, StudyPlan] = {}

    @cache  # studies share settings, and each look asks for the runs of the looks before
    def run_of(settings: Settings, seed: int, fold: int | None) -> Run:
        pictures = fingerprint(settings) if fold is None else fingerprint(settings, fold)
        identity = identify(settings, seed, data=pictures, versions=versions)
        result = results.find(identity)
        name = result.id if result else run_id(identity)
        return Run(name, settings, seed, identity, result, fold)

    for study in report.studies:
        carried = _carried(study, planned)
        if carried is None:
            keys = tuple(value.key for value in study.values)
            planned[study.name] = StudyPlan(study, (), keys, None, report.equal_within)
        else:
            planned[study.name] = _plan_seeds(report, study, carried, run_of)
    return Plan(report, tuple(planned.values()))


def _carried(study: Study, planned: Mapping[str, StudyPlan]) -> dict[str, Any] | None:
    """Return the settings that earlier studies hand on, or None while one has yet to choose."""
    settings: dict[str, Any] = {}
    for name in study.use:
        earlier = planned[name]
        if earlier.chosen is None:
            return None
        settings |= settings_of_value(earlier, earlier.chosen.key)
    return settings


def _plan_seeds(
    report: Report, study: Study, carried: Mapping[str, Any], run_of: RunOf
) -> StudyPlan:
    """Plan a study with its seeds: those that are listed, or as many as its looks ask for."""
    if report.max_seeds is None or study.seeds:
        return _plan_study(report, study, carried, run_of)
    planned_looks, looks = plan_looks(report.max_seeds), []
    for seeds in planned_looks:
        found = _plan_study(
            report, study, carried, run_of, seeds=report.seeds[:seeds], looks=planned_looks
        )
        if found.waiting or any(trial.is_missing for trial in found.trials):
            break
        records = {trial.key: trial.records for trial in found.trials}
        looks.append(look_at(study, records, seeds=seeds, looks=planned_looks))
        if looks[-1].stop:
            break
    return replace(found, looks=tuple(looks))


def _plan_study(
    report: Report,
    study: Study,
    carried: Mapping[str, Any],
    run_of: RunOf,
    *,
    seeds: Sequence[int] = (),
    looks: tuple[int, ...] = (),
) -> StudyPlan:
    """Plan a study with these seeds of every value; without them, with those that are listed."""
    settings = {**report.base.model_dump(), **study.set, **carried}

    def trial_of(value: Value, changed: Mapping[str, Any], parts: tuple[str, ...] = ()) -> Trial:
        own = Settings.model_validate({**settings, **changed})
        runs = _runs(report, own, seeds or report.seeds_of(study, value.key), run_of)
        return Trial(value.key, value.label or value.key, own, runs, parts)

    trials = {it.key: trial_of(it, it.settings) for it in study.values if it.combine is None}
    waiting = []
    for value in study.values:
        if value.combine is None:
            continue
        parts = combine_best(value.combine, trials)
        if parts is None:
            waiting.append(value.key)
        else:
            names = [str(getattr(trials[part].settings, study.factor)) for part in parts]
            changed = {**value.settings, study.factor: "+".join(names)}
            trials[value.key] = trial_of(value, changed, parts)

    ordered = tuple(trials[value.key] for value in study.values if value.key in trials)
    found = StudyPlan(study, ordered, tuple(waiting), None, report.equal_within, looks)
    return replace(found, chosen=choose_value(study, ordered, waiting, alpha=found.alpha))


def _runs(
    report: Report, settings: Settings, seeds: Sequence[int], run_of: RunOf
) -> tuple[Run, ...]:
    """Return a run for each seed; where the report has folds, each on a fold of its own."""
    has_folds = report.data.folds is not None
    return tuple(
        run_of(settings, seed, fold if has_folds else None) for fold, seed in enumerate(seeds)
    )


def combine_best(combine: Combination, trials: Mapping[str, Trial]) -> tuple[str, ...] | None:
    """Return the keys of the best values, in the study's order, or None before all are there."""
    candidates = [trials[key] for key in combine.of]
    if any(trial.is_missing for trial in candidates):
        return None
    scores = {
        trial.key: [score_of(record, combine.by, combine.epoch) for record in trial.records]
        for trial in candidates
    }
    best = rank(scores, combine.by)[: combine.best]
    # Where too many candidates failed there is nothing to combine, and nothing to train.
    return tuple(key for key in combine.of if key in best) if len(best) == combine.best else None


def choose_value(
    study: Study, trials: Sequence[Trial], waiting: Sequence[str], *, alpha: float = ALPHA
) -> Chosen | None:
    """Return what a study hands on by its trials' results; None while that is not known."""
    if study.choose is None:
        return None
    ranking = None
    if not waiting and not any(trial.is_missing for trial in trials):
        ranking = rank_trials(study.choose, trials, alpha=alpha)
    by_rule = ranking.taken if ranking else None
    key = study.choose.value or by_rule
    # The authors may choose a combination of which the parts are not yet known.
    known = key is not None and key not in waiting
    return Chosen(study.choose, key, by_rule, ranking) if key is not None and known else None


def rank_trials(choice: Choice, trials: Sequence[Trial], *, alpha: float = ALPHA) -> Ranking | None:
    """Return what a rule makes of trials; None where every run failed."""
    values = {trial.key: (trial.settings, trial.records) for trial in trials}
    return rank_values(choice, values, alpha=alpha)
