"""Makes a document again: attachments in, its PDF and what was found on the way out."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from scenes.data.pictures import Pictures
from scenes.errors import ScenesError
from scenes.evidence import layout
from scenes.evidence.derived import derived_files
from scenes.evidence.facts import Facts
from scenes.evidence.findings import Finding, State
from scenes.evidence.layout import EvidenceError
from scenes.evidence.rebuilding import rebuild, result_findings, run_findings
from scenes.evidence.surroundings import surroundings
from scenes.evidence.unpacking import Manifest, unpack
from scenes.plan.plan import Plan
from scenes.report.document import Document
from scenes.report.lint.html_rules import find_forbidden
from scenes.report.markup.templates import find_typed_numbers
from scenes.report.output.attachment import Attachment
from scenes.report.output.weasyprint_worker import write_pdf
from scenes.report.rendering import render_with_results
from scenes.report.style import font_assets

SHOWN = 12
"""Typed numbers that are named."""


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


def make_again(manifest: Manifest, files: Mapping[str, bytes]) -> Made:
    """Make the document of some attachments again.

    Args:
        manifest: Of the attachments.
        files: The attachments by name; they are attached to what is made as they are.
    """
    findings: list[Finding] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            pack = unpack(manifest, files)
            if any(name.startswith(layout.CODE) for name in pack.description):
                text = "it uses components of its authors, and no code of a report is run"
                return Made(None, (finding("unknown", "components", text),))
            document = rebuild(pack, Path(folder))
            findings += run_findings(pack, document.plan)
            if document.plan.missing or document.plan.waiting:
                return Made(None, tuple(findings))
            findings += _typed_numbers(document)
            html, assets, results = render_with_results(document)
            findings += result_findings(pack, results)
            facts = Facts(document, results, pack.pictures.whole, manifest.written_with)
            findings += _derived_findings(facts, files, blame(manifest))
        except EvidenceError as error:
            return Made(None, (*findings, finding("fails", "evidence", str(error))))
        except ScenesError as error:
            text = f"the document cannot be made again from its evidence: {error}"
            return Made(None, (*findings, finding(blame(manifest), "evidence", text)))
    if forbidden := find_forbidden(html):
        text = f"its templates write what no report may hold: {forbidden[0].what}"
        return Made(None, (*findings, finding("fails", "markup", text)))
    made = _set(html, assets, manifest, files, findings)
    return replace(made, plan=document.plan, pictures=pack.pictures)


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
    pdf, problems = write_pdf(html, {**font_assets(), **assets}, carried)
    if problems:
        text = f"the pages cannot be set here: {problems[0]}"
        return Made(None, (*findings, finding("unknown", "pages", text)))
    return Made(pdf, tuple(findings))


def _derived_findings(facts: Facts, files: Mapping[str, bytes], state: State) -> Iterator[Finding]:
    """Yield the files made from others that say something else than those give."""
    for name, data in derived_files(facts, files).items():
        if files.get(name, data) != data:  # that it must be there was checked
            kind = "fact" if name == layout.NUMBERS else "derived file"
            text = f"{name} is not what the records and the description give"
            yield finding(state, kind, text)


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
    return Finding("whole", state, kind, " ".join(text.split())[:600])
