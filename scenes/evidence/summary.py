"""What a document found, for comparing it with another: a PDF in, its results as data out.

Runs in a limited child, as the file may be anybody's.
"""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from scenes.claims.facts import trial_fact
from scenes.evidence.layout import EvidenceError
from scenes.evidence.pdf_file import NoPdfError, open_pdf, read_attachments
from scenes.evidence.rebuilding import rebuild
from scenes.evidence.unpacking import Pack, check_attachments, unpack
from scenes.plan.plan import StudyPlan, Trial

COMPARED = ("val_accuracy", "val_loss", "train_accuracy", "train_loss", "best_epoch", "gap")
PARTS = ("settings", "data", "code", "weights", "versions")
"""Parts of an identity in which two runs of one value must agree to be compared."""


@dataclass(frozen=True)
class Measured:
    """A measure of one value of a study.

    Attributes:
        study, key, measure: Of what.
        value: Mean over its runs; None where there is none.
        spread: Sample standard deviation; None for fewer than two runs.
        runs: Ids.
        identity: What its runs are, without their seeds.
    """

    study: str
    key: str
    measure: str
    value: float | None
    spread: float | None
    runs: tuple[str, ...]
    identity: dict[str, Any]


@dataclass(frozen=True)
class Summary:
    """What a document found.

    Attributes:
        name: Of the document.
        measured: Every measure of every value.
        claims: Verdict by what is claimed and of which study.
        choices: The value that each study hands on.
    """

    name: str
    measured: tuple[Measured, ...]
    claims: dict[str, str]
    choices: dict[str, str]


def prepare() -> Callable[[Any], Any]:
    """Return the function that answers a job."""
    return lambda job: asdict(summarise(Path(job["path"]).read_bytes()))


def summarise(data: bytes) -> Summary:
    """Return what a document found, by its evidence.

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
    pack = unpack(manifest, files)
    with tempfile.TemporaryDirectory() as folder:
        plan = rebuild(pack, Path(folder)).plan
    return Summary(
        name=manifest.document.name,
        measured=tuple(one for study in plan.studies for one in _measured(study)),
        claims=_claims(pack),
        choices={it.study.name: it.chosen.key for it in plan.studies if it.chosen},
    )


def _measured(study: StudyPlan) -> Iterator[Measured]:
    for trial in study.trials:
        for measure in COMPARED:
            fact = trial_fact(study.study.name, trial, measure)
            value = fact.value if fact.runs else None
            name, key = study.study.name, trial.key
            yield Measured(name, key, measure, value, fact.spread, fact.runs, _identity(trial))


def _identity(trial: Trial) -> dict[str, Any]:
    first = next(iter(trial.records), None)
    return {part: first.identity.get(part) for part in PARTS} if first else {}


def _claims(pack: Pack) -> dict[str, str]:
    """Return each verdict as the document lists it."""
    claims = pack.results.get("claims", [])
    return {f"{one['claim']} ({one['study'] or one['template']})": one["status"] for one in claims}
