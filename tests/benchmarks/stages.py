"""Writes a report from its records stage by stage, in this process, and times each.

    python -m benchmarks.stages REPORT PICTURES STORE

Prints JSON: seconds of computing (not of waiting) by stage, and the pages of the PDF.
"""

import gc
import io
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pypdf import PdfReader
from rich.console import Console

from scenes.app.request import Request
from scenes.app.workflow import prepare
from scenes.app.writing import describe_document, given_of
from scenes.evidence.pack import pack_document
from scenes.report.markup.templates import templates_folder, warm_templates
from scenes.report.output.font_subset import subset_font
from scenes.report.output.html import render_screen
from scenes.report.output.pdf import FONT_STAMP
from scenes.report.output.weasyprint_worker import Pages, load_weasyprint
from scenes.report.rendering import render_document, render_with_results
from scenes.report.style import font_assets

BLANK = b'<svg xmlns="http://www.w3.org/2000/svg" width="300pt" height="100pt"/>'


def main(report: str, pictures: str, store: str) -> None:
    """Write the report twice: its figures are drawn, and then kept."""
    os.environ.setdefault("SOURCE_DATE_EPOCH", FONT_STAMP)
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(stage: str) -> Iterator[None]:
        start = time.process_time()
        yield
        seconds[stage] = time.process_time() - start

    request = Request(Path(report), data=pictures, store=Path(store), weights={"": "random"})
    with timed("description, pictures and plan"):
        opened, plan = prepare(request, Console(stderr=True))
        document = describe_document(opened, plan)
    for name in ("figures", "fonts"):
        shutil.rmtree(Path(store) / "cache" / name, ignore_errors=True)
    with timed("templates compiled"):
        warm_templates()
    with timed("filled, figures drawn"):
        render_document(document)
    with timed("filled, figures kept"):
        html, assets, results = render_with_results(document)
    with timed("evidence packed"):
        attachments = pack_document(document, results, given=given_of(opened))
    for state in ("cut", "kept"):
        with timed(f"screen, fonts {state}"):
            render_screen(html, assets, folder=templates_folder(), fonts=document.font_cache)
        subset_font.cache_clear()
    with timed("WeasyPrint imported"):
        load_weasyprint()
    gc.disable()  # as in the process that writes
    files = {**font_assets(), **assets}
    with timed("pages laid out"):
        pages = Pages(html, files)
    with timed("pages drawn and written, with evidence"):
        pdf, _ = pages.write(attachments)
    blank = {name: BLANK if name.endswith(".svg") else data for name, data in files.items()}
    pages = Pages(html, blank)
    with timed("the same without the lines and letters of figures"):
        pages.write(attachments)
    print(json.dumps({"seconds": seconds, "pages": len(PdfReader(io.BytesIO(pdf)).pages)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
