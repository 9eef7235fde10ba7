"""Tells how many runs are still to come that cannot be planned before others end.

Studies with what is known of each go in; the settings of each run that will be new come out, once
each, as far as they are known. What a study will hand on is unknown until it has chosen, but it is
one of its values: where a run is among those that are there or to come whichever of them it is, it
is no run of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scenes.runs.identity import effective
from scenes.spec.settings import Settings
from scenes.spec.study import Study

SELECTING = ("train_per_class", "val_per_class", "weights")
"""What counts for a run beside its effective settings."""


@dataclass(frozen=True)
class Later:
    """What a study will hand on: stands for a setting until it is known."""

    study: str
    setting: str
    combined: str | None = None
    """The key of the value that joins others, where it is that one: no choice opens it."""


Draft = Mapping[str, Any]
"""Settings by name, some of which are `Later`."""
Signature = frozenset[tuple[str, Any]]


@dataclass(frozen=True)
class Progress:
    """A study, and how far it is.

    Attributes:
        study: As described.
        planned: The settings of the trials that are planned.
        waiting: The keys of those that are not.
        chosen: The settings that it hands on; None before it has chosen.
    """

    study: Study
    planned: Sequence[Settings]
    waiting: Sequence[str]
    chosen: Mapping[str, Any] | None


def find_waiting(studies: Sequence[Progress], base: Settings) -> list[tuple[str, Settings]]:
    """Return the trials that are to come, each with its study's name and its settings.

    What is not known yet stands at the base's value.
    """
    known = {
        _signature(settings.model_dump(), base)
        for progress in studies
        for settings in progress.planned
    }
    before: dict[str, Progress] = {}
    found = []
    for progress in studies:
        before[progress.study.name] = progress
        for key in progress.waiting:
            draft = _draft(progress, key, before, base)
            if not _is_known(draft, known, before, base):
                known.add(_signature(draft, base))
                found.append((progress.study.name, _concrete(draft, base)))
    return found


def _draft(progress: Progress, key: str, before: Mapping[str, Progress], base: Settings) -> Draft:
    """Return the settings of a trial, with what earlier studies will hand on left open."""
    study = progress.study
    carried: dict[str, Any] = {}
    for name in study.use:
        chosen = before[name].chosen
        carried |= chosen if chosen is not None else _later(before[name].study)
    return {**base.model_dump(), **study.set, **carried, **_value_settings(study, key)}


def _later(study: Study) -> dict[str, Any]:
    names = {name for value in study.values for name in _value_settings(study, value.key)}
    return {name: Later(study.name, name) for name in sorted(names)}


def _value_settings(study: Study, key: str) -> dict[str, Any]:
    value = study.value(key)
    combined = {study.factor: Later(study.name, study.factor, key)} if value.combine else {}
    return {**value.settings, **combined}


def _is_known(
    draft: Draft, known: set[Signature], before: Mapping[str, Progress], base: Settings
) -> bool:
    """Tell whether a run is known, whatever the studies that are open choose."""
    refuted: set[Signature] = set()

    def holds(draft: Draft) -> bool:
        signature = _signature(draft, base)
        if signature in known or signature in refuted:
            return signature in known
        for study in (before[name].study for name in _open_studies(draft)):
            if all(holds(_with_choice(draft, study, value.key, base)) for value in study.values):
                return True
        refuted.add(signature)
        return False

    return holds(draft)


def _open_studies(draft: Draft) -> Iterable[str]:
    open_values = (value for value in draft.values() if isinstance(value, Later))
    return dict.fromkeys(value.study for value in open_values if value.combined is None)


def _with_choice(draft: Draft, study: Study, key: str, base: Settings) -> Draft:
    """Put the settings of a study's value in the place of what it will hand on."""
    chosen = _value_settings(study, key)
    return {
        name: chosen.get(name, getattr(base, name)) if value == Later(study.name, name) else value
        for name, value in draft.items()
    }


def _signature(draft: Draft, base: Settings) -> Signature:
    """Return what tells two runs apart, whether their settings are known or open."""
    names = [*effective(_concrete(draft, base)), *SELECTING]
    return frozenset((name, _frozen(draft[name])) for name in names)


def _concrete(draft: Draft, base: Settings) -> Settings:
    known = {name: value for name, value in draft.items() if not isinstance(value, Later)}
    # Not validated: what does not fit together may be what is not known yet.
    return base.model_copy(update={name: _frozen(value) for name, value in known.items()})


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
