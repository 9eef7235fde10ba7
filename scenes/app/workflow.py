"""Makes a report, step by step: checks, plan, training, document.

The steps stand here in the order in which they happen.
"""

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
from scenes.app.training import join_cluster, train
from scenes.app.writing import Written, write
from scenes.plan.plan import Plan
from scenes.report.formats.pandoc import require_pandoc
from scenes.system.disk import refuse_links, require_writable
from scenes.system.native_libraries import require_libraries


def make_report(request: Request, console: Console) -> Written:
    """Train what is missing and write the report."""
    return write(*prepare(request, console), console)


def prepare(request: Request, console: Console) -> tuple[Opened, Plan]:
    """Check a request and train what is missing; return what its documents are written from."""
    require_libraries()
    if request.to:
        require_pandoc()
    refuse_links(request.directory, [request.directory / "out" / "a document"])
    require_writable([request.directory / "out"])
    files = written_from(request.directory)
    opened = open_request(request, console)
    check_numbers(opened, console)
    with ExitStack() as stack:
        opened = join_cluster(opened, console, stack)
        opened, plan = take_edits(opened, train(opened, console), files, console)
    opened = replace(opened, crew=None)
    for warning in opened.results.warnings:
        console.print(warning, style="yellow", markup=False)
    return opened, plan
