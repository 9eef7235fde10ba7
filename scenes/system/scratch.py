"""The temporary folder of this process: one, removed at its end, with all that lies in it.

A process that is killed leaves its folder behind; the next one to start on the same machine removes
it. Folders of processes that still run, or run on another machine, are left alone.
"""

import contextlib
import os
import re
import shutil
import tempfile
from functools import cache
from multiprocessing import util
from pathlib import Path

from scenes.errors import MachineError
from scenes.system.processes import Owner, host_digest, host_name, this_process

PREFIX = "scenes"
LAST = -200
"""When `multiprocessing` removes its own temporary folder, its priority is -100."""
_NAME = re.compile(rf"{PREFIX}-([0-9a-f]{{8}})-(\d+)-(\d+)-\w+")
"""Host, pid and start of the owner, then what `mkdtemp` adds."""


def scratch_folder() -> Path:
    """Return this process's temporary folder, which is made at the first call.

    From then on `tempfile` makes what it makes in there.

    Raises:
        MachineError: It cannot be made.
    """
    return _scratch_folder(os.getpid())


@cache
def _scratch_folder(pid: int) -> Path:
    base = Path(os.environ.get("TMPDIR") or tempfile.gettempdir())
    if tempfile.tempdir is not None:
        base = Path(tempfile.tempdir)
    remove_leftovers(base)
    started = int(this_process().started)
    try:
        folder = tempfile.mkdtemp(prefix=f"{PREFIX}-{host_digest()}-{pid}-{started}-", dir=base)
    except OSError as error:
        raise MachineError(
            "There is no folder for temporary files.",
            [f"{base} cannot be written: {error.strerror or error}"],
            "Name another one in the variable TMPDIR.",
        ) from error
    tempfile.tempdir = folder
    # At the end of the process that made it, and of no fork of it, after what multiprocessing has
    # in there is gone.
    util.Finalize(None, shutil.rmtree, (folder, True), exitpriority=LAST)
    return Path(folder)


def remove_leftovers(base: Path) -> None:
    """Remove the temporary folders of processes of this user and machine that have died."""
    with contextlib.suppress(OSError):
        for path in base.glob(f"{PREFIX}-*"):
            match = _NAME.fullmatch(path.name)
            if match is None or match[1] != host_digest() or not _is_own(path):
                continue
            if Owner(host_name(), int(match[2]), float(match[3])).is_dead:
                shutil.rmtree(path, ignore_errors=True)


def _is_own(path: Path) -> bool:
    """Return whether this is a folder of this user, and no link to one."""
    with contextlib.suppress(OSError):
        is_folder = path.is_dir() and not path.is_symlink()
        return is_folder and (not hasattr(os, "getuid") or path.stat().st_uid == os.getuid())
    return False
