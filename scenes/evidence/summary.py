"""What a document found, for comparing it with another: a PDF in, its results as data out.

Runs in a limited child, as the file may be anybody's.
"""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scenes.claims.facts import measure_of
from scenes.evidence.layout import EvidenceError
from scenes.evidence.page_content import open_pages
from scenes.evidence.pdf_file import NoPdfError, load_pdf, open_pdf, read_attachments
from scenes.evidence.rebuilding import rebuilt
from scenes.evidence.sentences import Sentence, sentences_of
from scenes.evidence.unpacking import Pack, check_attachments, unpack
from scenes.plan.plan import Plan, Trial

COMPARED = ("val_accuracy", "val_loss", "train_accuracy", "train_loss", "best_epoch", "gap")


@dataclass(frozen=True)
class MeasuredValue:
    """One value of a study and what was measured of its runs.

    Attributes:
        study, key: Of which study, which value.
        measures: A figure of each run by measure, then by id.
        identities: What its runs are, without their seeds; more than one where they differ in more.
    """

    study: str
    key: str
    measures: dict[str, dict[str, float]]
    identities: tuple[dict[str, Any], ...]


@dataclass(frozen=True)
class Judgement:
    """The verdict on a claim.

    Attributes:
        study: That it is about; "" for none.
        status: Whether the results support it.
        reason: By which numbers.
    """

    study: str
    status: str
    reason: str


@dataclass(frozen=True)
class Summary:
    """What a document found.

    Attributes:
        name: Of the document.
        profile: How much of each study it holds; None without one.
        language: Of its prose.
        seeds: Of its runs.
        measured: Every value of every study.
        claims: Verdict by what is claimed, and where.
        choices: The value that each study hands on.
        sentences: Of its pages; none where nothing was written.
    """

    name: str
    profile: str | None
    language: str
    seeds: tuple[int, ...]
    measured: tuple[MeasuredValue, ...]
    claims: dict[str, Judgement]
    choices: dict[str, str]
    sentences: tuple[Sentence, ...] = ()

    @property
    def runs(self) -> set[str]:
        """The ids of the runs on which it rests."""
        return {run for one in self.measured for runs in one.measures.values() for run in runs}


def prepare() -> Callable[[Any], Any]:
    """Return the function that answers a job."""
    return lambda job: asdict(summarise(load_pdf(Path(job["path"])), trust=job["trust"]))


def summarise(data: bytes, *, trust: bool = False) -> Summary:
    """Return what a document found, by its evidence.

    Raises:
        NoPdfError: It is no PDF that can be read.
        EvidenceError: It carries no evidence, or it is not whole.
    """
    pack = read_pack(data)
    claims = judgements(pack.results.get("claims", []))
    said = pack.manifest.document
    names = said.name, said.profile
    with tempfile.TemporaryDirectory() as folder, rebuilt(pack, Path(folder), trust=trust) as it:
        return summary_of(names, it.plan, claims, sentences=read_sentences(data))


def read_pack(data: bytes) -> Pack:
    """Return the evidence that a PDF carries.

    Raises:
        NoPdfError: It is no PDF that can be read.
        EvidenceError: It carries no evidence, or it is not whole.
    """
    try:
        files, _ = read_attachments(open_pdf(data))
    except (KeyError, TypeError, AttributeError) as error:
        raise NoPdfError(f"it is not laid out as a report is ({error})") from None
    manifest, found = check_attachments(files)
    if manifest is None or found:
        raise EvidenceError(found[0].text)
    return unpack(manifest, files)


def read_sentences(data: bytes) -> tuple[Sentence, ...]:
    """Return the sentences of the pages of a PDF."""
    try:
        return tuple(sentences_of(open_pages(data).texts()))
    except ValueError as error:
        raise NoPdfError(f"its pages cannot be read ({error})") from None


def summary_of(
    names: tuple[str, str | None],
    plan: Plan,
    claims: dict[str, Judgement],
    *,
    sentences: tuple[Sentence, ...] = (),
) -> Summary:
    """Return what a plan with its results found.

    Args:
        names: Of the document and of its profile.
        plan: With its results.
        claims: As `judgements` returns them.
        sentences: Of the pages.
    """
    return Summary(
        name=names[0],
        profile=names[1],
        language=plan.report.language,
        seeds=plan.seeds,
        measured=tuple(
            _measured(it.study.name, trial) for it in plan.studies for trial in it.trials
        ),
        claims=claims,
        choices={it.study.name: it.chosen.key for it in plan.studies if it.chosen},
        sentences=sentences,
    )


def _measured(study: str, trial: Trial) -> MeasuredValue:
    measures = {
        name: {record.id: float(measure_of(name)[1](record)) for record in trial.records}
        for name in COMPARED
    }
    return MeasuredValue(study, trial.key, measures, tuple(_identities(trial)))


def _identities(trial: Trial) -> Iterator[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for record in trial.records:
        without = {part: it for part, it in record.identity.items() if part != "seed"}
        if without not in found:
            found.append(without)
            yield without


def judgements(claims: Iterable[Mapping[str, Any]]) -> dict[str, Judgement]:
    """Return each verdict that a document lists, by what is claimed and where."""
    return {
        f"{one['claim']} ({one['study'] or one['template']})": Judgement(
            one["study"], one["status"], one["reason"]
        )
        for one in claims
    }
