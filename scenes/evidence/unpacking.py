"""The evidence of a document, checked: attachments in, a `Pack` out, or what is wrong with them."""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from pydantic import TypeAdapter, ValidationError

from scenes.data.album import GREY, Album, Bitmap, Key
from scenes.data.decoding import Seen
from scenes.data.division import Picture
from scenes.data.findings import Finding as DataFinding
from scenes.data.folder import Dataset, Skipped
from scenes.data.pictures import Pictures
from scenes.evidence import layout
from scenes.evidence.contents import FailedRun, ListedResults, Manifest, PictureList
from scenes.evidence.findings import Finding
from scenes.evidence.layout import EvidenceError, load_json, open_zip
from scenes.runs.openings import Opening, decode_opening
from scenes.runs.record import PREVIEW_SIZE, Failure, Record
from scenes.runs.record_files import PREVIEW, decode_record
from scenes.runs.sealed import MANIFEST, DamagedRecordError, check_sealed

NOWHERE = Path("/nonexistent")
SIDE = 512
"""Pixels; no bitmap that is printed is larger."""


@dataclass(frozen=True)
class Pack:
    """The evidence of a document.

    Attributes:
        manifest: What it says that it holds.
        description: Files of the description, by name.
        records: Finished runs, by id.
        failures: Runs that did not finish, with their identities.
        pictures: The list of pictures; their bitmaps are in its album.
        openings: Of the test set, the earliest first.
        results: Printed facts and claims, as they were written down.
    """

    manifest: Manifest
    description: Mapping[str, bytes]
    records: Mapping[str, Record]
    failures: tuple[tuple[dict[str, Any], Failure], ...]
    pictures: Pictures
    openings: tuple[Opening, ...] = ()
    results: dict[str, Any] = field(default_factory=dict)


def check_attachments(files: Mapping[str, bytes]) -> tuple[Manifest | None, list[Finding]]:
    """Return the manifest, and how the attachments differ from what it lists."""
    if layout.MANIFEST not in files:
        text = f"it carries no {layout.MANIFEST}: no evidence, or not all of it"
        return None, [Finding("whole", "fails", "attachment removed", text)]
    try:
        manifest = _valid(Manifest, layout.MANIFEST, files[layout.MANIFEST])
    except EvidenceError as error:
        return None, [_format_finding(files[layout.MANIFEST]) or _fails("manifest", str(error))]
    if manifest.format not in layout.READ:
        return None, [_format_finding(files[layout.MANIFEST]) or _fails("manifest", "no format")]
    found, needed = [], layout.names_of(manifest.format)
    if files[layout.MANIFEST] != layout.encode_json(manifest.model_dump()):
        found.append(_fails("manifest", f"{layout.MANIFEST} is not written as a manifest is"))
    for name in sorted({*manifest.files, *needed} - {layout.MANIFEST}):
        if name not in files:
            found.append(_fails("attachment removed", f"{name} is not attached"))
        elif manifest.files.get(name) != layout.digest(files[name]):
            text = f"{name} is not the file that the manifest lists"
            found.append(_fails("attachment changed", text))
    for name in sorted(files.keys() - {*needed, layout.NUMBERS}):
        found.append(_fails("attachment added", f"{name} is attached and is no evidence"))
    return manifest, found


def _format_finding(data: bytes) -> Finding | None:
    """Return that a manifest is of another format, if it says so."""
    try:
        number = load_json(layout.MANIFEST, data)["format"]
    except (EvidenceError, KeyError, TypeError):
        return None
    if type(number) is not int or number in layout.READ:
        return None
    told = " and ".join(map(str, layout.READ))
    text = f"its evidence has format {number}; this version of scenes reads {told}"
    return Finding("whole", "unknown", "format", text)


def _fails(kind: str, text: str) -> Finding:
    return Finding("whole", "fails", kind, text)


def unpack(manifest: Manifest, files: Mapping[str, bytes]) -> Pack:
    """Return what attachments hold.

    Raises:
        EvidenceError: Something in them is not as evidence is: what, and where.
    """
    members = open_zip(layout.RECORDS, files[layout.RECORDS])
    openings = take_openings(members)
    records, failures = _records(members)
    results = load_json(layout.RESULTS, files[layout.RESULTS])
    _valid(ListedResults, layout.RESULTS, files[layout.RESULTS])
    return Pack(
        manifest=manifest,
        description=open_zip(layout.DESCRIPTION, files[layout.DESCRIPTION]),
        records=records,
        failures=failures,
        pictures=_pictures(files[layout.PICTURES], is_blank="bitmaps" in manifest.left_out),
        openings=openings,
        results=results,
    )


def _records(
    members: dict[str, bytes],
) -> tuple[dict[str, Record], tuple[tuple[dict[str, Any], Failure], ...]]:
    failures = TypeAdapter(tuple[FailedRun, ...])
    listed = _validated(failures, layout.FAILURES, members.pop(layout.FAILURES, b""))
    records = {name: _record(name, it) for name, it in _folders(members).items()}
    return records, tuple((one.identity, Failure(one.id, one.reason)) for one in listed)


def _folders(members: Mapping[str, bytes]) -> dict[str, dict[str, bytes]]:
    """Return the files of each folder, by name."""
    folders: dict[str, dict[str, bytes]] = {}
    for name, content in members.items():
        folder, _, file = name.partition("/")
        folders.setdefault(folder, {})[file] = content
    return folders


def take_openings(members: dict[str, bytes]) -> tuple[Opening, ...]:
    """Take the openings out of the members of an archive."""
    names = [name for name in members if name.startswith(layout.OPENINGS)]
    own = {name.removeprefix(layout.OPENINGS): members.pop(name) for name in names}
    found = []
    for name, files in _folders(own).items():
        try:
            content = check_sealed(files, kind="opening", run_id=name)
            found.append(decode_opening(name, content))
        except (DamagedRecordError, ValueError) as error:
            raise EvidenceError(f"{layout.RECORDS}: {error}") from None
    return tuple(sorted(found, key=lambda opening: opening.date))


def _record(name: str, files: dict[str, bytes]) -> Record:
    try:
        # A document carries those that it shows; a page that lacks one is not the same.
        content = check_sealed(files, kind="run", run_id=name, without=(PREVIEW,))
        record = decode_record(name, content)
        is_bare = PREVIEW in load_json(MANIFEST, files[MANIFEST])["files"] and not record.preview
        return replace(record, preview=_blank_preview(len(record.classes))) if is_bare else record
    except (DamagedRecordError, ValueError) as error:
        raise EvidenceError(f"{layout.RECORDS}: run {name}: {error}") from None


def _blank_preview(classes: int) -> bytes:
    """Return what stands for the preview of a run that the evidence goes without."""
    stream = io.BytesIO()
    Image.new("RGB", (classes * PREVIEW_SIZE, PREVIEW_SIZE), (GREY,) * 3).save(stream, "PNG")
    return stream.getvalue()


def _pictures(data: bytes, *, is_blank: bool) -> Pictures:
    members = open_zip(layout.PICTURES, data)
    listed = _valid(PictureList, layout.DATASET, members.get(layout.DATASET, b""))
    whole = Dataset(
        name=listed.name,
        source=listed.source,
        root=NOWHERE,
        classes=listed.classes,
        splits={
            split: tuple(Picture(Path(path), label, sha) for path, label, sha in pictures)
            for split, pictures in listed.splits.items()
        },
        notes=tuple(DataFinding(*one) for one in listed.notes),
        skipped=tuple(Skipped(*one) for one in listed.skipped),
        seen={one[0]: Seen(*one) for one in listed.seen},
        album=Album(known=_bitmaps(members), is_closed=True, is_blank=is_blank),
    )
    return Pictures(whole, listed.seed, _folds(listed, whole))


def _folds(listed: PictureList, whole: Dataset) -> list[tuple[Picture, ...]]:
    """Return the folds of the pictures.

    Raises:
        EvidenceError: They are not the training pictures, each once.
    """
    known = {one.path.as_posix(): one for one in whole.splits.get("train", ())}
    named = [path for fold in listed.folds for path in fold]
    if listed.folds and sorted(named) != sorted(known):
        raise EvidenceError(f"{layout.DATASET}: the folds do not hold each picture once")
    return [tuple(known[path] for path in fold) for fold in listed.folds]


def _bitmaps(members: Mapping[str, bytes]) -> dict[Key, Bitmap]:
    keys = _validated(TypeAdapter(list[Key]), layout.BITMAPS, members.get(layout.BITMAPS, b""))
    return {key: _bitmap(f"bitmaps/{number:04d}.png", members) for number, key in enumerate(keys)}


def _bitmap(name: str, members: Mapping[str, bytes]) -> Bitmap:
    try:
        with Image.open(io.BytesIO(members[name]), formats=["PNG"]) as picture:
            if max(picture.size) > SIDE or picture.mode != "RGB":
                raise EvidenceError(f"{name}: is no bitmap that is printed")
            pixels: Bitmap = np.asarray(picture, dtype=np.uint8)
    except (KeyError, OSError, SyntaxError, ValueError) as error:
        raise EvidenceError(f"{layout.PICTURES}: {name}: {error}") from None
    return pixels


def _valid(model: type[Any], name: str, data: bytes) -> Any:
    return _validated(TypeAdapter(model), name, data)


def _validated(adapter: "TypeAdapter[Any]", name: str, data: bytes) -> Any:
    """Return JSON as what it is to be."""
    try:
        return adapter.validate_python(load_json(name, data))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise EvidenceError(f"{name}: {place}: {first['msg']}") from None
