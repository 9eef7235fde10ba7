"""Grades a class: an assignment and its submissions in; sheets, an overview and a table out.

Each submission is checked and read in child processes without network and with limits. What is in
one of them cannot stop the others, and no code of any is run.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from rich.console import Console

from scenes.app.progress import counting
from scenes.app.submissions import check_files, sheet_names, short_paths
from scenes.app.verification import UNASKED, Retrain, verify_document
from scenes.errors import RenderError, UserError
from scenes.evidence.findings import HOLDS, Finding, exit_code
from scenes.evidence.grading.assignment import Assignment, load_assignment
from scenes.evidence.grading.contract import check_contract, unread_items
from scenes.evidence.grading.copying import Shared, find_shared
from scenes.evidence.grading.prose import folder_prose
from scenes.evidence.grading.sheets import (
    Graded,
    encode_table,
    render_overview,
    render_sheet,
    screens,
)
from scenes.evidence.grading.submission import Submission
from scenes.evidence.verify import Verifier
from scenes.report.output.pdf import PdfWriter
from scenes.system.disk import refuse_links, refuse_overwriting, require_writable
from scenes.system.files import save_atomically, what_is_at
from scenes.system.formatting import printable
from scenes.system.limited_child import ChildEndedError, ChildRaisedError, LimitedChild, Limits

READER = "scenes.evidence.grading.submission:prepare"
TIME_LIMIT, MEMORY_LIMIT = 120, 2 * 2**30
NO_FILE = "it is no regular file"
ENDS = ("html", "pdf")


@dataclass(frozen=True)
class GradedClass:
    """A class that was graded.

    Attributes:
        graded: Each submission, in the order in which they were named.
        shared: What they share.
        overview, table: The files.
        unset: Sheets of which no PDF could be made, and why.
    """

    graded: tuple[Graded, ...]
    shared: tuple[Shared, ...]
    overview: Path
    table: Path
    unset: tuple[str, ...]


def grade_class(
    path: Path,
    files: Sequence[Path],
    console: Console,
    *,
    out: Path,
    retrain: Retrain | None = None,
    trust: bool = False,
) -> GradedClass:
    """Grade the submissions to an assignment and write what a teacher reads into a folder.

    Args:
        path: Of the assignment.
        files: The submissions.
        console: Shows how far it is.
        out: The folder.
        retrain: What is trained again of each document that holds without; None for nothing.
        trust: Run the code of its authors that a submission brings.

    Raises:
        UserError: The assignment has mistakes, there is no such file, or nothing can be written.
    """
    assignment = load_assignment(path)
    check_files(files)
    names, shown = sheet_names(files), short_paths(files)
    overview, table = out / "overview.html", out / "grades.csv"
    sheets = [out / f"{it}.{end}" for it in names for end in ENDS]
    require_writable([out])
    refuse_links(out, [overview, table, *sheets])
    refuse_overwriting([path, *files], [overview, table, *sheets], option="--out")
    handout = _handout(path, assignment, out)
    found = _grade_all(assignment, files, console, retrain=retrain, trust=trust)
    known = {place: one.submission for place, one in enumerate(found) if one.submission}
    shared = find_shared(known, handout=handout, has_own_seeds=bool(assignment.nonce))
    graded = [
        replace(
            one,
            name=names[place],
            file=str(shown[place]),
            shared=tuple(it for it in shared if place in (it.first, it.second)),
        )
        for place, one in enumerate(found)
    ]
    for sheet in sheets:  # of an earlier time, which would stay where none can be made now
        sheet.unlink(missing_ok=True)
    save_atomically(table, encode_table(graded))
    _save_pages(graded, assignment, shared, out=out, overview=overview)
    unset = _save_pdfs(graded, assignment, console, out=out)
    return GradedClass(tuple(graded), tuple(shared), overview, table, tuple(unset))


def _handout(path: Path, assignment: Assignment, out: Path) -> tuple[str, ...]:
    """Return the passages that everybody was given.

    Raises:
        UserError: They cannot be read, or sheets would be among them the next time.
    """
    folders = [path.parent / name for name in assignment.handout]
    if around := [it for it in folders if out.resolve().is_relative_to(it.resolve())]:
        raise UserError(
            "Sheets quote what submissions share; in the handout it would count as everybody's.",
            [f"{printable(out)} lies in the handout {printable(it)}" for it in around],
            "Name another folder with --out, or a folder of its own as handout.",
        )
    try:
        return folder_prose(folders)
    except OSError as error:
        said = f"{printable(str(error.filename))}: {error.strerror}"
        raise UserError(f"{path}: its handout cannot be read", [said]) from None


def _grade_all(
    assignment: Assignment,
    files: Sequence[Path],
    console: Console,
    *,
    retrain: Retrain | None,
    trust: bool,
) -> list[Graded]:
    verified = _verified(files, console, retrain=retrain, trust=trust)
    with LimitedChild(READER, limits=Limits(TIME_LIMIT, MEMORY_LIMIT)) as reader:
        return [
            _grade_one(assignment, path, findings, reader, trust=trust)
            for path, findings in zip(files, verified, strict=True)
        ]


def _verified(
    files: Sequence[Path], console: Console, *, retrain: Retrain | None, trust: bool
) -> Iterator[tuple[Finding, ...]]:
    """Yield what verification says of each file."""
    if retrain is not None:
        from scenes.app.retraining import require_training

        require_training()
        for path in files:
            yield (
                _no_file(path)
                or verify_document(path, console, retrain=retrain, trust=trust).findings
            )
        return
    unasked = Finding("retrained", "not_checked", "runs", UNASKED)
    with (
        counting(console, "checking the submissions") as progress,
        Verifier(trust=trust) as verifier,
    ):
        for done, path in enumerate(files):
            progress(done, len(files))
            yield _no_file(path) or (*verifier.verify(path), unasked)
        progress(len(files), len(files))


def _no_file(path: Path) -> tuple[Finding, ...]:
    """Return what is found of a folder, pipe or broken link that was handed in as a file."""
    is_file = what_is_at(path) == "file"
    return () if is_file else (Finding("whole", "fails", "no report", NO_FILE),)


def _grade_one(
    assignment: Assignment,
    path: Path,
    findings: tuple[Finding, ...],
    reader: LimitedChild,
    *,
    trust: bool,
) -> Graded:
    found = _read(path, reader, trust=trust)
    if isinstance(found, str):
        # What cannot be read is not graded, whatever its verification says.
        unread = Finding("whole", "unknown", "unread", found)
        return Graded(path.stem, path, (*findings, unread), None, unread_items(assignment, found))
    items = check_contract(assignment, found, holds=exit_code(findings) == HOLDS)
    return Graded(path.stem, path, findings, found, items)


def _read(path: Path, reader: LimitedChild, *, trust: bool) -> Submission | str:
    """Return what a file holds, or why it cannot be read."""
    if trust:
        reader.end()  # code of the file before could answer for this one; it starts anew
    if _no_file(path):
        return NO_FILE
    try:
        answer = reader.ask({"path": str(path.resolve()), "trust": trust})
        return TypeAdapter(Submission).validate_python(answer)
    except (ChildRaisedError, ChildEndedError, ValidationError) as error:
        said = error.message if isinstance(error, ChildRaisedError) else str(error)
        return f"it cannot be read: {' '.join(said.split())[:300]}"


def _save_pages(
    graded: Sequence[Graded],
    assignment: Assignment,
    shared: Sequence[Shared],
    *,
    out: Path,
    overview: Path,
) -> None:
    """Write the overview and the sheets for a browser; a sheet links the pages of its PDF."""
    names = [one.name for one in graded]
    pages = [render_overview(graded, assignment, shared)]
    for one in graded:
        link = os.path.relpath(one.path, out)
        pages.append(render_sheet(one, assignment, names, link=link))
    targets = [overview, *(out / f"{name}.html" for name in names)]
    for target, page in zip(targets, screens(pages), strict=True):
        save_atomically(target, page.encode("utf-8"))


def _save_pdfs(
    graded: Sequence[Graded], assignment: Assignment, console: Console, *, out: Path
) -> list[str]:
    """Write the sheets as PDFs; return those of which none could be made, and why."""
    names = [one.name for one in graded]
    unset = []
    with counting(console, "writing the sheets") as progress, PdfWriter() as writer:
        for done, one in enumerate(graded):
            progress(done, len(graded))
            try:
                sheet = writer.render(render_sheet(one, assignment, names), assets={})
            except RenderError as error:
                unset.append(f"{one.name}: {error}")
                continue
            save_atomically(out / f"{one.name}.pdf", sheet)
        progress(len(graded), len(graded))
    return unset


def own_seeds(path: Path, names: Sequence[str], count: int | None) -> Mapping[str, object]:
    """Return the seeds that follow from names, as a report.toml has them.

    Raises:
        UserError: The assignment has mistakes, or no nonce.
    """
    from scenes.evidence.grading.own_seeds import seeds_from

    assignment = load_assignment(path)
    if not assignment.nonce:
        raise UserError(f"{path} has no nonce", ["seeds are free in this assignment"])
    wanted = [assignment.seeds_of(study) for study in assignment.studies]
    least = max([assignment.least_seeds, *wanted])
    return {"seeds": list(seeds_from(assignment.nonce, names, count or least))}
