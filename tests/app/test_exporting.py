"""A report's tables and runs are exported from what is recorded."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console
from written import SHORT, make_folder, open_folder, train_by_hand

from scenes.app.exporting import RUN_FORMATS, export
from scenes.app.request import Request
from scenes.cli import export_command
from scenes.cli.main import cli
from scenes.errors import UserError
from scenes.report.formats.table_files import TABLE_FORMATS

QUIET = Console(quiet=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a report, of which nothing is recorded."""
    made = make_folder(tmp_path / "a place")
    (made / "own.html").write_text(
        SHORT.replace("<table><caption>", '<table><caption id="tab-r" data-label="Table">'),
        encoding="utf-8",
    )
    return made


def test_tables_and_runs_lie_beside_the_document(folder: Path) -> None:
    """Exporting twice gives the same files; a folder of one's own is taken."""
    pytest.importorskip("pypandoc")
    train_by_hand(open_folder(folder))
    request = Request(folder, profile="full")
    written = export(request, QUIET, tables=["csv"], runs=["csv", "mlflow"])
    place = folder / "out/mine-full/exported"
    names = {path.relative_to(place).as_posix() for path in written}
    assert {"tables/csv/01-r.csv", "runs/runs.csv", "runs/mlruns/1/meta.yaml"} <= names
    lines = (place / "tables/csv/01-r.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "Rate,Loss,Accuracy"
    assert len(lines) == 3
    elsewhere = folder.parent / "elsewhere"
    again = export(request, QUIET, tables=["csv"], runs=["csv", "mlflow"], to=elsewhere)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in written]
    assert all(path.is_relative_to(elsewhere) for path in again)


def test_without_a_record_there_is_nothing_to_export(folder: Path) -> None:
    """The message says what to do; no file is written."""
    with pytest.raises(UserError, match="There is nothing to export") as raised:
        export(Request(folder, profile="full"), QUIET, tables=[], runs=["csv"])
    assert "scenes report" in raised.value.hint
    assert not (folder / "out").exists()


def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    """What is exported into a report's folder stays there."""
    train_by_hand(open_folder(folder))
    (folder / "out").symlink_to(tmp_path)
    with pytest.raises(UserError, match="own folder only"):
        export(Request(folder, profile="full"), QUIET, tables=[], runs=["csv"])


def test_the_command_says_what_it_needs() -> None:
    """Neither tables nor runs, or a format that is none: the choices are listed."""
    nothing = CliRunner().invoke(cli, ["export", "x"])
    assert nothing.exit_code == 2
    assert "name --tables or --runs; or --to DIR, for the network" in nothing.output
    wrong = CliRunner().invoke(cli, ["export", "x", "--tables", "csv,ods"])
    assert "'ods': no such format; choices: csv, tex, md, xlsx" in wrong.output


def test_the_command_knows_every_format() -> None:
    """What it offers is what can be written."""
    assert (export_command.TABLES, export_command.RUNS) == (TABLE_FORMATS, RUN_FORMATS)
