"""The table of parameters has a row for each network, not for each value that leaves it alone."""

from collections.abc import Sequence
from typing import Any

import pytest
from factories import build_record, describe

from scenes.plan.plan import Run, StudyPlan, Trial
from scenes.report.language.catalogue import load_words
from scenes.report.markup.templates import catalogues_folder
from scenes.report.views.networks import view_networks
from scenes.report.views.study import StudyView, view_study
from scenes.spec.loader import check_report
from scenes.spec.settings import Settings

WORDS = {name: load_words(name, catalogues_folder()) for name in ("es", "en")}


def study_of(factor: str, values: Sequence[Any], units: Sequence[int], language: str) -> StudyView:
    """Return the view of a study; its networks have a layer of so many parameters, and dropout."""
    study = {**describe()["study"][0], "factor": factor, "values": list(values)}
    report = check_report(describe(study=[study]), "a test")
    trials = []
    for value, n in zip(report.studies[0].values, units, strict=True):
        settings = Settings(image_size=32, **value.settings)
        layer = {"type": "Dense", "output_shape": [None, 2], "trainable": n}
        layers = [{**layer, "name": "dense", "parameters": n}]
        if settings.dropout:
            layers.append({**layer, "name": "dropout", "parameters": 0, "trainable": 0})
        counts = {"name": "m", "parameters": n, "trainable": n, "frozen": 0, "backbone": None}
        record = build_record(value.key, summary={**counts, "layers": layers})
        run = Run(value.key, settings, 0, {}, record)
        trials.append(Trial(value.key, value.key, settings, (run,)))
    plan = StudyPlan(report.studies[0], tuple(trials), (), None)
    return view_study(plan, {}, report, WORDS[language])


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "dropout 0.0, 0.2, 0.5 (32×32)"), ("es", "dropout 0,0; 0,2; 0,5 (32×32)")],
)
def test_values_of_the_same_layers_share_a_row(language: str, name: str) -> None:
    """A dropout layer has no parameters: the row names every rate."""
    study = study_of("dropout", [0.0, 0.2, 0.5], [10, 10, 10], language)
    (row,) = view_networks([study], WORDS[language])
    assert row["name"] == name
    assert str(row["parameters"]) == "10"


def test_other_layers_are_another_row() -> None:
    """Networks that differ in a layer stand by themselves, each by its value."""
    study = study_of("kernel_size", [3, 5], [10, 20], "en")
    rows = view_networks([study], WORDS["en"])
    assert [str(row["parameters"]) for row in rows] == ["10", "20"]
    assert all(row["name"].endswith(", 32×32") for row in rows)


def test_what_no_network_has_of_its_own_is_the_same_network() -> None:
    """Two batch sizes, and two studies of them, are one network by the name of its model."""
    studies = [study_of("batch_size", [8, 16], [10, 10], "en")] * 2
    assert [row["name"] for row in view_networks(studies, WORDS["en"])] == [
        "tutorial network, 32×32"
    ]
