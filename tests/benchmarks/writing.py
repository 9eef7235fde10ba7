"""Writes a report from what is recorded, and trains before that what is missing.

    python -m benchmarks.writing REPORT PICTURES STORE

Prints JSON: pages of the PDF, its figures, and whether TensorFlow was loaded.
"""

import json
import sys
from pathlib import Path

from pypdf import PdfReader
from rich.console import Console

from scenes.app.request import Request
from scenes.app.workflow import make_report


def main(report: str, pictures: str, store: str) -> None:
    """Write the report and print what was written."""
    request = Request(Path(report), data=pictures, store=Path(store), weights={"": "random"})
    written = make_report(request, Console(stderr=True))
    described = {
        "pages": len(PdfReader(written.pdf).pages),
        "figures": written.html.read_text(encoding="utf-8").count('class="plate"'),
        "tensorflow": "tensorflow" in sys.modules,
    }
    print(json.dumps(described))


if __name__ == "__main__":
    main(*sys.argv[1:])
