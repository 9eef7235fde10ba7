"""Makes a report, step by step: description, pictures, plan, training, document.

The steps stand here in the order in which they happen. Whatever the user must mend is found before
the first training starts; the writing half works on what is recorded and never needs TensorFlow.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from scenes.dataset.arrays import bytes_to_prepare
from scenes.dataset.decoding import MAX_PIXELS
from scenes.dataset.folder import Dataset
from scenes.dataset.source import Pictures, open_pictures
from scenes.description import (
    apply_profile,
    load_report,
    with_language,
    with_located_weights,
    with_weights,
)
from scenes.errors import MachineError, WeightsError
from scenes.identity import training_versions
from scenes.libraries import require_libraries
from scenes.machine import require_space, require_writable, write_problem
from scenes.memory import available_memory, expected_memory
from scenes.plan import Plan, plan_report
from scenes.pretrained import missing_weights, refuse
from scenes.progress import TrainingProgress, counting, said_size
from scenes.record import Failure
from scenes.report.checks import check_writing
from scenes.report.pdf import PdfWriter
from scenes.report.render import find_typed_numbers
from scenes.report.signs import check_signs
from scenes.report.testpage import render_test_page
from scenes.report.typed import typed_in_description, typed_numbers_refused
from scenes.results import Results
from scenes.spec import Language, Report
from scenes.store import Store

if TYPE_CHECKING:
    from scenes.report.document import Document  # takes a second to import

DEFAULT_PROFILE = "quick"


@dataclass(frozen=True)
class Request:
    """What a user asks for.

    Attributes:
        folder: Of the report.
        profile: How much of each study; None for `quick` where the report has it.
        data: A folder of pictures, or `synthetic`, in place of the report's own.
        seeds: In place of the profile's.
        language: In place of the report's.
        weights: Pretrained weights by backbone ("" for every other), in place of the report's.
        store: Where runs and caches are kept; None for `store` beside the report's folder.
        workers: Runs at a time; None for what the machine feeds.
        skip_bad: Leave bad pictures out.
        drop_duplicates: Leave out of train what is, or looks like, a picture outside it.
        max_pixels: Pictures above are bad; None for the usual limit.
        retry_failed: Train again what failed before.
        draft: Only warn of numbers that are typed where facts should stand.
    """

    folder: Path
    profile: str | None = None
    data: str | None = None
    seeds: tuple[int, ...] | None = None
    language: Language | None = None
    weights: Mapping[str, str] | None = None
    store: Path | None = None
    workers: int | None = None
    skip_bad: bool = False
    drop_duplicates: bool = False
    max_pixels: int | None = None
    retry_failed: bool = False
    draft: bool = False


@dataclass(frozen=True)
class Opened:
    """A request whose description and pictures have been checked."""

    request: Request
    report: Report
    profile: str | None
    folder: Path
    store: Store
    pictures: Pictures
    results: Results

    def plan(self, report: Report) -> Plan:
        """Plan a report (this one, or a variant of it) from what is recorded now."""
        return plan_report(
            report, self.pictures.fingerprint, self.results, versions=training_versions()
        )


def open_request(request: Request, console: Console) -> Opened:
    """Check the description, the template and the pictures of a request."""
    report, profile = describe(request)
    folder = _folder_of(request)
    # Needed at the end only; a mistake here must not be told after the training.
    store = open_store(request)
    check_writing(report, _description_of(request))
    with counting(console, "checking the pictures") as progress:
        pictures = open_pictures(
            report,
            folder,
            cache=store.cache,
            skip_bad=request.skip_bad,
            drop_duplicates=request.drop_duplicates,
            max_pixels=request.max_pixels or MAX_PIXELS,
            progress=progress,
        )
    check_signs(report, pictures.whole.classes)
    return Opened(request, report, profile, folder, store, pictures, Results(store))


def open_store(request: Request) -> Store:
    """Return where the runs of a request are kept."""
    return Store(request.store or _folder_of(request).resolve().parent / "store")


def _kept(store: Store) -> Path | None:
    """Return what is kept from one writing to the next; None where nothing can be written."""
    return None if write_problem(store.cache) else store.cache


def _folder_of(request: Request) -> Path:
    return request.folder if request.folder.is_dir() else request.folder.parent


def _description_of(request: Request) -> Path:
    return request.folder / "report.toml" if request.folder.is_dir() else request.folder


def check_numbers(opened: Opened, console: Console) -> None:
    """Refuse numbers that are typed where facts should stand; a draft only warns of them.

    Raises:
        UserError: There are some; each with file, line and the text around it.
    """
    described = load_report(opened.request.folder)
    found = find_typed_numbers(described.template, opened.folder)
    found += typed_in_description(described, _description_of(opened.request))
    if found and not opened.request.draft:
        raise typed_numbers_refused(found)
    for item in found:
        console.print(f"typed number: {item}", style="yellow", markup=False, highlight=False)


def describe(request: Request) -> tuple[Report, str | None]:
    """Return the report that is asked for, with the name of its profile."""
    report = load_report(request.folder)
    profile = request.profile
    if profile is None and DEFAULT_PROFILE in report.profiles:
        profile = DEFAULT_PROFILE
    if profile is not None:
        report = apply_profile(report, profile)
    changed: dict[str, object] = {}
    if request.seeds is not None:
        changed["seeds"] = request.seeds
    if request.data is not None:
        # A folder on the command line is the user's, wherever the report lies.
        source = request.data
        source = source if source == "synthetic" else str(Path(source).expanduser().resolve())
        changed["data"] = report.data.model_copy(update={"source": source, "name": None})
    report = report.model_copy(update=changed)
    if request.language is not None:
        report = with_language(report, request.language)
    report = with_located_weights(report, request.folder)
    return (with_weights(report, request.weights) if request.weights else report), profile


def train(opened: Opened, console: Console) -> Plan:
    """Train what is missing and return the plan with every result.

    Raises:
        WeightsError: Pretrained weights are missing and the profile does not go on without.
        MachineError: Something is to be trained and TensorFlow is not installed, or no room.
        RenderError: No PDF can be drawn here.
    """
    plan = opened.plan(opened.report)
    if opened.request.retry_failed:
        plan = _forget_failures(opened, plan)
    plan = settle_weights(opened, plan, console)
    if not plan.missing:
        return plan
    if training_versions() is None:
        raise MachineError(
            f"{len(plan.missing)} runs are to be trained, and TensorFlow is not installed here.",
            ["what trains is an extra of the package"],
            "Install it with: pip install 'scenes[train-cpu]'  (or scenes[train] for GPUs)",
        )
    # A store from which everything is read need not be one's own.
    require_writable([opened.store.root])
    _require_room(opened, plan)
    # The document comes last; what would make it fail must not be told after the training.
    render_test_page()
    return _run(opened, plan, console)


def _require_room(opened: Opened, plan: Plan) -> None:
    """Check that the disk takes the prepared pictures of every run that is to be trained."""
    cache = opened.store.cache / "arrays"
    needed = dict(
        bytes_to_prepare(
            opened.pictures.part(run.settings),
            run.settings.image_size,
            cache=cache,
            interpolation=run.settings.interpolation,
        )
        for run in plan.missing
    )
    require_space(cache, sum(needed.values()), "the prepared pictures")


def _run(opened: Opened, plan: Plan, console: Console) -> Plan:
    from scenes.experiment.engine import run_plan

    workers = worker_count(opened.request)
    later = f", then up to {plan.waiting} that depend on their results" if plan.waiting else ""
    console.print(
        f"Training {len(plan.missing)} runs, {workers} at a time{later}. "
        "You may stop at any moment (Ctrl-C): what is finished is kept.",
        highlight=False,
    )
    largest = max(expected_memory(run.settings) for run in plan.missing)
    if largest > available_memory():
        console.print(
            f"The largest run needs about {said_size(largest)} of memory, more than is free: it "
            "runs alone, and where it dies it is recorded as failed and the others go on.",
            style="yellow",
            highlight=False,
        )
    with TrainingProgress(console) as progress:
        return run_plan(
            plan,
            lambda: opened.plan(plan.report),
            lambda run: opened.pictures.part(run.settings),
            opened.store,
            workers=workers,
            watcher=progress,
        )


def worker_count(request: Request) -> int:
    """Return how many runs are trained at a time."""
    from scenes.experiment.executors import default_workers

    return request.workers or default_workers()


def _forget_failures(opened: Opened, plan: Plan) -> Plan:
    for run in plan.runs:
        if isinstance(run.result, Failure):
            opened.store.forget_failure(run.id)
    return opened.plan(plan.report)


def settle_weights(opened: Opened, plan: Plan, console: Console) -> Plan:
    """Return a plan whose pretrained weights can be had: as asked, or random where allowed."""
    missing = missing_weights(plan)
    if not missing:
        return plan
    profile = opened.report.profiles.get(opened.profile or "")
    named = any(status.weights != "imagenet" for status in missing)
    if named or profile is None or profile.missing_weights == "stop":
        # A file that was asked for by name is never silently replaced.
        raise refuse(missing)
    names = [status.backbone for status in missing]
    console.print(
        f"No ImageNet weights for {', '.join(names)} here, and no way to download them: this "
        f"profile goes on with random weights, and the report says so.",
        style="yellow",
        highlight=False,
    )
    return opened.plan(with_weights(plan.report, dict.fromkeys(names, "random")))


@dataclass(frozen=True)
class Written:
    """What a request ended with."""

    pdf: Path
    html: Path
    failures: Sequence[str]
    log: Path
    """What the workers wrote to stderr."""


def make_report(request: Request, console: Console) -> Written:
    """Train what is missing and write the report."""
    return write(*prepare(request, console), console)


def prepare(request: Request, console: Console) -> tuple[Opened, Plan]:
    """Check a request and train what is missing; return what its documents are written from."""
    require_libraries()
    require_writable([_folder_of(request) / "out"])
    opened = open_request(request, console)
    check_numbers(opened, console)
    plan = train(opened, console)
    for warning in opened.results.warnings:
        console.print(warning, style="yellow", markup=False)
    return opened, plan


def recorded_plan(opened: Opened, console: Console) -> Plan:
    """Return the plan with what is recorded of it, and train nothing."""
    plan = opened.plan(opened.report)
    try:
        return settle_weights(opened, plan, console)
    except WeightsError:
        # What starts from them is not recorded; the rest can be looked at all the same.
        return plan


def describe_document(opened: Opened, plan: Plan) -> "Document":
    """Return what is to be written of a plan."""
    from scenes.report.document import Document

    return Document(
        plan=plan,
        dataset=_widest_part(opened, plan),
        folder=opened.folder,
        name=_document_name(opened),
        command=_command(opened),
        profile=opened.profile,
        is_reduced=_is_reduced(opened),
        cache=_kept(opened.store),
    )


def write(opened: Opened, plan: Plan, console: Console) -> Written:
    """Write the documents of a plan in which every run has a result."""
    with PdfWriter() as writer:  # it gets ready while the document is put together
        return write_with(opened, plan, console, writer=writer)


def write_with(opened: Opened, plan: Plan, console: Console, *, writer: PdfWriter) -> Written:
    """Write the documents of a plan through a writer that is there already."""
    from scenes.report.document import save_document

    document = describe_document(opened, plan)
    with console.status("writing the report"):
        pdf, html = save_document(document, writer=writer)
    failures = [
        f"{run.id}: {run.result.reason}" for run in plan.runs if isinstance(run.result, Failure)
    ]
    return Written(pdf, html, failures, opened.store.log)


def _is_reduced(opened: Opened) -> bool:
    """Tell whether the profile takes fewer epochs or pictures than the report describes."""

    def amount(report: Report) -> list[tuple[int, bool]]:
        sets = [{**report.base.model_dump(), **study.set} for study in report.studies]
        return [(each["epochs"], each["train_per_class"] is None) for each in sets]

    return amount(opened.report) != amount(load_report(opened.request.folder))


def _widest_part(opened: Opened, plan: Plan) -> Dataset:
    """Return the largest set of pictures that a run takes."""
    parts = [opened.pictures.part(run.settings) for run in plan.runs]
    widest = max(parts, key=lambda part: sum(map(len, part.splits.values())))
    return replace(widest, seen=opened.pictures.whole.seen)


def _document_name(opened: Opened) -> str:
    """Name a document by report, profile and, where it is not the report's own, language."""
    own = load_report(opened.request.folder).language
    parts = [opened.folder.resolve().name, opened.profile]
    parts.append(opened.report.language if opened.report.language != own else None)
    return "-".join(part for part in parts if part)


def _command(opened: Opened) -> str:
    """Return the command that makes this very report."""
    request = opened.request
    parts = ["scenes", "report", str(request.folder)]
    parts += ["--profile", opened.profile] if opened.profile else []
    parts += ["--data", request.data] if request.data else []
    parts += ["--seeds", ",".join(map(str, request.seeds))] if request.seeds else []
    parts += ["--language", request.language] if request.language else []
    for backbone, weights in (request.weights or {}).items():
        parts += ["--weights", f"{backbone}={weights}" if backbone else weights]
    parts += ["--store", str(request.store)] if request.store else []
    parts += ["--skip-bad"] if request.skip_bad else []
    parts += ["--drop-duplicates"] if request.drop_duplicates else []
    parts += ["--max-pixels", str(request.max_pixels)] if request.max_pixels else []
    return shlex.join(parts)
