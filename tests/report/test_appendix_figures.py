"""The figures that are asked for by name show the final configuration and say what they show."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import MakeRecord, MakeReport, MakeStudy
from PIL import Image

from scenes.data.folder import Dataset
from scenes.errors import SpecError
from scenes.plan.plan import StudyPlan
from scenes.report.figures.appendix_figures import EXHIBITS, exhibit_figures
from scenes.report.figures.cache import Drawer
from scenes.report.language.catalogue import load_words
from scenes.report.language.locale import Words
from scenes.report.markup.templates import templates_folder
from scenes.report.views.figure import FigureView
from scenes.report.views.study import StudyView, view_study
from scenes.runs.record import Record
from scenes.spec.registry import BUILT_IN
from scenes.spec.study import FigureName

NAMES: tuple[FigureName, ...] = tuple(BUILT_IN.figures)
SUMMARY: dict[str, Any] = {
    "name": "net", "layers": [], "parameters": 1000, "trainable": 1000, "frozen": 0,
    "backbone": None,
}  # fmt: skip


def final(words: Words, label: str, key: str = "phrase.final") -> str:
    """Return how a network of the first study is called."""
    return words(key, study="1", factor=words("setting.batch_size"), label=label)


Ask = Callable[..., list[FigureView]]


@pytest.fixture(params=["es", "en"])
def words(request: pytest.FixtureRequest) -> Words:
    """Each language."""
    return load_words(request.param, templates_folder() / "locale")


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """Four validation pictures of two classes."""
    (tmp_path / "val").mkdir()
    for index in range(4):
        Image.new("RGB", (20, 30), (60 * index, 0, 0)).save(tmp_path / f"val/{index}.png")
    return Dataset("d", "folder", tmp_path, ("cat", "dog"), {})


@pytest.fixture
def ask(make_report: MakeReport, dataset: Dataset, words: Words) -> Ask:
    """Return what makes the figures of studies with these results."""

    def figures(
        names: Sequence[FigureName], *plans: StudyPlan, data: Dataset = dataset
    ) -> list[FigureView]:
        views: list[StudyView] = []
        for plan in plans:
            trials = tuple(replace(trial, label=f"the {trial.key}") for trial in plan.trials)
            known = {view.name: view for view in views}
            views.append(view_study(replace(plan, trials=trials), known, make_report(), words))
        return exhibit_figures(views, names, data, words, Drawer(None))

    return figures


@pytest.fixture
def results(make_record: MakeRecord) -> dict[str, list[Record]]:
    """Two values: the second has the lower loss and takes two dogs of four pictures for cats."""

    def record(seed: int, loss: float, right: Sequence[bool]) -> Record:
        history = {"val_loss": [1.0, loss], "val_accuracy": [0.1, sum(right) / len(right)]}
        made = make_record(f"r{loss}-{seed}", seed=seed, history=history, right=right,
                           summary={**SUMMARY, "parameters": 1000 * loss})  # fmt: skip
        sure = np.array([0.6, 0.7, 0.8, 0.9])
        return replace(made, predictions=replace(made.predictions, confidence=sure))

    return {
        "worse": [record(seed, 0.9, (False, False, False, False)) for seed in (0, 1)],
        "better": [record(seed, 0.5, (True, False, True, False)) for seed in (0, 1)],
    }


def test_every_name_of_a_figure_has_what_makes_it() -> None:
    """The description and the drawing know the same names."""
    assert set(NAMES) == EXHIBITS.keys()


def test_an_unknown_figure_is_refused_with_the_choices(make_report: MakeReport) -> None:
    """A report asks only for figures that there are."""
    with pytest.raises(SpecError, match="confused_pairs") as caught:
        make_report(figures=["confusion", "heatmap"])
    assert "heatmap" in str(caught.value)


def test_every_figure_is_numbered_told_and_drawn(
    ask: Ask, make_study: MakeStudy, results: dict[str, list[Record]]
) -> None:
    """They are A1, A2, … and each picture has a text that stands for it."""
    found = ask(NAMES, make_study(results))
    assert [figure.number for figure in found] == [f"A{i}" for i in range(1, len(NAMES) + 1)]
    for figure in found:
        assert figure.caption
        if figure.kind != "summary":
            assert len(figure.alt) > 60
            assert not {"nan", "None"} & set(figure.alt.split())


def test_the_final_configuration_is_the_first_by_the_rule_of_the_last_study(
    ask: Ask, make_study: MakeStudy, results: dict[str, list[Record]], words: Words
) -> None:
    """The confusion matrix sums the seeds of the value with the lowest loss, and says so."""
    (figure,) = ask(
        ["confusion"], make_study({"only": results["worse"], "failed": []}), make_study(results)
    )
    model = final(words, "the better").replace("1", "2")
    assert model in figure.caption
    assert words("caption.pooled", n="2") in figure.caption
    confused = words("alt.confused", true="dog", predicted="cat", n="4", share=words.percent(1))
    assert figure.alt == words(
        "alt.confusion", model=model, n="8", right="4", share=words.percent(0.5),
        best="cat", best_value=words.percent(1), worst="dog", worst_value=words.percent(0),
    ) + f" {confused}"  # fmt: skip


def test_the_alt_of_recall_tells_range_winner_and_gap(
    ask: Ask, make_study: MakeStudy, results: dict[str, list[Record]], words: Words
) -> None:
    """Best and worst class, how far they are apart, and the accuracy over all."""
    (figure,) = ask(["recall"], make_study(results))
    assert figure.alt == words(
        "alt.recall", model=final(words, "the better"), n="2",
        best="cat", best_value=words.percent(1), worst="dog", worst_value=words.percent(0),
        gap=words.points(1), overall=words.percent(0.5),
    )  # fmt: skip


def test_mistakes_are_told_surest_first(
    ask: Ask, make_study: MakeStudy, results: dict[str, list[Record]], words: Words
) -> None:
    """Each picture once, whatever the seeds; the text names the first and the last."""
    pairs, mistakes = ask(["confused_pairs", "mistakes"], make_study(results))
    assert mistakes.alt == words(
        "alt.mistakes", model=final(words, "the better"), n="2",
        true="dog", predicted="cat", high=words.percent(0.9), low=words.percent(0.7),
    )  # fmt: skip
    told = words("alt.pair", true="dog", predicted="cat", n="4", share=words.percent(1))
    assert told in pairs.alt
    assert not pairs.remarks


def test_pictures_that_are_gone_are_told(
    ask: Ask, make_study: MakeStudy, results: dict[str, list[Record]], words: Words, tmp_path: Path
) -> None:
    """Without the data folder the figures are made, with empty places and a notice."""
    gone = Dataset("d", "folder", tmp_path / "gone", ("cat", "dog"), {})
    for figure in ask(["confused_pairs", "mistakes"], make_study(results), data=gone):
        assert figure.remarks == (words("notice.lost_pictures", n="2"),)


def test_a_network_without_mistakes_has_no_figures_of_them(
    ask: Ask, make_study: MakeStudy, make_record: MakeRecord
) -> None:
    """What there is none of is not shown, and the matrix speaks of no confusion."""
    perfect = make_record(right=(True,) * 4, summary=SUMMARY)
    found = ask(["confusion", "confused_pairs", "mistakes"], make_study({"a": [perfect], "b": []}))
    assert [figure.number for figure in found] == ["A1"]


def test_accuracy_against_cost_names_best_and_ends(
    ask: Ask, make_study: MakeStudy, results: dict[str, list[Record]], words: Words
) -> None:
    """The networks of all studies are counted once, though two studies share them."""
    study = make_study(results)
    (figure,) = ask(["parameters"], study, study)
    assert figure.alt == words(
        "alt.against_parameters", n="2", low=words.percent(0), high=words.percent(0.5),
        best="the better", best_cost="500", cheapest="the better", cheapest_cost="500",
        cheapest_value=words.percent(0.5), dearest="the worse", dearest_cost="900",
        dearest_value=words.percent(0),
    )  # fmt: skip
    assert words("caption.groups") in figure.caption
    (time,) = ask(["time"], study)
    assert words.duration(2.5) in time.alt


def test_a_study_asks_for_figures_of_its_own(
    ask: Ask, make_study: MakeStudy, results: dict[str, list[Record]], words: Words
) -> None:
    """What a study asks for comes after what the report asks for, and shows that study."""
    first = make_study({"only": results["worse"], "failed": []})
    own = replace(first, study=first.study.model_copy(update={"figures": ("recall",)}))
    found = ask(["confusion"], own, make_study(results))
    assert ["better" in figure.caption for figure in found] == [True, False]
    assert final(words, "the only", "phrase.of_study") in found[1].caption


def test_nothing_finished_means_no_figures(ask: Ask, make_study: MakeStudy) -> None:
    """A report whose runs all failed has an empty appendix."""
    assert ask(NAMES, make_study({"a": [None], "b": [None]})) == []
