"""The page answers whoever has its token, on this machine, and nobody else."""

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from scenes.errors import MachineError, UserError
from scenes.live.feed import Feed
from scenes.live.server import Answers, LiveServer


class Page:
    """A server with a page, and what asks it."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.feed = Feed()
        self.feed.publish("plan", {"title": "T </script>"})
        answers = Answers(
            document=lambda: b"<!DOCTYPE html><title>D</title>",
            mistakes=lambda study, value: {"of": [study, {"8": value}[value]]},
            picture=lambda name: {"a.png": b"JPEG"}[name],
            control={"stop": self.stop, "fail": self.fail},
        )
        self.server = LiveServer(self.feed, answers, {"command": "scenes report"})
        self.address = ""

    def stop(self) -> str:
        """Take note that this was asked for."""
        self.done.append("stop")
        return "stopped"

    def fail(self) -> str:
        """Refuse."""
        raise UserError("nothing trains", [], "")

    @property
    def host(self) -> str:
        """Name and port."""
        return urlsplit(self.address).netloc

    @property
    def token(self) -> str:
        """What the address carries."""
        return parse_qs(urlsplit(self.address).query)["token"][0]

    def ask(self, method: str, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        """Return code, content and headers of an answer."""
        link = http.client.HTTPConnection(self.host, timeout=5)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        link.request(method, path, headers=named)
        answer = link.getresponse()
        found = answer.status, answer.read(), {k.lower(): v for k, v in answer.getheaders()}
        link.close()
        return found

    def post(self, what: str, **headers: str) -> tuple[int, Any]:
        """Ask for something as the page does, unless headers say otherwise."""
        usual = {"Origin": f"http://{self.host}", "X_Scenes_Token": self.token}
        code, content, _ = self.ask("POST", f"/control/{what}", **{**usual, **headers})
        return code, content


@pytest.fixture(scope="module")
def served() -> Iterator[Page]:
    """Serve one page for all tests."""
    page = Page()
    with page.server.serving() as address:
        page.address = address
        yield page


@pytest.mark.parametrize(
    "path", ["/", "/?token=", "/?token=wrong", "/news", "/mistakes", "/picture?name=a.png",
             "/document/wrong", "/document/", "/elsewhere"]
)  # fmt: skip
def test_nothing_is_told_without_the_token(path: str, served: Page) -> None:
    """Every address but the one that was printed is refused, whatever lies there."""
    code, content, _ = served.ask("GET", path)
    assert code == 403
    assert b"token" in content


def test_the_document_has_a_key_of_its_own(served: Page) -> None:
    """The token does not open the document, nor its key the page: a document never learns it."""
    key = served.server.document_key
    assert served.ask("GET", f"/document/{served.token}?token={served.token}")[0] == 403
    assert served.ask("GET", f"/?token={key}")[0] == 403
    code, content, headers = served.ask("GET", f"/document/{key}")
    assert (code, content) == (200, b"<!DOCTYPE html><title>D</title>")
    policy = headers["content-security-policy"]
    assert policy.startswith("sandbox allow-scripts")
    assert "allow-same-origin" not in policy


def test_the_page_is_there_with_its_policy(served: Page) -> None:
    """It allows its own script and style by their hashes and nothing from elsewhere."""
    code, content, headers = served.ask("GET", f"/?token={served.token}")
    text = content.decode()
    assert code == 200
    assert "default-src 'none'; script-src 'sha256-" in text
    assert "unsafe" not in text.split("<style>")[0]
    assert (headers["x-frame-options"], headers["referrer-policy"]) == ("DENY", "no-referrer")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_other_names_of_the_machine_are_refused(host: str, served: Page) -> None:
    """A name that somebody pointed to 127.0.0.1 opens nothing, token or not."""
    assert served.ask("GET", f"/?token={served.token}", Host=host)[0] == 403
    assert served.post("stop", Host=host, Origin=f"http://{host}")[0] == 403
    assert served.done == []


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1:9000", "[::1]:9000"])
def test_a_forwarded_port_is_this_machine(host: str, served: Page) -> None:
    """Through `ssh -L 9000:…` the number is another and the name is local."""
    assert served.ask("GET", f"/?token={served.token}", Host=host)[0] == 200


@pytest.mark.parametrize(
    "headers",
    [{"X_Scenes_Token": ""}, {"X_Scenes_Token": "wrong"}, {"Origin": "https://evil.example"},
     {"Origin": "null"}, {"Origin": ""}],
)  # fmt: skip
def test_only_the_page_controls(headers: dict[str, str], served: Page) -> None:
    """Another page that knows the address, a document, a form: none of them stops anything."""
    assert served.post("stop", **headers)[0] == 403
    assert served.done == []


def test_the_page_controls(served: Page) -> None:
    """What it asks for is done and reported; what cannot be done is reported as well."""
    code, content = served.post("stop")
    assert (code, json.loads(content), served.done) == (200, {"told": "stopped"}, ["stop"])
    served.done.clear()
    assert served.post("fail") == (409, b'{"problem":"nothing trains"}')
    assert served.post("format_disk")[0] == 404
    assert served.ask("GET", f"/control/stop?token={served.token}")[0] == 405
    assert served.done == []


def test_mistakes_and_pictures_are_found_by_name(served: Page) -> None:
    """What there is comes; of what there is not, it is said that there is none."""
    token = served.token
    code, content, _ = served.ask("GET", f"/mistakes?study=batch&value=8&token={token}")
    assert (code, json.loads(content)) == (200, {"of": ["batch", "8"]})
    assert served.ask("GET", f"/mistakes?study=batch&value=9&token={token}")[0] == 404
    assert served.ask("GET", f"/picture?name=a.png&token={token}")[:2] == (200, b"JPEG")
    for name in ("b.png", "../a.png", "/etc/passwd", ""):
        assert served.ask("GET", f"/picture?name={name}&token={token}")[0] == 404


def read_event(served: Page, last: str = "") -> tuple[str, Any]:
    """Return name and values of the first event that a page gets."""
    link = http.client.HTTPConnection(served.host, timeout=5)
    link.request("GET", f"/news?token={served.token}", headers={"Last-Event-ID": last})
    answer = link.getresponse()
    name = answer.readline().decode().removeprefix("id: ").strip()
    values = json.loads(answer.readline().decode().removeprefix("data: "))
    answer.close()
    link.close()
    return name, values


def test_news_go_on_where_they_were(served: Page) -> None:
    """A page that comes back gets what is new; after another start of the server, all of it."""
    name, values = read_event(served)
    assert values["plan"] == {"title": "T </script>"}
    served.feed.publish("machine", {"used": 0.5})
    assert read_event(served, name)[1] == {"machine": {"used": 0.5}}
    assert set(read_event(served, "another-99")[1]) == {"plan", "machine"}


def test_a_port_that_is_taken_is_refused(served: Page) -> None:
    """The message names the port and the option."""
    port = int(served.host.rpartition(":")[2])
    with pytest.raises(MachineError, match=f"Port {port}"), served.server.serving(port):
        pass
