"""Openings of test sets: what was predicted, of which runs, and when.

    openings/<id>/          sealed (`scenes.runs.sealed`), beside the runs; changes none of them
        opening.json        when, for which configuration, by which command, on which machine
        pictures.csv        a row per test picture: path, class index, SHA-256 of the file
        <run id>.npz        `probabilities`, float32 (pictures, classes), of each run

An opening is there whole before anything of it is printed. It is never written over: opening again
adds another, and reports count them.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import AfterValidator, Field, TypeAdapter

from scenes.runs.identity import run_id as digest_of
from scenes.runs.record import Predictions, derive_predictions
from scenes.runs.record_checks import CLASSES, check_json
from scenes.runs.record_files import decode_probabilities, decode_rows, encode_rows
from scenes.runs.sealed import (
    MANIFEST,
    DamagedRecordError,
    encode_json,
    load_json,
    open_sealed,
    seal,
)
from scenes.runs.store import Store
from scenes.system.files import make_folder, remove_whatever, sync_folder, writing
from scenes.system.npz import encode_npz

ABOUT, PICTURES = "opening.json", "pictures.csv"
COLUMNS = ("picture", "truth", "sha256")


@dataclass(frozen=True)
class Opening:
    """A test set, opened.

    Attributes:
        opened: When, in ISO 8601 with the zone.
        classes: Names, in the order of the class indices.
        pictures: Path of each test picture, relative to the data folder.
        truth: Class index, int64 (n,).
        contents: SHA-256 of each file.
        probabilities: By run id, float32 (n, classes) each.
        final: Ids of the runs of the final configuration, one per seed.
        rivals: The same of each rival, by `study/value`.
        about: What else is worth keeping: command, description, environment.
    """

    opened: str
    classes: tuple[str, ...]
    pictures: tuple[str, ...]
    truth: NDArray[np.int64]
    contents: tuple[str, ...]
    probabilities: Mapping[str, NDArray[np.float32]]
    final: tuple[str, ...]
    rivals: Mapping[str, tuple[str, ...]]
    about: Mapping[str, Any]

    @property
    def id(self) -> str:
        """A hash of what it says of itself."""
        return digest_of(_description(self))

    @property
    def date(self) -> datetime:
        """When it was opened."""
        return datetime.fromisoformat(self.opened)

    def predictions(self, run_id: str) -> Predictions:
        """Return what a run says of the test pictures."""
        return derive_predictions(self.pictures, self.truth, self.probabilities[run_id])

    def shares_with(self, contents: Iterable[str]) -> bool:
        """Return whether it has opened any picture of these contents."""
        return not set(self.contents).isdisjoint(contents)


def _description(opening: Opening) -> dict[str, Any]:
    return {
        "opened": opening.opened,
        "classes": list(opening.classes),
        "final": list(opening.final),
        "rivals": {name: list(runs) for name, runs in opening.rivals.items()},
        "about": dict(opening.about),
    }


def save_opening(store: Store, opening: Opening) -> Path:
    """Record an opening, and return its folder.

    Raises:
        StorageError: It cannot be written; then there is none.
    """
    content = encode_opening(opening)
    target = store.openings / opening.id
    partial = target.with_name(f"{opening.id}.partial")
    with writing(partial):
        remove_whatever(partial)
        make_folder(partial)
    seal(partial, content, kind="opening", run_id=opening.id)
    with writing(target):
        sync_folder(partial)
        partial.replace(target)
        sync_folder(store.openings)
    return target


def encode_opening(opening: Opening) -> dict[str, bytes]:
    """Return the files of an opening: name -> content."""
    rows = zip(opening.pictures, opening.truth.tolist(), opening.contents, strict=True)
    return {
        ABOUT: encode_json(_description(opening)),
        PICTURES: encode_rows(COLUMNS, rows),
        **{
            f"{name}.npz": encode_npz({"probabilities": values})
            for name, values in opening.probabilities.items()
        },
    }


def load_openings(store: Store) -> list[Opening]:
    """Return every opening of a store, the earliest first.

    Raises:
        DamagedRecordError: One is not as it was recorded. It is not passed over: a report would
            say that a test set is untouched which is not.
    """
    folders = (path.parent for path in store.openings.glob(f"*/{MANIFEST}"))
    found = [_load(folder) for folder in sorted(folders) if "." not in folder.name]
    return sorted(found, key=lambda opening: opening.date)


def _load(folder: Path) -> Opening:
    return decode_opening(folder.name, open_sealed(folder, kind="opening", run_id=folder.name))


def decode_opening(name: str, content: Mapping[str, bytes]) -> Opening:
    """Return the opening that files hold.

    Raises:
        DamagedRecordError: It is not as it was recorded, or another one.
    """
    try:
        opening = _decode(content)
    except (KeyError, ValueError, csv.Error) as error:
        raise DamagedRecordError(f"opening {name}: {error}") from None
    if opening.id != name:
        raise DamagedRecordError(f"opening {name}: it is {opening.id}")
    return opening


def _check_time(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("a time with its zone is expected")
    return text


_Runs = Annotated[list[str], Field(min_length=1)]
_EXPECTED: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
_TIME: TypeAdapter[str] = TypeAdapter(Annotated[str, AfterValidator(_check_time)])
_RUNS: TypeAdapter[list[str]] = TypeAdapter(_Runs)
_RIVALS: TypeAdapter[dict[str, list[str]]] = TypeAdapter(dict[str, _Runs])


def _decode(content: Mapping[str, bytes]) -> Opening:
    about = check_json(load_json(content[ABOUT]), _EXPECTED)
    classes = tuple(check_json(about["classes"], CLASSES))
    rows = list(_rows(content[PICTURES], len(classes)))
    final = tuple(check_json(about["final"], _RUNS))
    rivals = {name: tuple(it) for name, it in check_json(about["rivals"], _RIVALS).items()}
    runs = dict.fromkeys([*final, *(run for it in rivals.values() for run in it)])
    shape = (len(rows), len(classes))
    return Opening(
        opened=check_json(about["opened"], _TIME),
        classes=classes,
        pictures=tuple(path for path, _, _ in rows),
        truth=np.array([label for _, label, _ in rows], np.int64),
        contents=tuple(digest for _, _, digest in rows),
        probabilities={run: decode_probabilities(content[f"{run}.npz"], shape) for run in runs},
        final=final,
        rivals=rivals,
        about=check_json(about["about"], _EXPECTED),
    )


def _rows(data: bytes, classes: int) -> Iterator[tuple[str, int, str]]:
    empty = True
    for path, truth, digest in decode_rows(data, COLUMNS):
        empty = False
        if not 0 <= int(truth) < classes:
            raise ValueError(f"{PICTURES}: a class is not one of 0 to {classes - 1}")
        yield path, int(truth), digest
    if empty:
        raise ValueError(f"{PICTURES}: it has no picture")


def opened_before(store: Store, contents: Iterable[str]) -> list[Opening]:
    """Return the openings of any of these pictures, the earliest first; see `load_openings`."""
    wanted = set(contents)
    return [opening for opening in load_openings(store) if opening.shares_with(wanted)]
