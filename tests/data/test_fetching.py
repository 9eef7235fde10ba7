"""What comes from outside is what was asked for, whole, or nothing at all."""

import hashlib
import io
import re
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from scenes.data import fetching
from scenes.data.archives import Limits
from scenes.data.fetching import fetch
from scenes.data.known_datasets import KNOWN, KnownSet
from scenes.errors import DataError

TINY = KnownSet("Tiny", {"a": 2, "b": 1}, {}, "nobody")


def archive(**counts: int) -> bytes:
    """Return a zip file with so many files in each class folder."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as made:
        for name, count in counts.items():
            for i in range(count):
                made.writestr(f"tiny/train/{name}/{i}.jpg", f"{name}{i}")
    return stream.getvalue()


GOOD = archive(a=2, b=1)
HASH = hashlib.sha256(GOOD).hexdigest()


class Server(HTTPServer):
    """Serves one archive and remembers what it was asked for."""

    asked: list[str]


class Handler(BaseHTTPRequestHandler):
    """Answers with the archive, with part of it, with an error or with another address."""

    server: Server

    def do_GET(self) -> None:
        """Answer one request."""
        self.server.asked.append(self.path)
        if self.path.startswith("/moved"):
            self.send_response(302)
            there = {"/moved-file": "file:///etc/hostname", "/moved-ftp": "ftp://x/y"}
            self.send_header("Location", there.get(self.path, "/tiny%20set.zip"))
            self.end_headers()
            return
        self.send_response(404 if self.path == "/none.zip" else 200)
        lengths = {"/words.zip": "many", "/less.zip": "-5"}
        self.send_header("Content-Length", lengths.get(self.path, str(len(GOOD))))
        self.end_headers()
        self.wfile.write(GOOD[:50] if self.path == "/cut.zip" else GOOD)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """Serve the archive; the address and what was asked for."""
    with Server(("127.0.0.1", 0), Handler) as running:
        running.asked = []
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}", running.asked
        running.shutdown()
        thread.join()


def names(folder: Path) -> list[str]:
    """Return every file below a folder."""
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


TREE = ["train/a/0.jpg", "train/a/1.jpg", "train/b/0.jpg"]


@pytest.mark.parametrize("path", ["/tiny%20set.zip", "/moved"])
def test_address_is_downloaded_checked_and_unpacked(
    path: str, server: tuple[str, list[str]], tmp_path: Path
) -> None:
    """With the right hash the folder is there; the next time nothing is downloaded."""
    address, asked = server
    into = tmp_path / "data"
    calls: list[tuple[int, int]] = []
    folder = fetch(
        address + path,
        sha256=HASH.upper(),
        into=into,
        cache=tmp_path / "cache",
        progress=lambda *call: calls.append(call),
    )
    assert (folder, names(folder)) == (into, TREE)
    assert calls
    asked.clear()
    fetch(address + path, sha256=HASH, into=tmp_path / "again", cache=tmp_path / "cache")
    assert asked == []


def test_wrong_hash_leaves_nothing(server: tuple[str, list[str]], tmp_path: Path) -> None:
    """Both hashes are reported, no file stays, in the cache neither."""
    address, _ = server
    with pytest.raises(DataError, match="not the one that was asked for") as caught:
        fetch(address + "/x.zip", sha256="0" * 64, into=tmp_path / "d", cache=tmp_path / "cache")
    assert HASH in caught.value.problems[0]
    assert "0" * 64 in caught.value.problems[1]
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    ("path", "cause"), [("/none.zip", "404"), ("/cut.zip", "Incomplete|incomplete|50")]
)
def test_failed_download_is_one_message(
    path: str, cause: str, server: tuple[str, list[str]], tmp_path: Path
) -> None:
    """The address and the answer are in it; nothing stays."""
    address, _ = server
    with pytest.raises(DataError) as caught:
        fetch(address + path, sha256=HASH, into=tmp_path / "d", cache=tmp_path / "cache")
    assert address + path in str(caught.value)
    assert re.search(cause, str(caught.value))
    assert names(tmp_path) == []


def test_nobody_there_is_one_message(tmp_path: Path) -> None:
    """A host that does not answer is no traceback."""
    with pytest.raises(DataError, match="download failed"):
        fetch("http://127.0.0.1:9/a.zip", sha256=HASH, into=None, cache=tmp_path)


def test_endless_download_is_stopped(server: tuple[str, list[str]], tmp_path: Path) -> None:
    """No more is taken than an archive may hold."""
    address, _ = server
    with pytest.raises(DataError, match="sends more than 100 bytes"):
        fetch(
            address + "/a.zip", sha256=HASH, into=tmp_path / "d", cache=tmp_path / "c",
            limits=Limits(size=100),
        )  # fmt: skip
    assert names(tmp_path) == []


def test_address_without_hash_is_not_even_asked(
    server: tuple[str, list[str]], tmp_path: Path
) -> None:
    """What could not be told from anything else is not fetched."""
    address, asked = server
    with pytest.raises(DataError, match="without --sha256"):
        fetch(address + "/a.zip", sha256=None, into=tmp_path / "d", cache=tmp_path)
    assert asked == []


@pytest.mark.parametrize("source", ["ftp://host/a.zip", "sftp://host/a.zip", "data://x"])
def test_other_addresses_are_refused(source: str, tmp_path: Path) -> None:
    """Only what is known to be checked is fetched."""
    with pytest.raises(DataError, match="must be http, https or file"):
        fetch(source, sha256=HASH, into=None, cache=tmp_path)


@pytest.mark.parametrize("as_address", [False, True])
def test_file_is_unpacked(
    as_address: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file at hand needs no hash; the folder takes its name, in the current one."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "my sét.v2.tar.zip"
    path.write_bytes(GOOD)
    source = path.as_uri() if as_address else str(path)
    folder = fetch(source, sha256=None, into=None, cache=tmp_path / "cache")
    assert (folder, names(folder)) == (Path("my sét.v2.tar"), TREE)
    with pytest.raises(DataError, match="not the one"):
        fetch(source, sha256="1" * 64, into=Path("other"), cache=tmp_path / "cache")
    assert not Path("other").exists()


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    """The choices are in the hint."""
    with pytest.raises(DataError, match="does not exist") as caught:
        fetch("nothing-here.zip", sha256=None, into=None, cache=tmp_path)
    assert caught.value.hint.endswith("scene15")


def test_mistakes_come_together(tmp_path: Path) -> None:
    """A hash that is none and a set that nobody knows are two problems of one error."""
    with pytest.raises(DataError) as caught:
        fetch("a.zip", sha256="abc", into=None, cache=tmp_path, known="cifar")
    assert caught.value.problems == (
        "--sha256 takes 64 hexadecimal digits; got 'abc'",
        "--as takes the name of a known set (scene15); got 'cifar'",
    )


def test_known_set_is_checked_before_it_appears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All classes with all pictures, or the differences and no folder."""
    monkeypatch.setattr(fetching, "KNOWN", {"tiny": TINY})
    (tmp_path / "good.zip").write_bytes(GOOD)
    (tmp_path / "bad.zip").write_bytes(archive(a=1, c=1))
    fetch(
        str(tmp_path / "good.zip"), sha256=None, into=tmp_path / "d", cache=tmp_path, known="tiny"
    )
    with pytest.raises(DataError, match="This is not Tiny") as caught:
        fetch(
            str(tmp_path / "bad.zip"), sha256=None, into=tmp_path / "e", cache=tmp_path,
            known="tiny",
        )  # fmt: skip
    assert caught.value.problems == (
        "b: no such class",
        "c: Tiny has no such class",
        "a: 1 picture, where Tiny has 2",
    )
    assert not (tmp_path / "e").exists()


def test_set_without_an_address_says_where_to_ask(tmp_path: Path) -> None:
    """A name alone is answered with who has it and the command that checks a copy."""
    with pytest.raises(DataError, match="no address from which Scene-15") as caught:
        fetch("scene15", sha256=None, into=None, cache=tmp_path)
    assert "Lazebnik" in caught.value.problems[0]
    assert "--as scene15" in caught.value.hint
    assert "4,485" in caught.value.hint
    assert set(KNOWN) == {"scene15"}


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        (
            "/moved-file",
            "leads to an address that is neither http nor https: .*file:///etc/hostname",
        ),
        ("/moved-ftp", "leads to an address that is neither http nor https: .*ftp://x/y"),
        ("/words.zip", "the server says that its length is 'many'"),
        ("/less.zip", "the server says that its length is '-5'"),
    ],
)
def test_what_a_server_does_wrong_is_named(
    path: str, cause: str, server: tuple[str, list[str]], tmp_path: Path
) -> None:
    """It is not taken for another archive, and nothing is unpacked."""
    with pytest.raises(DataError, match="The download failed") as caught:
        fetch(server[0] + path, sha256=HASH, into=tmp_path / "data", cache=tmp_path / "cache")
    assert re.search(cause, str(caught.value))
    assert "SHA-256" not in str(caught.value)
    assert not (tmp_path / "data").exists()
