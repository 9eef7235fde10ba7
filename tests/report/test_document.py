"""A document is written whole, or what was there stays."""

import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from scenes.errors import RenderError, UserError
from scenes.report import provenance, rendering, saving
from scenes.report.document import Document
from scenes.report.saving import save_document

NOTHING: Any = None


class Writer:
    """Stands in for the process that writes PDFs."""

    def __init__(self, problem: str = "") -> None:
        self.problem = problem

    def lay_out(self, *_: object) -> None:
        """Take a document."""

    def write(self, _: object) -> bytes:
        """Return a PDF, or refuse the document."""
        if self.problem:
            raise RenderError(self.problem)
        return b"new"


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Document:
    """Return a document that was written before, and is another one now."""
    out = tmp_path / "out"
    (out / "r" / "figures").mkdir(parents=True)
    for name in ("r.pdf", "r.html", "r/figures/a.svg"):
        (out / name).write_bytes(b"old")
    head = "<!DOCTYPE html><html><head></head>"
    html, assets = f"{head}<img src='asset:figures/a.svg'>", {"figures/a.svg": b"<svg/>"}
    monkeypatch.setattr(rendering, "render_document", lambda _, **__: (html, assets))
    plan: Any = SimpleNamespace(report=SimpleNamespace(bibliography=None))
    return Document(plan, NOTHING, tmp_path, "r", "command")


def test_a_document_that_is_refused_leaves_the_one_before(written: Document) -> None:
    """Neither PDF nor HTML nor a picture is touched."""
    writer: Any = Writer("a hole")
    with pytest.raises(RenderError, match="a hole"):
        save_document(written, writer=writer)
    out = written.folder / "out"
    kept = [(out / name).read_bytes() for name in ("r.pdf", "r.html", "r/figures/a.svg")]
    assert kept == [b"old"] * 3


def test_a_document_is_two_files_and_its_pictures(written: Document) -> None:
    """The HTML holds its pictures; they are beside it as files as well."""
    writer: Any = Writer()
    pdf, html = save_document(written, writer=writer)
    assert pdf.read_bytes() == b"new"
    assert "src='data:image/svg+xml;base64,PHN2Zy8+'" in html.read_text(encoding="utf-8")
    assert (written.folder / "out" / "r" / "figures" / "a.svg").read_bytes() == b"<svg/>"


def test_a_screen_that_cannot_be_made_leaves_the_pdf_before(
    written: Document, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both are there, or neither."""

    def fail(*_: object, **__: object) -> str:
        raise OSError("no fonts")

    monkeypatch.setattr(saving, "render_screen", fail)
    writer: Any = Writer()
    with pytest.raises(OSError, match="no fonts"):
        save_document(written, writer=writer)
    assert (written.folder / "out" / "r.pdf").read_bytes() == b"old"


def test_who_watches_sees_the_html_before_the_pages_are_set(written: Document) -> None:
    """It exists when its path is printed, and stays where the PDF is refused."""
    writer: Any = Writer("a hole")
    told: list[tuple[Path, bool]] = []
    with pytest.raises(RenderError, match="a hole"):
        save_document(
            written,
            writer=writer,
            shown=lambda path: told.append((path, b"svg" in path.read_bytes())),
        )
    assert told == [(written.folder / "out" / "r.html", True)]
    assert (written.folder / "out" / "r.pdf").read_bytes() == b"old"


@pytest.mark.parametrize("linked", ["out", "out/r", "out/r/figures"])
def test_a_folder_that_is_a_link_is_not_written_through(
    linked: str, written: Document, tmp_path: Path
) -> None:
    """What it leads to stays as it is, and the message names it."""
    elsewhere = tmp_path / "elsewhere"
    (tmp_path / linked).rename(elsewhere)
    (tmp_path / linked).symlink_to(elsewhere)
    before = {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()}
    writer: Any = Writer()
    with pytest.raises(UserError, match="is a link to"):
        save_document(written, writer=writer)
    assert {path: path.read_bytes() for path in elsewhere.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("setting", ["core.fsmonitor", "filter.x.clean", "core.hooksPath"])
def test_a_repository_of_somebody_else_starts_no_program(setting: str, tmp_path: Path) -> None:
    """A document names its commit, whatever the repository would run to look for changes."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed")

    def git(*words: str) -> None:
        who = ("-c", "user.name=A", "-c", "user.email=a@b.org")
        subprocess.run(["git", "-C", str(tmp_path), *who, *words], check=True, capture_output=True)

    script = tmp_path / "script"
    script.write_text(f"#!/bin/sh\ntouch '{tmp_path}/owned'\ncat\n", encoding="utf-8")
    script.chmod(0o755)
    (tmp_path / "a.txt").write_text("a", encoding="utf-8")
    (tmp_path / ".gitattributes").write_text("*.txt filter=x\n", encoding="utf-8")
    git("init", "-q")
    git("add", "a.txt", ".gitattributes")
    git("commit", "-qm", "first")
    assert len(provenance._commit(tmp_path)) == 12
    (tmp_path / "a.txt").write_text("b", encoding="utf-8")
    assert provenance._commit(tmp_path).endswith("+")
    git("config", setting, str(script))
    assert len(provenance._commit(tmp_path).rstrip("+")) == 12
    assert not (tmp_path / "owned").exists()
