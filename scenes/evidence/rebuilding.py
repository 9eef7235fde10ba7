"""A document from its evidence alone: a `Pack` in, the same `Document` out, and what it says.

The report is planned again from what its description asks for, and every run is looked up among the
records that the file carries. Code of its authors is run only where the user trusts it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from scenes.errors import ScenesError
from scenes.evidence import layout
from scenes.evidence.findings import Finding, State
from scenes.evidence.layout import EvidenceError, load_json
from scenes.evidence.own_code import own_code, require_same_code
from scenes.evidence.unpacking import Pack
from scenes.plan.plan import Plan
from scenes.plan.planning import plan_report
from scenes.plan.sealing import recall_looks
from scenes.report.document import Document
from scenes.report.markup.cited import Citations
from scenes.runs.looks import SealedLook
from scenes.runs.record import Failure, Record
from scenes.runs.requests import description_id
from scenes.spec.entries import Origin
from scenes.spec.loader import apply_profile, check_report, takes_less, with_language
from scenes.spec.report import Report
from scenes.spec.toml_file import parse_toml
from scenes.system.formatting import said_count


class StudySeeds(BaseModel):
    """The seeds of a study where they are not the report's."""

    model_config = ConfigDict(extra="forbid")

    seeds: tuple[int, ...] | None = Field(None, min_length=1, max_length=100)
    value_seeds: dict[str, tuple[int, ...]] = Field(default_factory=dict, max_length=100)


class Asked(BaseModel):
    """What a command may change of a report."""

    model_config = ConfigDict(extra="forbid")

    profile: str | None
    seeds: tuple[int, ...] = Field(min_length=1, max_length=100)
    language: str
    data_name: str | None
    weights: dict[str, dict[str, str]]
    max_seeds: int | None = Field(None, ge=2, le=100)
    looks: tuple[SealedLook, ...] = ()
    """Looks at the seeds that other plans took, of which the document tells."""
    citations: Citations | None = None
    """By author and year, which are set where a program can be started."""
    study_seeds: dict[str, StudySeeds] = Field(default_factory=dict)
    chosen: dict[str, str | None] = Field(default_factory=dict)
    """The authors' decision of each study that chooses; None where the rule decides."""


@dataclass(frozen=True)
class PackedRuns:
    """Finds the runs of a plan among those that a document carries.

    A run is the one with the same settings, seed and pictures: code and versions are those with
    which it was trained, and need not be here.
    """

    known: Mapping[str, Record | Failure]

    def find(self, identity: Mapping[str, Any]) -> Record | Failure | None:
        """Return the run with these settings, seed and pictures."""
        return self.known.get(_key(identity))


def _key(identity: Mapping[str, Any]) -> str:
    return json.dumps([identity[name] for name in ("settings", "seed", "data")], sort_keys=True)


def packed_runs(pack: Pack) -> PackedRuns:
    """Return the runs that a document carries.

    Raises:
        EvidenceError: Two of them have the same settings, seed and pictures.
    """
    known: dict[str, Record | Failure] = {}
    finished = ((record.identity, record) for record in pack.records.values())
    ended: Iterable[tuple[dict[str, Any], Record | Failure]] = (*finished, *pack.failures)
    for identity, result in ended:
        try:
            key = _key(identity)
        except KeyError as error:
            raise EvidenceError(f"run {result.id}: its identity lacks {error}") from None
        if key in known:
            raise EvidenceError(f"the runs {known[key].id} and {result.id} are one run twice")
        known[key] = result
    return PackedRuns(known)


@contextmanager
def rebuilt(pack: Pack, folder: Path, *, trust: bool = False) -> Iterator[Document]:
    """Return the document that the evidence is of, while its components are in force.

    Args:
        pack: The evidence.
        folder: Empty; its own files are put into it.
        trust: Run the code of its authors.

    Raises:
        EvidenceError: The evidence does not make a document, or not without code of its authors.
        UserError: That code cannot be used.
    """
    with own_code(pack.description, folder, trust=trust) as origin:
        document = _rebuild(pack, folder, origin)
        require_same_code(document, pack.description)
        yield document


def _rebuild(pack: Pack, folder: Path, origin: Origin | None) -> Document:
    """Return the document; see `rebuilt`."""
    for name, data in pack.description.items():
        if name.startswith(layout.OWN):
            path = folder / name.removeprefix(layout.OWN)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    report = _report(pack)
    if (report.data.folds or 0) != len(pack.pictures.folds):
        raise EvidenceError("its pictures are not divided into the folds that its report asks for")
    plan = plan_report(report, pack.pictures.fingerprint, packed_runs(pack), versions=None)
    plan = recall_looks(plan, _asked(pack).looks)
    said = pack.manifest.document
    if not plan.runs:
        raise EvidenceError("its report has no run")
    return Document(
        plan=plan,
        dataset=pack.pictures.widest(run.settings for run in plan.runs),
        folder=folder,
        name=said.name,
        command=said.command,
        profile=said.profile,
        is_reduced=said.is_reduced,
        description=description_id(_text(pack)),
        asked=said.asked,
        openings=pack.openings,
        citations=_asked(pack).citations,
        commit=said.commit or "",
        components=origin,
        carries_evidence=True,
    )


def _text(pack: Pack) -> str:
    return pack.description[layout.REPORT_TOML].decode("utf-8", "surrogatepass")


def _asked(pack: Pack) -> Asked:
    content = load_json(layout.REQUEST, pack.description[layout.REQUEST])
    return Asked.model_validate(content, strict=False)


def _report(pack: Pack) -> Report:
    """Return the report as it was asked for.

    Raises:
        EvidenceError: It is none.
    """
    try:
        text, data = parse_toml(pack.description[layout.REPORT_TOML])
        asked = _asked(pack)
        report = check_report(data, layout.REPORT_TOML, text=text)
        return _changed(apply_profile(report, asked.profile) if asked.profile else report, asked)
    except KeyError as error:
        raise EvidenceError(f"{layout.DESCRIPTION}: lacks {error}") from None
    except (ScenesError, ValueError) as error:
        raise EvidenceError(f"{layout.DESCRIPTION}: {error}") from None


def _changed(report: Report, asked: Asked) -> Report:
    """Return a report with what a command has changed of it."""
    data = report.data.model_copy(update={"name": asked.data_name})
    seeds = {"seeds": asked.seeds, "max_seeds": asked.max_seeds}
    report = report.model_copy(update={**seeds, "data": data})
    studies = []
    for study in report.studies:
        weights = asked.weights.get(study.name, {})
        values = tuple(
            value.model_copy(update={"settings": {**value.settings, "weights": weights[value.key]}})
            if value.key in weights
            else value
            for value in study.values
        )
        own = asked.study_seeds.get(study.name, StudySeeds()).model_dump()
        choose = study.choose
        if choose is not None and asked.chosen.get(study.name, choose.value) is None:
            choose = choose.model_copy(update={"value": None, "because": None})
        studies.append(study.model_copy(update={**own, "values": values, "choose": choose}))
    return with_language(report.model_copy(update={"studies": tuple(studies)}), asked.language)


def run_findings(pack: Pack, plan: Plan) -> Iterator[Finding]:
    """Yield the runs that are missing, and those that the report does not rest on."""
    for run in plan.missing:
        text = f"a run of its report (seed {run.seed}) is not among its records"
        yield Finding("whole", "fails", "record missing", text)
    for name in sorted(pack.records.keys() - {run.id for run in plan.runs}):
        text = f"the run {name} is attached, and the report does not rest on it"
        yield Finding("whole", "fails", "record added", text)


def length_findings(plan: Plan) -> Iterator[Finding]:
    """Yield the runs that have other epochs than their settings let them have."""
    for run in plan.runs:
        found, allowed = run.result, run.settings.epochs
        if not isinstance(found, Record) or found.epochs == allowed:
            continue
        if found.epochs > allowed or not (found.stopped_early and run.settings.patience):
            text = f"the run {found.id} has {said_count(found.epochs, 'epoch|epochs')}, and its "
            yield Finding("whole", "fails", "record", f"{text}settings let it have {allowed}")


def said_findings(pack: Pack, document: Document, state: State) -> Iterator[Finding]:
    """Yield what a document says of itself otherwise than its description does."""
    said, asked = pack.manifest.document, _asked(pack)
    report = document.plan.report
    _, data = parse_toml(pack.description[layout.REPORT_TOML])
    whole = check_report(data, layout.REPORT_TOML)
    expected = {
        "profile": asked.profile,
        "is_reduced": takes_less(report, than=whole),
        "description": document.description,
    }
    for name, value in expected.items():
        if (found := getattr(said, name)) != value:
            text = f"it says of itself that {name} is {found}, and its description gives {value}"
            yield Finding("whole", state, "manifest", text)


def result_findings(pack: Pack, results: Mapping[str, Any], state: State) -> Iterator[Finding]:
    """Yield what the attached list of facts and claims says against the records.

    Other versions may print and claim other things, of which `state` then says what it means.
    """
    for part, title in (("facts", "name"), ("claims", "claim")):
        listed, found = pack.results.get(part), results[part]
        if listed == found:
            continue
        items = [item for item in listed if item not in found] if isinstance(listed, list) else []
        first = items[0] if items else None
        name = first.get(title, "") if isinstance(first, dict) else ""
        shown = f": {name} is {_value(first)}, and the records give otherwise" if name else ""
        text = f"the list of {part} in {layout.RESULTS} is not what the records give{shown}"
        yield Finding("whole", state, part[:-1], text)


def _value(item: Any) -> str:
    return str(item.get("value") or item.get("status"))[:80]
