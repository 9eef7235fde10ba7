"""What runs and programs are doing now, in small files that anybody may read.

    status/runs/<id>.json                what a worker does with a run
    status/programs/<host>-<pid>.json    what a command does with its plan

Each is one JSON object with `state`, `owner` (host, pid and start of the process), `started` and
`updated` (seconds since 1970), and what its writer adds. A file is replaced as a whole, at most
twice a second while its state stays. It is news and no record: it may be lost, it stays when its
process is killed (`owner` tells), and the history of a run that trains is in its working folder.
"""

import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from scenes.runs.sealed import load_json
from scenes.runs.store import Store
from scenes.system.files import make_folder, read_regular, remove_whatever
from scenes.system.processes import Owner, host_name, this_process

EVERY = 0.5
"""Seconds between two writings of one file while its state stays."""
LARGEST = 2**24
"""Bytes of a file that is read."""


@dataclass
class Status:
    """A file that says what something is doing.

    Args:
        path: Of the file.
    """

    path: Path
    _told: dict[str, Any] = field(default_factory=dict)
    _written: float = 0.0
    _started: float = field(default_factory=time.time)
    _owner: Owner = field(default_factory=this_process)

    def tell(self, state: str, **more: Any) -> None:
        """Replace what was said, if it is time or the state is another.

        A full disk or a folder of somebody else's stops nothing: there is no news then.
        """
        now = time.time()
        if state == self._told.get("state") and now - self._written < EVERY:
            return
        self._written = now
        self._told = {
            "state": state,
            "owner": asdict(self._owner),
            "started": self._started,
            "updated": now,
            **more,
        }
        with suppress(OSError):
            self._replace(json.dumps(self._told).encode())

    def _replace(self, data: bytes) -> None:
        # Without waiting for the disk: what a crash loses is old by then.
        make_folder(self.path.parent)
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
        try:
            draft.write_bytes(data)
            if self.path.is_dir() and not self.path.is_symlink():
                remove_whatever(self.path)
            draft.replace(self.path)
        finally:
            draft.unlink(missing_ok=True)


def run_status(store: Store, run_id: str) -> Status:
    """Return the file of a run, whose state is `preparing`, `training`, `finished` or `failed`.

    It adds `epoch`, `epochs` and `figures` of the last epoch; `reason` where it failed.
    """
    return Status(store.status / "runs" / f"{run_id}.json")


def program_status(store: Store) -> Status:
    """Return the file of this process, whose state is `training` or `ended`.

    It adds `done`, `total`, `seconds_left` and `seconds_left_range` (both null while nothing is
    known; the second holds two numbers), the runs that are `running`, with a reason where one waits
    for another program, and those that are `waiting`, each with its reason.
    """
    return Status(store.status / "programs" / f"{host_name()}-{os.getpid()}.json")


def forget_dead_programs(store: Store) -> None:
    """Delete what programs have left that surely run no more."""
    for path in (store.status / "programs").glob("*.json"):
        if _is_of_the_dead(path):
            with suppress(OSError):
                path.unlink()


def _is_of_the_dead(path: Path) -> bool:
    try:
        return Owner(**load_json(read_regular(path, limit=LARGEST))["owner"]).is_dead
    except (OSError, ValueError, TypeError, LookupError):
        return False
