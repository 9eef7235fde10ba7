"""An error that nobody foresaw ends in one line and a file, with exit code 1."""

from pathlib import Path

import pytest

from scenes.cli import main as module
from scenes.cli.main import main


@pytest.mark.parametrize(
    "error",
    [ZeroDivisionError("x\x1b[31m\ny"), RecursionError("deep"), MemoryError(), KeyError("k")],
)
def test_no_traceback_is_shown(
    error: Exception,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line names the error and the file that has the traceback and the command."""

    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(module, "cli", fail)
    monkeypatch.setattr("platformdirs.user_log_path", lambda _: tmp_path / "logs")
    monkeypatch.setattr("sys.argv", ["scenes", "report", "a b"])
    with pytest.raises(SystemExit) as caught:
        main()
    out, err = capsys.readouterr()
    (log,) = (tmp_path / "logs").iterdir()
    assert caught.value.code == 1
    assert out == ""
    assert err.count("\n") == 1
    assert err.startswith("Error: this is a fault of the program")
    assert type(error).__name__ in err
    assert str(log) in err
    text = log.read_text(encoding="utf-8")
    assert "scenes report 'a b'" in text
    assert "Traceback (most recent call last)" in text


def test_a_log_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The line comes out all the same."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setattr("platformdirs.user_log_path", lambda _: tmp_path / "file" / "logs")
    monkeypatch.setattr(module, "cli", lambda **_: 1 / 0)
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 1
    assert "could not be written anywhere" in capsys.readouterr().err
