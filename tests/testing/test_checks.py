"""One suite holds built-in and own components to the same facts, and names what is broken."""

from pathlib import Path
from typing import Any

import broken_components as broken
import numpy as np
import pytest
from factories import describe
from own_code import load_own, write_own

from scenes.spec import registry
from scenes.spec.loader import check_report
from scenes.spec.registry import BUILT_IN
from scenes.spec.settings import Settings
from scenes.testing import metric_checks, model_checks, training_checks
from scenes.testing.cases import Test, facts_of, model_case

USES: dict[str, dict[str, Any]] = {
    "models": {"base": {"model": "broken", "image_size": 32}},
    "augmentations": {"base": {"augmentation": "broken"}},
    "schedules": {"base": {"learning_rate_schedule": "broken", "epochs": 20}},
    "metrics": {"metrics": ["broken"]},
    "figures": {"figures": ["broken"]},
    "claims": {},
    "loaders": {"data": {"source": "pictures.npz", "loader": "broken"}},
}
BROKEN = [
    (kind, mistake, *it) for kind in USES for mistake, it in getattr(broken, kind.upper()).items()
]


def own_tests(kind: str, folder: Path) -> list[Test]:
    """Return the tests of an own component in a report that uses it."""
    base = {**describe()["base"], **USES[kind].get("base", {})}
    report = check_report(describe(**{**USES[kind], "base": base}), "a test")
    return [test for test in facts_of(report, folder) if test.component.startswith("broken")]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with arrays of pictures, for components that read them."""
    pixels = np.arange(12, dtype=np.uint8)[:, None, None, None] * np.ones((8, 8, 3), np.uint8)
    np.savez(tmp_path / "pictures.npz", x=pixels, y=np.arange(12) % 2)
    return tmp_path


@pytest.mark.parametrize(("kind", "mistake", "code", "fact"), BROKEN, ids=lambda it: str(it)[:40])
def test_a_mistake_is_caught_by_the_test_whose_name_says_it(
    kind: str, mistake: str, code: str, fact: str, folder: Path
) -> None:
    """Each broken component fails in words that a student understands."""
    with registry.using(load_own(write_own(folder, code))):
        (test,) = [test for test in own_tests(kind, folder) if test.fact == fact]
        with pytest.raises(Exception) as caught:  # noqa: PT011  # what own code raises is its own
            test.run()
    assert str(caught.value)


@pytest.mark.parametrize("kind", USES)
def test_the_same_without_a_mistake_passes(kind: str, folder: Path) -> None:
    """What is broken above is broken by one change."""
    code = getattr(broken, f"SOUND_{kind.removesuffix('s').upper()}")
    with registry.using(load_own(write_own(folder, code))):
        found = own_tests(kind, folder)
        assert len(found) >= 3
        for test in found:
            test.run()


SMALL = ("mlp",)
BUILT_IN_MODELS = [
    pytest.param(
        check,
        name,
        marks=[] if name in SMALL else [pytest.mark.slow],
        id=f"{name}: {check.fact}",
    )
    for name in ("mlp", "lenet", "tutorial", "transfer")
    for check in model_checks.MODELS.checks
]


@pytest.mark.parametrize(("check", "name"), BUILT_IN_MODELS)
def test_built_in_models_pass(check: Any, name: str) -> None:
    """They are held to what users' own are held to, at the size of the smallest pictures."""
    backbone = {"backbone": "MobileNetV3Small", "weights": "random"} if name == "transfer" else {}
    settings = Settings.model_validate(
        {"model": name, "image_size": 32, "dense_units": 16, **backbone}
    )
    check.attempt(model_case(settings))


@pytest.mark.parametrize("name", [name for name in BUILT_IN.augmentations if name != "none"])
def test_built_in_augmentations_pass(name: str) -> None:
    """Each with its default strength."""
    for check in training_checks.AUGMENTATIONS.checks:
        check.attempt(training_checks.AugmentationCase(name))


@pytest.mark.parametrize("name", list(BUILT_IN.schedules))
def test_built_in_schedules_pass(name: str) -> None:
    """Each with its default settings."""
    settings = Settings(learning_rate_schedule=name)
    for check in training_checks.SCHEDULES.checks:
        check.attempt(training_checks.ScheduleCase(settings))


@pytest.mark.parametrize("name", BUILT_IN.metrics)
def test_built_in_metrics_pass(name: str) -> None:
    """Range, direction, and no regard for the order of pictures."""
    for check in metric_checks.METRICS.checks:
        check.attempt(metric_checks.MetricCase(BUILT_IN.metrics[name]))


def test_the_documentation_lists_every_mistake_with_its_test() -> None:
    """As they are made here, no more and no less."""
    page = Path(__file__).parents[2] / "docs" / "reference" / "tests.md"
    rows = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    listed = [row for row in rows if row != "| what is wrong | the test that fails |"]
    assert listed == [f"| {mistake} | {fact} |" for _, mistake, _, fact in BROKEN]
