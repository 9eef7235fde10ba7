"""The networks of a report as its table of parameters lists them: views of studies in, rows out."""

from collections.abc import Sequence
from typing import Any

from scenes.report.language.locale import Words
from scenes.report.language.printed_facts import model_name
from scenes.report.views.study import StudyView, TrialView

COUNTS = ("parameters", "trainable", "frozen")


def view_networks(studies: Sequence[StudyView], words: Words) -> list[dict[str, Any]]:
    """Return name and parameter counts of every network that the studies trained, each once.

    Values of a study that leave every layer with parameters as it is, such as rates of dropout,
    share a row; a network that an earlier study has trained as well stands there already.
    """
    rows: dict[str, dict[str, Any]] = {}
    for study in studies:
        for layers, alike in _alike(study).items():
            name = model_name(study.plan, [trial.key for trial in alike], words)
            counts = {what: alike[0].facts[what] for what in COUNTS}
            rows.setdefault(layers, {"name": name, **counts})
    return list(rows.values())


def _alike(study: StudyView) -> dict[str, list[TrialView]]:
    """Return the finished values of a study by their layers with parameters."""
    groups: dict[str, list[TrialView]] = {}
    for trial in study.finished:
        layers = study.plan.trial(trial.key).records[0].summary["layers"]
        weighty = [layer for layer in layers if layer["parameters"]]
        groups.setdefault(repr(weighty), []).append(trial)
    return groups
