"""What is to be trained, what is shared, what waits for a choice: the plan of a report, as values.

`scenes.plan.planning` makes it. Both halves of the program use it: the training half for the runs
that are missing, the writing half for the runs behind each study.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from scenes.plan.ranking import Ranking
from scenes.runs.looks import SealedLook
from scenes.runs.record import Failure, Record
from scenes.spec.report import Report
from scenes.spec.settings import Settings
from scenes.spec.study import Choice, Study
from scenes.spec.text import Text
from scenes.stats.sequential import Look
from scenes.stats.simultaneous import ALPHA


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


def _draft(plan: Plan, study: StudyPlan, key: str) -> Settings:
    """Return what is known of the settings of a trial that waits."""
    changed = dict(study.study.set)
    for earlier in map(plan.study, study.study.use):
        changed |= settings_of_value(earlier, earlier.chosen.key) if earlier.chosen else {}
    changed |= study.study.value(key).settings
    # Not validated: what does not fit together may be what is not known yet.
    frozen = {name: tuple(it) if isinstance(it, list) else it for name, it in changed.items()}
    return plan.report.base.model_copy(update=frozen)


def settings_of_value(plan: StudyPlan, key: str) -> dict[str, Any]:
    """Return the settings that a value of a study adds, of a derived one what it combines."""
    value = plan.study.value(key)
    if value.combine is None:
        return value.settings
    return {plan.study.factor: getattr(plan.trial(key).settings, plan.study.factor)}
