"""What is edited during a training goes into the document, or is reported; it is never mixed."""

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import save_pictures
from descriptions import small_report
from factories import build_record
from rich.console import Console

from scenes.app import request as requests
from scenes.app import training, workflow
from scenes.app.edits import take_edits, written_from
from scenes.app.request import Opened, Request
from scenes.errors import RenderError
from scenes.plan.plan import Plan

REPORT = small_report(head='bibliography = "references.bib"', values="4, 8, 12")
VERSIONS = {"tensorflow": "2", "keras": "3", "numpy": "2", "pillow": "1"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a report whose "training" only writes records."""
    save_pictures(tmp_path / "pictures")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "report.toml").write_text(REPORT, encoding="utf-8")
    (tmp_path / "mine" / "references.bib").write_text("", encoding="utf-8")
    monkeypatch.setattr(requests, "training_versions", lambda: VERSIONS)
    monkeypatch.setattr(workflow, "require_libraries", lambda: None)
    monkeypatch.setattr(workflow, "render_test_page", lambda *_: b"%PDF")
    monkeypatch.setattr(training, "_prepare_workers", lambda _: None)
    return tmp_path / "mine"


Prepare = Callable[[Callable[[str], str]], tuple[Opened, Plan, str]]


@pytest.fixture
def prepare(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Prepare:
    """Return what makes a report whose report.toml is edited while its runs are "trained"."""

    def prepared(edit: Callable[[str], str]) -> tuple[Opened, Plan, str]:
        def run(opened: Opened, plan: Plan, _: Console) -> Plan:
            for one in plan.missing:
                opened.store.save(replace(build_record(identity=one.identity), id=one.id))
            path = folder / "report.toml"
            path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")
            return opened.plan(plan.report)

        monkeypatch.setattr(training, "_run", run)
        console = Console(file=io.StringIO(), width=300)
        opened, plan = workflow.prepare(Request(folder), console)
        assert isinstance(console.file, io.StringIO)
        return opened, plan, console.file.getvalue()

    return prepared


def title_and_keys(opened: Opened, plan: Plan) -> tuple[object, list[str]]:
    """Return what the document is written from."""
    assert not plan.missing
    return plan.report.title, [trial.key for trial in plan.study("batch").trials]


def test_without_an_edit_nothing_is_said(prepare: Prepare) -> None:
    """The description is the one that was read."""
    opened, plan, told = prepare(lambda text: text)
    assert title_and_keys(opened, plan) == ("T", ["4", "8", "12"])
    assert "changed since" not in told


def test_an_edit_of_text_is_taken_over(prepare: Prepare) -> None:
    """Its title stands in the document, with the same runs."""
    opened, plan, told = prepare(lambda text: text.replace('"T"', '"Better"'))
    assert title_and_keys(opened, plan) == ("Better", ["4", "8", "12"])
    assert opened.report.title == "Better"
    assert "report.toml: changed since the training began. No run is affected" in told


def test_a_value_that_is_taken_out_is_no_new_run(prepare: Prepare) -> None:
    """What is left has its results."""
    opened, plan, _ = prepare(lambda text: text.replace(", 12", ""))
    assert title_and_keys(opened, plan) == ("T", ["4", "8"])


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        (
            "12]",
            "12, 16, 32]",
            "2 runs would be new. The document is written from what was trained",
        ),
        ("epochs = 2", "epochs = 3", "3 runs would be new"),
        ("[4, 8", "[4, 16", "1 run would be new"),
        ('"../pictures"', '"synthetic"', "It asks for other pictures now"),
        ('"batch_size"', '"batch_size', "It has mistakes now"),
        ('"Which?"', '"Is it 93 %?"', "It has mistakes now"),
        ('name = "batch"', 'name = ""', "It has mistakes now"),
    ],
)
def test_an_edit_that_asks_for_other_runs_waits(
    old: str, new: str, why: str, prepare: Prepare
) -> None:
    """The document is that of the plan that was trained, its texts too; what waits is reported."""
    edit = lambda text: text.replace(old, new).replace('"T"', '"Better"')  # noqa: E731
    opened, plan, told = prepare(edit)
    assert title_and_keys(opened, plan) == ("T", ["4", "8", "12"])
    assert "report.toml: changed since the training began." in told
    assert why in told
    assert "run the same command again" in told


def test_other_components_wait_as_well(
    folder: Path, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A code file of the report that makes runs others is no edit of text."""
    opened, plan, _ = prepare(lambda text: text)
    files = written_from(folder)
    (folder / "components.py").write_text("# other", encoding="utf-8")
    monkeypatch.setattr(requests, "training_versions", lambda: {**VERSIONS, "keras": "4"})
    console = Console(file=io.StringIO(), width=300)
    assert take_edits(opened, plan, files, console) == (opened, plan)
    assert isinstance(console.file, io.StringIO)
    assert "components.py: changed since the training began. 3 runs" in console.file.getvalue()


def test_a_mistake_in_another_file_is_found_before_the_document(
    folder: Path, prepare: Prepare
) -> None:
    """New references are taken over; a template that is none is refused with its line."""
    opened, plan, _ = prepare(lambda text: text)
    files = written_from(folder)
    console = Console(file=io.StringIO(), width=300)
    book = "@book{a, title = {A}, author = {B}, publisher = {C}, year = 2000}"
    (folder / "references.bib").write_text(book, encoding="utf-8")
    assert take_edits(opened, plan, files, console)[1] is plan
    assert isinstance(console.file, io.StringIO)
    assert "references.bib: changed since the training began." in console.file.getvalue()
    (folder / opened.report.template).write_text("{% broken", encoding="utf-8")
    with pytest.raises(RenderError, match=r":1: .*broken"):
        take_edits(opened, plan, files, console)
