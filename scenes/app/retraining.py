"""Trains runs of a document again: what a verifier drew of it in, what became of each run out.

They are trained through the engine, in a store of their own that is deleted at the end: what was
recorded elsewhere is never taken for them. Only settings and hashes of pictures come from the
document; its code is not run.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError
from rich.console import Console

from scenes.app.listed_pictures import find_pictures
from scenes.app.progress import TrainingProgress
from scenes.data.folder import Dataset
from scenes.errors import DataError, MachineError
from scenes.evidence.findings import Finding
from scenes.evidence.judging import COMPARED, judge_run
from scenes.evidence.recorded_runs import RecordedRun, Sample
from scenes.evidence.sampling import draw_runs
from scenes.evidence.verify import Verifier
from scenes.plan.cost import expected_duration, run_cost
from scenes.plan.memory import available_memory, expected_memory
from scenes.plan.plan import Plan, Run, StudyPlan, Trial
from scenes.plan.time_left import TimeLeft
from scenes.runs.identity import identify, run_id, training_versions, weights_fingerprint
from scenes.runs.record import Failure, Record
from scenes.runs.store import Store
from scenes.spec.report import Report
from scenes.spec.study import Study
from scenes.system.formatting import said_count, said_size, said_time
from scenes.system.interrupts import stops_raised
from scenes.system.machine import describe_machine
from scenes.system.scratch import scratch_folder

MOST_OFF = 10
"""By how much an estimate may be above the seconds that a document says that a run took."""


@dataclass(frozen=True)
class Retraining:
    """What became of a sample.

    Attributes:
        drawn: Ids of the runs.
        compared: How many of them could be trained again and compared.
        of: How many finished runs the document has.
        findings: One for each run, or for what several of them lack.
    """

    drawn: tuple[str, ...]
    compared: int
    of: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Drawn:
    """A run that can be trained here."""

    recorded: RecordedRun
    run: Run
    dataset: Dataset


def require_training() -> None:
    """Check that what trains is installed.

    Raises:
        MachineError: It is not.
    """
    if training_versions() is None:
        raise MachineError(
            "No run can be trained again: TensorFlow is not installed here.",
            ["what trains is an extra of the package"],
            "Install it with: pip install 'scenes[train-cpu]'  (or scenes[train] for GPUs)",
        )


def retrain_runs(
    verifier: Verifier,
    count: int,
    console: Console,
    *,
    nonce: str,
    data: Path | None,
    workers: int | None = None,
) -> Retraining:
    """Train some runs of the document that was checked last again, and compare them.

    Args:
        verifier: Has checked the document, which did not fail.
        count: How many runs, at most.
        console: Shows the nonce, the cost and the progress.
        nonce: By which they are drawn.
        data: Where their pictures are; None where none are here.
        workers: Runs at a time; None for what the machine feeds.

    Raises:
        UserError: The document lists no run.
    """
    ids = verifier.run_ids()
    drawn = draw_runs(ids, count, nonce=nonce)
    sample = verifier.runs(drawn)
    with tempfile.TemporaryDirectory(dir=scratch_folder()) as folder:
        store = Store(Path(folder))
        able, findings = _settle(sample, data, store)
        _say_cost(able, console, nonce=nonce, drawn=len(drawn), of=len(ids), workers=workers)
        if able:
            found = _train(able, store, console, workers=workers)
            findings += [_outcome(one, found[one.run.id]) for one in able]
    compared = sum(one.kind in COMPARED for one in findings)
    return Retraining(tuple(drawn), compared, len(ids), tuple(findings))


def _settle(sample: Sample, data: Path | None, store: Store) -> tuple[list[_Drawn], list[Finding]]:
    """Return the runs that can be trained here, and why the others cannot."""
    datasets: dict[str, Dataset | Finding] = {}
    for name, pictures in sample.pictures.items():
        try:
            datasets[name] = find_pictures(pictures, data, store=store)
        except DataError as error:
            datasets[name] = _unknown("pictures", str(error))
    found = [
        _run_of(recorded, dataset) if isinstance(dataset, Dataset) else dataset
        for recorded in sample.runs
        for dataset in [datasets[recorded.pictures]]
    ]
    able = [one for one in found if isinstance(one, _Drawn)]
    unable = dict.fromkeys(one for one in found if isinstance(one, Finding))
    if able and data is not None:
        text = "the pictures of these runs are those that the document lists, by their hashes"
        return able, [Finding("retrained", "holds", "pictures", text), *unable]
    return able, [*unable]


def _run_of(recorded: RecordedRun, dataset: Dataset) -> _Drawn | Finding:
    """Return a run as this machine trains it, or why it cannot."""
    title = title_of(recorded)
    try:
        settings = recorded.parsed_settings
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]["msg"]
        return _unknown("settings", f"{title}: its settings are none that are known here: {first}")
    if (needed := expected_memory(settings)) > available_memory():
        text = f"{title}: training it needs about {said_size(needed)} of memory, more than is free"
        return _unknown("memory", text)
    wanted = recorded.identity.get("weights")
    if weights_fingerprint(settings) != wanted:
        text = f"{title}: the weights that it starts from ({str(wanted)[:16]}) are not here"
        return _unknown("weights", text)
    if dataset.fingerprint != recorded.identity.get("data"):
        return _unknown("pictures", f"{title}: it was trained on other pictures than are listed")
    identity = identify(
        settings, recorded.seed, data=dataset.fingerprint, versions=training_versions()
    )
    run = Run(run_id(identity), settings, recorded.seed, identity, None)
    return _Drawn(recorded, run, dataset)


def title_of(recorded: RecordedRun) -> str:
    """Return study, value and seed of a run."""
    return f"{recorded.study} {recorded.value}, seed {recorded.seed}"


def _unknown(kind: str, text: str) -> Finding:
    return Finding("retrained", "unknown", kind, " ".join(text.split())[:600])


def _say_cost(
    able: Sequence[_Drawn],
    console: Console,
    *,
    nonce: str,
    drawn: int,
    of: int,
    workers: int | None,
) -> None:
    """Say what was drawn and how long it takes, before it begins."""
    console.print(f"Drawn by the nonce {nonce}: {drawn} of {said_count(of, 'run|runs')}.")
    if not able:
        return
    workers = workers or _workers()
    seconds = expected_duration([_cost(one) for one in able], workers)
    recorded = sum(one.recorded.seconds for one in able)
    runs = said_count(len(able), "run|runs")
    console.print(
        f"Training {runs} again, {workers} at a time: about {said_time(seconds)}. "
        f"When they were recorded they took {said_time(recorded)} in all.",
        highlight=False,
    )


def _workers() -> int:
    from scenes.training.executors.local import default_workers

    return default_workers()


def _cost(one: _Drawn) -> float:
    """Return the seconds of a run here: those recorded on a machine like this, or an estimate.

    The document says both itself: what is far below the estimate is not believed.
    """
    here, there = describe_machine(), one.recorded.stack
    splits = one.dataset.splits
    expected = run_cost(one.run.settings, len(splits["train"]), len(splits["val"])).whole
    is_like_here = all(here[name] == there.get(name) for name in ("processor", "instruction_set"))
    is_believed = one.recorded.seconds * MOST_OFF > expected
    return one.recorded.seconds if is_like_here and is_believed else expected


def _train(
    able: Sequence[_Drawn], store: Store, console: Console, *, workers: int | None
) -> dict[str, Record | Failure | None]:
    """Train runs and return their results by id."""
    from scenes.training.engine import run_plan
    from scenes.training.executors.local import LocalExecutor, prepare_workers

    prepare_workers(store.log)
    plan, count = _plan_of(able), workers or _workers()
    datasets = {one.run.id: one.dataset for one in able}
    with (
        LocalExecutor(count, log=store.log) as executor,
        TrainingProgress(console, time_left=TimeLeft(count)) as progress,
        stops_raised(),
    ):
        done = run_plan(
            plan,
            lambda: _with_results(plan, store),
            lambda run: datasets[run.id],
            store,
            executor=executor,
            watcher=progress,
        )
    return {run.id: run.result for run in done.runs}


def _plan_of(able: Sequence[_Drawn]) -> Plan:
    """Return a plan of these runs and no other.

    The engine reads of a report which seeds it has and which weights it keeps, and of a study its
    name: there is no more to say of runs that were drawn.
    """
    studies: dict[str, dict[str, list[Run]]] = {}
    for one in able:
        of_value = studies.setdefault(one.recorded.study, {}).setdefault(one.recorded.value, [])
        of_value.append(one.run)
    seeds = tuple({one.run.seed for one in able})
    return Plan(
        Report.model_construct(title="", authors=(), studies=(), seeds=seeds, keep_weights="none"),
        tuple(_study_of(name, values) for name, values in studies.items()),
    )


def _study_of(name: str, values: Mapping[str, Sequence[Run]]) -> StudyPlan:
    trials = (Trial(key, key, runs[0].settings, tuple(runs)) for key, runs in values.items())
    study = Study.model_construct(name=name, title=name, question="", factor="", values=())
    return StudyPlan(study, tuple(trials), (), None)


def _with_results(plan: Plan, store: Store) -> Plan:
    """Return a plan with what is recorded by now."""

    def of(run: Run) -> Run:
        return replace(run, result=store.load(run.id) or store.failure(run.id))

    studies = [
        replace(
            study,
            trials=tuple(replace(it, runs=tuple(map(of, it.runs))) for it in study.trials),
        )
        for study in plan.studies
    ]
    return replace(plan, studies=tuple(studies))


def _outcome(one: _Drawn, result: Record | Failure | None) -> Finding:
    title = title_of(one.recorded)
    if isinstance(result, Record):
        return judge_run(one.recorded, result, title=title)
    reason = result.reason if isinstance(result, Failure) else "it has no result"
    return _unknown("run", f"{title}: it could not be trained here ({reason})")
