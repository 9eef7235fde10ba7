"""Takes over what was edited while runs were trained.

In: a request as it was opened, and its plan. Out: what the document is written from. The plan of
runs is fixed when the training starts: edits of text go into the document, those that ask for other
runs or pictures wait until the same command is given again, and that is said.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from scenes.app.pretrained import settle_weights
from scenes.app.report_files import changed, hashes
from scenes.app.request import Opened, check_numbers, describe, open_request
from scenes.errors import UserError
from scenes.plan.plan import Plan
from scenes.report.lint.preflight import check_writing
from scenes.report.markup.templates import templates_folder
from scenes.spec.loader import read_description
from scenes.spec.report import Report
from scenes.system.formatting import printable, said_count

AGAIN = "The document is written from what was trained; run the same command again"


def written_from(folder: Path) -> Mapping[Path, str]:
    """Return a hash of each file from which the document of a folder is written."""
    return hashes((folder, templates_folder()))


def take_edits(
    opened: Opened, plan: Plan, files: Mapping[Path, str], console: Console
) -> tuple[Opened, Plan]:
    """Return a request and a plan with the edits that change no run, and report the others.

    Args:
        opened: The request, as it was when the training started.
        plan: Every run of it has a result.
        files: What `written_from` returned before the request was opened.
        console: Shows what became of the edits.

    Raises:
        UserError: Template or references have mistakes now.
    """
    names = sorted({printable(path.name) for path in changed(files, written_from(opened.folder))})
    if not names:
        return opened, plan
    if not _is_described_anew(opened):
        check_texts(opened, console)
        edited, replanned = opened, plan
        pending = _what_is_new(opened.plan(plan.report))  # components may be others
    else:
        edited, replanned, pending = _described_anew(opened, plan, console)
    listed = f"{', '.join(names)}: changed since the training began."
    told = pending or "No run is affected; the document is written from what they say now."
    style = "yellow" if pending else None
    console.print(f"{listed} {told}", style=style, markup=False, highlight=False, soft_wrap=True)
    return (opened, plan) if pending else (edited, replanned)


def _is_described_anew(opened: Opened) -> bool:
    """Return whether report.toml says something else than it did; what cannot be read does."""
    try:
        return read_description(opened.request.folder).text != opened.description.text
    except UserError:
        return True


def _described_anew(opened: Opened, plan: Plan, console: Console) -> tuple[Opened, Plan, str]:
    """Return request and plan by what report.toml says now, and why they cannot be used yet."""
    try:
        description = read_description(opened.request.folder)
        report, profile = describe(opened.request, description.report)
        if report.data != opened.report.data:
            return opened, plan, f"It asks for other pictures now. {AGAIN} to take them."
        edited = replace(opened, description=description, report=report, profile=profile)
        check_texts(edited, console)
        replanned = settle_weights(edited, edited.plan(report), console)
    except UserError as error:
        return opened, plan, f"It has mistakes now. {AGAIN} once they are mended.\n{error}"
    return edited, replanned, _what_is_new(replanned)


def _what_is_new(plan: Plan) -> str:
    """Say which runs of a plan are not trained yet; nothing where all are."""
    if not plan.missing:
        return ""
    runs = said_count(len(plan.missing), "run|runs would be new")
    later = f", and up to {plan.waiting} more wait for them" if plan.waiting else ""
    return f"{runs}{later}. {AGAIN} to train what is new."


def open_again(opened: Opened, console: Console) -> Opened:
    """Read the description again and check it, and the texts and templates with it."""
    described = describe_again(opened, console)
    check_texts(described, console)
    return described


def describe_again(opened: Opened, console: Console) -> Opened:
    """Read the description again; look at the pictures again only if other ones are asked for."""
    description = read_description(opened.request.folder)
    report, profile = describe(opened.request, description.report)
    # A loader of the report's own may read other pictures by now.
    if report.data.loader is not None or _pictures_of(report) != _pictures_of(opened.report):
        return open_request(opened.request, console)
    return replace(opened, description=description, report=report, profile=profile)


def check_texts(opened: Opened, console: Console) -> None:
    """Check the texts and templates of a request.

    Raises:
        UserError: They have mistakes now.
    """
    check_writing(opened.report, opened.description)
    check_numbers(opened, console)


def _pictures_of(report: Report) -> tuple[object, ...]:
    """Return what decides which pictures a report needs."""
    sets = [(study.set, [value.settings for value in study.values]) for study in report.studies]
    return report.data, report.base, sets
