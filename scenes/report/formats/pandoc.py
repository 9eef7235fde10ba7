"""Runs pandoc, which reads and writes the formats: a document in, the same in another format out.

It is brought by an extra of the package. It starts without the user's own templates and settings,
with a bound of time and memory, and what it would only warn of is an error.
"""

import json
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scenes.errors import MachineError, RenderError
from scenes.report.formats.nodes import Node

TIME_LIMIT = 120
"""Seconds; a report of 30 pages takes one."""
MEMORY_LIMIT = "2G"
OLDEST = (1, 23)
"""Version of pandoc's tree from which on figures are nodes."""


def require_pandoc(needed_by: str = "These formats need") -> Path:
    """Return where pandoc is.

    Args:
        needed_by: Who needs it, as the beginning of a sentence.

    Raises:
        MachineError: It is not installed.
    """
    try:
        import pypandoc

        return Path(pypandoc.get_pandoc_path())
    except (ImportError, OSError):
        raise MachineError(
            f"{needed_by} pandoc, which is not installed here.",
            ["pandoc comes with an extra of the package"],
            "Install it with: pip install 'scenes[formats]'",
        ) from None


def read_html(html: str) -> list[Node]:
    """Return the blocks of an HTML document; nothing that it names is fetched."""
    tree = json.loads(
        _run(["-f", "html-auto_identifiers", "-t", "json", "--sandbox"], html.encode())
    )
    if tuple(tree["pandoc-api-version"][:2]) < OLDEST:
        raise MachineError(
            "The pandoc that is installed is too old.",
            ["version 3.0 or later is needed"],
            "Install a newer one with: pip install -U 'scenes[formats]'",
        )
    blocks: list[Node] = tree["blocks"]
    return blocks


def write_tree(
    blocks: Sequence[Node],
    target: str,
    *,
    metadata: Mapping[str, Any] | None = None,
    arguments: Sequence[str] = (),
    files: Mapping[str, bytes] | None = None,
    epoch: int = 0,
    is_whole: bool = True,
) -> bytes:
    """Return a document in a format that pandoc writes.

    Args:
        blocks: The document.
        target: Pandoc's name of the format.
        metadata: What stands before the text, as nodes of pandoc's tree.
        arguments: More of the command line.
        files: Those that the document or the arguments name.
        epoch: Seconds since 1970 at which the file says that it was made.
        is_whole: Whether head and foot of a document are around the text.

    Raises:
        RenderError: It cannot be written, or not without loss.
    """
    version = [*OLDEST, 1]
    tree = {"pandoc-api-version": version, "meta": dict(metadata or {}), "blocks": list(blocks)}
    asked = ["-f", "json", "-t", target, "--fail-if-warnings", *arguments]
    asked += ["--standalone"] if is_whole else []
    return _run([*asked, "-o", "-"], json.dumps(tree).encode(), files=files or {}, epoch=epoch)


def set_citations(
    clusters: Sequence[Sequence[str]], items: bytes, style: bytes, locale: str
) -> list[Node]:
    """Return a paragraph for each citation, and after them a list of all works.

    Args:
        clusters: The identifiers of the works of each citation.
        items: All works, as CSL-JSON.
        style: The citation style, as CSL.
        locale: CSL's name of the language.

    Raises:
        RenderError: The style cannot set them.
    """
    everything = {"t": "MetaInlines", "c": [_citation(["*"])]}
    tree = {
        "pandoc-api-version": [*OLDEST, 1],
        "meta": {
            "nocite": everything,
            "lang": {"t": "MetaString", "c": locale},
            "link-citations": {"t": "MetaBool", "c": True},
        },
        "blocks": [{"t": "Para", "c": [_citation(cluster)]} for cluster in clusters],
    }
    arguments = ["-f", "json", "-t", "json", "--citeproc", "--csl=style.csl"]
    found = _run(
        [*arguments, "--bibliography=items.json"],
        json.dumps(tree).encode(),
        files={"style.csl": style, "items.json": items},
    )
    blocks: list[Node] = json.loads(found)["blocks"]
    return blocks


def _citation(names: Sequence[str]) -> Node:
    return {
        "t": "Cite",
        "c": [
            [
                {
                    "citationId": name,
                    "citationPrefix": [],
                    "citationSuffix": [],
                    "citationMode": {"t": "NormalCitation"},
                    "citationNoteNum": 0,
                    "citationHash": 0,
                }
                for name in names
            ],
            [{"t": "Str", "c": "?"}],
        ],
    }


def default_file(name: str) -> bytes:
    """Return a file that comes with pandoc."""
    return _run(["--print-default-data-file", name], b"")


def _run(
    arguments: Sequence[str],
    given: bytes,
    *,
    files: Mapping[str, bytes] | None = None,
    epoch: int = 0,
) -> bytes:
    program = require_pandoc()
    with tempfile.TemporaryDirectory(prefix="scenes-") as name:
        folder = Path(name)
        for path, data in (files or {}).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        limits = ["+RTS", f"-M{MEMORY_LIMIT}", "-RTS"]
        try:
            done = subprocess.run(
                [str(program), *limits, f"--data-dir={folder / 'none'}", *arguments],
                input=given,
                capture_output=True,
                cwd=folder,
                env={"SOURCE_DATE_EPOCH": str(epoch), "LC_ALL": "C.UTF-8"},
                timeout=TIME_LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise RenderError(f"pandoc was not ready after {TIME_LIMIT} seconds") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-8:]
        raise RenderError("\n".join(["pandoc cannot write the document", *said]))
    return done.stdout
