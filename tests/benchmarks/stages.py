"""Writes a report from its records stage by stage, in this process, and times each.

    python -m benchmarks.stages REPORT PICTURES STORE

Prints JSON: seconds of computing (not of waiting) by stage, and the pages of the PDF.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from scenes.app.request import Request
from scenes.app.workflow import prepare
from scenes.app.writing import describe_document
from scenes.report.markup.templates import templates_folder, warm_templates
from scenes.report.output.html import render_screen
from scenes.report.output.pdf import FONT_STAMP
from scenes.report.output.weasyprint_worker import _build_fetcher, for_paper, load_weasyprint
from scenes.report.rendering import render_document
from scenes.report.style import font_assets

VARIANT = {"pdf_variant": "pdf/a-3a", "pdf_tags": True}


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
    with timed("templates compiled"):
        warm_templates()
    with timed("filled, figures drawn"):
        render_document(document)
    with timed("filled, figures kept"):
        html, assets = render_document(document)
    with timed("screen"):
        render_screen(html, assets, folder=templates_folder())
    with timed("WeasyPrint imported"):
        weasyprint, _ = load_weasyprint()
    fetcher = _build_fetcher({**font_assets(), **assets})
    with timed("pages laid out"):
        pages = weasyprint.HTML(string=for_paper(html), url_fetcher=fetcher).render(**VARIANT)
    with timed("pages drawn and written"):
        pages.write_pdf(**VARIANT)
    print(json.dumps({"seconds": seconds, "pages": len(pages.pages)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
