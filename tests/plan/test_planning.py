"""Studies become runs: shared, carried forward, waiting, or failed."""

from pathlib import Path
from typing import Any

import pytest
from conftest import MakeRecord
from factories import VERSIONS

from scenes.plan.plan import Plan, Run
from scenes.plan.planning import plan_report, rank_trials
from scenes.runs.lookup import Results
from scenes.runs.record import Failure
from scenes.runs.store import Store
from scenes.spec.loader import check_report
from scenes.spec.report import Report
from scenes.spec.settings import Settings
from scenes.spec.study import Choice

FIRST = {
    "name": "batch",
    "title": "B",
    "question": "?",
    "factor": "batch_size",
    "values": [8, 16],
    "choose": {"by": "val_loss"},
}
SECOND = {
    "name": "rate",
    "title": "R",
    "question": "?",
    "factor": "learning_rate",
    "values": [0.1, 0.01],
    "use": ["batch"],
}
AUGMENTED = {
    "name": "augmentation",
    "title": "A",
    "question": "?",
    "factor": "augmentation",
    "values": [
        "none",
        "zoom",
        "brightness",
        "rotation",
        {"key": "two", "combine": {"best": 2, "of": ["zoom", "brightness", "rotation"]}},
    ],
    "choose": {"by": "val_loss"},
}


def report_of(*studies: dict[str, Any], seeds: tuple[int, ...] = (0,)) -> Report:
    """Return a report of these studies."""
    return check_report(
        {"title": "T", "authors": ["A"], "seeds": seeds, "study": list(studies)}, "a test"
    )


class Laboratory:
    """A store, and plans made from what has been put into it."""

    def __init__(self, root: Path, make_record: MakeRecord) -> None:
        self.store, self.make_record = Store(root), make_record

    def plan(self, report: Report) -> Plan:
        """Plan a report from what is recorded now."""
        return plan_report(report, lambda _: "d", Results(self.store), versions=VERSIONS)

    def finish(self, run: Run, val_loss: float, val_accuracy: float = 0.5) -> None:
        """Record a run that ends with this loss."""
        history = {"val_loss": [val_loss], "val_accuracy": [val_accuracy]}
        self.store.save(self.make_record(run.id, identity=run.identity, history=history))

    def finish_study(self, plan: Plan, study: str, losses: dict[str, float | None]) -> None:
        """Record every run of some values; None stands for a failure."""
        for key, loss in losses.items():
            for run in plan.study(study).trial(key).runs:
                if loss is None:
                    self.store.save_failure(run.id, "diverged")
                else:
                    self.finish(run, loss)


@pytest.fixture
def laboratory(tmp_path: Path, make_record: MakeRecord) -> Laboratory:
    """Return an empty laboratory."""
    return Laboratory(tmp_path, make_record)


def test_a_study_is_values_times_seeds(laboratory: Laboratory) -> None:
    """Each value is a trial with one run per seed; all are missing at first."""
    plan = laboratory.plan(report_of(FIRST, seeds=(0, 5)))
    trials = plan.study("batch").trials
    assert [(trial.key, trial.label, trial.settings.batch_size) for trial in trials] == [
        ("8", "8", 8),
        ("16", "16", 16),
    ]
    assert [run.seed for run in trials[0].runs] == [0, 5]
    assert len(plan.runs) == len(plan.missing) == 4
    assert all(trial.is_missing for trial in trials)


def test_a_run_that_studies_share_is_trained_once(laboratory: Laboratory) -> None:
    """Two studies that ask for the same run share it and its result."""
    other = {**FIRST, "name": "again", "values": [16, 32]}
    report = report_of(FIRST, other)
    plan = laboratory.plan(report)
    assert len(plan.runs) == 3
    laboratory.finish(plan.study("batch").trial("16").runs[0], 0.5)
    plan = laboratory.plan(report)
    assert len(plan.missing) == 2
    assert plan.study("again").trial("16").records == plan.study("batch").trial("16").records != ()


def test_a_later_study_waits_for_a_choice(laboratory: Laboratory) -> None:
    """Until every run of a study is there, what uses its choice has no trials."""
    report = report_of(FIRST, SECOND, seeds=(0, 1))
    plan = laboratory.plan(report)
    assert plan.study("rate").trials == ()
    assert plan.study("rate").waiting == ("0.1", "0.01")
    assert plan.waiting == 4
    assert [settings.learning_rate for _, settings in plan.later] == [0.1, 0.1, 0.01, 0.01]
    assert plan.study("batch").chosen is None
    laboratory.finish_study(plan, "batch", {"8": 0.4})
    assert laboratory.plan(report).study("rate").trials == ()


def test_the_rule_chooses_and_carries_forward(laboratory: Laboratory) -> None:
    """The best value of a study is a setting of each trial that uses it."""
    report = report_of(FIRST, SECOND)
    laboratory.finish_study(laboratory.plan(report), "batch", {"8": 0.4, "16": 0.3})
    plan = laboratory.plan(report)
    chosen = plan.study("batch").chosen
    assert chosen is not None
    assert (chosen.key, chosen.by_rule) == ("16", "16")
    assert [trial.settings.batch_size for trial in plan.study("rate").trials] == [16, 16]
    assert [trial.settings.learning_rate for trial in plan.study("rate").trials] == [0.1, 0.01]
    assert plan.waiting == 0


def test_settings_lie_over_each_other(laboratory: Laboratory) -> None:
    """Base, study, carried choice, value: the later goes before the earlier."""
    chosen = {**FIRST, "choose": {"value": 8, "because": "x"}}
    later = {**SECOND, "set": {"batch_size": 32, "epochs": 3}}
    plan = laboratory.plan(report_of(chosen, later))
    settings = plan.study("rate").trial("0.1").settings
    assert (settings.batch_size, settings.epochs, settings.learning_rate) == (8, 3, 0.1)
    again = {**FIRST, "name": "again", "use": ["batch"]}
    plan = laboratory.plan(report_of(chosen, again))
    assert [trial.settings.batch_size for trial in plan.study("again").trials] == [8, 16]


def test_a_group_of_settings_is_carried_whole(laboratory: Laboratory) -> None:
    """A value that sets several settings hands on all of them."""
    values = [{"key": "a", "filters": [4], "kernel_size": 5}, {"key": "b", "filters": [8, 8]}]
    group = {**FIRST, "factor": "size", "factor_label": "size", "values": values}
    group["choose"] = {"value": "a", "because": "x"}
    plan = laboratory.plan(report_of(group, SECOND))
    settings = plan.study("rate").trials[0].settings
    assert (settings.filters, settings.kernel_size) == ((4,), 5)


def test_the_authors_choice_needs_no_results(laboratory: Laboratory) -> None:
    """It is handed on at once, and stands beside the rule's when that is known."""
    chosen = {**FIRST, "choose": {"value": 8, "because": "x"}}
    report = report_of(chosen, SECOND)
    plan = laboratory.plan(report)
    assert plan.study("rate").trials[0].settings.batch_size == 8
    assert plan.waiting == 0
    laboratory.finish_study(plan, "batch", {"8": 0.4, "16": 0.3})
    found = laboratory.plan(report).study("batch").chosen
    assert found is not None
    assert (found.key, found.by_rule) == ("8", "16")


def test_a_combination_waits_for_its_parts(laboratory: Laboratory) -> None:
    """It is no trial before every candidate has ended, then it joins the best."""
    report = report_of(AUGMENTED)
    plan = laboratory.plan(report)
    assert plan.study("augmentation").waiting == ("two",)
    assert [trial.key for trial in plan.study("augmentation").trials][-1] == "rotation"
    losses = {"zoom": 0.5, "brightness": 0.9, "rotation": 0.4}
    laboratory.finish_study(plan, "augmentation", dict(list(losses.items())[:2]))
    assert laboratory.plan(report).study("augmentation").waiting == ("two",)
    laboratory.finish_study(plan, "augmentation", {"rotation": 0.4})
    study = laboratory.plan(report).study("augmentation")
    assert study.waiting == ()
    assert study.trial("two").combined == ("zoom", "rotation")
    assert study.trial("two").settings.augmentation == "zoom+rotation"
    assert study.chosen is None


def test_a_combination_can_be_chosen_and_carried(laboratory: Laboratory) -> None:
    """Its augmentation is a setting of what uses it."""
    report = report_of(AUGMENTED, {**SECOND, "use": ["augmentation"]})
    plan = laboratory.plan(report)
    losses: dict[str, float | None] = {"none": 1, "zoom": 0.5, "brightness": 0.9, "rotation": 0.4}
    laboratory.finish_study(plan, "augmentation", losses)
    laboratory.finish_study(laboratory.plan(report), "augmentation", {"two": 0.1})
    plan = laboratory.plan(report)
    assert plan.study("rate").trials[0].settings.augmentation == "zoom+rotation"


def test_an_authors_choice_of_a_combination_waits(laboratory: Laboratory) -> None:
    """What uses it cannot be planned before the parts are known."""
    chosen = {**AUGMENTED, "choose": {"value": "two", "because": "x"}}
    report = report_of(chosen, {**SECOND, "use": ["augmentation"]})
    plan = laboratory.plan(report)
    assert plan.study("augmentation").chosen is None
    assert plan.waiting == 3
    losses: dict[str, float | None] = {"zoom": 0.5, "brightness": 0.9, "rotation": 0.4}
    laboratory.finish_study(plan, "augmentation", losses)
    plan = laboratory.plan(report)
    assert plan.study("rate").trials[0].settings.augmentation == "zoom+rotation"


def test_too_many_failures_leave_no_combination(laboratory: Laboratory) -> None:
    """Where fewer parts than wanted have a result, there is nothing to train and no error."""
    report = report_of(AUGMENTED)
    plan = laboratory.plan(report)
    losses: dict[str, float | None] = {"none": 1, "zoom": None, "brightness": None, "rotation": 1}
    laboratory.finish_study(plan, "augmentation", losses)
    plan = laboratory.plan(report)
    assert plan.missing == ()
    assert plan.study("augmentation").waiting == ("two",)
    assert plan.study("augmentation").chosen is None


def test_a_failure_is_a_result(laboratory: Laboratory) -> None:
    """A failed run is not missing, has its reason, and its value ranks nowhere."""
    report = report_of(FIRST, SECOND)
    plan = laboratory.plan(report)
    laboratory.finish_study(plan, "batch", {"8": None, "16": 0.9})
    plan = laboratory.plan(report)
    trial = plan.study("batch").trial("8")
    assert trial.failures == (Failure(trial.runs[0].id, "diverged"),)
    assert not trial.is_missing
    assert (trial.records, plan.study("rate").trials[0].settings.batch_size) == ((), 16)


def test_failures_of_all_values_choose_nothing(laboratory: Laboratory) -> None:
    """Then what uses the study goes on waiting, and nothing is left to train."""
    report = report_of(FIRST, SECOND)
    laboratory.finish_study(laboratory.plan(report), "batch", {"8": None, "16": None})
    plan = laboratory.plan(report)
    assert (plan.missing, plan.waiting, plan.study("batch").chosen) == ((), 2, None)


def test_a_failed_seed_leaves_the_others(laboratory: Laboratory) -> None:
    """A value is judged by the seeds that have a result."""
    report = report_of(FIRST, seeds=(0, 1))
    plan = laboratory.plan(report)
    laboratory.finish_study(plan, "batch", {"16": 0.5})
    first, second = plan.study("batch").trial("8").runs
    laboratory.finish(first, 0.4)
    laboratory.store.save_failure(second.id, "died")
    plan = laboratory.plan(report)
    chosen = plan.study("batch").chosen
    assert chosen is not None
    assert chosen.by_rule == "8"
    assert len(plan.study("batch").trial("8").records) == 1


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (Choice(by="val_loss", epoch="last"), "8"),
        (Choice(by="val_loss", epoch="best"), "16"),
        (Choice(by="val_accuracy", epoch="last"), "16"),
        (Choice(by="val_accuracy", epoch="best"), "8"),
    ],
)
def test_rules(laboratory: Laboratory, choice: Choice, expected: str) -> None:
    """A rule is a metric at the last epoch, or at its best one."""
    report = report_of(FIRST)
    histories = {
        "8": {"val_loss": [0.5, 0.4], "val_accuracy": [0.9, 0.5]},
        "16": {"val_loss": [0.1, 0.6], "val_accuracy": [0.6, 0.6]},
    }
    for key, history in histories.items():
        run = laboratory.plan(report).study("batch").trial(key).runs[0]
        record = laboratory.make_record(run.id, identity=run.identity, history=history)
        laboratory.store.save(record)
    ranking = rank_trials(choice, laboratory.plan(report).study("batch").trials)
    assert ranking is not None
    assert ranking.taken == expected


def test_settings_decide_the_pictures(laboratory: Laboratory) -> None:
    """The fingerprint of the pictures that a value selects is part of its runs' identity."""
    study = {**FIRST, "factor": "train_per_class", "values": [2, 3]}
    results = Results(laboratory.store)
    plan = plan_report(
        report_of(study), lambda it: f"data-{it.train_per_class}", results, versions=VERSIONS
    )
    assert [run.identity["data"] for run in plan.runs] == ["data-2", "data-3"]


FACTORS: dict[str, list[Any]] = {
    "model": ["tutorial", "lenet", "mlp"],
    "image_size": [32, 64],
    "interpolation": ["nearest", "bilinear", "lanczos"],
    "train_per_class": [5, 10, 20],
    "val_per_class": [5, 10],
    "batch_size": [8, 16],
    "epochs": [1, 2],
    "optimizer": ["sgd", "adam"],
    "learning_rate": [0.1, 0.01],
    "learning_rate_schedule": ["constant", "cosine", "exponential", "step"],
    "schedule_factor": [0.1, 0.5],
    "schedule_every": [1, 2],
    "schedule_floor": [0.0, 0.1],
    "patience": [0, 2, 5],
    "stop_by": ["val_loss", "val_accuracy"],
    "restore_best": [False, True],
    "momentum": [0.0, 0.9],
    "weight_decay": [0.0, 0.001],
    "label_smoothing": [0.0, 0.1],
    "class_weights": ["none", "balanced"],
    "precision": ["float32", "mixed_bfloat16"],
    "augmentation": ["none", "zoom"],
    "augmentation_strength": [0.1, 0.2],
    "activation": ["relu", "tanh"],
    "filters": [[16], [16, 32], [16, 32, 64]],
    "kernel_size": [3, 5],
    "dense_units": [64, 128],
    "dropout": [0.0, 0.5],
    "backbone": ["VGG16", "ResNet50"],
    "head_units": [60, 120],
    "weights": ["imagenet", "random"],
    "trainable": ["none", "all", 4],
}
TRANSFER = {"model": "transfer", "backbone": "VGG16"}
NEEDED: dict[str, dict[str, Any]] = {
    "schedule_factor": {"learning_rate_schedule": "step"},
    "schedule_every": {"learning_rate_schedule": "exponential"},
    "schedule_floor": {"learning_rate_schedule": "cosine"},
    "stop_by": {"patience": 3},
    "restore_best": {"patience": 3},
    "augmentation_strength": {"augmentation": "zoom"},
    "backbone": TRANSFER,
    "head_units": TRANSFER,
    "weights": TRANSFER,
    "trainable": TRANSFER,
}


def test_every_setting_is_tried_as_a_factor() -> None:
    """A setting that is added gets a row in the table above."""
    assert FACTORS.keys() == Settings.model_fields.keys()


@pytest.mark.parametrize("factor", FACTORS)
def test_any_setting_can_be_a_factor(factor: str) -> None:
    """Each value is a run of its own, and differs from the others in that setting alone."""
    values = FACTORS[factor]
    study = {"name": "s", "title": "S", "question": "?", "factor": factor, "values": values}
    report = report_of({**study, "set": NEEDED.get(factor, {})}, seeds=(0, 1))

    def fingerprint(settings: Settings) -> str:
        return f"{settings.train_per_class} {settings.val_per_class}"

    results = Results(Store(Path("no-such-store")))
    plan = plan_report(report, fingerprint, results, versions=VERSIONS)
    (planned,) = plan.studies
    assert len({run.id for run in plan.runs}) == len(plan.runs) == 2 * len(values)
    for value, trial in zip(values, planned.trials, strict=True):
        found = trial.settings.model_dump()
        first = planned.trials[0].settings.model_dump()
        assert found[factor] == (tuple(value) if isinstance(value, list) else value)
        assert {name for name in found if found[name] != first[name]} <= {factor}


@pytest.mark.parametrize("chosen", ["8", "16"])
def test_no_more_runs_come_than_were_foreseen(chosen: str, laboratory: Laboratory) -> None:
    """Whatever a study chooses; what is known already of those that wait is what they get."""
    third = {**SECOND, "name": "third", "factor": "dropout", "values": [0, 0.5]}
    report = report_of(FIRST, SECOND, {**third, "set": {"filters": [8]}, "use": ["batch"]})
    before = laboratory.plan(report)
    foreseen = dict(before.later)
    assert foreseen["third"].filters == (8,)
    laboratory.finish_study(before, "batch", {"8": 0.5, "16": 0.5, chosen: 0.1})
    after = laboratory.plan(report)
    assert len(after.runs) - len(before.runs) <= before.waiting
    assert after.study("third").trials[-1].settings == foreseen["third"].model_copy(
        update={"batch_size": int(chosen)}
    )


def test_a_study_and_its_values_may_have_their_own_seeds(laboratory: Laboratory) -> None:
    """A value's own seeds come before its study's, and these before the report's."""
    own = {**SECOND, "use": [], "seeds": [3, 4], "value_seeds": {"0.01": [5]}}
    plan = laboratory.plan(report_of(FIRST, own, seeds=(0,)))
    seeds = {
        study.study.name: {trial.key: [run.seed for run in trial.runs] for trial in study.trials}
        for study in plan.studies
    }
    assert seeds == {"batch": {"8": [0], "16": [0]}, "rate": {"0.1": [3, 4], "0.01": [5]}}
    assert plan.report.most_seeds == 2


def test_listed_seeds_of_a_study_are_all_trained(laboratory: Laboratory) -> None:
    """Where the report's seeds are added until a study is decided, this one has no looks."""
    report = report_of(FIRST, {**SECOND, "use": [], "seeds": [0, 1, 2]})
    report = report.model_copy(update={"seeds": tuple(range(6)), "max_seeds": 6})
    batch, rate = laboratory.plan(report).studies
    assert batch.planned_looks
    assert not rate.planned_looks
    assert [len(trial.runs) for trial in rate.trials] == [3, 3]
