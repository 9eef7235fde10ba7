"""Serves the page on 127.0.0.1: a feed in, an address out."""

import asyncio
import contextvars
import secrets
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from scenes.errors import MachineError, ScenesError
from scenes.live.feed import Feed
from scenes.live.guard import DOCUMENT, HEADERS, Guard
from scenes.live.page import build_page

HOST = "127.0.0.1"
POLL = 0.2
"""Seconds between two looks at the feed for each open page."""
BEAT = 15.0
"""Seconds after which something is sent at least: a forwarded connection stays open."""
FRAMED = "sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox; frame-ancestors 'self'"
"""The document runs its own script in an origin of its own: it can ask for nothing here."""


@dataclass(frozen=True)
class Answers:
    """What the page may ask for besides news.

    Attributes:
        document: Returns the document as it was last written.
        mistakes: Returns what a value's runs got wrong, by names of study and value.
        picture: Returns a validation picture as JPEG, by its name.
        control: What can be asked for by name; each returns what it did.
    """

    document: Callable[[], bytes]
    mistakes: Callable[[str, str], dict[str, Any]]
    picture: Callable[[str], bytes]
    control: Mapping[str, Callable[[], str]]


@dataclass
class LiveServer:
    """A server of one page.

    Args:
        feed: What the page shows.
        answers: What it may ask for.
        settings: What its script is to know.
    """

    feed: Feed
    answers: Answers
    settings: Mapping[str, object]
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    document_key: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    _server: uvicorn.Server | None = None

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[str]:
        """Serve meanwhile, in a thread; give the address to open.

        Args:
            port: On which to listen; 0 for any that is free.

        Raises:
            MachineError: The port is taken.
        """
        listener = _listen(port)
        options = {"log_level": "error", "access_log": False, "lifespan": "off"}
        config = uvicorn.Config(self.build_app(), timeout_graceful_shutdown=1, **options)  # type: ignore[arg-type]
        self._server = server = uvicorn.Server(config)
        context = contextvars.copy_context()  # holds the report's own components
        thread = threading.Thread(
            target=lambda: context.run(server.run, sockets=[listener]), daemon=True
        )
        thread.start()
        try:
            yield f"http://{HOST}:{listener.getsockname()[1]}/?token={self.token}"
        finally:
            server.should_exit = True
            thread.join(5)
            listener.close()

    def build_app(self) -> Guard:
        """Return the application behind its guard."""
        app = Starlette(
            routes=[
                Route("/", self._page),
                Route("/news", self._news),
                Route(DOCUMENT + "{key}", self._document),
                Route("/mistakes", self._mistakes),
                Route("/picture", self._picture),
                Route("/control/{what}", self._control, methods=["POST"]),
            ]
        )
        return Guard(app, token=self.token, document_key=self.document_key)

    def _page(self, _: Request) -> Response:
        told = {**self.settings, "document": DOCUMENT + self.document_key}
        return HTMLResponse(build_page(told), headers={**HEADERS, "x-frame-options": "DENY"})

    async def _news(self, request: Request) -> Response:
        boot, _, seen = request.headers.get("last-event-id", "").partition("-")
        version = int(seen) if boot == self.feed.boot and seen.isdecimal() else 0
        return StreamingResponse(
            self._events(version), media_type="text/event-stream", headers=HEADERS
        )

    async def _events(self, version: int) -> AsyncIterator[str]:
        quiet = 0.0
        while self._server is None or not self._server.should_exit:
            if self.feed.version > version:
                update = self.feed.since(version)
                version, quiet = update.version, 0.0
                yield f"id: {self.feed.boot}-{version}\ndata: {update.encoded()}\n\n"
            elif quiet >= BEAT:
                quiet = 0.0
                yield ": still here\n\n"
            await asyncio.sleep(POLL)
            quiet += POLL

    def _document(self, _: Request) -> Response:
        headers = {**HEADERS, "content-security-policy": FRAMED}
        return HTMLResponse(self.answers.document(), headers=headers)

    def _mistakes(self, request: Request) -> Response:
        study, value = (request.query_params.get(name, "") for name in ("study", "value"))
        try:
            return JSONResponse(self.answers.mistakes(study, value), headers=HEADERS)
        except KeyError:
            return JSONResponse({"problem": "There is no such value."}, 404, HEADERS)

    def _picture(self, request: Request) -> Response:
        try:
            data = self.answers.picture(request.query_params.get("name", ""))
        except (KeyError, OSError):
            return Response(status_code=404, headers=HEADERS)
        return Response(data, media_type="image/jpeg", headers=HEADERS)

    def _control(self, request: Request) -> Response:
        action = self.answers.control.get(request.path_params["what"])
        if action is None:
            return JSONResponse({"problem": "There is no such action."}, 404, HEADERS)
        try:
            return JSONResponse({"told": action()}, headers=HEADERS)
        except (ScenesError, OSError) as error:
            return JSONResponse({"problem": str(error)}, 409, HEADERS)


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()  # whoever opens the address at once is answered a moment later
    except OSError as error:
        listener.close()
        raise MachineError(
            f"Port {port} of {HOST} cannot be used.",
            [str(error.strerror)],
            "Name another one with --port, or none: a free one is found.",
        ) from None
    return listener
