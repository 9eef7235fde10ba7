"""A study's view says which epoch its final figures are of, and which runs stopped early."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from conftest import MakeReport, build_record, build_study

from scenes.report.language.catalogue import load_words
from scenes.report.markup.templates import catalogues_folder
from scenes.report.prose.phrasing import with_values
from scenes.report.views.study import StudyView, view_study
from scenes.runs.record import Record
from scenes.spec.text import with_epochs


def record(losses: Sequence[float], *, kept: int | None = None, planned: int = 4) -> Record:
    """Return a run with these validation losses, of which so many epochs were planned."""
    accuracies = [0.1 * (index + 1) for index in range(len(losses))]
    history = {"val_loss": losses, "val_accuracy": accuracies}
    made = build_record(seed=len(losses), history=history, kept=kept)
    return replace(made, stopped_early=len(losses) < planned)


def view(make_report: MakeReport, language: str, *records: Record) -> StudyView:
    """Return the view of a study in which one value has these runs, and one a whole run."""
    plan = build_study({"a": records, "b": [record([4, 3, 2, 1])]})
    trials = tuple(
        replace(trial, settings=trial.settings.model_copy(update={"epochs": 4}))
        for trial in plan.trials
    )
    return view_study(
        replace(plan, trials=trials), {}, make_report(), load_words(language, catalogues_folder())
    )


def test_each_trial_has_its_own_last_epoch(make_report: MakeReport) -> None:
    """A value that stopped after two epochs says so, and the other says four."""
    seen = view(make_report, "en", record([3, 2]))
    assert [trial.last_epoch for trial in seen.trials] == ["2", "4"]
    (note,) = seen.notes
    assert "Early stopping ended the training of 32 after 2 epochs, before the 4" in note
    assert seen.remarks == ("32: stopped after 2 epochs.",)


def test_seeds_that_stop_apart_give_a_range(make_report: MakeReport) -> None:
    """From the shortest run to the longest."""
    seen = view(make_report, "es", record([3]), record([3, 2, 1]))
    assert seen.trials[0].last_epoch == "1–3"
    assert "tras 1–3 épocas" in seen.notes[0]


def test_a_run_that_stops_at_once_is_singular(make_report: MakeReport) -> None:
    """One epoch is one epoch."""
    assert "after 1 epoch, before" in view(make_report, "en", record([3])).notes[0]


@pytest.mark.parametrize(("kept", "label", "loss"), [(0, "kept 1", 1.0), (2, "3", 3.0)])
def test_a_restored_epoch_gives_the_final_figures(
    kept: int, label: str, loss: float, make_report: MakeReport
) -> None:
    """The figures are those of the model that was kept, and the curve has every epoch."""
    made = record([1, 2, 3], kept=kept)
    seen = view(make_report, "en", made)
    assert seen.trials[0].last_epoch == label
    assert seen.trials[0].val_loss.value == loss
    assert seen.trials[0].best_val_loss.value == 1.0
    assert len(made.history["val_loss"]) == 3


def test_runs_that_end_as_planned_need_no_note(make_report: MakeReport) -> None:
    """Nothing is said of them."""
    seen = view(make_report, "en", record([4, 3, 2, 1]))
    assert (seen.notes, seen.remarks) == ((), ())


def test_a_question_has_the_epochs_of_its_profile(make_report: MakeReport) -> None:
    """Where it says `{epochs}`, a profile of fewer epochs asks for fewer."""
    plan_view = view(make_report, "en", record([4, 3, 2, 1]))
    assert with_epochs("Over {epochs} epochs, and {this}?", plan_view.epochs) == (
        "Over 4 epochs, and {this}?"
    )


COUNTED = {
    "epochs": {"en": "with 1 epoch", "es": "con 1 época", "ca": "amb 1 època"},
    "train_per_class": {"en": "with 1 training picture per class"},
    "val_per_class": {"es": "con 1 imagen de validación por clase"},
    "dense_units": {"ca": "amb 1 unitat densa"},
    "head_units": {"en": "with 1 added unit"},
    "batch_size": {"en": "with batches of 1"},
}


@pytest.mark.parametrize(
    ("factor", "language", "said"),
    [(factor, *pair) for factor, each in COUNTED.items() for pair in each.items()],
)
def test_what_is_counted_agrees_with_one(
    factor: str, language: str, said: str, make_report: MakeReport
) -> None:
    """One value may be many: with 8 epochs, with 1 epoch, with 1 and 8 epochs."""
    keys = ("1", "8")
    plan = build_study({key: [record([3, 2])] for key in keys})
    trials = tuple(
        replace(trial, label=key, settings=trial.settings.model_copy(update={factor: int(key)}))
        for key, trial in zip(keys, plan.trials, strict=True)
    )
    study = plan.study.model_copy(update={"factor": factor})
    words = load_words(language, catalogues_folder())
    seen = view_study(replace(plan, study=study, trials=trials), {}, make_report(), words)
    one, eight = (str(with_values(seen, [trial], words)) for trial in seen.trials)
    assert one == said
    assert eight != one.replace("1", "8") or factor == "batch_size"
    assert str(with_values(seen, seen.trials, words)).startswith(eight.partition("8")[0])


@pytest.mark.parametrize(
    ("language", "said"), [("en", "over 1 epoch by"), ("es", "1 época"), ("ca", "1 època")]
)
def test_a_study_of_one_epoch_says_so(language: str, said: str, make_report: MakeReport) -> None:
    """In the alternative text of its figures, and in the line of its design."""
    plan = build_study({"a": [record([3])], "b": [record([4])]})
    trials = tuple(
        replace(trial, settings=trial.settings.model_copy(update={"epochs": 1}))
        for trial in plan.trials
    )
    words = load_words(language, catalogues_folder())
    seen = view_study(replace(plan, trials=trials), {}, make_report(), words)
    alt = words.count(
        "alt.accuracy", seen.most_epochs, epochs=seen.epochs, factor="", values="", best="",
        best_value="", worst="", worst_value="", widest="", gap="",
    )  # fmt: skip
    assert said in alt
    design = str(words.plural("setup.epochs", seen.most_epochs, epochs=seen.epochs))
    assert design.startswith("1 ")
    assert not design.endswith("s")
