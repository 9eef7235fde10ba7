"""What a machine lacks is found before anything is trained, and told in one message."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from scenes.app import request, training, workflow
from scenes.app.request import Request, command_of
from scenes.app.workflow import make_report
from scenes.errors import MachineError, RenderError, ScenesError, SpecError, UserError
from scenes.plan.plan import Plan
from scenes.spec import registry
from scenes.spec.entries import Origin
from scenes.spec.registry import Registry
from scenes.system import disk

REPORT = """
title = "T"
authors = ["A"]
[base]
image_size = 16
[[study]]
name = "batch"
title = "Batch size"
question = "Which?"
factor = "batch_size"
values = [8, 16]
"""


class TrainedError(Exception):
    """Training would begin here."""


@pytest.fixture
def request_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Request:
    """Return a request whose training ends in `TrainedError`, on a machine that lacks nothing."""

    def begin(*_: object) -> None:
        raise TrainedError

    monkeypatch.setattr(training, "_run", begin)
    monkeypatch.setattr(workflow, "require_libraries", lambda: None)
    monkeypatch.setattr(workflow, "render_test_page", lambda *_: b"%PDF")
    monkeypatch.setattr(request, "training_versions", lambda: {"tensorflow": "2"})
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "report.toml").write_text(REPORT, encoding="utf-8")
    random = np.random.default_rng(0)
    for where in ("train/a", "train/b", "val/a", "val/b"):
        (tmp_path / "set" / where).mkdir(parents=True)
        pixels = random.integers(0, 256, (20, 20, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "set" / where / "0.png")
    return Request(tmp_path / "mine", data=str(tmp_path / "set"))


def test_a_machine_that_lacks_nothing_trains(request_: Request) -> None:
    """The checks let through what they should."""
    with pytest.raises(TrainedError):
        make_report(request_, Console(quiet=True))


@pytest.mark.parametrize("is_first", [True, False])
def test_workers_get_ready_while_the_first_pictures_are_checked(
    is_first: bool, request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where something is recorded, perhaps nothing is to be trained: they then wait for that."""
    steps: list[str] = []
    opened = request.open_pictures

    def look(*args: Any, **options: Any) -> Any:
        steps.append("pictures")
        return opened(*args, **options)

    monkeypatch.setattr(training, "training_versions", lambda: {"tensorflow": "2"})
    monkeypatch.setattr(training, "_prepare_workers", lambda _: steps.append("workers"))
    monkeypatch.setattr(request, "open_pictures", look)
    if not is_first:
        (request_.folder.parent / "store" / "runs").mkdir(parents=True)
    with pytest.raises(TrainedError):
        make_report(request_, Console(quiet=True))
    assert steps == ["workers", "pictures", "workers"][not is_first :]


def test_a_folder_that_is_not_there_is_told_before_anything_is_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder above a mistyped name may be a home with a million files."""
    looked: list[Path] = []
    monkeypatch.setattr(workflow, "require_libraries", lambda: None)
    monkeypatch.setattr(workflow, "written_from", lambda folder: looked.append(folder) or {})
    with pytest.raises(SpecError, match="there is no report here"):
        make_report(Request(tmp_path / "nosuch"), Console(quiet=True))
    assert looked == []


def block_out(request: Request, _: pytest.MonkeyPatch) -> None:
    """Put a file where the documents go."""
    (request.folder / "out").touch()


def block_store(request: Request, _: pytest.MonkeyPatch) -> None:
    """Put a file where the runs go."""
    (request.folder.parent / "store").touch()


def fill_disk(_: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a thousand bytes."""
    usage = SimpleNamespace(free=1000)
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda _: usage)


def lose_fonts(_: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the libraries crash, as they do without fonts."""

    def crash(_: object) -> bytes:
        raise RenderError("WeasyPrint's libraries crashed while writing the PDF")

    monkeypatch.setattr(workflow, "render_test_page", crash)


Lack = Callable[[Request, pytest.MonkeyPatch], None]


@pytest.mark.parametrize(
    ("lack", "kind", "told"),
    [
        (block_out, MachineError, "mine/out: "),
        (block_store, MachineError, "store: "),
        (fill_disk, MachineError, "for records and documents, 1.0 kB are free"),
        (lose_fonts, RenderError, "libraries crashed"),
    ],
)
def test_what_is_lacking_is_told_before_training(
    lack: Lack,
    kind: type[ScenesError],
    told: str,
    request_: Request,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One error of one kind, with the place; nothing is trained."""
    lack(request_, monkeypatch)
    with pytest.raises(kind) as caught:
        make_report(request_, Console(quiet=True))
    assert told in str(caught.value)


def test_the_command_of_a_document_is_the_whole_one(request_: Request) -> None:
    """Whoever repeats it takes the same pictures."""
    asked = Request(Path("a b"), data="d", skip_bad=True, drop_duplicates=True, max_pixels=7)
    opened = SimpleNamespace(request=asked, profile=None)
    assert command_of(opened) == (  # type: ignore[arg-type]
        "scenes report 'a b' --data d --skip-bad --drop-duplicates --max-pixels 7"
    )
    with registry.using(Registry(origin=Origin(Path("a b"), ("components.py",)))):
        assert command_of(opened).endswith(" --trust")  # type: ignore[arg-type]


def test_what_is_recorded_is_opened_with_little() -> None:
    """Mathematics and drawing take half a second to import; what neither tests nor draws waits."""
    code = (
        "import sys, scenes.app.writing, scenes.app.workflow\n"
        "print(*{'tensorflow', 'scipy', 'matplotlib'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"


def test_a_head_without_tensorflow_plans_with_the_libraries_of_the_workers(
    request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing need be installed where the command is typed; the ids are those of the workers."""
    theirs = {"tensorflow": "2.21", "keras": "3.15"}
    monkeypatch.setattr(request, "training_versions", lambda: None)
    crew = SimpleNamespace(sees_store=True, found={"a": {}}, versions=theirs)
    monkeypatch.setattr(training, "cluster_joined", lambda *_, **__: nullcontext(crew))
    quiet = Console(quiet=True)
    asked = replace(request_, cluster="local:1")
    with ExitStack() as stack:
        opened = training.join_cluster(workflow.open_request(asked, quiet), quiet, stack)
    assert {str(run.identity["versions"]) for run in opened.plan(opened.report).runs} == {
        str(theirs)
    }
    with pytest.raises(TrainedError):
        training.train(opened, quiet, lambda: None)
    with pytest.raises(MachineError, match="TensorFlow is not installed"):
        training.train(workflow.open_request(request_, quiet), quiet, lambda: None)


def test_no_cluster_is_joined_where_nothing_is_to_be_trained(
    request_: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jobs are not asked for to write a document; a wrong address is reported all the same."""
    quiet = Console(quiet=True)
    opened = workflow.open_request(replace(request_, cluster="local:1"), quiet)
    monkeypatch.setattr(Plan, "missing", ())
    with ExitStack() as stack:
        assert training.join_cluster(opened, quiet, stack) is opened
        wrong = replace(opened, request=replace(request_, cluster="nowhere"))
        with pytest.raises(UserError, match="there is no such cluster"):
            training.join_cluster(wrong, quiet, stack)
