"""What a user asks for, checked before anything begins: description, template and pictures.

In goes a `Request`, as the command line puts it together; out comes one that is `Opened`, from
which runs are planned and documents are written. All that the user must mend is reported here.
"""

import hashlib
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.console import Console

from scenes.app.progress import counting
from scenes.data.decoding import MAX_PIXELS
from scenes.data.pictures import Pictures, open_pictures
from scenes.errors import SpecError
from scenes.plan.plan import Plan
from scenes.plan.planning import plan_report
from scenes.plan.sealing import recall_looks
from scenes.report.lint.glyph_check import check_signs
from scenes.report.lint.metric_check import check_metrics
from scenes.report.lint.preflight import check_writing, notes_on_marks
from scenes.report.lint.typed_numbers import typed_in_description, typed_numbers_refused
from scenes.report.markup.templates import find_typed_numbers, load_report_words
from scenes.runs.identity import training_versions
from scenes.runs.looks import load_looks
from scenes.runs.lookup import Results
from scenes.runs.store import Store
from scenes.spec import registry
from scenes.spec.loader import (
    Description,
    apply_profile,
    read_description,
    takes_less,
    with_choices_by_rule,
    with_language,
    with_located_weights,
    with_seeds,
    with_weights,
)
from scenes.spec.report import Report, fold_mistakes
from scenes.spec.text import Language

if TYPE_CHECKING:
    from scenes.training.executors.cluster_crew import Crew

DEFAULT_PROFILE = "quick"


@dataclass(frozen=True)
class Request:
    """What a user asks for.

    Attributes:
        folder: Of the report.
        profile: How much of each study; None for `quick` where the report has it.
        data: Where pictures are, in any form that is read, or `synthetic`, in place of the
            report's own.
        seeds: In place of the profile's.
        choices: Whether studies go on with what their authors decided, or with what the rule says.
        language: In place of the report's.
        weights: Pretrained weights by backbone ("" for every other), in place of the report's.
        store: Where runs and caches are kept; None for `store` beside the report's folder.
        workers: Runs at a time; None for what the machine feeds.
        cluster: Where runs are trained (`scenes.app.clusters`); None for this machine.
        insecure: Accept a cluster to which messages go unprotected.
        skip_bad: Leave bad pictures out.
        drop_duplicates: Leave out of train what is, or looks like, a picture outside it.
        max_pixels: Pictures above are bad; None for the usual limit.
        retry_failed: Train again what failed before.
        draft: Only warn of numbers that are typed where facts should stand.
        leave_out: What the document's evidence goes without (`scenes.evidence.layout.LEFT_OUT`).
        to: Formats of the document beside PDF and HTML (`scenes.report.formats.names`).
    """

    folder: Path
    profile: str | None = None
    data: str | None = None
    seeds: tuple[int, ...] | None = None
    choices: Literal["authors", "rule"] = "authors"
    language: Language | None = None
    weights: Mapping[str, str] | None = None
    store: Path | None = None
    workers: int | None = None
    cluster: str | None = None
    insecure: bool = False
    skip_bad: bool = False
    drop_duplicates: bool = False
    max_pixels: int | None = None
    retry_failed: bool = False
    draft: bool = False
    leave_out: tuple[str, ...] = ()
    to: tuple[str, ...] = ()

    @property
    def directory(self) -> Path:
        """The folder of the report; a user may name the description in it instead."""
        return self.folder if self.folder.is_dir() else self.folder.parent


@dataclass(frozen=True)
class Opened:
    """A request whose description and pictures have been checked.

    Attributes:
        request: What was asked for.
        description: The report.toml, read once, when the request was opened.
        report: What it describes, with profile and changes of the user.
        profile: The name of the profile; None without one.
        folder: Of the report.
        store: Where runs are kept.
        pictures: Those that the runs take.
        results: What is recorded.
        libraries: Versions of those that workers of a cluster train with; None for this machine's.
        crew: The workers of the cluster that was joined; None for this machine's.
    """

    request: Request
    description: Description
    report: Report
    profile: str | None
    folder: Path
    store: Store
    pictures: Pictures
    results: Results
    libraries: Mapping[str, str] | None = None
    crew: "Crew | None" = None

    @property
    def versions(self) -> Mapping[str, str] | None:
        """The versions of the libraries that train, as they are now; None where there are none."""
        return self.libraries or training_versions()

    def plan(self, report: Report) -> Plan:
        """Plan a report (this one, or a variant of it) from what is recorded now."""
        planned = plan_report(
            report, self.pictures.fingerprint, self.results, versions=self.versions
        )
        return recall_looks(planned, load_looks(self.store.root))


def describe(request: Request, report: Report) -> tuple[Report, str | None]:
    """Return a report as it is asked for, with the name of its profile.

    Args:
        request: What is asked for.
        report: As it is described.
    """
    profile = request.profile
    if profile is None and DEFAULT_PROFILE in report.profiles:
        profile = DEFAULT_PROFILE
    if profile is not None:
        report = apply_profile(report, profile)
    if request.seeds is not None:
        report = with_seeds(report, request.seeds)
        if problems := [it.text for it in fold_mistakes(report)]:
            raise SpecError("--seeds does not go with the report's folds", problems)
    if request.choices == "rule":
        report = with_choices_by_rule(report)
    if request.data is not None:
        # A path on the command line is the user's, wherever the report lies.
        source = request.data
        source = source if source == "synthetic" else str(Path(source).expanduser().resolve())
        data = report.data.model_copy(update={"source": source, "name": None})
        report = report.model_copy(update={"data": data})
    if request.language is not None:
        # Report that there is no such language, not that no text is in it.
        load_report_words(request.language, request.directory)
        report = with_language(report, request.language)
    report = with_located_weights(report, request.directory)
    return (with_weights(report, request.weights) if request.weights else report), profile


def open_request(
    request: Request, console: Console, meanwhile: Callable[[Store], object] | None = None
) -> Opened:
    """Check the description, the template and the pictures of a request.

    Args:
        request: What is asked for.
        console: Shows the progress.
        meanwhile: Begins something else before the pictures are checked, which takes longest.
    """
    description = read_description(request.folder)
    report, profile = describe(request, description.report)
    # Only needed at the end, but a mistake in it must be reported before training.
    store = open_store(request)
    store.clear_caches()
    notes = check_writing(report, description)
    for note in [*notes, *notes_on_marks(description)]:
        console.print(f"note: {note}", style="yellow", markup=False, highlight=False)
    if meanwhile is not None:
        meanwhile(store)
    with counting(console, "checking the pictures") as progress:
        pictures = open_pictures(
            report,
            request.directory,
            cache=store.cache,
            skip_bad=request.skip_bad,
            drop_duplicates=request.drop_duplicates,
            max_pixels=request.max_pixels or MAX_PIXELS,
            progress=progress,
        )
    check_signs(report, pictures.whole.classes)
    check_metrics(report, pictures.whole.classes)
    folder = request.directory
    return Opened(request, description, report, profile, folder, store, pictures, Results(store))


def open_store(request: Request) -> Store:
    """Return where the runs of a request are kept."""
    return Store(request.store or request.directory.resolve().parent / "store")


def check_numbers(opened: Opened, console: Console) -> None:
    """Refuse numbers that are typed where facts should stand; a draft only warns of them.

    Raises:
        UserError: There are some; each with file, line and the text around it.
    """
    found = find_typed_numbers(opened.report.template, opened.folder)
    found += typed_in_description(opened.description)
    if found and not opened.request.draft:
        raise typed_numbers_refused(found)
    for item in found:
        console.print(f"typed number: {item}", style="yellow", markup=False, highlight=False)


def document_name(opened: Opened) -> str:
    """Name a document by report, profile and, where they are not the report's own, language, seeds.

    One of other seeds is another document, and takes the place of none.
    """
    own = opened.description.report
    parts = [opened.folder.resolve().name, opened.profile]
    parts.append(opened.report.language if opened.report.language != own.language else None)
    usual = apply_profile(own, opened.profile).seeds if opened.profile else own.seeds
    parts.append(_seeds_name(opened.report.seeds) if opened.report.seeds != usual else None)
    parts.append("by-rule" if opened.request.choices == "rule" else None)
    return "-".join(part for part in parts if part)


def _seeds_name(seeds: Sequence[int]) -> str:
    """Return a name for seeds that is short even where they are many."""
    listed = "-".join(map(str, seeds))
    digest = hashlib.sha256(listed.encode()).hexdigest()[:8]
    return f"seeds-{listed}" if len(listed) <= 30 else f"{len(seeds)}-seeds-{digest}"


def command_of(opened: Opened) -> str:
    """Return the command that makes this very report."""
    return shlex.join(["scenes", "report", *request_words(opened.request, opened.profile)])


def request_words(request: Request, profile: str | None) -> list[str]:
    """Return the words of a command line that ask for the same report.

    Args:
        request: What is asked for.
        profile: The name of its profile; None without one.
    """
    folder = str(request.folder)
    parts = [f"./{folder}" if folder.startswith("-") else folder]
    parts += ["--profile", profile] if profile else []
    parts += ["--data", request.data] if request.data else []
    parts += ["--seeds", ",".join(map(str, request.seeds))] if request.seeds else []
    parts += ["--choices", request.choices] if request.choices != "authors" else []
    parts += ["--language", request.language] if request.language else []
    for backbone, weights in (request.weights or {}).items():
        parts += ["--weights", f"{backbone}={weights}" if backbone else weights]
    parts += ["--store", str(request.store)] if request.store else []
    parts += ["--skip-bad"] if request.skip_bad else []
    parts += ["--drop-duplicates"] if request.drop_duplicates else []
    parts += ["--max-pixels", str(request.max_pixels)] if request.max_pixels else []
    parts += ["--trust"] if registry.current().origin else []  # else a reader's machine asks
    return parts


def is_reduced(opened: Opened) -> bool:
    """Return whether the profile takes fewer epochs or pictures than the report describes."""
    return takes_less(opened.report, than=opened.description.report)
