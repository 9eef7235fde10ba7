"""Claims about how the values of a study were trained: the settings of their runs."""

from collections.abc import Sequence

from scenes.claims.verdict import Status, Verdict, no_results
from scenes.plan.plan import StudyPlan
from scenes.runs.identity import effective
from scenes.spec.settings import Settings


def trains_with(study: StudyPlan, *, keys: Sequence[str] = (), **settings: object) -> Verdict:
    """Judge whether values are trained with these settings.

    Exact: no test. Supported where every value has all of them, contradicted where none has,
    inconclusive otherwise. Source: the settings of the trials.

    Args:
        study: The study.
        keys: The values; all of the study where none are given.
        settings: By name, as in a report.toml. What a model does not take, it does not have.

    Raises:
        ValueError: There is no such setting, or none is named.
    """
    if not settings or (strange := [name for name in settings if not _is_setting(name)]):
        named = ", ".join(strange) if settings else "none"
        raise ValueError(f"trains_with needs settings by their names, got {named}")
    claim = "trains_with(" + ", ".join(f"{name}={value!r}" for name, value in settings.items())
    claim += f", keys={list(keys)})" if keys else ")"
    trials = [study.trial(key) for key in keys] if keys else list(study.trials)
    if not trials:
        return no_results(claim)
    holds = [_has(trial.settings, settings) for trial in trials]
    status: Status = "supported" if all(holds) else "inconclusive" if any(holds) else "contradicted"
    listed = ", ".join(trial.key for trial, held in zip(trials, holds, strict=True) if held)
    return Verdict(status, claim, f"it holds of {listed or 'none'}")


def _is_setting(name: str) -> bool:
    return name in Settings.model_fields


def _has(settings: Settings, wanted: dict[str, object]) -> bool:
    known = {**effective(settings), **settings.model_dump(include=set(OUTSIDE))}
    return all(name in known and known[name] == value for name, value in wanted.items())


OUTSIDE = ("weights", "train_per_class", "val_per_class")
"""Settings that are no part of a run's settings but of its pictures and weights."""
