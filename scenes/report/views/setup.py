"""Settings as a report tells them: those that a study holds fixed, and have an effect."""

from collections.abc import Iterable, Mapping
from typing import Any

from scenes.plan.plan import StudyPlan
from scenes.report.language.locale import Words
from scenes.report.language.printed_facts import setting_label, setting_text
from scenes.runs.identity import effective
from scenes.spec.settings import Settings
from scenes.spec.study import Study

SHOWN_SETTINGS = (
    "model",
    "backbone",
    "image_size",
    "batch_size",
    "activation",
    "augmentation",
    "optimizer",
    "learning_rate",
    "learning_rate_schedule",
    "schedule_factor",
    "schedule_every",
    "schedule_floor",
    "patience",
    "stop_by",
    "restore_best",
    "momentum",
    "weight_decay",
    "label_smoothing",
    "class_weights",
    "dropout",
    "precision",
    "train_per_class",
    "val_per_class",
)
"""Settings that a study's setup names, in this order, where they are fixed and have an effect."""

SILENT_AT: Mapping[str, object] = {
    "momentum": 0.0,
    "schedule_floor": 0.0,
    "restore_best": False,
    "weight_decay": 0.0,
    "label_smoothing": 0.0,
    "class_weights": "none",
    "dropout": 0.0,
    "precision": "float32",
}
"""Values that go without saying."""


def chosen_settings(studies: Iterable[Study]) -> set[str]:
    """Return the settings that studies set, by their factor or their values' tables."""
    return {
        name
        for study in studies
        for name in (study.factor, *(name for value in study.values for name in value.settings))
    }


def base_settings(base: Settings, words: Words) -> tuple[tuple[str, str], ...]:
    """Return label and value of the settings that hold wherever a study says nothing else."""
    values = _told(base)
    return tuple(
        (setting_label(name, words), setting_text(name, values[name], words))
        for name in ("epochs", *SHOWN_SETTINGS)
        if values.get(name) is not None and SILENT_AT.get(name) != values[name]
    )


def fixed_settings(
    plan: StudyPlan, inherited: set[str], base: Settings, words: Words
) -> tuple[tuple[str, str], ...]:
    """Return the settings of its own that a study holds fixed.

    Those that a value changes, that another study has chosen, or that are the report's own, which
    the method lists, are not repeated.
    """
    if not plan.trials:
        return ()
    usual = _told(base)
    seen = [_told(trial.settings) for trial in plan.trials]
    varied = inherited | chosen_settings([plan.study])
    rows = []
    for name in SHOWN_SETTINGS:
        values = [settings[name] for settings in seen if settings.get(name) is not None]
        same = bool(values) and all(value == values[0] for value in values)
        if same and name not in varied and values[0] not in (SILENT_AT.get(name), usual.get(name)):
            rows.append((setting_label(name, words), setting_text(name, values[0], words)))
    return tuple(rows)


def _told(settings: Settings) -> dict[str, Any]:
    """Return the settings that have an effect, and how many pictures of each class are taken."""
    per_class = {"train_per_class", "val_per_class"}
    return {**effective(settings), **settings.model_dump(include=per_class)}
