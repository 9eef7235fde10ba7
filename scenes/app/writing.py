"""Writes the documents of a plan from what is recorded; TensorFlow is not needed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from scenes.app.pretrained import settle_weights
from scenes.app.request import (
    Opened,
    command_of,
    document_name,
    is_reduced,
)
from scenes.errors import TestSetError, WeightsError
from scenes.plan.plan import Plan
from scenes.report.formats.names import file_name
from scenes.runs.openings import Opening, opened_before
from scenes.runs.record import Failure
from scenes.runs.requests import description_id, descriptions_of
from scenes.runs.sealed import DamagedRecordError
from scenes.runs.store import Store
from scenes.spec import registry
from scenes.system.disk import write_problem
from scenes.system.formatting import printable

if TYPE_CHECKING:
    from scenes.evidence.pack import Given
    from scenes.report.document import Document  # takes a second to import
    from scenes.report.filling import Filler
    from scenes.report.output.pdf import PdfWriter


@dataclass(frozen=True)
class Written:
    """What a request ended with."""

    pdf: Path
    html: Path
    failures: Sequence[str]
    log: Path
    """What the workers wrote to stderr."""
    others: Sequence[Path] = ()
    """The document in more formats, as they were asked for."""


def recorded_plan(opened: Opened, console: Console, *, downloads: bool = True) -> Plan:
    """Return the plan with what is recorded of it, and train nothing.

    Args:
        opened: The request.
        console: Shows where random weights stand in.
        downloads: Whether weights count as there that can be downloaded; see `missing_weights`.
    """
    plan = opened.plan(opened.report)
    try:
        return settle_weights(opened, plan, console, downloads=downloads)
    except WeightsError:
        # What starts from them is not recorded; the rest can be looked at all the same.
        return plan


def describe_document(opened: Opened, plan: Plan) -> "Document":
    """Return what is to be written of a plan."""
    from scenes.report.document import Document

    return Document(
        plan=plan,
        dataset=opened.pictures.widest(run.settings for run in plan.runs),
        folder=opened.folder,
        name=document_name(opened),
        command=command_of(opened),
        profile=opened.profile,
        is_reduced=is_reduced(opened),
        description=description_id(opened.description.text),
        asked=descriptions_of(opened.store.root, [run.id for run in plan.runs]),
        openings=tuple(openings_of(opened)),
        cache=_kept(opened.store),
        carries_evidence=True,
        components=registry.current().origin,
    )


def openings_of(opened: Opened) -> list[Opening]:
    """Return the openings of the report's test set.

    Raises:
        TestSetError: One is damaged, and with it the number of times that the set was opened.
    """
    test = opened.pictures.test
    if test is None:
        return []
    try:
        return opened_before(opened.store, [picture.sha256 for picture in test.splits["test"]])
    except DamagedRecordError as error:
        raise TestSetError(
            "How often the test set was opened cannot be determined.",
            [str(error)],
            f"Restore it, or move it out of {printable(opened.store.openings)} and say so in the "
            "report.",
        ) from None


def write_with(
    opened: Opened,
    plan: Plan,
    console: Console,
    *,
    writer: "PdfWriter",
    filler: "Filler",
    shown: Callable[[Path], None] | None = None,
    check: Callable[[], None] | None = None,
) -> Written:
    """Write the documents of a plan through a writer that is there already.

    Args:
        opened: The request, checked.
        plan: Every run of it has a result.
        console: Says that something is being done.
        writer: Of the PDF.
        filler: Of the templates.
        shown: Called with the path of the HTML, which then comes first.
        check: See `save_document`.
    """
    from scenes.evidence.pack import inventory, pack_document, size_note
    from scenes.report.output.attachment import pack_name
    from scenes.report.saving import save_document

    document, given = describe_document(opened, plan), given_of(opened)
    held = "; ".join(inventory(given, plan))
    console.print(f"The PDF carries its evidence: {held}.", highlight=False, markup=False)
    with console.status("writing the report"):
        pdf, html = save_document(
            document,
            writer=writer,
            filler=filler,
            shown=shown,
            check=check,
            pack=partial(pack_document, given=given),
            to=opened.request.to,
        )
    if note := size_note(pdf.with_name(pack_name(document.name))):
        console.print(note, highlight=False, markup=False)
    others = [pdf.with_name(file_name(document.name, one)) for one in opened.request.to]
    failures = [
        f"{run.id}: {run.result.reason}" for run in plan.runs if isinstance(run.result, Failure)
    ]
    return Written(pdf, html, failures, opened.store.log, others)


def given_of(opened: Opened) -> "Given":
    """Return what a document is made from, for those who check it."""
    from scenes.evidence.pack import Given

    return Given(opened.description.text, opened.pictures, opened.request.leave_out)


def _kept(store: Store) -> Path | None:
    """Return what is kept from one writing to the next; None where nothing can be written."""
    return None if write_problem(store.cache) else store.cache
