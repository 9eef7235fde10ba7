"""Writes the document of a report beside its training: its files and results in, a page out.

It is written again at each change of a file, and after results, though not after each of many: what
is written for nobody takes time from the training. Nothing goes into `out/`: a draft with gaps is
for the page alone.
"""

import io
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from scenes.app.edits import open_again
from scenes.app.report_files import changed, stamps
from scenes.app.request import Opened
from scenes.app.writing import describe_document
from scenes.errors import ScenesError, UserError
from scenes.live.feed import Feed
from scenes.plan.plan import Plan
from scenes.report.filling import Filler
from scenes.report.markup.templates import load_report_words, templates_folder
from scenes.report.output.html import render_screen
from scenes.report.pending import draft_plan, mark_draft
from scenes.report.saving import refuse_forbidden, render_cited
from scenes.system.formatting import said_count

PATIENCE = 100
"""How many times as long as a writing takes it is not repeated for results alone, but the last."""
COMPONENTS = "components.py has changed: end this page and start it again to run what it says now."


@dataclass
class LiveDocument:
    """The document as it is now.

    Args:
        opened: The request; replaced when its description changes.
        feed: Receives each writing and each mistake.
        plan: Plans the request from what is recorded now.
        results: Returns the runs that have ended.
        reopened: Is called with the request whenever the description was read again.
    """

    opened: Opened
    feed: Feed
    plan: Callable[[], Plan]
    results: Callable[[], frozenset[str]]
    reopened: Callable[[Opened], None]
    html: bytes = b""
    version: int = 0
    _seen: Mapping[Path, Any] = field(default_factory=dict)
    _results: frozenset[str] = frozenset()
    _planned: frozenset[str] = frozenset()
    _written: float = 0.0
    _took: float = 0.0
    _notes: tuple[str, ...] = ()

    def look(self, filler: Filler) -> None:
        """Write the document if a file of it, or a result, is new since the last look."""
        now = stamps((self.opened.folder, templates_folder()))
        edited, first = changed(self._seen, now), not self._seen
        if not edited and not self._has_results():
            return
        self._seen = now
        start = time.monotonic()
        self.feed.publish("document", self._state("being written …"))
        try:
            if edited and not first:
                self._open_again(edited)
            self._write(filler)
        except (ScenesError, OSError) as error:
            self.feed.publish("document", self._state("not written", _lines(error)))
        except Exception as error:  # the page goes on, and says that this is not the user's fault
            told = f"This is a fault of the program ({type(error).__name__}: {error})."
            self.feed.publish("document", self._state("not written", (told,)))
        self._written, self._took = time.monotonic(), time.monotonic() - start

    def _has_results(self) -> bool:
        """Return whether results are new, and it is time to write for them."""
        results = self.results()
        if results == self._results:
            return False
        is_time = time.monotonic() - self._written >= PATIENCE * self._took
        return is_time or self._planned <= results

    def _open_again(self, edited: set[Path]) -> None:
        said = io.StringIO()
        self.opened = open_again(self.opened, Console(file=said, width=1000))
        self._notes = tuple(line.strip() for line in said.getvalue().splitlines() if line.strip())
        if any(path.suffix == ".py" for path in edited):
            self._notes = (COMPONENTS, *self._notes)
        self.reopened(self.opened)

    def _write(self, filler: Filler) -> None:
        self._results = self.results()
        plan = self.plan()
        self._planned = frozenset(run.id for run in plan.runs)
        self.html = render_draft(self.opened, plan, filler)
        self.version += 1
        missing = len(plan.missing) + plan.waiting
        rest = f", {said_count(missing, 'run|runs')} to come" if missing else ""
        self.feed.publish("document", self._state(f"written {time.strftime('%H:%M:%S')}{rest}"))

    def _state(self, told: str, problems: tuple[str, ...] = ()) -> dict[str, Any]:
        return {
            "version": self.version,
            "told": told,
            "problems": list(problems),
            "notes": list(self._notes),
        }


def render_draft(opened: Opened, plan: Plan, filler: Filler) -> bytes:
    """Return the document of a plan as a page; what is still to be trained is marked.

    Raises:
        ScenesError: The template cannot be filled; the message names file and line.
    """
    document = describe_document(opened, draft_plan(plan))
    document, (html, assets, _) = render_cited(document, filler)
    refuse_forbidden(html, document, filler)
    if missing := len(plan.missing) + plan.waiting:
        words = load_report_words(plan.report.language, opened.folder)
        html = mark_draft(html, words, missing=missing)
    page = render_screen(html, assets, folder=templates_folder(), fonts=document.font_cache)
    return page.encode("utf-8")


def _lines(error: Exception) -> tuple[str, ...]:
    """Return an error as lines: what is wrong, each problem, what to do."""
    if isinstance(error, UserError):
        return tuple(filter(None, (error.heading, *error.problems, error.hint)))
    return tuple(str(error).splitlines())
