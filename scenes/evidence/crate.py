"""What ties the files of the evidence together: an RO-Crate of the profile Process Run Crate.

Every run is an action of the program, on the description and the pictures, that left a record; the
writing is one more. A document and its files in, `ro-crate-metadata.json` out.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scenes.evidence import layout
from scenes.evidence.layout import TEXTS
from scenes.evidence.sources import Sources, ended_at, started_at
from scenes.runs.record import Record

PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
CONTEXTS = (
    "https://w3id.org/ro/crate/1.1/context",
    "https://w3id.org/ro/terms/workflow-run/context",
)
PROGRAM = "#scenes"
FORMATS = {
    ".json": "application/json",
    ".zip": "application/zip",
    ".csv": "text/csv",
    ".md": "text/markdown",
    ".cff": "application/yaml",
}


def encode_crate(sources: Sources, files: Mapping[str, bytes]) -> bytes:
    """Return the metadata of the crate that some files are.

    Args:
        sources: Of the document.
        files: All that the crate describes, by name; the manifest, which lists the crate itself, is
            named without a hash.
    """
    actions = [*_runs(sources), _writing(sources)]
    parts = [*_files(files), _file(layout.MANIFEST)]
    graph = [
        {
            "@id": layout.CRATE,
            "@type": "CreativeWork",
            "conformsTo": {"@id": "https://w3id.org/ro/crate/1.1"},
            "about": {"@id": "./"},
        },
        _root(sources, parts, actions),
        {"@id": PROFILE, "@type": "CreativeWork", "name": "Process Run Crate", "version": "0.5"},
        _program(sources),
        *_people(sources),
        *parts,
        *actions,
    ]
    return layout.encode_json({"@context": CONTEXTS, "@graph": graph})


def _root(
    sources: Sources, parts: list[dict[str, Any]], actions: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "@id": "./",
        "@type": "Dataset",
        "name": sources.title,
        "description": "A lab report on picture classifiers: all that its numbers rest on",
        "datePublished": sources.date,
        "license": "The authors must state it.",
        "conformsTo": {"@id": PROFILE},
        "author": [{"@id": one["@id"]} for one in _people(sources)],
        "hasPart": [{"@id": one["@id"]} for one in parts],
        "mentions": [{"@id": one["@id"]} for one in actions],
    }


def _program(sources: Sources) -> dict[str, Any]:
    return {
        "@id": PROGRAM,
        "@type": "SoftwareApplication",
        "name": "scenes",
        "identifier": sources.written_with["code"],
        "softwareVersion": sources.written_with["scenes"],
    }


def _people(sources: Sources) -> list[dict[str, Any]]:
    authors = enumerate(sources.plan.report.authors, 1)
    return [{"@id": f"#author-{n}", "@type": "Person", "name": name} for n, name in authors]


def _files(files: Mapping[str, bytes]) -> Iterator[dict[str, Any]]:
    for name, data in sorted(files.items()):
        yield {**_file(name), "contentSize": str(len(data)), "sha256": layout.digest(data)}


def _file(name: str) -> dict[str, Any]:
    return {
        "@id": name,
        "@type": "File",
        "name": name,
        "description": TEXTS[name][0],
        "encodingFormat": FORMATS[name[name.rindex(".") :]],
    }


def _runs(sources: Sources) -> Iterator[dict[str, Any]]:
    for record in sources.records:
        yield {
            "@id": f"#run-{record.id}",
            "@type": "CreateAction",
            "name": f"Training of run {record.id}",
            "description": _machine(record),
            "instrument": {"@id": PROGRAM},
            "object": [{"@id": layout.DESCRIPTION}, {"@id": layout.LIST}],
            "result": {"@id": layout.RECORDS},
            "startTime": started_at(record).isoformat(timespec="seconds"),
            "endTime": ended_at(record).isoformat(timespec="seconds"),
            "actionStatus": "http://schema.org/CompletedActionStatus",
        }


def _machine(record: Record) -> str:
    about = record.environment
    libraries = ", ".join(f"{name} {it}" for name, it in sorted(about["libraries"].items()))
    return f"On {about['processor']} ({about['instruction_set']}), with {libraries}"


def _writing(sources: Sources) -> dict[str, Any]:
    return {
        "@id": "#writing",
        "@type": "CreateAction",
        "name": "Writing of the document",
        "description": sources.document.command,
        "instrument": {"@id": PROGRAM},
        "object": [{"@id": name} for name in layout.SOURCES if name != layout.RESULTS],
        "result": {"@id": layout.RESULTS},
        "actionStatus": "http://schema.org/CompletedActionStatus",
    }
