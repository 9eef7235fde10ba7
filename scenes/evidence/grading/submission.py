"""What a submission holds, for grading it: a PDF in, its studies, runs, facts and prose out.

Runs in a limited child, as the file may be anybody's.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scenes.claims.facts import MEASURES, measure_of
from scenes.evidence.grading.prose import prose_of
from scenes.evidence.pdf_file import load_pdf
from scenes.evidence.rebuilding import rebuilt
from scenes.evidence.sentences import Sentence
from scenes.evidence.summary import read_pack, read_sentences
from scenes.evidence.unpacking import Pack
from scenes.plan.plan import StudyPlan, Trial
from scenes.report.document import Document
from scenes.runs.record import Record
from scenes.spec.text import text_in


@dataclass(frozen=True)
class GradedRun:
    """A finished run.

    Attributes:
        id: Of its identity.
        seed: That it was given.
        settings: That had an effect.
        results: A hash of its history and of all its probabilities.
        started: When, as its record says.
        seconds: How long, as its record says.
        machine: Where, as its record says.
    """

    id: str
    seed: int
    settings: dict[str, Any]
    results: str
    started: str
    seconds: float
    machine: str


@dataclass(frozen=True)
class GradedValue:
    """A value of a study.

    Attributes:
        key: Its name.
        setting: What the factor is set to, as a key; "" where it is no single setting.
        runs: That finished.
        failed: How many did not.
        measures: The mean of each measure over the runs.
        printed: Measures that the document prints, as it prints them.
    """

    key: str
    setting: str
    runs: tuple[GradedRun, ...]
    failed: int
    measures: dict[str, float]
    printed: dict[str, str]


@dataclass(frozen=True)
class GradedStudy:
    """A study of a submission.

    Attributes:
        name, title: As the submission calls it.
        factor: What it varies.
        values: That it compares.
        chosen: What it hands on; "" for nothing.
    """

    name: str
    title: str
    factor: str
    values: tuple[GradedValue, ...]
    chosen: str


@dataclass(frozen=True)
class Submission:
    """What a submission holds.

    Attributes:
        title: Of the report.
        authors: As it names them.
        language: Of its text.
        profile: How much of each study it carries out; "" without one.
        is_reduced: Whether that is less than its description asks for.
        data: Fingerprint of its pictures.
        pictures: How many of them there are.
        studies: In its order.
        sentences: Of its pages.
        prose: Words of its authors, in passages.
    """

    title: str
    authors: tuple[str, ...]
    language: str
    profile: str
    is_reduced: bool
    data: str
    pictures: int
    studies: tuple[GradedStudy, ...]
    sentences: tuple[Sentence, ...]
    prose: tuple[str, ...]

    @property
    def runs(self) -> Iterator[GradedRun]:
        """Every run once."""
        found = {
            run.id: run for study in self.studies for value in study.values for run in value.runs
        }
        return iter(found.values())


def prepare() -> Callable[[Any], Any]:
    """Return the function that answers a job."""
    return lambda job: asdict(read_submission(load_pdf(Path(job["path"])), trust=job["trust"]))


def read_submission(data: bytes, *, trust: bool = False) -> Submission:
    """Return what a PDF holds, by its evidence.

    Raises:
        NoPdfError: It is no PDF that can be read.
        EvidenceError: It carries no evidence, or it is not whole.
    """
    pack = read_pack(data)
    with tempfile.TemporaryDirectory() as folder, rebuilt(pack, Path(folder), trust=trust) as it:
        return _submission(pack, it, sentences=read_sentences(data))


def _submission(pack: Pack, document: Document, *, sentences: tuple[Sentence, ...]) -> Submission:
    plan, whole = document.plan, pack.pictures.whole
    printed = {str(one["name"]): str(one["value"]) for one in pack.results.get("facts", [])}
    return Submission(
        title=text_in(plan.report.title, plan.report.language),
        authors=plan.report.authors,
        language=plan.report.language,
        profile=document.profile or "",
        is_reduced=document.is_reduced,
        data=whole.fingerprint,
        pictures=sum(map(len, whole.splits.values())),
        studies=tuple(_study(it, plan.report.language, printed) for it in plan.studies),
        sentences=sentences,
        prose=prose_of(_own_files(pack), plan.report),
    )


def _own_files(pack: Pack) -> dict[str, bytes]:
    start = "own/"
    return {
        name.removeprefix(start): data
        for name, data in pack.description.items()
        if name.startswith(start)
    }


def _study(study: StudyPlan, language: str, printed: dict[str, str]) -> GradedStudy:
    return GradedStudy(
        name=study.study.name,
        title=text_in(study.study.title, language),
        factor=study.study.factor,
        values=tuple(_value(study, trial, printed) for trial in study.trials),
        chosen=study.chosen.key if study.chosen else "",
    )


def _value(study: StudyPlan, trial: Trial, printed: dict[str, str]) -> GradedValue:
    names = {name: f"{study.study.name}.{trial.key}.{name}" for name in MEASURES}
    settings = trial.settings.model_dump(mode="json")
    factor = settings.get(study.study.factor, "")
    return GradedValue(
        key=trial.key,
        setting="-".join(map(str, factor)) if isinstance(factor, list) else str(factor),
        runs=tuple(_run(record) for record in trial.records),
        failed=len(trial.failures),
        measures={name: _mean(trial, name) for name in MEASURES if trial.records},
        printed={name: printed[full] for name, full in names.items() if full in printed},
    )


def _mean(trial: Trial, measure: str) -> float:
    values = [float(measure_of(measure)[1](record)) for record in trial.records]
    return sum(values) / len(values)


def _run(record: Record) -> GradedRun:
    environment = record.environment
    return GradedRun(
        id=record.id,
        seed=record.identity["seed"],
        settings=record.identity["settings"],
        results=_results_hash(record),
        started=str(environment["started"]),
        seconds=record.seconds,
        machine=", ".join(str(environment[name]) for name in ("system", "processor", "cores")),
    )


def _results_hash(record: Record) -> str:
    """Return a hash of all that a run found, without what it is called."""
    history = json.dumps(record.history, sort_keys=True).encode()
    return hashlib.sha256(history + record.predictions.probabilities.tobytes()).hexdigest()
