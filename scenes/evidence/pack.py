"""Makes the evidence that a document carries: the document and its inputs in, attachments out."""

import io
import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image

from scenes.data.folder import Dataset
from scenes.data.pictures import Pictures
from scenes.evidence import layout
from scenes.evidence.derived import derived_files
from scenes.evidence.layout import encode_json
from scenes.evidence.sources import Sources
from scenes.evidence.surroundings import surroundings
from scenes.plan.plan import Plan
from scenes.report.document import Document
from scenes.report.markup.templates import catalogues_folder, templates_folder
from scenes.report.output.attachment import Attachment
from scenes.report.own_components import own_sources
from scenes.report.results import Results
from scenes.runs.openings import encode_opening
from scenes.runs.record import Failure, Record
from scenes.runs.record_files import PREVIEW, encode_record
from scenes.runs.sealed import MANIFEST, encode_manifest
from scenes.system.formatting import said_count, said_size
from scenes.system.plain_zip import encode_zip


@dataclass(frozen=True)
class Given:
    """What a document is made from, beside its results.

    Attributes:
        text: Of the report.toml, as it was read.
        pictures: All that its runs take parts of.
    """

    text: str
    pictures: Pictures
    left_out: tuple[str, ...] = ()
    """Of `layout.LEFT_OUT`."""
    failed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Identities of failed runs by id, where they failed elsewhere; a finished run has its own."""


def pack_document(document: Document, results: Results, *, given: Given) -> tuple[Attachment, ...]:
    """Return the evidence of a document that has been rendered."""
    archives = source_archives(document, results, given=given)
    files = {name: encode_zip(members) for name, members in archives.items()}
    files[layout.RESULTS] = encode_json(results)
    sources = Sources(document, results, given.pictures.whole, surroundings())
    files |= derived_files(sources, files)
    files[layout.MANIFEST] = encode_json(_manifest(document, files, given.left_out))
    return tuple(
        Attachment(name, data, *layout.TEXTS[name]) for name, data in sorted(files.items())
    )


def source_archives(
    document: Document, results: Results, *, given: Given
) -> dict[str, dict[str, bytes]]:
    """Return the archives of a document's evidence by name, each as its files by name."""
    runs = _records(document.plan, given)
    return {
        layout.DESCRIPTION: dict(_description(document, results, given.text)),
        layout.RECORDS: {**dict(runs), **dict(_openings(document))},
        layout.PICTURES: dict(_pictures(given, document.dataset)),
    }


def _manifest(
    document: Document, files: dict[str, bytes], left_out: tuple[str, ...]
) -> dict[str, Any]:
    said = ("name", "command", "profile", "is_reduced", "description", "asked", "commit")
    return {
        "format": layout.FORMAT,
        "written_with": surroundings(),
        "document": {name: getattr(document, name) for name in said},
        "files": layout.hashes(files),
        "left_out": left_out,
    }


def _description(document: Document, results: Results, text: str) -> Iterator[tuple[str, bytes]]:
    """Yield the description and every file that filling its templates has read."""
    report = document.plan.report
    yield layout.REPORT_TOML, text.encode("utf-8", "surrogatepass")
    yield layout.REQUEST, encode_json(_request(document))
    catalogue = f"locale/{report.language}.toml"
    names = [*results["templates"], catalogue]
    for name in names:
        shipped = catalogues_folder().parent / name
        if (own := document.folder / name).is_file():
            yield layout.OWN + name, own.read_bytes()
        if shipped.is_file():
            yield layout.SHIPPED + name, shipped.read_bytes()
    for name in [*_others(document), *results["files"]]:
        if (document.folder / name).resolve().is_relative_to(document.folder.resolve()):
            yield layout.OWN + posixpath.normpath(name), (document.folder / name).read_bytes()
    yield from ((layout.CODE + name, data) for name, data in own_sources(document).items())
    style = templates_folder() / "csl" / f"{report.citation_style}.csl"
    if style.is_file():
        yield f"{layout.SHIPPED}csl/{style.name}", style.read_bytes()


def _request(document: Document) -> dict[str, Any]:
    """Return what was asked of the description, and the looks of other plans at its seeds."""
    report = document.plan.report
    citations = {"citations": asdict(document.citations)} if document.citations else {}
    return {
        **citations,
        "profile": document.profile,
        "seeds": report.seeds,
        "max_seeds": report.max_seeds,
        "study_seeds": {
            study.name: {"seeds": study.seeds, "value_seeds": study.value_seeds}
            for study in report.studies
        },
        "chosen": {study.name: study.choose.value for study in report.studies if study.choose},
        "looks": [asdict(look) for study in document.plan.studies for look in study.earlier],
        "language": report.language,
        "data_name": report.data.name,
        "weights": {
            study.name: {
                value.key: value.settings["weights"]
                for value in study.values
                if "weights" in value.settings
            }
            for study in report.studies
        },
    }


def _others(document: Document) -> list[str]:
    """Return what else the report's folder brings: references and their style."""
    report = document.plan.report
    names = [report.bibliography, report.citation_style]
    return [name for name in names if name and (document.folder / name).is_file()]


def _records(plan: Plan, given: Given) -> Iterator[tuple[str, bytes]]:
    """Yield each finished run as a store keeps it, and the list of those that failed."""
    failures = []
    shown = set() if "bitmaps" in given.left_out else _shown_previews(plan)
    for run in plan.runs:
        if isinstance(run.result, Record):
            content = encode_record(run.result)
            content[MANIFEST] = encode_manifest(content, kind="run", run_id=run.id)
            if run.id not in shown:
                content.pop(PREVIEW, None)
            yield from ((f"{run.id}/{name}", data) for name, data in content.items())
        elif isinstance(run.result, Failure):
            reason = run.result.reason
            identity = dict(given.failed.get(run.id, run.identity))
            failures.append({"id": run.id, "identity": identity, "reason": reason})
    yield layout.FAILURES, encode_json(failures)


def _shown_previews(plan: Plan) -> set[str]:
    """Return the runs of which a document may show augmented pictures: a value's first.

    Those of its other seeds would be a tenth of a large document, and no page needs them.
    """
    trials = [trial for study in plan.studies for trial in study.trials]
    return {trial.records[0].id for trial in trials if trial.records}


def _openings(document: Document) -> Iterator[tuple[str, bytes]]:
    """Yield each opening of the test set."""
    for opening in document.openings:
        content = encode_opening(opening)
        content[MANIFEST] = encode_manifest(content, kind="opening", run_id=opening.id)
        folder = f"{layout.OPENINGS}{opening.id}"
        yield from ((f"{folder}/{name}", data) for name, data in content.items())


def _pictures(given: Given, dataset: Dataset) -> Iterator[tuple[str, bytes]]:
    """Yield the list of pictures, and the bitmaps that were printed."""
    seed, whole = given.pictures.seed, given.pictures.whole
    folds = [[it.path.as_posix() for it in fold] for fold in given.pictures.folds]
    listed = {"seed": seed, **_dataset(whole), **({"folds": folds} if folds else {})}
    yield layout.DATASET, encode_json(listed)
    keys = [] if "bitmaps" in given.left_out else sorted(dataset.album.bitmaps)
    yield layout.BITMAPS, encode_json(keys)
    for number, key in enumerate(keys):
        yield f"bitmaps/{number:04d}.png", _png(Image.fromarray(dataset.album.bitmaps[key]))


def _dataset(whole: Dataset) -> dict[str, Any]:
    return {
        "name": whole.name,
        "source": whole.source,
        "classes": whole.classes,
        "splits": {
            split: [(it.path.as_posix(), it.label, it.sha256) for it in members]
            for split, members in whole.splits.items()
        },
        "notes": [(it.kind, it.count, it.pictures, it.share, it.paths) for it in whole.notes],
        "skipped": [(it.path, it.cause) for it in whole.skipped],
        "seen": [
            (it.sha256, it.format, it.width, it.height, it.notes, it.likeness)
            for _, it in sorted(whole.seen.items())
        ],
    }


def _png(picture: Image.Image) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()


def size_note(bundle: Path) -> str:
    """Return what makes a large pack large, and what takes less; "" for a pack of usual size.

    Args:
        bundle: The archive of all attachments that lies beside the document.
    """
    with zipfile.ZipFile(bundle) as archive:
        sizes = {one.filename: one.file_size for one in archive.infolist()}
    whole = sum(sizes.values())
    if whole <= layout.USUAL:
        return ""
    parts = [
        f"{name} {said_size(sizes[name])}"
        for name in sorted(layout.SOURCES, key=lambda name: -sizes[name])
    ]
    told = f"The evidence has {said_size(whole)}: {', '.join(parts)}"
    less = "without small copies of pictures (--leave-out bitmaps) it has less"
    return f"{told}; {less}, and `scenes verify` cannot tell then whether all pages are the same."


def inventory(given: Given, plan: Plan) -> list[str]:
    """Return what a pack holds of people, machines and pictures of others."""
    records = [run.result for run in plan.runs if isinstance(run.result, Record)]
    machines = sorted({str(one.environment["processor"]) for one in records})
    whole = given.pictures.whole
    count = sum(map(len, whole.splits.values()))
    held = [
        f"names ({', '.join(plan.report.authors)})",
        f"paths and hashes of {said_count(count, 'picture|pictures')}",
        f"{said_count(len(records), 'run|runs')} and where trained ({'; '.join(machines)})",
        "the command with its paths",
    ]
    if whole.source == "folder" and "bitmaps" not in given.left_out:
        held.append("small copies of printed pictures, which --leave-out bitmaps leaves out")
    return held
