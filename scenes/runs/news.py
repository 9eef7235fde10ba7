"""Reads what runs and programs say of themselves: the files of a store in, news out.

The other side of `scenes.runs.status`. Anybody may have written these files, and a crash may have
cut them off: what cannot be read is no news. Nothing is written here, so that it works on a store
that belongs to another program, user or machine.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scenes.runs.record import METRICS, History
from scenes.runs.record_files import HISTORY, decode_history
from scenes.runs.sealed import load_json
from scenes.runs.status import LARGEST
from scenes.runs.store import LARGEST_TEXT, Store
from scenes.system.files import read_regular
from scenes.system.processes import Owner

PARTS = ("", "partial", "json")
"""How the names of a run's entries end, in the order of the fields of `Stamps`."""


@dataclass(frozen=True)
class News:
    """What a status file says.

    Attributes:
        state: As its writer names it.
        owner: The process that wrote it.
        updated: When, in seconds since 1970 by the writer's clock.
        more: Everything else in the file.
    """

    state: str
    owner: Owner
    updated: float
    more: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """Return a text of the file; "" where it has none of this name."""
        found = self.more.get(name)
        return found if isinstance(found, str) else ""

    def number(self, name: str) -> float | None:
        """Return a number of the file; None where it has none of this name."""
        return as_number(self.more.get(name))

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return a list of tables in the file; empty where it has none of this name."""
        found = self.more.get(name)
        return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


@dataclass(frozen=True)
class Progress:
    """How far an unfinished run has come.

    Attributes:
        history: One value per finished epoch.
        seconds: Of each of these epochs.
    """

    history: History
    seconds: tuple[float, ...] = ()


def as_number(value: object) -> float | None:
    """Return a JSON value as a number; None for anything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number else None  # type: ignore[arg-type]


def load_programs(store: Store) -> list[News]:
    """Return what programs say that work on this store, in the order of their files' names."""
    paths = sorted((store.status / "programs").glob("*.json"))
    return [news for news in map(load_news, paths) if news is not None]


def load_run_news(store: Store, run_id: str) -> News | None:
    """Return what the worker of a run says; None where there is no word of it."""
    return load_news(store.status / "runs" / f"{run_id}.json")


def load_news(path: Path) -> News | None:
    """Return what a status file says; None where it cannot be read."""
    try:
        content = load_json(read_regular(path, limit=LARGEST))
        owner = content.pop("owner")
        who = Owner(str(owner["host"]), int(owner["pid"]), float(owner["started"]))
        return News(str(content.pop("state")), who, float(content.pop("updated")), content)
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def load_progress(store: Store, run_id: str) -> Progress:
    """Return how far an unfinished run has come; a line that is half written does not count."""
    try:
        data = read_regular(store.partial(run_id) / HISTORY, limit=LARGEST_TEXT)
        history, pace = decode_history(data[: data.rfind(b"\n") + 1])
        return Progress(history, tuple(pace.seconds))
    except (OSError, ValueError):
        return Progress({metric: [] for metric in METRICS})


@dataclass(frozen=True)
class Stamps:
    """Time and size of what the files of a run say; None for each that is not there.

    Attributes:
        result: Its record, or its failure.
        partial: Its history so far.
        status: The word of its worker.
    """

    result: tuple[int, int] | None = None
    partial: tuple[int, int] | None = None
    status: tuple[int, int] | None = None


def run_stamps(store: Store) -> dict[str, Stamps]:
    """Return what changes whenever there is news of a run, by the run's id.

    It costs one look at each entry of two folders; no file is opened.
    """
    found: dict[str, list[tuple[int, int] | None]] = {}
    for entry in (*_entries(store.runs), *_entries(store.status / "runs")):
        name, _, rest = entry.name.partition(".")
        if name and rest in PARTS:
            found.setdefault(name, [None] * len(PARTS))[PARTS.index(rest)] = _stamp(entry)
    return {name: Stamps(*parts) for name, parts in found.items()}


def _entries(folder: Path) -> Iterator["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            yield from entries
    except OSError:  # no run has begun here
        return


def _stamp(entry: "os.DirEntry[str]") -> tuple[int, int]:
    """Return time and size; of a run under way, those of its history."""
    try:
        is_partial = entry.name.endswith(".partial")
        # Twice as fast as a `Path`, for hundreds of runs each second.
        found = os.stat(f"{entry.path}/{HISTORY}") if is_partial else entry.stat()  # noqa: PTH116
        return found.st_mtime_ns, found.st_size
    except OSError:  # not there yet, or no more
        return 0, 0
