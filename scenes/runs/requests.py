"""Keeps beside the records what their runs were asked for by, so that a document can say it.

    requests/<id>/report.toml     the description, as it was read
    requests/<id>/request.json    profile, command, and the runs that were trained for it

The id is a hash of description, profile and command: what is asked again is kept once.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scenes.system.files import durable_file, save_atomically, save_folder, writing

FORMAT = 1
ID_LENGTH = 16
DESCRIPTION, REQUEST = "report.toml", "request.json"


@dataclass(frozen=True)
class Asked:
    """What runs were asked for by.

    Attributes:
        text: Of the report.toml, as it was read.
        profile: Its name; None without one.
        command: That makes the document.
    """

    text: str
    profile: str | None
    command: str

    @property
    def id(self) -> str:
        """Return a hash of all three."""
        whole = json.dumps([self.text, self.profile, self.command])
        return hashlib.sha256(whole.encode()).hexdigest()[:ID_LENGTH]


def description_id(text: str) -> str:
    """Return a short hash of a description."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:ID_LENGTH]


def keep_request(root: Path, asked: Asked, runs: Iterable[str]) -> None:
    """Keep a request, and that these runs are trained for it, beside those that it has.

    Args:
        root: Of the store.
        asked: The request.
        runs: Their ids.

    Raises:
        StorageError: It cannot be written.
    """
    folder = root / "requests" / asked.id
    with writing(folder):
        known = _load(folder)
        content = {
            "format": FORMAT,
            "profile": asked.profile,
            "command": asked.command,
            "description": description_id(asked.text),
            "first": known.get("first") or datetime.now(UTC).isoformat(timespec="seconds"),
            "runs": list(dict.fromkeys([*known.get("runs", ()), *runs])),
        }
        data = json.dumps(content, indent=2, ensure_ascii=False).encode("utf-8")
        if not known:
            with suppress(FileExistsError):  # damaged, or another process was first
                _save(folder, asked.text, data)
                return
        save_atomically(folder / DESCRIPTION, asked.text.encode("utf-8"))
        save_atomically(folder / REQUEST, data)


def descriptions_of(root: Path, runs: Iterable[str]) -> tuple[str, ...]:
    """Return the hashes of the descriptions by which runs were first asked for, sorted.

    A run that was recorded without a request, such as one that was copied here, has none.
    """
    known = sorted(map(_load, (root / "requests").glob("*")), key=lambda one: one.get("first", ""))
    first: dict[str, str] = {}
    for request in known:
        for run in request.get("runs", ()):
            first.setdefault(run, request["description"])
    return tuple(sorted({first[run] for run in runs if run in first}))


def _save(folder: Path, text: str, request: bytes) -> None:
    def fill(draft: Path) -> Path:
        for name, data in ((DESCRIPTION, text.encode("utf-8")), (REQUEST, request)):
            with durable_file(draft / name) as file:
                file.write(data)
        return draft

    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        save_folder(folder, fill)
    except OSError as error:
        if folder.is_dir():
            raise FileExistsError from error
        raise


def _load(folder: Path) -> Mapping[str, Any]:
    """Return what is kept of a request; empty where there is none, or none that can be read."""
    try:
        content = json.loads((folder / REQUEST).read_bytes())
        fits = content["format"] == FORMAT and isinstance(content["description"], str)
        whole = all(isinstance(run, str) for run in content["runs"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return content if fits and whole and isinstance(content.get("first"), str) else {}
