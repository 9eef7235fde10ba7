"""How the evidence in a document is laid out: names of attachments and of the files in them.

    evidence.json     the manifest: format, who wrote it and with what, the hash of each other file
    description.zip   report.toml as it was read, what was asked of it, templates, words,
                      references, components
    records.zip       a folder for each finished run, as a store keeps it; the failed ones in a list
    pictures.zip      the list of pictures with their hashes, and each bitmap that is printed
    results.json      each number that is printed with its runs, each claim with its verdict

Since format 2 also, made from these for archives, catalogues and reviewers:

    ro-crate-metadata.json   what each file is and which run made it (Process Run Crate)
    croissant.json           the data set; pictures.csv lists its pictures
    numbers.csv              the printed numbers as a table, for people
    codemeta.json            the program; CITATION.cff how to cite the document
    model_card.md            the final configuration; checklist.md what reviewers ask

`signature.p7s` is reserved: no version reads or writes it yet.

Whatever is compared is compared by content; the archives are made so that equal files give equal
bytes.
"""

import hashlib
import json
import zipfile
from collections.abc import Mapping
from typing import Any

from scenes.report.output.attachment import Relationship
from scenes.system.plain_zip import ZipError, decode_zip, list_zip

FORMAT = 2
READ = (1, 2)
"""Formats that are read; 1 has no files that are made from others."""
MANIFEST = "evidence.json"
DESCRIPTION, RECORDS, PICTURES, RESULTS, NUMBERS = (
    "description.zip",
    "records.zip",
    "pictures.zip",
    "results.json",
    "numbers.csv",
)
SOURCES = (DESCRIPTION, RECORDS, PICTURES, RESULTS)
CRATE, CROISSANT, LIST = "ro-crate-metadata.json", "croissant.json", "pictures.csv"
CODEMETA, CITATION = "codemeta.json", "CITATION.cff"
MODEL_CARD, CHECKLIST = "model_card.md", "checklist.md"
DERIVED = (CRATE, CROISSANT, LIST, NUMBERS, CODEMETA, CITATION, MODEL_CARD, CHECKLIST)
ATTACHMENTS = (MANIFEST, *SOURCES, *DERIVED)

TEXTS: dict[str, tuple[str, Relationship]] = {
    MANIFEST: ("What this document carries, and the hash of each file", "Data"),
    DESCRIPTION: ("From what it was written: description, templates, words", "Source"),
    RECORDS: ("Every run that it rests on", "Data"),
    PICTURES: ("The list of pictures with their hashes; those that are printed", "Data"),
    RESULTS: ("Each number that it prints with its runs, each claim it judges", "Data"),
    NUMBERS: ("Each number that it prints with its runs, as a table", "Data"),
    CRATE: ("How these files belong together (RO-Crate, Process Run Crate)", "Supplement"),
    CROISSANT: ("The data set, for catalogues (Croissant)", "Supplement"),
    LIST: ("Every picture with its class and its hash", "Data"),
    CODEMETA: ("The program that wrote it (CodeMeta)", "Supplement"),
    CITATION: ("How to cite it (CITATION.cff)", "Supplement"),
    MODEL_CARD: ("The configuration that it ends with (model card)", "Supplement"),
    CHECKLIST: ("What reviewers ask, answered from facts", "Supplement"),
}
"""What each attachment holds, and what it is to the document."""


def names_of(number: int) -> tuple[str, ...]:
    """Return the attachments that a format must have; 1 may have a table of numbers as well."""
    return ATTACHMENTS if number >= 2 else (MANIFEST, *SOURCES)


REPORT_TOML, REQUEST = "report.toml", "request.json"
OWN, SHIPPED, CODE = "own/", "shipped/", "components/"
"""Folders of the description: what the report's folder holds, what the program brought, and the
code of the authors' own components, which is never run."""
FAILURES = "failures.json"
OPENINGS = "openings/"
"""The folder of the openings of the test set, among the records."""
DATASET, BITMAPS = "dataset.json", "bitmaps.json"

LEFT_OUT = ("bitmaps",)
"""What authors may leave out: the small copies of pictures, whose licence may forbid them."""

USUAL = 15_000_000
"""Bytes of all attachments; those of 60 runs on Scene-15 have fourteen million."""
LARGEST = 2**28
"""Bytes of an archive's content; that of 60 runs is 20 million."""
MOST_FILES = 20_000


class EvidenceError(ValueError):
    """The evidence is not laid out as evidence is; with what is wrong."""


def encode_json(value: Any) -> bytes:
    """Return JSON that any text survives, whatever bytes a file's name was made of."""
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode("ascii")


def digest(data: bytes) -> str:
    """Return the SHA-256 of some content."""
    return hashlib.sha256(data).hexdigest()


def open_zip(name: str, data: bytes) -> dict[str, bytes]:
    """Return the files of an archive by name.

    Raises:
        EvidenceError: It is damaged, holds a name twice or outside of it, too much, or anything
            beside its files.
    """
    try:
        members = list_zip(data)
        _check_members(name, members)
        return decode_zip(data, members)
    except ZipError as error:
        raise EvidenceError(f"{name}: {error}") from None


def _check_members(name: str, members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_FILES or sum(one.file_size for one in members) > LARGEST:
        raise EvidenceError(f"{name}: holds more than evidence does")
    names = [one.filename for one in members]
    if twice := {one for one in names if names.count(one) > 1} if _repeats(names) else set():
        raise EvidenceError(f"{name}: holds {min(twice)} twice")
    for one in names:
        if not is_inside(one):
            raise EvidenceError(f"{name}: names a file outside of it, {one!r}")


def _repeats(names: list[str]) -> bool:
    return len(set(names)) < len(names)


def is_inside(name: str) -> bool:
    """Return whether a name leads to a file in the folder that it is taken from."""
    parts = name.split("/")
    return not ({"", ".", ".."} & set(parts) or "\\" in name or "\0" in name or ":" in name)


def load_json(name: str, data: bytes) -> Any:
    """Return what JSON holds.

    Raises:
        EvidenceError: It is none.
    """
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise EvidenceError(f"{name}: is no JSON: {error}") from None


def hashes(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 of each file, by name."""
    return {name: digest(data) for name, data in sorted(files.items())}
