"""A real browser for tests: the Chromium of this machine, driven by Playwright.

What needs it is marked `browser` and runs in `nox -s browser`. Where there is none, those tests are
skipped and say so.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

PRESS_ALL = """
for (const one of document.querySelectorAll("a, button, input, summary, [tabindex]")) {
  one.focus?.();
  one.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
}
"""


@contextmanager
def open_browser() -> "Iterator[Browser]":
    """Start the browser; skip the test where this machine has none."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip(f"there is no browser here: install one of {', '.join(NAMES)}")
    api = pytest.importorskip("playwright.sync_api", reason="needs the group `browser`")
    # Its sandbox refuses to start for root, as in containers.
    options = [*OPTIONS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


@dataclass
class Seen:
    """What a page did while it was open.

    Attributes:
        requests: Addresses that it asked for, itself and data apart.
        errors: What the browser said on its console, such as what the policy stopped.
        owned: Whether a script of somebody else ran.
    """

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    owned: bool = False


def visit(browser: "Browser", path: Path, *, wait: float = 0.3) -> tuple["Page", Seen]:
    """Open a file, press everything in it that can be pressed, and return what it did.

    Args:
        browser: As `open_browser` starts it.
        path: The HTML file.
        wait: Seconds that it stays open after that.
    """
    page, seen = browser.new_page(), Seen()
    own = path.as_uri()

    def note(address: str) -> None:
        if not address.startswith(("data:", "about:")) and address.partition("#")[0] != own:
            seen.requests.append(address)

    page.on("request", lambda request: note(request.url))
    page.on("console", lambda message: seen.errors.append(message.text))
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.goto(own)
    # A page that leads elsewhere ends what is evaluated in it; that it does so is a request.
    with contextlib.suppress(_error()):
        page.evaluate(PRESS_ALL)
        page.wait_for_timeout(1000 * wait)
        seen.owned = any(bool(frame.evaluate("window.owned")) for frame in page.frames)
    return page, seen


def _error() -> type[Exception]:
    from playwright.sync_api import Error

    return Error
