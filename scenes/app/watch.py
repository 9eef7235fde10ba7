"""Writes a report again and again, each time that one of its files changes.

In go a request that is trained and the console; documents come out until the user presses Ctrl-C.
What is trained, checked and loaded once is kept: the pictures, the records, the process that writes
PDFs and every figure whose data did not change. The HTML comes first, as setting pages takes
longest. The few files are looked at a few times a second, which costs nothing and works on every
file system, network folders included.
"""

import gc
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

from rich.console import Console

from scenes.app.edits import check_texts, describe_again
from scenes.app.pretrained import settle_weights
from scenes.app.report_files import changed, stamps
from scenes.app.request import Opened
from scenes.app.writing import Written, write_with
from scenes.errors import ScenesError, UserError
from scenes.plan.plan import Plan
from scenes.report.filling import Filler
from scenes.report.markup.templates import templates_folder
from scenes.report.output.pdf import PdfWriter
from scenes.system.formatting import said_count

Components = Callable[[], AbstractContextManager[None]]

EVERY = 0.25
"""Seconds from one look at the files to the next."""


def watch_report(
    opened: Opened,
    plan: Plan,
    console: Console,
    *,
    components: Components = nullcontext,
    wait: Callable[[], None] | None = None,
) -> None:
    """Write the report, and again at every change of its files, until interrupted.

    Args:
        opened: The request, checked.
        plan: Every run of it has a result.
        console: Shows every writing and every mistake.
        components: Puts the report's own components in force, as its files have them by then.
        wait: Returns at the next look at the files; by default after `EVERY` seconds.
    """
    wait = wait or (lambda: time.sleep(EVERY))
    folders = (opened.folder, templates_folder())
    seen = stamps(folders)
    with PdfWriter() as writer, Filler() as filler:
        _tell(
            console,
            lambda shown: write_with(
                opened, plan, console, writer=writer, filler=filler, shown=shown
            ),
        )
        gc.freeze()  # records and modules stay; to look through them takes a tenth of a second
        console.print(
            "Watching templates, style, report.toml, components and references; Ctrl-C ends."
        )
        while True:
            wait()
            now = stamps(folders)
            if now == seen:
                continue
            names = ", ".join(sorted({path.name for path in changed(seen, now)}))
            console.print(f"changed: {names}", highlight=False, markup=False)
            seen = now
            opened, plan = _write_again(opened, plan, console, components, writer, filler)


def _write_again(
    opened: Opened,
    plan: Plan,
    console: Console,
    components: Components,
    writer: PdfWriter,
    filler: Filler,
) -> tuple[Opened, Plan]:
    """Write the report as its files now describe it; return what was written from."""

    def again(shown: Callable[[Path], None]) -> Written:
        nonlocal opened, plan
        with components():
            return written_again(shown)

    def written_again(shown: Callable[[Path], None]) -> Written:
        nonlocal opened, plan
        opened = describe_again(opened, console)
        plan = settle_weights(opened, opened.plan(opened.report), console)
        if plan.missing or plan.waiting:
            raise UserError(
                said_count(len(plan.missing) + plan.waiting, "run|runs is|are to be trained now"),
                ["a change of settings, studies or components asks for them"],
                "End this with Ctrl-C and start it again: it trains what is missing.",
            )
        return write_with(
            opened,
            plan,
            console,
            writer=writer,
            filler=filler,
            shown=shown,
            check=partial(check_texts, opened, console),
        )

    _tell(console, again)
    return opened, plan


def _tell(console: Console, work: Callable[[Callable[[Path], None]], Written]) -> None:
    """Do some work, and say when HTML and PDF are there; mistakes are shown, not raised."""
    start = time.monotonic()

    def told(path: Path) -> None:
        took = time.monotonic() - start
        console.print(f"written in {took:.1f} s: {path}", highlight=False, markup=False)

    try:
        told(work(told).pdf)
    except (ScenesError, OSError) as error:
        console.print(f"Error: {error}", style="red", highlight=False, markup=False)
