"""Shows a report while it is trained and written: a request in, a page on 127.0.0.1 until Ctrl-C.

Two things are followed side by side. The main thread follows the training through the files of the
store, which any program may write. Another one follows the files of the report and writes its
document again whenever one of them, or a result, has changed. Neither of them trains, and neither
waits for the other. A mistake in the description ends nothing: the page shows it until then.
"""

import contextlib
import contextvars
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from scenes.app.live_document import LiveDocument
from scenes.app.request import Opened, Request, command_of, open_request
from scenes.app.writing import recorded_plan
from scenes.errors import ScenesError
from scenes.live.control import retry_failed, stop_training
from scenes.live.feed import Feed
from scenes.live.following import Follower, Subject
from scenes.live.mistakes import describe_mistakes, find_trial
from scenes.live.server import Answers, LiveServer
from scenes.live.thumbnails import PictureShelf
from scenes.plan.plan import Plan
from scenes.plan.timing import recorded_pace
from scenes.report.filling import Filler
from scenes.system.interrupts import stops_raised

EVERY = 1.0
"""Seconds from one look at the store to the next: with 500 runs each takes 10 ms of a core."""
NICENESS = 5
"""The training goes first: what is shown may come a moment later."""


@dataclass
class Session:
    """What is shown now; it changes when the description does."""

    opened: Opened
    feed: Feed = field(default_factory=Feed)
    is_described_anew: bool = False
    """Whether the description has changed since somebody looked at the training."""

    _planning: threading.Lock = field(default_factory=threading.Lock)

    def plan(self) -> Plan:
        """Plan from what is recorded now; nobody is asked for weights."""
        with self._planning:  # reads the program's own code, which one thread does at a time
            return recorded_plan(self.opened, Console(quiet=True), downloads=False)

    def take(self, opened: Opened) -> None:
        """Show a request whose description has changed."""
        self.opened, self.is_described_anew = opened, True

    def document(self, follower: Follower) -> LiveDocument:
        """Return the document, to be written again when the follower sees results."""
        return LiveDocument(self.opened, self.feed, self.plan, lambda: follower.results, self.take)

    def follow(self, follower: Follower) -> None:
        """Look at the training once."""
        is_new, self.is_described_anew = self.is_described_anew, False
        try:
            follower.look(is_new=is_new)
        except ScenesError as error:
            self.feed.publish("problem", str(error))
        else:
            self.feed.publish("problem", None)

    def subject(self) -> Subject:
        """Return what is followed, planned from what is recorded now."""
        pictures = self.opened.pictures
        pace = recorded_pace(self.opened.store)
        return Subject(self.plan(), len(pictures.whole.classes), pictures.count, pace)

    def answers(self, document: LiveDocument) -> Answers:
        """Return what the page may ask for."""
        shelf = PictureShelf(lambda: self.opened.pictures.whole)
        store = self.opened.store
        return Answers(
            document=lambda: document.html,
            mistakes=lambda study, key: describe_mistakes(find_trial(self.plan(), study, key)),
            picture=shelf.picture,
            control={
                "stop": lambda: stop_training(store, self.plan()),
                "retry": lambda: retry_failed(store, self.plan(), command_of(self.opened)),
            },
        )


def show_live(
    request: Request,
    console: Console,
    *,
    port: int = 0,
    announce: Callable[[str], None],
) -> None:
    """Show a report until interrupted.

    Args:
        request: What is shown; the pictures are looked at, nothing is trained.
        console: Shows what is being done until the page is up.
        port: On which the page is served; 0 for any that is free.
        announce: Called with the address of the page.

    Raises:
        UserError: The description or the pictures have mistakes, or the port is taken.
    """
    give_way()
    session = Session(open_request(request, console))
    follower = Follower(session.opened.store, session.feed, session.subject)
    document = session.document(follower)
    settings = {"command": command_of(session.opened), "folder": _name_of(request.directory)}
    server = LiveServer(session.feed, session.answers(document), settings)
    with stops_raised(), server.serving(port) as address, writing(document):
        announce(address)
        while True:
            session.follow(follower)
            time.sleep(EVERY)


@contextlib.contextmanager
def writing(document: LiveDocument) -> Iterator[None]:
    """Keep a document up to date meanwhile, in a thread of its own."""
    is_over = threading.Event()

    def write() -> None:
        with Filler() as filler:
            while not is_over.wait(EVERY / 2):
                document.look(filler)

    context = contextvars.copy_context()  # holds the report's own components
    thread = threading.Thread(target=lambda: context.run(write), daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join(3)


def give_way() -> None:
    """Let whoever trains go first on this machine."""
    with contextlib.suppress(OSError, AttributeError):  # no such thing on this system
        os.nice(NICENESS)


def _name_of(folder: Path) -> str:
    return folder.resolve().name
