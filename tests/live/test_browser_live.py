"""In a real browser the page of a training grows, controls it, and stays on its machine."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browser import open_browser
from written import SHORT, make_folder, open_folder, record_of

from scenes.app.request import Opened
from scenes.plan.plan import Plan
from scenes.runs.record import derive_predictions
from scenes.runs.record_files import HISTORY_COLUMNS
from scenes.runs.status import run_status
from scenes.runs.store import append_epoch

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

LONG = SHORT.replace(
    "{% endblock %}",
    "{% for number in range(40) %}<h2 id='part-{{ number }}'>Part</h2>"
    "<p>{{ 'Words and words. ' * 40 }}</p>{% endfor %}{% endblock %}",
)
WAIT = 180_000
"""Milliseconds that a busy machine may take."""


class Training:
    """A report that is shown by the command, and whose training a test plays."""

    def __init__(self, root: Path) -> None:
        self.folder = make_folder(root)
        self.template = self.folder / "own.html"
        self.template.write_text(LONG, encoding="utf-8")
        self.opened: Opened = open_folder(self.folder)
        self.plan: Plan = self.opened.plan(self.opened.report)
        self.log = (root / "log").open("w")
        self.command = [sys.executable, "-m", "scenes", "live", str(self.folder), "--profile=full"]
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()

    def epoch(self, *losses: float) -> None:
        """Be the worker of the first run, which finishes some epochs."""
        run = self.plan.runs[0]
        folder = self.opened.store.partial(run.id)
        if not folder.exists():
            self.opened.store.begin(run.id, run.identity)
        for loss in losses:
            append_epoch(folder, {**dict.fromkeys(HISTORY_COLUMNS, 0.5), "val_loss": loss})
        run_status(self.opened.store, run.id).tell("training")

    def finish(self) -> None:
        """Record every run; each gets its first picture wrong."""
        for run in self.plan.runs:
            record = record_of(self.opened, run)
            found = record.predictions
            shares = found.probabilities.copy()
            shares[0] = shares[0][::-1]
            wrong = derive_predictions(found.pictures, found.truth, shares)
            self.opened.store.save(replace(record, predictions=wrong))

    def close(self) -> int:
        """End it as Ctrl-C does; return its exit code."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(20)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.log.close()
        return code


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """One browser for all pages."""
    with open_browser() as started:
        yield started


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory, browser: "Browser") -> Iterator[Training]:
    """A training that begins, and ends with the tests of this module, which go in their order."""
    shown = Training(Path(tmp_path_factory.mktemp("a live report")))
    yield shown
    assert shown.close() == 0


@pytest.fixture(scope="module")
def requests() -> list[str]:
    """Return the addresses that pages have asked for."""
    return []


@pytest.fixture(scope="module")
def page(browser: "Browser", training: Training, requests: list[str]) -> "Page":
    """The page of the training, opened once; what a browser complains of fails the test."""
    page = browser.new_page(viewport={"width": 1300, "height": 800})
    page.set_default_timeout(WAIT)
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: requests.append(f"the script failed: {error}"))
    page.on("console", lambda message: requests.append(f"console: {message.text}"))
    page.goto(training.address)
    return page


def until(page: "Page", told: str, *, seconds: float = WAIT / 1000) -> None:
    """Wait until an expression is true on a page, whose policy forbids Playwright's own way."""
    end = time.monotonic() + seconds
    while not page.evaluate(told):
        assert time.monotonic() < end, f"not within {seconds:g} seconds: {told}"
        page.wait_for_timeout(100)


def test_the_curve_grows(page: "Page", training: Training) -> None:
    """An epoch that a worker has finished is on the page a moment later, read out by epoch."""
    training.epoch(1.5, 1.25)
    chart = page.locator(".chart", has_text="Validation loss").first
    until(page, "document.querySelector('[role=slider][aria-valuemax=\"2\"]')")
    before = chart.locator("path.line").first.get_attribute("d")
    training.epoch(1.0)
    until(page, "document.querySelector('[role=slider][aria-valuemax=\"3\"]')")
    assert chart.get_attribute("aria-valuetext") == "epoch 3: 0.1 1.00"
    assert chart.locator("path.line").first.get_attribute("d") != before
    chart.focus()
    page.keyboard.press("Home")
    assert chart.get_attribute("aria-valuetext") == "epoch 1: 0.1 1.50"
    assert page.locator("#status").inner_text() == "Training elsewhere · 0 of 4 runs have ended"


def document(page: "Page") -> Any:
    """Return the frame that shows the document now."""
    handle = page.wait_for_selector(".frames iframe:not(.coming)")
    assert handle is not None
    frame = handle.content_frame()
    assert frame is not None
    return frame


def test_the_document_comes_again_at_the_same_place(page: "Page", training: Training) -> None:
    """A part that is added above moves nothing under the eyes of its reader."""
    frame = document(page)
    at_once = "{ behavior: 'instant' }"
    frame.evaluate(f"document.getElementById('part-20').scrollIntoView({at_once})")
    frame.evaluate("scrollBy({ top: 57, behavior: 'instant' })")
    until(page, "place !== null && place.id === 'part-20'")
    where = "document.getElementById('part-20').getBoundingClientRect().top"
    before = frame.evaluate(where)
    text = training.template.read_text(encoding="utf-8")
    new = text.replace("<h1>", "<p id='new'>" + "Something new. " * 300 + "</p><h1>")
    training.template.write_text(new, encoding="utf-8")
    until(page, "told.document.version >= 2 && !document.querySelector('iframe.coming')")
    frame = document(page)
    assert frame.locator("#new").count() == 1
    assert frame.evaluate("scrollY") > 1000
    assert frame.evaluate(where) == pytest.approx(before, abs=3)


def test_a_mistake_is_shown_until_it_is_mended(page: "Page", training: Training) -> None:
    """File and line of the mistake stand above the last document that could be written."""
    text = training.template.read_text(encoding="utf-8")
    training.template.write_text(text + "\n{% if %}", encoding="utf-8")
    alert = page.locator(".document-errors")
    line = text.count("\n") + 2
    until(page, f"documentErrors.innerText.includes('own.html:{line}')")
    assert alert.is_visible()
    assert document(page).locator("#part-20").count() == 1
    training.template.write_text(text, encoding="utf-8")
    alert.wait_for(state="hidden")


def test_mistakes_of_the_description_are_shown_as_well(page: "Page", training: Training) -> None:
    """A report.toml with a mistake ends nothing either; a new title is on the page."""
    path = training.folder / "report.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("learning_rate", "learning_rat"), encoding="utf-8")
    alert = page.locator(".document-errors")
    until(page, "documentErrors.innerText.includes('report.toml:')")
    path.write_text(text.replace("Two rates", "Two learning rates"), encoding="utf-8")
    alert.wait_for(state="hidden")
    until(page, "document.getElementById('title').textContent === 'Two learning rates'")
    path.write_text(text, encoding="utf-8")
    until(page, "document.getElementById('title').textContent === 'Two rates'")


def test_results_fill_the_page(page: "Page", training: Training) -> None:
    """After the last run there are verdicts, a table that sorts, mistakes with their pictures."""
    training.finish()
    until(page, "document.getElementById('status').textContent.startsWith('Done')")
    assert "Best mean validation loss" in page.locator(".verdict").inner_text()
    page.click("#tab-compare")
    rows = page.locator("#compare tbody tr")
    assert rows.count() == 4
    page.click("button.sort:has-text('Seed')")
    assert page.locator("th[aria-sort='ascending']").inner_text().startswith("Seed")
    for row in (0, 3):
        page.locator("#compare tbody input").nth(row).check()
    assert page.locator("#compare .keys .key").count() == 2
    page.fill("#filter-text", "no such run")
    assert rows.count() == 0
    page.fill("#filter-text", "")
    page.click("#tab-errors")
    page.locator(".matrix .right .cell").first.click()
    picture = page.locator(".pictures img").first
    picture.scroll_into_view_if_needed()
    until(page, "document.querySelector('.pictures img').naturalWidth > 0")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1300, 390])
@pytest.mark.parametrize("tab", ["training", "compare", "errors"])
def test_nobody_is_shut_out(page: "Page", tab: str, width: int, scheme: Any) -> None:
    """Axe finds nothing serious on any panel, wide or narrow, light or dark."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.click(f"#tab-{tab}")
    page.wait_for_timeout(300)
    script = Path(axe.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
    page.evaluate(script)
    found = page.evaluate("axe.run(document, { iframes: false })")
    serious = [
        (one["id"], node["target"], node["failureSummary"])
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
    assert serious == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_everything_came_from_this_machine(
    page: "Page", training: Training, requests: list[str]
) -> None:
    """No request has left it, and nothing was stopped by the policy, which would say so."""
    own = training.address.partition("?")[0]
    assert len(requests) > 5
    assert [one for one in requests if not one.startswith((own, "data:"))] == []


def test_the_token_is_needed(browser: "Browser", training: Training) -> None:
    """Who knows the port alone sees one sentence."""
    page = browser.new_page()
    page.goto(training.address.partition("?")[0])
    assert page.inner_text("body").startswith("The address lacks its token")
    page.close()


TRAINER = """
import json, sys, time
from pathlib import Path
from scenes.runs.status import program_status
from scenes.runs.store import Store
program_status(Store(Path(sys.argv[1]))).tell(
    "training", done=0, total=2, running=[{"id": sys.argv[2]}], waiting=[])
print("ready", flush=True)
try:
    time.sleep(600)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


def test_the_page_stops_a_training(page: "Page", training: Training) -> None:
    """The button asks once more, and the program that trains is interrupted as by Ctrl-C."""
    words = [sys.executable, "-c", TRAINER, training.opened.store.root, training.plan.runs[0].id]
    program = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ)
    assert program.stdout is not None
    try:
        assert program.stdout.readline() == "ready\n"
        page.set_viewport_size({"width": 1300, "height": 800})
        page.click("#actions button:has-text('Stop')")
        page.click("#ask button:has-text('Stop')")
        page.wait_for_selector("#ask :text('was asked to stop')")
        assert program.stdout.readline() == "stopped\n"
        assert program.wait(20) == 0
    finally:
        program.kill()
        program.stdout.close()
    page.click("#ask button:has-text('Close')")


def test_an_export_opens_from_a_disk(
    browser: "Browser", training: Training, tmp_path: Path
) -> None:
    """Curves, mistakes, pictures and document are there without a server."""
    target = tmp_path / "an export"
    subprocess.run([*training.command, "--export", str(target)], check=True, stderr=training.log)
    assert sorted(path.name for path in target.iterdir()) == [
        "document.html", "index.html", "pictures"
    ]  # fmt: skip
    page = browser.new_page(viewport={"width": 1300, "height": 800})
    page.set_default_timeout(WAIT)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: asked.append(f"console: {message.text}"))
    page.goto((target / "index.html").as_uri())
    page.wait_for_selector("path.line")
    assert document(page).locator("#part-20").count() == 1
    assert page.locator("#actions button").count() == 0
    page.click("#tab-errors")
    page.locator(".matrix .wrong .cell").first.click()
    until(page, "document.querySelector('.pictures img').naturalWidth > 0")
    assert [one for one in asked if not one.startswith("file:")] == []
    assert json.dumps(asked).count("http") == 0
    page.close()
