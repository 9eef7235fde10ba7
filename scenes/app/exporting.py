"""Exports what a report found: its tables and its runs as files for other programs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from scenes.app.request import Request, document_name, open_request
from scenes.app.writing import describe_document, recorded_plan
from scenes.errors import UserError
from scenes.plan.plan import Plan
from scenes.report.filling import Filler
from scenes.report.formats.pandoc import require_pandoc
from scenes.report.rendering import with_citations
from scenes.report.run_files.rows import RunRow, run_rows
from scenes.runs.record import Record
from scenes.system.disk import refuse_links, require_writable
from scenes.system.files import save_atomically
from scenes.system.formatting import shell_word

RUN_FORMATS = ("csv", "tensorboard", "mlflow")


def export(
    request: Request,
    console: Console,
    *,
    tables: Sequence[str],
    runs: Sequence[str],
    to: Path | None = None,
) -> list[Path]:
    """Write tables and runs of what is recorded; return the files.

    Args:
        request: What report.
        console: Shows what is being done.
        tables: Formats of the document's tables (`scenes.report.formats.table_files`).
        runs: Of `RUN_FORMATS`.
        to: The folder; None for one named after the document, in `out` of the report's folder.

    Raises:
        UserError: Nothing is recorded, or a library is missing.
    """
    if tables:
        require_pandoc()
    opened = open_request(request, console)
    plan = recorded_plan(opened, console)
    if not any(isinstance(run.result, Record) for run in plan.runs):
        raise UserError(
            f"There is nothing to export: no run of {opened.folder} is recorded",
            hint=f"Train it first: scenes report {shell_word(opened.folder)}",
        )
    name = document_name(opened)
    folder = to or opened.folder / "out" / name / "exported"
    files = _runs(plan, runs, name)
    if tables:
        from scenes.report.formats.table_files import write_tables

        with console.status("filling the report"), Filler() as filler:
            document = replace(describe_document(opened, plan), commit="")
            html, _, _ = filler.fill(document)
            if (cited := with_citations(document, html)).citations:
                html, _, _ = filler.fill(cited)
        files |= {f"tables/{path}": data for path, data in write_tables(html, tables).items()}
    paths = {folder / path: data for path, data in files.items()}
    refuse_links(to or opened.folder, paths)
    require_writable([folder])
    for path, data in paths.items():
        save_atomically(path, data)
    return list(paths)


def _runs(plan: Plan, formats: Sequence[str], name: str) -> dict[str, bytes]:
    rows = run_rows(plan)
    files: dict[str, bytes] = {}
    for one in formats:
        files |= _WRITERS[one](rows, name)
    return {f"runs/{path}": data for path, data in files.items()}


def _csv(rows: Sequence[RunRow], _: str) -> dict[str, bytes]:
    from scenes.report.run_files.csv_files import write_csv

    return write_csv(rows)


def _tensorboard(rows: Sequence[RunRow], _: str) -> dict[str, bytes]:
    from scenes.report.run_files.tensorboard import write_tensorboard

    return write_tensorboard(rows)


def _mlflow(rows: Sequence[RunRow], name: str) -> dict[str, bytes]:
    from scenes.report.run_files.mlflow import write_mlflow

    return write_mlflow(rows, name)


_WRITERS: Mapping[str, Callable[[Sequence[RunRow], str], dict[str, bytes]]] = {
    "csv": _csv,
    "tensorboard": _tensorboard,
    "mlflow": _mlflow,
}
