"""Every shipped description is loaded, planned, and its models are built."""

import functools
from pathlib import Path

import pytest

from scenes.plan.plan import Plan
from scenes.plan.planning import plan_report
from scenes.report.markup.templates import templates_folder
from scenes.runs.lookup import Results
from scenes.runs.store import Store
from scenes.spec.loader import apply_profile, load_report, with_language
from scenes.spec.report import Report
from scenes.spec.settings import Settings
from scenes.spec.text import Language

FOLDERS = sorted(path.parent for path in Path(__file__).parents[2].glob("reports/*/report.toml"))


@functools.cache
def report(folder: Path, profile: str | None) -> Report:
    """Load a shipped report in a profile."""
    loaded = load_report(folder)
    return loaded if profile is None else apply_profile(loaded, profile)


def plan(folder: Path, profile: str | None, store: Path) -> Plan:
    """Plan a shipped report on no results."""
    results = Results(Store(store))
    return plan_report(report(folder, profile), lambda _: "data", results, versions=None)


CASES = [
    pytest.param(folder, profile, id=f"{folder.name}-{profile}")
    for folder in FOLDERS
    for profile in [None, *load_report(folder).profiles]
]


def test_practica4_is_shipped() -> None:
    """The report that the first command makes is among them."""
    assert "practica4" in [folder.name for folder in FOLDERS]


@pytest.mark.parametrize(("folder", "profile"), CASES)
def test_is_planned(folder: Path, profile: str | None, tmp_path: Path) -> None:
    """Every study has a trial for each value, but for those that results must decide."""
    for study in plan(folder, profile, tmp_path).studies:
        assert len(study.trials) + len(study.waiting) == len(study.study.values)


@pytest.mark.parametrize("language", ["es", "en"])
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_speaks_both_languages(folder: Path, language: Language) -> None:
    """Every text stands in both languages, and the template is there."""
    assert with_language(report(folder, None), language).language == language
    template = report(folder, None).template
    assert (templates_folder() / template).exists() or (folder / template).exists()


def test_practica4_is_the_assignment(tmp_path: Path) -> None:
    """Values, epochs, optimizers and carried settings are those of the assignment's table."""
    folder = next(folder for folder in FOLDERS if folder.name == "practica4")
    studies = {study.study.name: study for study in plan(folder, "full", tmp_path).studies}
    rows = {
        name: [
            (trial.settings.batch_size, trial.settings.image_size, trial.settings.activation)
            for trial in study.trials
        ]
        for name, study in studies.items()
    }
    assert rows["batch_size"] == [(size, 64, "relu") for size in (8, 16, 32, 64)]
    assert rows["image_size"] == [(32, size, "relu") for size in (32, 64, 128, 224)]
    names = ("linear", "tanh", "relu", "sigmoid")
    assert rows["activation"] == [(32, 32, name) for name in names]
    assert set(rows["augmentation"] + rows["complexity"] + rows["transfer"]) == {(32, 32, "relu")}
    augmentations = [trial.settings.augmentation for trial in studies["augmentation"].trials]
    assert augmentations == ["none", "horizontal_flip", "brightness", "zoom"]
    assert studies["augmentation"].waiting == ("combined",)
    training = {
        name: {
            (trial.settings.epochs, trial.settings.optimizer, trial.settings.learning_rate)
            for trial in study.trials
        }
        for name, study in studies.items()
    }
    assert training["batch_size"] == training["image_size"] == {(50, "sgd", 0.01)}
    assert training["activation"] == training["augmentation"] == {(25, "sgd", 0.01)}
    assert training["complexity"] == training["transfer"] == {(15, "adam", 0.001)}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_its_models_are_built(folder: Path, tmp_path: Path) -> None:
    """Every model that the quick profile or the report itself asks for can be built."""
    from scenes.training.models import build_model

    models = {
        _model_of(trial.settings)
        for study in plan(folder, None, tmp_path).studies
        for trial in study.trials
    }
    for settings in models:
        model = build_model({**dict(settings), "weights": "random"}, 15)
        assert model.output_shape == (None, 15)


def _model_of(settings: Settings) -> tuple[tuple[str, object], ...]:
    """Return what decides a model, the same for runs that differ in their training only."""
    training = {"batch_size", "epochs", "optimizer", "learning_rate", "augmentation"}
    return tuple(sorted(settings.model_dump(exclude=training).items(), key=lambda item: item[0]))
