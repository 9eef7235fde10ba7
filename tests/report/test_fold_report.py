"""A report with folds speaks of folds, in its text, tables and limits, and never of seeds."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from outcomes import EPOCHS, PICTURES, Outcome, dataset, make_record, study_table

from scenes.claims.amounts import interval
from scenes.claims.comparison import compare_study
from scenes.plan.plan import Plan
from scenes.plan.planning import plan_report
from scenes.report.document import Document
from scenes.report.language.catalogue import load_words
from scenes.report.language.locale import FOLDS
from scenes.report.markup.templates import catalogues_folder
from scenes.report.rendering import render_document
from scenes.runs.record import Failure, Record
from scenes.spec.loader import check_report
from scenes.spec.settings import Settings
from scenes.stats.folds import overlap_factor
from scenes.stats.inference import half_width, sampling_margin

FOLD_COUNT = 5


@dataclass
class FoldResults:
    """Answers a plan's questions; each fold has pictures of its own."""

    losses: Mapping[float, float]

    def find(self, identity: Mapping[str, Any]) -> Record | Failure:
        """Return the run with this identity."""
        loss = self.losses[identity["settings"]["learning_rate"]]
        made = make_record(identity, Outcome(loss, share=1 - loss / 4, noise=0.02))
        names = tuple(f"{identity['data']}/{name}" for name in made.predictions.pictures)
        return replace(made, predictions=replace(made.predictions, pictures=names))


def fold_plan(language: str = "en") -> Plan:
    """Plan a study of three values over five folds: one ends far below the others."""
    values = {0.001: 1.5, 0.01: 1.49, 0.1: 0.5}
    report = check_report(
        {
            "title": "T", "authors": ["A"], "seeds": [0], "language": language,
            "data": {"folds": FOLD_COUNT}, "base": {"epochs": EPOCHS, "image_size": 16},
            "figures": ["confusion", "recall", "mistakes"],
            "study": [study_table("learning_rate", [*values], choose={})],
        },
        "a test",
    )  # fmt: skip

    def fingerprint(settings: Settings, fold: int | None = None) -> str:
        return f"fold {fold}"

    return plan_report(report, fingerprint, FoldResults(values), versions=None)


def test_values_are_paired_by_fold() -> None:
    """The one that leads is told apart; its reason counts folds."""
    found = compare_study(fold_plan().studies[0], "val_loss")
    assert found["0.1", "0.001"].is_sure
    assert found["0.1", "0.001"].is_by_fold
    assert "5 folds" in str(found["0.1", "0.001"])
    assert not found["0.001", "0.01"].is_sure
    assert 0 < found["0.001", "0.01"].detectable < 0.2


def test_folds_that_agree_are_not_certain() -> None:
    """An accuracy that is the same on all folds is as uncertain as its pictures are few."""
    trial = fold_plan().studies[0].trial("0.1")
    mean, reach = interval(trial.records, "val_accuracy")
    assert len({record.final("val_accuracy") for record in trial.records}) == 1
    assert reach == pytest.approx(sampling_margin(mean, FOLD_COUNT * PICTURES))
    loss, spread = interval(trial.records, "val_loss")
    figures = [record.final("val_loss") for record in trial.records]
    widened = half_width(float(np.std(figures, ddof=1)), FOLD_COUNT) * overlap_factor(FOLD_COUNT)
    assert (loss, spread) == pytest.approx((np.mean(figures), widened))


@pytest.mark.parametrize(
    ("language", "fold", "seed"),
    [("en", r"5 folds", r"\bseeds?\b"), ("es", r"5 pliegues", r"\bsemillas?\b")],
)
def test_the_text_speaks_of_folds(language: str, fold: str, seed: str, tmp_path: Path) -> None:
    """Seeds are named as what a run has, in its list, and where each fold is said to have one."""
    pictures = replace(dataset(), splits={"train": dataset().splits["train"], "val": ()})
    document = Document(fold_plan(language), pictures, tmp_path, "x", "scenes report x")
    html, _ = render_document(document, is_drawn=False)
    text = " ".join(re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL).split())
    assert len(re.findall(fold, text)) > 2
    told = [text[max(0, it.start() - 60) : it.end() + 60] for it in re.finditer(seed, text, re.I)]
    allowed = (
        "a seed of its own", "pictures and the seed", "0, 1, 2, 3, 4",
        "con una semilla propia", "imágenes y la semilla",
    )  # fmt: skip
    assert [it for it in told if not any(each in it for each in allowed)] == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_words_of_folds_stand_for_others(language: str) -> None:
    """Each replaces a sentence that there is, and asks for nothing that it is not given."""
    words = load_words(language, catalogues_folder())
    own = [key for key in words.catalogue if key.startswith(FOLDS)]
    assert own
    for key in own:
        plain = key.removeprefix(FOLDS)
        assert words.catalogue[key] != words.catalogue[plain]
        given = set(re.findall(r"{(\w+)}", words.catalogue[plain]))
        assert set(re.findall(r"{(\w+)}", words.catalogue[key])) <= given
        assert words.of_folds.catalogue[plain] == words.catalogue[key]
