"""The table of further metrics: which there are, what they are called, what stands in a cell."""

import pytest
from conftest import MakeReport, MakeStudy
from factories import build_record

from scenes.errors import SpecError
from scenes.plan.plan import StudyPlan
from scenes.report.language.catalogue import load_words
from scenes.report.language.locale import Words
from scenes.report.language.metric_words import bare_name, measure_name, superlative
from scenes.report.lint.metric_check import check_metrics
from scenes.report.markup.templates import catalogues_folder
from scenes.report.views.metrics import TrialFacts, view_metrics
from scenes.spec.registry import BUILT_IN


@pytest.fixture(params=["en", "es"])
def words(request: pytest.FixtureRequest) -> Words:
    """Return the words of a language."""
    return load_words(request.param, catalogues_folder())


@pytest.fixture
def study(make_study: MakeStudy) -> StudyPlan:
    """Return a study of two values with two seeds each."""
    half = [build_record(seed=seed, right=[True] * 4 + [False] * 4) for seed in (0, 1)]
    return make_study({"a": half, "b": [build_record(seed=seed) for seed in (0, 1)]})


def test_a_cell_holds_the_mean_and_its_interval(study: StudyPlan, words: Words) -> None:
    """Four of eight pictures: balanced accuracy is one half, and far from certain."""
    table = view_metrics(study, ["balanced_accuracy", "val_loss"], "1 T", words)
    assert table is not None
    (head,) = table.heads  # the loss stands in the table of results
    assert head.endswith("(%)")
    cell = table.rows[0][1][0]
    assert cell.value.value == 0.5
    assert cell.value.n == 2
    assert 0.05 < cell.low.value < 0.5 < cell.high.value < 0.95


def test_no_table_without_metrics(study: StudyPlan, words: Words) -> None:
    """Loss and accuracy have their own."""
    assert view_metrics(study, ["val_loss", "val_accuracy"], "1 T", words) is None


def test_every_metric_is_a_fact(study: StudyPlan, words: Words) -> None:
    """By its name, in the report's language; an unknown one is refused with the choices."""
    facts = TrialFacts(study, study.trials[0], "1 T", words)
    for name, entry in BUILT_IN.metrics.items():
        full = f"{name}:class 1" if entry.is_per_class else name
        if name != "top_5":
            assert str(facts[full])
    with pytest.raises(KeyError, match="the measures are parameters"):
        facts["f2"]


@pytest.mark.parametrize("name", BUILT_IN.metrics)
def test_every_metric_has_words(name: str, words: Words) -> None:
    """No language prints a bare key; that of a class names it."""
    full = f"{name}:cat" if BUILT_IN.metrics[name].is_per_class else name
    for text in (bare_name(full, words), superlative(full, words), measure_name(full, words)):
        assert text
        assert "_" not in text
        assert ("cat" in text) == BUILT_IN.metrics[name].is_per_class


def test_metrics_must_fit_the_classes(make_report: MakeReport) -> None:
    """All that do not are listed, each with its place."""
    report = make_report(metrics=["recall:cats", "top_3", "macro_f1"])
    with pytest.raises(SpecError) as caught:
        check_metrics(report, ["cat", "dog"])
    assert len(caught.value.problems) == 2
    assert "did you mean 'cat'?" in caught.value.problems[0]
    assert "top_3 needs at least 4 classes" in caught.value.problems[1]
    check_metrics(report, ["cats", "dog", "eel", "fox"])
