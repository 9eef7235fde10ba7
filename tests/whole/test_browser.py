"""A real browser shows a report, runs nothing of anybody else's, and asks nobody for anything."""

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from attacks import ATTACKS, FOR_TEMPLATES, attack
from browser import open_browser, visit
from PIL import Image

from scenes.report.figures.cache import Drawer
from scenes.report.markup.formulas import set_formula
from scenes.report.markup.templates import templates_folder
from scenes.report.output.html import render_screen

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="90pt" height="9pt"><path d="M0 0"/></svg>'
PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>t</title>
<style>@font-face {{ font-family: S; src: url("asset:fonts/SourceSerifPro-Regular.ttf") }}
p {{ font-family: S; color: rgb(1, 2, 3) }}</style></head>
<body data-zoom="larger" data-close="close"><main id="main">
<figure><img src="asset:figures/a.svg" alt="a plot"></figure>
<p style="margin: 7px">text</p>
{}
</main></body></html>"""
BEYOND_POLICY = ("refresh", "link to a file", "link to a page of data")
"""A policy says nothing of where a page leads: only the check of the HTML refuses these."""


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """One browser for all pages."""
    with open_browser() as started:
        yield started


@pytest.fixture(scope="module")
def asked() -> "Iterator[tuple[str, list[str]]]":
    """Give the address of a server, and what it was asked for."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/javascript")
            self.end_headers()
            self.wfile.write(b"window.owned = 1")

        do_POST = do_GET  # noqa: N815  # the name that the server looks for

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=http.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{http.server_port}", paths
    http.shutdown()
    http.server_close()


def save_page(folder: Path, body: str) -> Path:
    """Write a page as a report is written, past the check that would refuse it."""
    path = folder / "a page.html"
    assets = {"figures/a.svg": SVG, "none.png": b"no picture"}
    page = PAGE.format(body.replace("asset:none.png", "data:image/png,"))
    path.write_text(render_screen(page, assets, folder=templates_folder()), encoding="utf-8")
    return path


def test_a_page_works_under_its_policy(browser: "Browser", tmp_path: Path) -> None:
    """Style, fonts, pictures and the script that enlarges figures are all allowed."""
    page, seen = visit(browser, save_page(tmp_path, ""))
    assert (seen.errors, seen.requests, seen.owned) == ([], [], False)
    assert page.locator("dialog.zoom svg").count() == 1  # the press on the figure opened it
    style = page.locator("p").evaluate("p => [getComputedStyle(p).color, p.style.margin]")
    assert style == ["rgb(1, 2, 3)", "7px"]
    assert page.evaluate("document.fonts.check('12px S')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_formula_is_readable_in_the_dark(scheme: str, browser: "Browser", tmp_path: Path) -> None:
    """Its ink is as far from the paper as that of the text, by the contrast that WCAG asks for."""
    drawer = Drawer(None)
    formula = set_formula(r"\sigma(x) \le \frac{1}{4}", True, drawer=drawer)
    path = tmp_path / "page.html"
    page = PAGE.format(f"<p>{formula}</p>")
    assets = {"figures/a.svg": SVG, **drawer.assets}
    path.write_text(render_screen(page, assets, folder=templates_folder()), encoding="utf-8")
    opened = browser.new_page(color_scheme=scheme)
    opened.goto(path.as_uri())
    shot = opened.locator("img.math").screenshot()
    opened.close()
    shades = np.asarray(Image.open(io.BytesIO(shot)).convert("L")) / 255.0
    light, dark = (float(end) ** 2.2 for end in (shades.max(), shades.min()))
    assert (light + 0.05) / (dark + 0.05) > 7
    assert (float(np.median(shades)) < 0.5) == (scheme == "dark")  # the paper


def test_a_page_without_policy_is_owned(
    browser: "Browser", tmp_path: Path, asked: tuple[str, list[str]]
) -> None:
    """The attacks are real: without the policy, most of them run or are asked for."""
    address, paths = asked
    reached = 0
    for name in [name for name in ATTACKS if name not in FOR_TEMPLATES]:
        paths.clear()
        path = tmp_path / "page.html"
        path.write_text(PAGE.format(attack(name, address)), encoding="utf-8")
        page, seen = visit(browser, path, wait=0.1)
        reached += seen.owned or bool(seen.requests) or bool(paths)
        page.close()
    assert reached >= 30


@pytest.mark.parametrize(
    "name", [name for name in ATTACKS if name not in (*FOR_TEMPLATES, *BEYOND_POLICY)]
)
def test_the_policy_holds_without_the_check(
    name: str, browser: "Browser", tmp_path: Path, asked: tuple[str, list[str]]
) -> None:
    """Were an attack written into a page, it would neither run nor reach anybody."""
    address, paths = asked
    paths.clear()
    page, seen = visit(browser, save_page(tmp_path, attack(name, address)))
    page.close()
    assert not seen.owned
    assert paths == []
