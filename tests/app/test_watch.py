"""A watched report is written again when a file of it changes, and a mistake does not end that."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from conftest import SMALL_REPORT
from rich.console import Console

from scenes.app import edits
from scenes.app import watch as watching
from scenes.app.report_files import changed, stamps
from scenes.app.request import Opened, Request, describe
from scenes.app.trust import report_components
from scenes.app.watch import Components, watch_report
from scenes.app.writing import Written
from scenes.errors import RenderError
from scenes.spec.loader import load_report, read_description
from scenes.spec.settings import Settings


class Writer:
    """Stands in for the process that writes PDFs."""

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is to be closed."""


class Plan:
    """A plan whose runs all have results, or not."""

    def __init__(self, missing: int = 0) -> None:
        self.missing, self.waiting = [None] * missing, 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a small report."""
    (tmp_path / "report.toml").write_text(SMALL_REPORT, encoding="utf-8")
    return tmp_path


Watch = Callable[..., tuple[list[str], str]]


@pytest.fixture
def watch(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Watch:
    """Return what watches while steps are taken: gives the titles written, and what was told."""

    def run(
        *steps: Callable[[], object],
        missing: int = 0,
        fails: str = "",
        components: Components = nullcontext,
    ) -> tuple[list[str], str]:
        written: list[str] = []

        def write(
            opened: Opened, *_: object, check: Callable[[], None] | None = None, **__: object
        ) -> Written:
            if check is not None:  # while templates are filled
                check()
            written.append(str(opened.report.title))
            if opened.report.title == fails:
                raise RenderError("a hole in the document")
            return Written(Path("r.pdf"), Path("r.html"), (), Path("log"))

        left: Iterator[Callable[[], object]] = iter(steps)

        def wait() -> None:
            step = next(left, None)
            if step is None:
                raise KeyboardInterrupt
            step()

        monkeypatch.setattr(watching, "PdfWriter", Writer)
        monkeypatch.setattr(watching, "Filler", Writer)
        monkeypatch.setattr(watching, "write_with", write)
        monkeypatch.setattr(watching, "settle_weights", lambda *_: Plan(missing))
        monkeypatch.setattr(Opened, "plan", lambda *_: Plan(missing))
        request, described = Request(folder), read_description(folder)
        report, profile = describe(request, described.report)
        nothing: Any = None
        opened = Opened(request, described, report, profile, folder, nothing, nothing, nothing)
        plan: Any = Plan()
        with pytest.raises(KeyboardInterrupt):
            watch_report(opened, plan, Console(width=200), components=components, wait=wait)
        return written, capsys.readouterr().out

    return run


def retitle(folder: Path, title: str) -> Callable[[], object]:
    """Return a step that changes the title of a report."""
    text = SMALL_REPORT.replace('"T"', f'"{title}"')
    return lambda: (folder / "report.toml").write_text(text, encoding="utf-8")


def test_a_report_is_written_at_the_start_and_at_each_change(watch: Watch, folder: Path) -> None:
    """Looking at files that did not change writes nothing."""
    titles, told = watch(lambda: None, retitle(folder, "Other"), lambda: None)
    assert titles == ["T", "Other"]
    assert "changed: report.toml" in told
    assert told.count("written in") == 2


def test_components_are_read_again(watch: Watch, folder: Path) -> None:
    """What a file of own code brings can be named at once, and what it lacks no more."""

    def bring(name: str) -> Callable[[], object]:
        code = f"from scenes import schedule\n@schedule\ndef {name}(epoch, *, epochs): return 1\n"
        base = (
            'authors = ["A"]\n[data]\ntrain_per_class = 1\nval_per_class = 1\n'
            '[base]\nlearning_rate_schedule = "one"'
        )
        text = SMALL_REPORT.replace('authors = ["A"]', base)

        def write() -> None:
            (folder / "components.py").write_text(code, encoding="utf-8")
            (folder / "report.toml").write_text(text, encoding="utf-8")

        return write

    own = partial(report_components, folder, trust=True)
    titles, told = watch(bring("one"), bring("other"), bring("one"), components=own)
    assert titles == ["T", "T", "T"]
    assert "'one'" in told


def test_a_mistake_is_shown_and_watching_goes_on(watch: Watch, folder: Path) -> None:
    """A description that is none, then a document with a hole, then a good one."""
    broken = lambda: (folder / "report.toml").write_text("x = [", encoding="utf-8")  # noqa: E731
    titles, told = watch(broken, retitle(folder, "Bad"), retitle(folder, "Good one"), fails="Bad")
    assert titles == ["T", "Bad", "Good one"]
    assert "is not a TOML file" in told
    assert "a hole in the document" in told


def test_a_number_that_is_typed_meanwhile_stops_the_writing(watch: Watch, folder: Path) -> None:
    """As at the start: nothing is written until it is gone."""
    text = SMALL_REPORT.replace('"Which?"', '"Does it reach 93 %?"')
    typed = lambda: (folder / "report.toml").write_text(text, encoding="utf-8")  # noqa: E731
    titles, told = watch(typed, retitle(folder, "Other"))
    assert titles == ["T", "Other"]
    assert "numbers are typed where facts should stand" in told


def test_runs_that_are_missing_are_told_and_not_trained(watch: Watch, folder: Path) -> None:
    """Who asks for another study learns how to train it."""
    titles, told = watch(retitle(folder, "Other"), missing=2)
    assert titles == ["T"]
    assert "2 runs are to be trained now" in told


def test_what_the_program_writes_is_not_watched(folder: Path) -> None:
    """New templates, styles, references and own pictures count; documents and data sets do not."""
    before = stamps((folder,))
    (folder / "out").mkdir()
    (folder / "out" / "r.html").touch()
    (folder / "data" / "cats").mkdir(parents=True)
    (folder / "data" / "cats" / "a.png").touch()
    assert stamps((folder,)) == before
    (folder / "map.PNG").touch()
    (folder / "mine.html").touch()
    (folder / "report.toml").unlink()
    names = {path.name for path in changed(before, stamps((folder,)))}
    assert names == {"map.PNG", "mine.html", "report.toml"}


def test_pictures_are_looked_at_again_only_where_others_are_wanted(folder: Path) -> None:
    """A title decides no picture; an image size or a source does."""
    report, _ = describe(Request(folder), load_report(folder))
    other = report.model_copy(update={"title": "x"})
    larger = report.model_copy(update={"base": Settings(image_size=128)})
    assert edits._pictures_of(report) == edits._pictures_of(other)
    assert edits._pictures_of(report) != edits._pictures_of(larger)
