"""Edits a text of a report under `--watch`, and times until screen and PDF show it.

    python -m benchmarks.editing REPORT PICTURES STORE EDITS

Every run is recorded. Prints JSON: seconds from each edit to the screen's page and to the PDF.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from scenes.app.request import Request
from scenes.app.watch import watch_report
from scenes.app.workflow import prepare


class Clock(Console):
    """Takes the time at which the watch says that something is written."""

    def __init__(self) -> None:
        super().__init__(stderr=True)
        self.times: list[float] = []

    def print(self, *objects: Any, **options: Any) -> None:
        """Print, and take the time where a file is written."""
        if str(objects[0]).startswith("written in"):
            self.times.append(time.perf_counter())
        super().print(*objects, **options)


def main(report: str, pictures: str, store: str, edits: str) -> None:
    """Edit the report's template so many times and print how long each takes."""
    request = Request(Path(report), data=pictures, store=Path(store), weights={"": "random"})
    clock, starts = Clock(), list[float]()
    template = Path(report) / "report.html"
    text = template.read_text(encoding="utf-8")

    def edit() -> None:
        if len(starts) == int(edits):
            raise KeyboardInterrupt
        template.write_text(f"{text}\n{{# edit {len(starts)} #}}\n", encoding="utf-8")
        starts.append(time.perf_counter())

    opened, plan = prepare(request, Console(stderr=True))
    try:
        watch_report(opened, plan, clock, wait=edit)
    except KeyboardInterrupt:
        screens, pdfs = clock.times[2::2], clock.times[3::2]  # the first two are of no edit
    seconds = {
        "screen": [shown - start for start, shown in zip(starts, screens, strict=True)],
        "pdf": [written - start for start, written in zip(starts, pdfs, strict=True)],
    }
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
