"""From studies to runs: what is to be trained, what is shared, what waits for a choice.

A report, the fingerprint of its pictures and the results so far go in; a `Plan` comes out. Both
halves of the program ask it: the training half for the runs that are missing, the writing half for
the runs behind each study. It is a pure function of what is recorded: after every finished run the
engine asks again, and what had been waiting for a choice is there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, Protocol

from scenes.plan.looking import look_at
from scenes.plan.ranking import Ranking, rank_values
from scenes.runs.identity import identify, run_id
from scenes.runs.looks import SealedLook
from scenes.runs.record import Failure, Record
from scenes.spec.report import Report
from scenes.spec.settings import Settings
from scenes.spec.study import Choice, Combination, Study, Value
from scenes.spec.text import Text
from scenes.stats.metrics import rank, score_of
from scenes.stats.sequential import Look, plan_looks
from scenes.stats.simultaneous import ALPHA

Fingerprint = Callable[..., str]
"""Gives the fingerprint of the pictures that settings select, and where there are folds, a fold."""


class Finder(Protocol):
    """Knows what became of runs."""

    def find(self, identity: Mapping[str, Any]) -> Record | Failure | None:
        """Return the run with this identity: finished, failed, or not recorded."""


@dataclass(frozen=True)
class Run:
    """One execution of a trial with one seed, and what became of it so far."""

    id: str
    settings: Settings
    seed: int
    identity: Mapping[str, Any]
    result: Record | Failure | None
    fold: int | None = None
    """Which part of the pictures it is measured on, where the report has folds."""

    @property
    def is_missing(self) -> bool:
        """Return whether it has neither finished nor failed."""
        return self.result is None


RunOf = Callable[[Settings, int, int | None], Run]
"""Gives the run of some settings with a seed, on a fold if there are folds."""


@dataclass(frozen=True)
class Trial:
    """One value of a study: its settings, and one run per seed."""

    key: str
    label: Text
    settings: Settings
    runs: tuple[Run, ...]
    combined: tuple[str, ...] = ()
    """The keys that a derived value combines."""

    @property
    def records(self) -> tuple[Record, ...]:
        """The finished runs."""
        return tuple(run.result for run in self.runs if isinstance(run.result, Record))

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The failed runs."""
        return tuple(run.result for run in self.runs if isinstance(run.result, Failure))

    @property
    def is_missing(self) -> bool:
        """Return whether some of its runs are still to be trained."""
        return any(run.is_missing for run in self.runs)


@dataclass(frozen=True)
class Chosen:
    """What a study hands on, and what its rule says of the results."""

    choice: Choice
    key: str
    """The value that later studies use."""
    by_rule: str | None
    """The value that the rule takes; None until every run is there."""
    ranking: Ranking | None = None
    """Why the rule takes it, in numbers."""


@dataclass(frozen=True)
class StudyPlan:
    """A study with its trials; `waiting` holds the keys that earlier results must decide."""

    study: Study
    trials: tuple[Trial, ...]
    waiting: tuple[str, ...]
    chosen: Chosen | None
    margin: float = 0.02
    """Values whose accuracies differ by less count as practically equal."""
    planned_looks: tuple[int, ...] = ()
    """After how many seeds it is looked at, where seeds are added until it is decided."""
    looks: tuple[Look, ...] = ()
    """Those that were taken."""
    earlier: tuple[SealedLook, ...] = ()
    """Looks at the same runs that other plans took."""

    @property
    def alpha(self) -> float:
        """The level of one comparison of its values: looks share what one comparison may err."""
        return ALPHA / max(1, len(self.planned_looks))

    @property
    def further_seeds(self) -> int:
        """How many more seeds of each value may yet be planned, at most."""
        if not self.planned_looks or (self.looks and self.looks[-1].stop):
            return 0
        planned = max((len(trial.runs) for trial in self.trials), default=0)
        return self.planned_looks[-1] - planned

    def trial(self, key: object) -> Trial:
        """Return the trial with this key (`8` or `"8"`)."""
        for trial in self.trials:
            if trial.key == str(key):
                return trial
        keys = ", ".join(trial.key for trial in self.trials)
        raise KeyError(f"study {self.study.name!r} has no value {key!r}; its values: {keys}")


@dataclass(frozen=True)
class Plan:
    """All studies of a report."""

    report: Report
    studies: tuple[StudyPlan, ...]

    @property
    def runs(self) -> tuple[Run, ...]:
        """Every run once, though studies may share it."""
        runs = (run for study in self.studies for trial in study.trials for run in trial.runs)
        return tuple({run.id: run for run in runs}.values())

    @property
    def seeds(self) -> tuple[int, ...]:
        """Those with which some value is planned."""
        return tuple(dict.fromkeys(run.seed for run in self.runs)) or self.report.seeds

    @property
    def missing(self) -> tuple[Run, ...]:
        """The runs that can be trained now."""
        return tuple(run for run in self.runs if run.is_missing)

    @cached_property
    def later(self) -> list[tuple[str, Settings]]:
        """The runs that cannot be planned before others end: study, and settings so far known.

        What is not known yet stands at the base's value. Some may prove to be runs of other
        studies, or never be needed, so that their number is an upper bound: one for each run.
        """
        drafts = [
            (study.study.name, _draft(self, study, key))
            for study in self.studies
            for key in study.waiting
            for _ in self.report.seeds_of(study.study, key)
        ]
        return drafts + [
            (study.study.name, trial.settings)
            for study in self.studies
            for trial in study.trials
            for _ in range(study.further_seeds)
        ]

    @property
    def waiting(self) -> int:
        """How many runs, at most, cannot be planned before others end."""
        return len(self.later)

    def study(self, name: str) -> StudyPlan:
        """Return the study with this name."""
        return next(study for study in self.studies if study.study.name == name)


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
        settings |= _value_settings(earlier, earlier.chosen.key)
    return settings


def _draft(plan: Plan, study: StudyPlan, key: str) -> Settings:
    """Return what is known of the settings of a trial that waits."""
    changed = dict(study.study.set)
    for earlier in map(plan.study, study.study.use):
        changed |= _value_settings(earlier, earlier.chosen.key) if earlier.chosen else {}
    changed |= study.study.value(key).settings
    # Not validated: what does not fit together may be what is not known yet.
    frozen = {name: tuple(it) if isinstance(it, list) else it for name, it in changed.items()}
    return plan.report.base.model_copy(update=frozen)


def _value_settings(plan: StudyPlan, key: str) -> dict[str, Any]:
    value = plan.study.value(key)
    if value.combine is None:
        return value.settings
    return {plan.study.factor: getattr(plan.trial(key).settings, plan.study.factor)}


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
    trials: dict[str, Trial] = {}
    waiting = []

    def add(value: Value, changed: Mapping[str, Any], combined: tuple[str, ...] = ()) -> None:
        settings = Settings.model_validate(
            {**report.base.model_dump(), **study.set, **carried, **changed}
        )
        own = seeds or report.seeds_of(study, value.key)
        has_folds = report.data.folds is not None
        runs = tuple(
            run_of(settings, seed, fold if has_folds else None) for fold, seed in enumerate(own)
        )
        trials[value.key] = Trial(value.key, value.label or value.key, settings, runs, combined)

    for value in study.values:
        if value.combine is None:
            add(value, value.settings)
    for value in study.values:
        if value.combine is None:
            continue
        parts = combine_best(value.combine, trials)
        if parts is None:
            waiting.append(value.key)
        else:
            names = [str(getattr(trials[part].settings, study.factor)) for part in parts]
            add(value, {**value.settings, study.factor: "+".join(names)}, parts)

    ordered = tuple(trials[value.key] for value in study.values if value.key in trials)
    found = StudyPlan(study, ordered, tuple(waiting), None, report.equal_within, looks)
    return replace(found, chosen=choose_value(study, ordered, waiting, alpha=found.alpha))


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
