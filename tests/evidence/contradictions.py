"""Evidence that contradicts itself, or says what nothing writes: a PDF in, one with it out.

Who packs it anew would only write the same again, so that it is to be found for what it says.
"""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from forgeries import Smuggling, _in_member, _in_record, remade
from tamperings import Files, read_files, sealed, with_files

from scenes.evidence import layout
from scenes.evidence.layout import encode_json


def _in_manifest(name: str, value: object) -> Smuggling:
    """Return what lets a document say something else of itself."""

    def smuggle(files: Files, _: Random) -> Files:
        manifest = json.loads(files[layout.MANIFEST])
        manifest["document"][name] = value
        return {**files, layout.MANIFEST: encode_json(manifest)}

    return smuggle


def _without_version(files: Files, _: Random) -> Files:
    manifest = json.loads(files[layout.MANIFEST])
    del manifest["written_with"]["code"]
    return {**files, layout.MANIFEST: encode_json(manifest)}


def _in_pictures(change: Callable[[dict[str, Any]], object]) -> Smuggling:
    """Return what changes the list of pictures."""

    def rewritten(data: bytes, _: Random) -> bytes:
        listed = json.loads(data)
        change(listed)
        return encode_json(listed)

    return _in_member(layout.PICTURES, layout.DATASET, rewritten)


def _another_epoch(history: bytes, _: Random) -> bytes:
    return history + history.splitlines(keepends=True)[-1]


def _at_the_end_of_time(environment: bytes, _: Random) -> bytes:
    return encode_json({**json.loads(environment), "started": "9999-12-31T23:59:59+00:00"})


CONTRADICTIONS: dict[str, tuple[Smuggling, str]] = {
    "an epoch more than the settings have": (_in_record("history.csv", _another_epoch), "record"),
    "a start at the end of time": (
        _in_record("environment.json", _at_the_end_of_time),
        "evidence",
    ),
    "a full report that is called reduced": (_in_manifest("is_reduced", True), "manifest"),
    "another profile": (_in_manifest("profile", "quick"), "manifest"),
    "another description": (_in_manifest("description", "0" * 16), "manifest"),
    "no version of the code": (_without_version, "manifest"),
    "a split that is none": (
        _in_pictures(lambda listed: listed["splits"].update(more=[["a.png", 0, "0" * 64]])),
        "evidence",
    ),
    "no split for training": (
        _in_pictures(lambda listed: listed["splits"].pop("train")),
        "evidence",
    ),
    "a test picture of no class": (
        _in_pictures(lambda listed: listed["splits"].update(test=[["a.png", 99, "0" * 64]])),
        "evidence",
    ),
    "something that is never found in pictures": (
        _in_pictures(lambda listed: listed["notes"].append(["99 %", 1, [], None, []])),
        "evidence",
    ),
}
"""What evidence says that cannot be, by what it is; how each is named."""


def contradicted(pdf: bytes, name: str) -> bytes:
    """Return a PDF whose evidence contradicts itself, made again with it where it can be."""
    files = CONTRADICTIONS[name][0](read_files(pdf), Random(0))
    try:
        return remade(files)
    except (AssertionError, ValueError):
        return with_files(pdf, sealed(files))
