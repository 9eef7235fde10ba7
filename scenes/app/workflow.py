"""Makes a report, step by step: checks, plan, training, document.

The steps stand here in the order in which they happen.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

from rich.console import Console

from scenes.app.edits import take_edits, written_from
from scenes.app.request import (
    Opened,
    Request,
    check_numbers,
    open_request,
)
from scenes.app.training import join_cluster, start_first_workers, train
from scenes.app.writing import Written, write_with
from scenes.plan.plan import Plan
from scenes.report.filling import Filler
from scenes.report.formats.pandoc import require_pandoc
from scenes.report.output.pdf import PdfWriter
from scenes.report.output.test_page import render_test_page
from scenes.system.disk import refuse_links, require_writable
from scenes.system.native_libraries import require_libraries


def make_report(request: Request, console: Console) -> Written:
    """Train what is missing and write the report."""
    with PdfWriter() as writer, Filler() as filler:  # they load while the request is checked
        opened, plan = prepare(request, console, lambda: _make_room(writer, filler))
        return write_with(opened, plan, console, writer=writer, filler=filler)


def _make_room(writer: PdfWriter, filler: Filler) -> None:
    """Draw a page, and end the processes that write: until then the memory is the training's."""
    render_test_page(writer)
    writer.end()
    filler.end()


def prepare(
    request: Request, console: Console, before_training: Callable[[], object] | None = None
) -> tuple[Opened, Plan]:
    """Check a request and train what is missing; return what its documents are written from.

    Args:
        request: What is asked for.
        console: Shows what is being done.
        before_training: Is called where something is to be trained, and raises where the document
            could not be written; None draws a page.
    """
    require_libraries()
    if request.to:
        require_pandoc()
    refuse_links(request.directory, [request.directory / "out" / "a document"])
    require_writable([request.directory / "out"])
    # Without a report, which is told next, its directory may be anything, a home among them.
    files = written_from(request.directory) if request.folder.exists() else {}
    opened = open_request(request, console, None if request.cluster else start_first_workers)
    check_numbers(opened, console)
    with ExitStack() as stack:
        opened = join_cluster(opened, console, stack)
        opened, plan = take_edits(
            opened, train(opened, console, before_training or render_test_page), files, console
        )
    opened = replace(opened, crew=None)
    for warning in opened.results.warnings:
        console.print(warning, style="yellow", markup=False)
    return opened, plan
