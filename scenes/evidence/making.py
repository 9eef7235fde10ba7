"""Makes a document again: attachments in, its PDF and what was found on the way out."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from scenes.data.pictures import Pictures
from scenes.errors import ScenesError
from scenes.evidence import layout
from scenes.evidence.contents import Manifest
from scenes.evidence.derived import derived_files
from scenes.evidence.findings import Finding, State
from scenes.evidence.layout import EvidenceError, encode_json, open_zip
from scenes.evidence.own_code import (
    OtherCodeError,
    UntrustedCodeError,
    code_of,
    name_components,
)
from scenes.evidence.pack import Given, source_archives
from scenes.evidence.rebuilding import (
    length_findings,
    rebuilt,
    result_findings,
    run_findings,
    said_findings,
)
from scenes.evidence.sources import Sources
from scenes.evidence.surroundings import surroundings
from scenes.evidence.unpacking import Pack, unpack
from scenes.plan.plan import Plan
from scenes.report.document import Document
from scenes.report.lint.html_rules import find_forbidden
from scenes.report.markup.templates import find_typed_numbers
from scenes.report.output.attachment import Attachment
from scenes.report.output.weasyprint_worker import Pages
from scenes.report.rendering import render_with_results
from scenes.report.results import Results
from scenes.report.style import font_assets
from scenes.runs.sealed import MANIFEST as SEAL

SHOWN = 12
"""Typed numbers, and files, that are named."""


@dataclass(frozen=True)
class Made:
    """A document that was made again.

    Attributes:
        pdf: Its bytes; None where it could not be made.
        findings: What is wrong with the evidence, whatever the pages say.
        plan: With the runs on which it rests; None where it could not be planned.
        pictures: Of those runs.
    """

    pdf: bytes | None
    findings: tuple[Finding, ...]
    plan: Plan | None = None
    pictures: Pictures | None = None


@dataclass(frozen=True)
class _Written:
    """A document that was written again, before its pages are set."""

    html: str
    assets: Mapping[str, bytes]
    plan: Plan
    pictures: Pictures


def make_again(manifest: Manifest, files: Mapping[str, bytes], *, trust: bool = False) -> Made:
    """Make the document of some attachments again.

    Args:
        manifest: Of the attachments.
        files: The attachments by name; they are attached to what is made as they are.
        trust: Run the code of its authors that they bring.
    """
    findings: list[Finding] = []
    try:
        written = _write_again(manifest, files, findings, trust=trust)
    except UntrustedCodeError as error:
        return Made(None, (*findings, *_untrusted_findings(error)))
    except OtherCodeError as error:
        return Made(None, (*findings, finding("unknown", "components", str(error))))
    except EvidenceError as error:
        return Made(None, (*findings, finding("fails", "evidence", str(error))))
    except ScenesError as error:
        text = f"the document cannot be made again from its evidence: {error}"
        return Made(None, (*findings, finding(blame(manifest), "evidence", text)))
    if written is None:
        return Made(None, tuple(findings))
    if forbidden := find_forbidden(written.html):
        text = f"its templates write what no report may hold: {forbidden[0].what}"
        return Made(None, (*findings, finding("fails", "markup", text)))
    made = _set(written.html, written.assets, manifest, files, findings)
    return replace(made, plan=written.plan, pictures=written.pictures)


def _write_again(
    manifest: Manifest, files: Mapping[str, bytes], findings: list[Finding], *, trust: bool
) -> _Written | None:
    """Return a document written again, None where it lacks runs; add what was found on the way.

    Raises:
        ScenesError, EvidenceError: It cannot be written.
    """
    pack = unpack(manifest, files)
    with (
        tempfile.TemporaryDirectory() as folder,
        rebuilt(pack, Path(folder), trust=trust) as document,
    ):
        findings += run_findings(pack, document.plan)
        if document.plan.missing or document.plan.waiting:
            return None
        findings += length_findings(document.plan)
        findings += said_findings(pack, document, blame(manifest))
        findings += _typed_numbers(document)
        html, assets, results = render_with_results(document)
        findings += result_findings(pack, results, blame(manifest))
        sources = Sources(document, results, pack.pictures.whole, manifest.written_with)
        findings += _derived_findings(sources, files, blame(manifest))
        findings += _unread_findings(document, results, pack, files)
    if code := code_of(pack.description):
        text = f"what the code of its authors computes: {', '.join(name_components(code))}"
        findings.append(finding("not_checked", "components", text))
    return _Written(html, assets, document.plan, pack.pictures)


def _untrusted_findings(error: UntrustedCodeError) -> Iterator[Finding]:
    """Yield each component that was not run, and what that means for the document."""
    for name in error.names:
        text = f"{name}: code of its authors, which was not run"
        yield finding("not_checked", "component", text)
    text = (
        "its pages cannot be made again without that code, so none of them was compared with the "
        f"records (read {layout.CODE} in {layout.DESCRIPTION}, and then add --trust)"
    )
    yield finding("unknown", "components", text)


def _set(
    html: str,
    assets: Mapping[str, bytes],
    manifest: Manifest,
    files: Mapping[str, bytes],
    findings: list[Finding],
) -> Made:
    """Set the pages of a document that was rendered again."""
    os.environ["SOURCE_DATE_EPOCH"] = str(manifest.epoch)
    texts = layout.TEXTS
    carried = [Attachment(name, files[name], *texts[name]) for name in texts if name in files]
    pdf, problems = Pages(html, {**font_assets(), **assets}).write(carried)
    if problems:
        text = f"the pages cannot be set here: {problems[0]}"
        return Made(None, (*findings, finding("unknown", "pages", text)))
    return Made(pdf, tuple(findings))


def _derived_findings(
    sources: Sources, files: Mapping[str, bytes], state: State
) -> Iterator[Finding]:
    """Yield the files made from others that say something else than those give."""
    for name, data in derived_files(sources, files).items():
        if files.get(name, data) != data:  # that it must be there was checked
            kind = "fact" if name == layout.NUMBERS else "derived file"
            text = f"{name} is not what the records and the description give"
            yield finding(state, kind, text)


def _unread_findings(
    document: Document, results: Results, pack: Pack, files: Mapping[str, bytes]
) -> Iterator[Finding]:
    """Yield what stands in the evidence otherwise than the document that it makes would write it.

    Nothing else reads it here, and another program may: a key that stands twice, a file too many.
    """
    state = blame(pack.manifest)
    text = pack.description[layout.REPORT_TOML].decode("utf-8", "surrogatepass")
    failed = {failure.id: identity for identity, failure in pack.failures}
    given = Given(text, pack.pictures, pack.manifest.left_out, failed)
    for archive, members in source_archives(document, results, given=given).items():
        held = open_zip(archive, files[archive])
        # What seals a run was checked when it was read; it may list a preview that is left out.
        names = [name for name in held.keys() | members.keys() if not name.endswith(SEAL)]
        differ = sorted(name for name in names if held.get(name) != members.get(name))
        for name in differ[:SHOWN]:
            text = f"{archive}: {name} is not what a document of this content carries"
            yield finding(state, "evidence", text)
    if files[layout.RESULTS] != encode_json(results):
        text = f"{layout.RESULTS} is not written as the facts and claims of this document are"
        yield finding(state, "evidence", text)


def _typed_numbers(document: Document) -> Iterator[Finding]:
    typed = find_typed_numbers(document.plan.report.template, document.folder)
    for one in typed[:SHOWN]:
        yield finding("unknown", "typed number", f"no record gives what is typed: {one}")


def blame(manifest: Manifest) -> State:
    """Return what it means that the evidence makes another document.

    Where another version of this program, or of what it writes with, has written it, that may be
    the reason.
    """
    return "fails" if not other_versions(manifest) else "unknown"


def other_versions(manifest: Manifest) -> list[str]:
    """Return which versions a document was written with that are not those here."""
    here, there = surroundings(), manifest.written_with
    names = sorted((here.keys() | there.keys()) - {"source_date_epoch"})
    return [
        f"{name} {there.get(name, '?')}, here {here.get(name, '?')}"
        for name in names
        if here.get(name) != there.get(name)
    ]


def finding(state: State, kind: str, text: str) -> Finding:
    """Return a finding on what pages and attachments say."""
    return Finding("whole", state, kind, text)
