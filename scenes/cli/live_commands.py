"""The command that shows a report while it is trained and written."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from scenes.cli.components import uses_components
from scenes.cli.options import request_options
from scenes.cli.terminal import open_console, say
from scenes.errors import MachineError
from scenes.system.interrupts import stops_raised

if TYPE_CHECKING:
    from scenes.app.request import Request


@click.command()
@request_options
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Else any that is free.")
@click.option(
    "--export",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the page as it is now into a folder, and end.",
)
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser.")
@uses_components
def live(port: int, opens: bool, export: Path | None, **options: Any) -> int:
    """Show the report of FOLDER while it is trained and written: one page on this machine.

    It trains nothing: start `scenes report` beside it, here or elsewhere, with the same options.
    """
    require_live()
    from scenes.app.live import show_live
    from scenes.app.live_export import export_live
    from scenes.app.request import Request

    request, console = Request(**options, draft=True), open_console(stderr=True)
    if export is not None:
        say(f"wrote {export_live(request, console, export)}")
        return 0

    def announce(address: str) -> None:
        say(address)
        say("Only those who have this address can open the page. Ctrl-C ends it.", error=True)
        if opens:
            click.launch(address)

    try:
        show_live(request, console, port=port, announce=announce)
    except KeyboardInterrupt:
        say("\nThe page is no longer served.", error=True)
        if threading.active_count() > 1:
            sys.stdout.flush()
            os._exit(0)  # nobody is to wait for a document that is just being written
    return 0


@contextmanager
def page_beside(request: "Request") -> Iterator[None]:
    """Show a report on a page while something is done for it, and after, until Ctrl-C.

    The page is a process of its own: what it draws and writes takes no time from this one.

    Raises:
        MachineError: What serves a page is not installed.
    """
    from scenes.app.request import request_words

    require_live()
    words = request_words(request, request.profile)
    page = subprocess.Popen(
        [sys.executable, "-m", "scenes", "live", *words], stdin=subprocess.DEVNULL
    )
    try:
        yield
        say("The page goes on; Ctrl-C ends it.", error=True)
        with suppress(KeyboardInterrupt), stops_raised():
            page.wait()
    finally:
        page.terminate()


def require_live() -> None:
    """Check that what serves a page is installed.

    Raises:
        MachineError: It is an extra of the package that is not.
    """
    missing = [name for name in ("starlette", "uvicorn") if find_spec(name) is None]
    if missing:
        raise MachineError(
            "The page needs libraries that are not installed.",
            [f"{name} is missing" for name in missing],
            "Install them with: pip install 'scenes[live]'",
        )
