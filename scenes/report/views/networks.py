"""The networks of a report as its table of parameters lists them: views of studies in, rows out."""

from collections.abc import Sequence
from typing import Any

from scenes.report.locale import Words
from scenes.report.printing import model_name
from scenes.report.views.study import StudyView, TrialView

COUNTS = ("parameters", "trainable", "frozen")


def view_networks(studies: Sequence[StudyView], words: Words) -> list[dict[str, Any]]:
    """Return name and parameter counts of every network that the studies trained, each once.

    Values of a study that leave every layer with parameters as it is, such as rates of dropout,
    share a row.
    """
    rows: dict[str, dict[str, Any]] = {}
    for study in studies:
        for alike in _alike(study):
            name = model_name(study.plan, [trial.key for trial in alike], words)
            rows.setdefault(name, {what: alike[0].facts[what] for what in COUNTS})
    return [{"name": name, **counts} for name, counts in rows.items()]


def _alike(study: StudyView) -> list[list[TrialView]]:
    """Return the finished values of a study, those of the same layers together."""
    groups: dict[str, list[TrialView]] = {}
    for trial in study.finished:
        layers = study.plan.trial(trial.key).records[0].summary["layers"]
        weighty = [layer for layer in layers if layer["parameters"]]
        groups.setdefault(repr(weighty), []).append(trial)
    return list(groups.values())
