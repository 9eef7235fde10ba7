"""Missing pretrained weights are found before anything trains."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from conftest import MakePlan, MakeRecord

from scenes.app.pretrained import missing_weights, refuse
from scenes.spec.builtin_backbones import BACKBONES, BackboneEntry
from scenes.spec.entries import Load
from scenes.spec.settings import Settings

CONTENT = b"weights"
NAMED = {"/good.h5": 200, "/bad.h5": 404}


class Handler(BaseHTTPRequestHandler):
    """Answers HEAD as a server of weights does."""

    def do_HEAD(self) -> None:
        """Answer with the status of the path; cut the connection where it has none."""
        if self.path in NAMED:
            self.send_response(NAMED[self.path])
            self.end_headers()
        else:
            self.wfile.write(b"nonsense\r\n\r\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - of http.server
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    """Return the address of a server on this machine."""
    with HTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder in which Keras looks for weights."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


LOAD = Load(1.0, 1.0, 1.0, 1.0)


def serve(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Say that the weights of VGG16 are at this address."""
    entry = BackboneEntry("VGG16", 32, "caffe", LOAD, url, hashlib.md5(CONTENT).hexdigest())
    monkeypatch.setitem(BACKBONES, "VGG16", entry)


TRANSFER = Settings(model="transfer", backbone="VGG16")
OFFLINE = "http://127.0.0.1:9/none.h5"


@pytest.mark.parametrize(
    ("settings", "done"),
    [
        (Settings(), False),
        (TRANSFER.model_copy(update={"weights": "random"}), False),
        (TRANSFER, True),
    ],
    ids=["another model", "random weights", "trained already"],
)
def test_nothing_is_missing_where_nothing_is_needed(
    settings: Settings,
    done: bool,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    make_plan: MakePlan,
    make_record: MakeRecord,
) -> None:
    """Only runs that start from a file, and are still to be trained, need one."""
    serve(monkeypatch, OFFLINE)
    result = make_record() if done else None
    assert missing_weights(make_plan([(settings, result), (Settings(), None)])) == []


def test_weights_in_place_are_not_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, make_plan: MakePlan
) -> None:
    """The right file in Keras' folder needs no network."""
    serve(monkeypatch, OFFLINE)
    (folder / "none.h5").write_bytes(CONTENT)
    assert missing_weights(make_plan([(TRANSFER, None), (TRANSFER, None)])) == []


def test_weights_that_can_be_downloaded_are_not_missing(
    folder: Path, server: str, monkeypatch: pytest.MonkeyPatch, make_plan: MakePlan
) -> None:
    """Keras will download them when it needs them."""
    serve(monkeypatch, f"{server}/good.h5")
    assert missing_weights(make_plan([(TRANSFER, None), (Settings(), None)])) == []


def test_a_server_is_asked_once(
    folder: Path, server: str, monkeypatch: pytest.MonkeyPatch, make_plan: MakePlan
) -> None:
    """A report that is written again at each edit does not wait for the network each time."""
    serve(monkeypatch, f"{server}/good.h5?once")
    monkeypatch.setitem(NAMED, "/good.h5?once", 200)
    plan = make_plan([(TRANSFER, None), (Settings(), None)])
    assert missing_weights(plan) == []
    monkeypatch.setitem(NAMED, "/good.h5?once", 404)
    assert missing_weights(plan) == []


@pytest.mark.parametrize("path", ["/bad.h5", "/nonsense.h5", None])
def test_weights_that_cannot_be_had_are_missing_once(
    path: str | None,
    folder: Path,
    server: str,
    monkeypatch: pytest.MonkeyPatch,
    make_plan: MakePlan,
) -> None:
    """No file and no answer: one entry, however many runs need it."""
    serve(monkeypatch, f"{server}{path}" if path else OFFLINE)
    (status,) = missing_weights(make_plan([(TRANSFER, None), (TRANSFER, None)]))
    assert (status.backbone, status.weights, status.present) == ("VGG16", "imagenet", False)


def test_a_wrong_file_is_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, make_plan: MakePlan
) -> None:
    """A file with another hash is not what Keras would load."""
    serve(monkeypatch, OFFLINE)
    (folder / "none.h5").write_bytes(b"other")
    (status,) = missing_weights(make_plan([(TRANSFER, None), (TRANSFER, None)]))
    assert (status.present, status.hash_ok) == (True, False)
    (problem,) = refuse([status]).problems
    assert "none.h5 has the wrong hash" in problem


def test_a_named_file_is_not_downloaded(folder: Path, tmp_path: Path, make_plan: MakePlan) -> None:
    """A file of the user's own is there or it is missing."""
    own = TRANSFER.model_copy(update={"weights": str(tmp_path / "own.h5")})
    (status,) = missing_weights(make_plan([(own, None), (own, None)]))
    assert (status.file_name, status.folder, status.url) == ("own.h5", tmp_path, "")
    (tmp_path / "own.h5").write_bytes(CONTENT)
    assert missing_weights(make_plan([(own, None), (own, None)])) == []


def test_values_that_wait_are_looked_at_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch, make_plan: MakePlan
) -> None:
    """Weights of a study that waits for a choice are not found missing hours later."""
    serve(monkeypatch, OFFLINE)
    plan = make_plan([(Settings(), None)], waiting=["later"])
    settings = {"model": "transfer", "backbone": "VGG16", "image_size": 32}
    plan.studies[0].study.value("later").settings.update(settings)
    (status,) = missing_weights(plan)
    assert status.backbone == "VGG16"


def test_the_refusal_says_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch, make_plan: MakePlan
) -> None:
    """It names backbone, file, folder and address, and three ways on."""
    serve(monkeypatch, OFFLINE)
    error = refuse(missing_weights(make_plan([(TRANSFER, None), (TRANSFER, None)])))
    assert "nothing has been trained" in str(error)
    (problem,) = error.problems
    wanted = f"VGG16: none.h5 is not there (looked for in {folder}), and {OFFLINE} cannot be"
    assert problem.startswith(wanted)
    assert "--weights VGG16=FILE" in error.hint
    assert "--weights random" in error.hint
    assert error.exit_code == 2
