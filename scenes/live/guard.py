"""Lets only the page's own reader in: token, host and origin of each request are checked.

The server listens on 127.0.0.1 alone, but every program of the machine and every web page in a
browser on it can knock there. The token in the address keeps out those who do not know it; the host
name keeps out pages whose own name was pointed to 127.0.0.1 (DNS rebinding); the origin keeps out
other pages that post here, should the token ever leak.
"""

import hmac
from urllib.parse import urlsplit

from starlette.datastructures import Headers, QueryParams
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOCAL = {"127.0.0.1", "localhost", "::1"}
"""Names of this machine. A port that SSH forwards has another number, and one of these names."""
TOKEN = "x-scenes-token"
DOCUMENT = "/document/"
"""What lies below is asked for by a key of its own: a document must not learn the token."""
HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}


class Guard:
    """The application, for those who may ask it.

    Args:
        app: The application.
        token: That every request must carry, in its address or, if it changes something, in a
            header, which no form can send.
        document_key: That requests for the document carry instead.
    """

    def __init__(self, app: ASGIApp, *, token: str, document_key: str) -> None:
        self._app, self._token, self._document_key = app, token, document_key

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            return
        if refusal := self._refusal(scope):
            await PlainTextResponse(refusal, 403, HEADERS)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope) -> str:
        """Return why a request is refused; "" where it is not."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if _name_of(host) not in LOCAL:
            return "This page answers on 127.0.0.1 and localhost only."
        if scope["method"] in ("GET", "HEAD"):
            return self._refusal_to_read(scope)
        if headers.get("origin") != f"http://{host}":
            return "Only the page itself may ask for this."
        return "" if _is_same(headers.get(TOKEN, ""), self._token) else _NO_TOKEN

    def _refusal_to_read(self, scope: Scope) -> str:
        path = str(scope["path"])
        if path.startswith(DOCUMENT):
            key, expected = path.removeprefix(DOCUMENT).partition("/")[0], self._document_key
        else:
            query = scope["query_string"].decode("latin-1")
            key, expected = QueryParams(query).get("token", ""), self._token
        return "" if _is_same(key, expected) else _NO_TOKEN


_NO_TOKEN = "The address lacks its token: open the one that scenes live has printed."


def _is_same(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(), expected.encode())


def _name_of(host: str) -> str | None:
    """Return the name in a Host header, without its port."""
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None
