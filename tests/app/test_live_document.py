"""The document beside a training is written at each edit, and seldom for results alone."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
from written import SHORT, make_folder, open_folder

from scenes.app import live_document
from scenes.app.live_document import COMPONENTS, LiveDocument
from scenes.app.request import Opened
from scenes.live.feed import Feed
from scenes.plan.plan import Plan
from scenes.report.filling import Filler

NOBODY = cast(Filler, None)


class Writing:
    """A report whose document is written by a stand-in that takes ten seconds."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = make_folder(root)
        self.template = self.folder / "own.html"
        self.template.write_text(SHORT, encoding="utf-8")
        opened = open_folder(self.folder)
        self.ids = [run.id for run in opened.plan(opened.report).runs]
        self.results = frozenset[str]()
        self.now, self.titles = 0.0, list[str]()
        self.feed, self.reopened = Feed(), list[Opened]()
        monkeypatch.setattr(live_document, "render_draft", self.render)
        monkeypatch.setattr(live_document.time, "monotonic", lambda: self.now)
        self.document = LiveDocument(
            opened,
            self.feed,
            lambda: opened.plan(opened.report),
            lambda: self.results,
            self.reopened.append,
        )

    def render(self, opened: Opened, _: Plan, __: Filler) -> bytes:
        """Take note of a writing."""
        self.now += 10
        self.titles.append(str(opened.report.title))
        return b"written"

    def look(self, later: float = 1.0) -> int:
        """Return how often the document was written after another look."""
        self.now += later
        self.document.look(NOBODY)
        return len(self.titles)

    @property
    def state(self) -> dict[str, Any]:
        """What the page learns about the document."""
        values: dict[str, Any] = json.loads(self.feed.since(0).encoded())
        return dict(values["document"])


@pytest.fixture
def writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Writing:
    """Return a document that is not written yet."""
    return Writing(tmp_path, monkeypatch)


def test_results_wait_and_the_last_one_does_not(writing: Writing) -> None:
    """A writing of ten seconds is repeated after a thousand, or when every run has ended."""
    assert writing.look() == 1
    assert writing.look(5000) == 1
    writing.results = frozenset(writing.ids[:1])
    assert writing.look() == 2
    writing.results = frozenset(writing.ids[:2])
    assert writing.look(900) == 2
    assert writing.look(200) == 3
    writing.results = frozenset(writing.ids)
    assert writing.look() == 4
    assert writing.look() == 4
    assert (writing.document.html, writing.state["version"]) == (b"written", 4)


def test_an_edit_is_written_at_once(writing: Writing) -> None:
    """The description is read again, and followers of the training are notified."""
    writing.look()
    path = writing.folder / "report.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Two rates", "Three"), encoding="utf-8")
    assert writing.look() == 2
    assert writing.titles == ["Two rates", "Three"]
    assert [opened.report.title for opened in writing.reopened] == ["Three"]


def test_a_mistake_is_told_and_the_last_document_stays(writing: Writing) -> None:
    """Its lines go to the page until it is mended; the version stays that of what can be read."""
    writing.look()
    writing.template.write_text(SHORT + "\n{% if %}", encoding="utf-8")
    assert writing.look() == 1
    state = writing.state
    assert (state["version"], state["told"]) == (1, "not written")
    assert f"own.html:{SHORT.count(chr(10)) + 2}" in state["problems"][0]
    writing.template.write_text(SHORT + "\n", encoding="utf-8")
    assert writing.look() == 2
    assert writing.state["problems"] == []


def test_a_fault_of_the_program_is_told_as_one(
    writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page goes on; nobody looks for the mistake in the report."""

    def fail(*_: object) -> bytes:
        raise RuntimeError("boom")

    monkeypatch.setattr(live_document, "render_draft", fail)
    writing.look()
    assert writing.state["problems"] == ["This is a fault of the program (RuntimeError: boom)."]


def test_components_ask_for_another_start(writing: Writing) -> None:
    """Code that has changed is not run: the page says so."""
    writing.look()
    (writing.folder / "helper.py").write_text("x = 1", encoding="utf-8")
    writing.look()
    assert writing.state["notes"] == [COMPONENTS]
