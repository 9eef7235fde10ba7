"""Writes the network that a report ends with to a folder: a request in, a file and its card out.

model.keras    layers and the weights of the recorded run; no code
model.json     classes, preprocessing, and a card: which run, on which data, how good it was
components/    the source that builds the network, where it has layers that are not Keras' own
"""

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from scenes.app.exported_code import FOLDER as CODE
from scenes.app.exported_code import card_problems, code_card, write_code
from scenes.app.request import Opened, Request, command_of, open_request
from scenes.app.writing import recorded_plan
from scenes.errors import MachineError, UserError
from scenes.plan.final import final_trial
from scenes.plan.plan import Plan, Run
from scenes.runs.identity import effective, training_versions
from scenes.runs.record import Record
from scenes.runs.requests import description_id
from scenes.runs.sealed import DamagedRecordError
from scenes.runs.weights_store import load_weights
from scenes.spec import registry
from scenes.spec.text import text_in
from scenes.stats.metrics import accuracy
from scenes.system.disk import require_writable
from scenes.system.files import make_folder, open_regular, read_regular, save_atomically
from scenes.system.formatting import printable, said_count

if TYPE_CHECKING:
    from scenes.training.export import WrittenModel

FORMAT = 1
MODEL, CARD = "model.keras", "model.json"
LARGEST_CARD = 10 * 2**20
HEADING = "The network cannot be exported."
UNTRAINED = "Train it first: scenes report; the final configuration is not known before."


@dataclass(frozen=True)
class Exported:
    """A network that was written.

    Attributes:
        model: The file.
        card: The file beside it.
        name: Of the configuration, as `study/value`.
        run: Whose weights it has.
        apart: How far its validation probabilities are from those on record; 0 if they are equal.
        foreign: Its parts that are not Keras' own, whose code lies beside it.
    """

    model: Path
    card: Path
    name: str
    run: str
    apart: float
    foreign: tuple[str, ...] = ()


def export_final(
    request: Request, console: Console, *, to: Path, seed: int | None = None
) -> Exported:
    """Write the final configuration of a report, with the weights of its recorded run.

    Args:
        request: Which report.
        console: Says what is being done.
        to: The folder, made if need be; an export that is there is replaced.
        seed: Of the run; None for the first.

    Raises:
        UserError: It is not known yet, its weights are gone, or the folder holds something else.
        MachineError: TensorFlow is not installed.
    """
    _check_target(to)
    opened = open_request(request, console)
    name, run = _final_run(recorded_plan(opened, console), opened, seed)
    if training_versions() is None:
        hint = "Install it with: pip install 'scenes[train-cpu]'  (or scenes[train] for GPUs)"
        raise MachineError(HEADING, ["TensorFlow is not installed"], hint)
    assert isinstance(run.result, Record)
    require_writable([to])
    make_folder(to)
    with (
        console.status("writing the network"),
        tempfile.TemporaryDirectory(dir=to.parent, prefix=f".{to.name}.") as folder,
    ):
        written = Path(folder) / MODEL
        found = _write(opened, run, run.result, written)
        card = _card(opened, run, run.result, name=name, apart=found.apart)
        card["sha256"] = _hash(written)
        if found.foreign:
            card["built_by"] = code_card(run)
            write_code(run, Path(folder))
        save_atomically(Path(folder) / CARD, f"{json.dumps(card, indent=1)}\n".encode())
        _replace(Path(folder), to)
    return Exported(to / MODEL, to / CARD, name, run.id, found.apart, found.foreign)


def _replace(written: Path, to: Path) -> None:
    """Move what was written to its place; of an earlier export nothing stays."""
    if (to / CODE).is_dir():
        shutil.rmtree(to / CODE)
    for name in (CODE, MODEL, CARD):
        if (written / name).exists():
            (written / name).replace(to / name)


def _check_target(to: Path) -> None:
    """Refuse a folder that holds anything but an earlier export."""
    there = {path.name for path in to.iterdir()} if to.is_dir() else set()
    ours = {MODEL, CARD, CODE} if CARD in there else {MODEL}
    if (to.exists() and not to.is_dir()) or there - ours:
        shown = ", ".join(sorted(there - ours)[:3]) or "it is a file"
        raise UserError(
            HEADING,
            [f"{printable(to)} holds something else: {shown}"],
            "Name a folder of its own, for example: --to my-network",
        )


def _final_run(plan: Plan, opened: Opened, seed: int | None) -> tuple[str, Run]:
    """Return the name of the final configuration, and the run of it that is exported.

    Raises:
        UserError: Every reason why there is none.
    """
    missing = len(plan.missing) + plan.waiting
    found = None if missing else final_trial(plan.studies)
    if found is None:
        reason = said_count(missing, "run|runs is|are not recorded yet") if missing else "no run"
        raise UserError(HEADING, [reason if missing else "no run has finished"], UNTRAINED)
    study, trial = found
    name = f"{study.study.name}/{trial.key}"
    runs = {run.seed: run for run in trial.runs if isinstance(run.result, Record)}
    if seed is not None and seed not in runs:
        seeds = ", ".join(map(str, runs))
        raise UserError(HEADING, [f"{name} has no finished run of seed {seed}; it has {seeds}"])
    chosen = [runs[seed]] if seed is not None else list(runs.values())
    problems = []
    for run in chosen:
        if not (problem := _weights_problem(opened, run)):
            return name, run
        problems.append(problem)
    raise UserError(
        HEADING,
        problems,
        'Weights are kept of the final configuration, or of all runs with keep_weights = "all". '
        "Those of a run come back when it is trained again: move its folder out of "
        f"{printable(opened.store.runs)} first.",
    )


def _weights_problem(opened: Opened, run: Run) -> str:
    try:
        if load_weights(opened.store, run.id) is None:
            return f"seed {run.seed}: no weights are kept of run {run.id}"
    except DamagedRecordError as error:
        return f"seed {run.seed}: the weights of run {run.id}: {error}"
    return ""


def _write(opened: Opened, run: Run, record: Record, target: Path) -> "WrittenModel":
    from scenes.training.export import Export, in_worker, write_model

    dataset = opened.pictures.part(run.settings)
    validation = replace(dataset, splits={"val": dataset.splits["val"]})
    origin = registry.current().origin
    job = Export(run, record, validation, opened.store, target, origin)
    return in_worker(write_model, job, log=opened.store.log)


def _card(opened: Opened, run: Run, record: Record, *, name: str, apart: float) -> dict[str, Any]:
    """Return what is to be known of an exported network, and what it takes to use it."""
    report, settings = opened.report, run.settings
    return {
        "format": FORMAT,
        "classes": list(record.classes),
        "preprocessing": {
            "image_size": settings.image_size,
            "interpolation": settings.interpolation,
            "pixels": "RGB of 8 bits, 0 to 255, stretched to a square; the network rescales them",
        },
        "card": {
            "report": text_in(report.title, report.language),
            "authors": list(report.authors),
            "configuration": name,
            "settings": effective(settings),
            "seed": run.seed,
            "run": run.id,
            "data": {
                "name": opened.pictures.whole.name,
                "fingerprint": run.identity["data"],
                "pictures": dict(record.environment["pictures"]),
            },
            "validation": {
                "pictures": len(record.predictions.truth),
                "accuracy": accuracy(record.predictions),
                "loss": record.final("val_loss"),
                "furthest_from_record": apart,
            },
            "trained_with": dict(record.environment["libraries"]),
            "description": description_id(opened.description.text),
            "command": command_of(opened),
        },
    }


def _hash(path: Path) -> str:
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_card(folder: Path) -> dict[str, Any]:
    """Return the card of an export whose network is the one that was written with it.

    Raises:
        UserError: There is none, or it is none; with what is wrong.
    """
    path = folder / CARD
    try:
        card = json.loads(read_regular(path, limit=LARGEST_CARD))
        problems = list(_card_problems(card))
        if not problems and card.get("sha256") != _hash(folder / MODEL):
            problems = [f"{MODEL} is not the file that it describes"]
    except (OSError, ValueError, RecursionError) as error:
        problems = [str(error)]
    if problems:
        raise UserError(
            f"{printable(path)} is no card of a network",
            problems,
            "Name the folder that scenes export has written, with both of its files.",
        )
    return dict(card)


def _card_problems(card: Any) -> Iterator[str]:
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        found = card.get("format") if isinstance(card, dict) else None
        yield f"format: {FORMAT} is read here, {found!r} came"
        return
    classes, before = card.get("classes"), card.get("preprocessing")
    if not (isinstance(classes, list) and classes and all(isinstance(it, str) for it in classes)):
        yield "classes: a list of names is required"
    size = before.get("image_size") if isinstance(before, dict) else None
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= 4096:
        yield "preprocessing.image_size: a side of 1 to 4096 pixels is required"
    filters = ("nearest", "bilinear", "bicubic", "lanczos")
    if not isinstance(before, dict) or before.get("interpolation") not in filters:
        yield f"preprocessing.interpolation: one of {', '.join(filters)} is required"
    if "built_by" in card:
        yield from card_problems(card["built_by"])
