"""The examples of the documentation are what they say they are."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from factories import build_record, build_study, describe
from own_code import load_own, write_own

from scenes.claims.predicates import find_predicate
from scenes.data.pictures import open_pictures
from scenes.report.figures.own_code import draw_own
from scenes.report.figures.scope import Scope
from scenes.report.language.catalogue import load_words
from scenes.report.markup.templates import catalogues_folder
from scenes.report.views.study import view_study
from scenes.spec import registry
from scenes.spec.kinds import KINDS
from scenes.spec.loader import check_report
from scenes.spec.settings import Settings
from scenes.testing.checks import Suite
from scenes.testing.metric_checks import METRICS, MetricCase
from scenes.testing.model_checks import MODELS, ModelCase
from scenes.testing.training_checks import AUGMENTATIONS, SCHEDULES, AugmentationCase, ScheduleCase

DOCS = Path(__file__).parents[2] / "docs" / "how-to"


def known_by(page: str, folder: Path) -> registry.Registry:
    """Return the registry with the first example of a page."""
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    code, *_ = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    return load_own(write_own(folder, code))


def hold(suite: Suite[Any], case: Any) -> None:
    """Try to refute every fact of a suite."""
    for check in suite.checks:
        check.attempt(case)


def test_the_example_of_the_page_can_be_used(tmp_path: Path) -> None:
    """Its file is loaded as it stands, and its names can be used at once."""
    with registry.using(known_by("components", tmp_path)):
        used = {"augmentation": "noise+flip", "learning_rate_schedule": "one_cycle", "width": 32}
        settings = Settings.model_validate({"model": "small", **used})
        assert settings.model_dump()["width"] == 32
        assert "doubt" in registry.current().metrics


def test_every_kind_has_a_page() -> None:
    """With a name that follows from the kind."""
    kinds = [kind.removesuffix("s") for kind in KINDS if kind != "optimizers"]
    pages = {path.stem for path in DOCS.glob("own-*.md")}
    assert pages - {"own-words"} == {f"own-{kind}" for kind in kinds}


def test_the_network_has_the_counts_that_it_states(tmp_path: Path) -> None:
    """And is built at once; its other checks run where `scenes new --model` is tested."""
    with registry.using(known_by("own-model", tmp_path)):
        settings = Settings.model_validate({"model": "small_resnet", "image_size": 32})
        case = ModelCase(settings, settings.entry.stated, settings.entry.learns)
        (check,) = [it for it in MODELS.checks if it.fact == "it has the counts that it states"]
        check.attempt(case)
        assert case.stated


@pytest.mark.slow
def test_the_augmentation_passes_every_check(tmp_path: Path) -> None:
    """As in the report of a user."""
    with registry.using(known_by("own-augmentation", tmp_path)):
        hold(AUGMENTATIONS, AugmentationCase("noise", None, {}))


def test_the_schedule_and_the_metric_pass_every_check(tmp_path: Path) -> None:
    """As in the report of a user."""
    with registry.using(known_by("own-schedule", tmp_path / "a")):
        settings = Settings.model_validate({"learning_rate_schedule": "one_cycle"})
        hold(SCHEDULES, ScheduleCase(settings))
    with registry.using(known_by("own-metric", tmp_path / "b")):
        hold(METRICS, MetricCase(registry.current().metrics["doubt"]))


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_figure_is_drawn(language: str, tmp_path: Path) -> None:
    """In both languages that its texts have."""
    study = build_study({"a": [build_record()], "b": [build_record(), build_record(seed=1)]})
    words = load_words(language, catalogues_folder())
    with registry.using(known_by("own-figure", tmp_path)):
        view = view_study(study, {}, check_report(describe(), "a test"), words)
        scope = Scope("report", (view,), view, view.trials[0])
        figure = draw_own("accuracy_by_size", scope, language)
    assert len(figure.axes[0].get_legend().get_texts()) == 2


def test_the_claim_is_judged(tmp_path: Path) -> None:
    """By the parameters of a record."""
    small = build_record()
    large = replace(small, summary={**small.summary, "parameters": 2_000_000})
    study = build_study({"a": [small], "b": [large]})
    with registry.using(known_by("own-claim", tmp_path)):
        judge = find_predicate("is_small")
        assert [judge(study, key).status for key in "ab"] == ["supported", "contradicted"]


def test_the_reader_gives_pictures(tmp_path: Path) -> None:
    """Of the two classes that are in the file."""
    pixels = np.arange(20, dtype=np.uint8)[:, None, None, None] * np.ones((8, 8, 3), np.uint8)
    np.savez(tmp_path / "pictures.npz", x=pixels, y=np.arange(20) % 2)
    data = {"source": "pictures.npz", "loader": "from_npz"}
    with registry.using(known_by("own-loader", tmp_path / "own")):
        report = check_report(describe(data=data), "a test")
        pictures = open_pictures(report, tmp_path, cache=tmp_path / "cache")
    assert pictures.whole.classes == ("class 0", "class 1")


def test_the_layer_of_the_page_survives_being_saved(tmp_path: Path) -> None:
    """It stands beside the network, and a description of it is enough to build it again."""
    text = (DOCS / "own-model.md").read_text(encoding="utf-8")
    _, code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    found: dict[str, Any] = {}
    exec(code, found)
    layer = found["scale"](3.0)
    assert type(layer).from_config(layer.get_config()).by == 3
