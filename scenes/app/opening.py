"""Opens a test set: a request in, one more opening on the record out.

All reasons not to open it are reported first. What runs say of the test pictures
is recorded before any of it is shown, so that no look at them goes uncounted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console

from scenes.app.request import Opened, Request, command_of, open_request
from scenes.app.writing import openings_of, recorded_plan
from scenes.data.folder import Dataset
from scenes.errors import MachineError, TestSetError
from scenes.plan.final import final_trial, rival_trials
from scenes.plan.plan import Plan, Run, Trial
from scenes.runs.identity import training_versions
from scenes.runs.openings import Opening, save_opening
from scenes.runs.record import Record
from scenes.runs.requests import description_id
from scenes.runs.sealed import DamagedRecordError
from scenes.runs.weights_store import load_weights
from scenes.spec import registry
from scenes.system.disk import require_writable
from scenes.system.formatting import printable, said_count

if TYPE_CHECKING:
    from scenes.training.opening import Question

SHOWN_DATE = "%Y-%m-%d"


@dataclass(frozen=True)
class Seal:
    """What is to be opened, checked.

    Attributes:
        opened: The request.
        test: The test split alone.
        final: The final configuration.
        final_name: Of it, as `study/value`.
        rivals: What is measured beside it, by `study/value`.
        before: The openings of any of these pictures so far.
    """

    opened: Opened
    test: Dataset
    final: Trial
    final_name: str
    rivals: dict[str, Trial]
    before: list[Opening]

    @property
    def trials(self) -> tuple[Trial, ...]:
        """Everything that is measured."""
        return (self.final, *self.rivals.values())


def open_test_set(
    request: Request, console: Console, *, again: bool = False
) -> tuple[Opening, int]:
    """Measure the final configuration and its rivals on the test set, and record that.

    Args:
        request: Which report, on which pictures.
        console: Says what is being done.
        again: Open a test set that was opened before.

    Returns:
        The opening, and how often these pictures have been opened with it.

    Raises:
        TestSetError: It cannot be opened, or was opened before; with every reason.
        MachineError: TensorFlow is not installed.
        TrainingError: The weights of a run are not its own.
    """
    opened = open_request(request, console)
    seal = check_seal(opened, recorded_plan(opened, console), again=again)
    if training_versions() is None:
        hint = "Install it with: pip install 'scenes[train-cpu]'  (or scenes[train] for GPUs)"
        raise MachineError("The test set cannot be opened.", ["TensorFlow is not installed"], hint)
    require_writable([opened.store.root])
    from scenes.training.opening import predict_test

    told = said_count(len(seal.test.splits["test"]), "picture|pictures")
    with console.status(f"measuring on {told} of the test set"):
        try:
            probabilities = predict_test(_questions(seal), log=opened.store.log)
        except DamagedRecordError as error:
            raise TestSetError("The test set was not opened.", [str(error)]) from None
    pictures = seal.test.splits["test"]
    opening = Opening(
        opened=datetime.now(UTC).isoformat(timespec="seconds"),
        classes=seal.test.classes,
        pictures=tuple(picture.name for picture in pictures),
        truth=np.array([picture.label for picture in pictures], np.int64),
        contents=tuple(picture.sha256 for picture in pictures),
        probabilities=probabilities,
        final=_ids(seal.final),
        rivals={name: _ids(trial) for name, trial in seal.rivals.items()},
        about={
            "final": seal.final_name,
            "command": command_of(opened),
            "description": description_id(opened.description.text),
            "versions": training_versions(),
        },
    )
    save_opening(opened.store, opening)
    return opening, len(seal.before) + 1


def check_seal(opened: Opened, plan: Plan, *, again: bool) -> Seal:
    """Return what is to be opened.

    Raises:
        TestSetError: It cannot be; every reason is named.
    """
    test = opened.pictures.test
    if test is None:
        raise TestSetError(
            "There is no test set to open.",
            ["the pictures have no test split, and [data] sets none aside"],
            "Add a test folder beside train and val, or: [data] test = 0.2",
        )
    problems = list(_unfinished(plan))
    found = None if problems else final_trial(plan.studies)
    if found is None:
        problems = problems or ["no run has finished"]
        hint = "Train it first: scenes report; the final configuration is not known before."
        raise TestSetError("The test set stays closed.", problems, hint)
    study, final = found
    name = f"{study.study.name}/{final.key}"
    named = zip(plan.report.test.rivals, rival_trials(plan), strict=True)
    rivals = {rival: trial for rival, trial in named if rival != name}
    before = openings_of(opened)
    seal = Seal(opened, test, final, name, rivals, before)
    if problems := list(_without_weights(seal)):
        hint = (
            "Weights are kept of the final configuration and of [test] rivals, or of all runs with "
            'keep_weights = "all". Those of a run come back when it is trained again: move its '
            f"folder out of {printable(opened.store.runs)} first."
        )
        raise TestSetError("The test set stays closed.", problems, hint)
    if before and not again:
        raise TestSetError(
            f"This test set has been opened {said_count(len(before), 'time|times')} already.",
            [f"{one.date:{SHOWN_DATE}}: {one.about.get('final', '?')}" for one in before],
            "What is known of it can no longer be forgotten, and each look makes the figures less "
            "of a test. To open it all the same, and have the report count it: --again",
        )
    return seal


def _unfinished(plan: Plan) -> Iterator[str]:
    missing = len(plan.missing) + plan.waiting
    if missing:
        yield said_count(missing, "run|runs is|are not recorded yet")


def _without_weights(seal: Seal) -> Iterator[str]:
    """Yield why a run that is to be measured cannot be."""
    for trial in seal.trials:
        for run in trial.runs:
            if not isinstance(run.result, Record):
                continue  # it failed, and has nothing to measure
            try:
                if load_weights(seal.opened.store, run.id) is None:
                    yield f"{trial.key}, seed {run.seed}: no weights are kept of run {run.id}"
            except DamagedRecordError as error:
                yield f"{trial.key}, seed {run.seed}: the weights of run {run.id}: {error}"
        if not trial.records:
            yield f"{trial.key}: none of its runs has finished"


def _questions(seal: Seal) -> "Iterator[Question]":
    from scenes.training.opening import Question

    for run in _finished(seal.trials):
        if isinstance(run.result, Record):
            part = seal.opened.pictures.part(run.settings, run.fold)
            origin = registry.current().origin
            yield Question(run, run.result, part, seal.test, seal.opened.store, origin)


def _finished(trials: Sequence[Trial]) -> list[Run]:
    runs = {run.id: run for trial in trials for run in trial.runs}
    return [run for run in runs.values() if isinstance(run.result, Record)]


def _ids(trial: Trial) -> tuple[str, ...]:
    return tuple(record.id for record in trial.records)
