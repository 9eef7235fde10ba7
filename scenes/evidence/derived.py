"""What archives, catalogues and reviewers ask for, made from a document: its sources in, files out.

Nothing in these files is typed by anybody: `scenes verify` makes them again and compares. What the
program cannot know is left to the authors, and says so.
"""

import csv
import io
import json
from collections.abc import Mapping

from scenes.evidence import layout
from scenes.evidence.cards import encode_checklist, encode_model_card
from scenes.evidence.crate import encode_crate
from scenes.evidence.croissant import encode_croissant
from scenes.evidence.sources import Sources
from scenes.report.results import encode_numbers

COLUMNS = ("split", "path", "class", "sha256")


def encode_pictures(sources: Sources) -> bytes:
    """Return the list of pictures as a table."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(COLUMNS)
    for split in sources.splits:
        for one in sources.dataset.splits[split]:
            name = one.path.as_posix().encode("utf-8", "replace").decode()
            rows.writerow([split, name, sources.dataset.classes[one.label], one.sha256])
    return text.getvalue().encode()


def encode_codemeta(sources: Sources) -> bytes:
    """Return which program wrote the document (CodeMeta 3.0)."""
    with_versions = sources.written_with
    libraries = sorted(with_versions.keys() - {"scenes", "code", "source_date_epoch", "fonts"})
    return layout.encode_json(
        {
            "@context": "https://w3id.org/codemeta/3.0",
            "@type": "SoftwareSourceCode",
            "name": "scenes",
            "description": "Lab reports on picture classifiers, written from their results",
            "version": with_versions["scenes"],
            "identifier": with_versions["code"],
            "license": "https://spdx.org/licenses/MIT",
            "programmingLanguage": {
                "@type": "ComputerLanguage",
                "name": "Python",
                "version": with_versions["python"],
            },
            "softwareRequirements": [f"{name} {with_versions[name]}" for name in libraries],
        }
    )


def encode_citation(sources: Sources) -> bytes:
    """Return how to cite the document (CITATION.cff 1.2.0); JSON texts are YAML texts."""
    authors = "".join(f"  - name: {json.dumps(one)}\n" for one in sources.plan.report.authors)
    return (
        "cff-version: 1.2.0\n"
        'message: "Please cite this report as below."\n'
        "type: dataset\n"
        f"title: {json.dumps(sources.title)}\n"
        f"authors:\n{authors}"
        f'date-released: "{sources.date}"\n'
    ).encode()


def derived_files(sources: Sources, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return every file that is made from a document and the other files of its evidence.

    Args:
        sources: Of the document.
        files: The archives and lists that are not made here.
    """
    found = {
        layout.LIST: encode_pictures(sources),
        layout.NUMBERS: encode_numbers(sources.results),
        layout.CODEMETA: encode_codemeta(sources),
        layout.CITATION: encode_citation(sources),
        layout.MODEL_CARD: encode_model_card(sources),
        layout.CHECKLIST: encode_checklist(sources),
    }
    found[layout.CROISSANT] = encode_croissant(sources, found)
    kept = {name: files[name] for name in layout.SOURCES}
    return {**found, layout.CRATE: encode_crate(sources, {**kept, **found})}
