"""Own components are executed by whoever has accepted them, and by nobody else."""

import re
from pathlib import Path

import platformdirs
import pytest
from conftest import Command
from own_code import COMPONENTS, REPORT, write_own

from scenes.app.trust import accept, accepted_file, report_components
from scenes.errors import UserError
from scenes.spec import registry
from scenes.spec.component_sources import OwnFile


@pytest.fixture(autouse=True)
def settings_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep what is accepted in a folder of the test."""
    folder = tmp_path / "settings"
    monkeypatch.setattr(platformdirs, "user_config_path", lambda _: folder)
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a report that leaves a trace where its components are executed."""
    folder = tmp_path / "my report"
    trace = f"import pathlib\npathlib.Path({str(tmp_path / 'trace')!r}).write_text('x')\n"
    write_own(folder, f"{COMPONENTS}\n{trace}")
    (folder / "report.toml").write_text(REPORT)
    return folder


def was_run(folder: Path) -> bool:
    """Return whether the components of a report have been executed."""
    return (folder.parent / "trace").exists()


def test_nothing_is_executed_before_it_is_accepted(folder: Path) -> None:
    """Without a terminal the code is named with its size, and what to do."""
    with pytest.raises(UserError) as caught, report_components(folder):
        pass
    assert not was_run(folder)
    assert "components.py, blocks.py (" in caught.value.heading
    assert "--trust" in caught.value.hint


def test_what_is_trusted_once_is_not_asked_about_again(folder: Path) -> None:
    """Until it changes; elsewhere it is the same code."""
    with report_components(folder, trust=True):
        assert "small_resnet" in registry.current().models
    with report_components(folder / "report.toml"):
        pass
    copy = folder.with_name("copy")
    folder.rename(copy)
    with report_components(copy):
        pass
    (copy / "blocks.py").write_text("residual = print")
    with pytest.raises(UserError, match="have not accepted"), report_components(copy):
        pass


def test_the_answer_decides(folder: Path) -> None:
    """No executes nothing, yes this version, always every version in this folder."""
    asked = []

    def answering(answer: str) -> object:
        def ask(told: str, files: list[OwnFile]) -> str:
            asked.append([file.module for file in files])
            return answer

        return report_components(folder, ask=ask)

    with pytest.raises(UserError), answering("no"):
        pass
    assert not was_run(folder)
    with answering("yes"), answering("no"):
        assert was_run(folder)
    (folder / "blocks.py").write_text("residual = print")
    with answering("always"):
        pass
    (folder / "blocks.py").write_text("residual = len")
    with answering("no"):
        pass
    assert asked == [["components", "blocks"]] * 3


def test_a_broken_file_of_what_is_accepted_accepts_nothing(folder: Path) -> None:
    """It is as if it were not there, and can be written again."""
    accept(folder=folder)
    accepted_file().write_text("[")
    with pytest.raises(UserError), report_components(folder):
        pass
    with report_components(folder, trust=True):
        pass


def test_commands_refuse_code_that_is_not_accepted(folder: Path, command: Command) -> None:
    """Each that reads a report: with 2, and with what it did not look at."""
    for words in (["report"], ["plan"], ["check"], ["runs", "--why"], ["list", "models"]):
        code, _, errors = command(*words, folder)
        assert (code, "nothing of the report was looked at" in errors) == (2, True)
    assert not was_run(folder)


def test_components_are_listed_with_where_they_are_written(folder: Path, command: Command) -> None:
    """Own ones with file, line and defaults, built-in ones as such."""
    code, output, errors = command("list", "models", folder, "--trust")
    assert (code, errors) == (0, "")
    assert re.search(r"small_resnet +components\.py:13 +activation, width = 4, blocks = 1", output)
    assert re.search(r"lenet +built in +activation, dropout", output)
    assert 'tint = "grey"' in command("list", "augmentations", folder)[1]
    assert "small_resnet" not in command("list", "models")[1]


def test_a_new_report_is_its_authors_own(tmp_path: Path, command: Command) -> None:
    """What is written in a folder that `scenes new` made runs without a question."""
    folder = tmp_path / "new"
    assert command("new", folder)[0] == 0
    write_own(folder)
    assert command("list", "models", folder)[0] == 0
