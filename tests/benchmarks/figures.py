"""Writes a report's pages with its figures simplified, and as matplotlib writes them.

    python -m benchmarks.figures REPORT PICTURES STORE

Prints JSON by manner: seconds of computing in this process, bytes of the HTML, bytes and elements
of its figures.
"""

import json
import os
import shutil
import sys
import time
from collections.abc import Callable
from operator import itemgetter
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console

from scenes.app.request import Request
from scenes.app.workflow import prepare
from scenes.app.writing import describe_document
from scenes.report.document import Document
from scenes.report.figures import plots, pool
from scenes.report.figures.svg import simplify_svg
from scenes.report.markup.templates import templates_folder
from scenes.report.output.html import render_screen
from scenes.report.output.pdf import FONT_STAMP
from scenes.report.output.weasyprint_worker import Pages, load_weasyprint
from scenes.report.rendering import render_document
from scenes.report.style import font_assets

ROUNDS = 3
"""Of which the fastest counts."""


def main(report: str, pictures: str, store: str) -> None:
    """Write both, after one that only warms up."""
    os.environ.setdefault("SOURCE_DATE_EPOCH", FONT_STAMP)
    request = Request(Path(report), data=pictures, store=Path(store), weights={"": "random"})
    opened, plan = prepare(request, Console(stderr=True))
    document = describe_document(opened, plan)
    kept = opened.store.cache / "figures"
    write_pages(document, simplify_svg, kept)
    manners: dict[str, Callable[[bytes], bytes]] = {"simplified": simplify_svg, "as drawn": bytes}
    rounds = [
        {name: write_pages(document, simplify, kept) for name, simplify in manners.items()}
        for _ in range(ROUNDS)
    ]
    found = {name: min((it[name] for it in rounds), key=itemgetter("seconds")) for name in manners}
    shutil.rmtree(kept)  # what is kept now is not what a report draws
    print(json.dumps(found))


def write_pages(
    document: Document, simplify: Callable[[bytes], bytes], kept: Path
) -> dict[str, Any]:
    """Draw every figure in this process, write HTML and PDF, and return what that took."""
    shutil.rmtree(kept, ignore_errors=True)
    load_weasyprint()
    began = time.process_time()
    with (
        patch.object(plots, "simplify_svg", simplify),
        patch.object(pool, "usable_cores", lambda: 1),
    ):
        html, assets = render_document(document)
    page = render_screen(html, assets, folder=templates_folder(), fonts=document.font_cache)
    Pages(html, {**font_assets(), **assets}).write({})
    seconds = time.process_time() - began
    figures = [content for name, content in assets.items() if name.endswith(".svg")]
    return {
        "seconds": seconds,
        "html": len(page),
        "figures": sum(map(len, figures)),
        "elements": sum(content.count(b"<") - content.count(b"</") for content in figures),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
