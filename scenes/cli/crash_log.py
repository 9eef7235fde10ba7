"""Keeps the details of an error that nobody foresaw: an exception in, a file for a report out."""

import platform
import shlex
import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import platformdirs

from scenes import __version__
from scenes.errors import StorageError
from scenes.system.files import save_atomically


def save_crash(error: BaseException, command: Sequence[str]) -> Path | None:
    """Write the traceback of an error and what it happened to.

    Args:
        error: As it was caught.
        command: The words of the command line.

    Returns:
        The file; None where none can be written.
    """
    now = datetime.now().astimezone()
    lines = [
        f"scenes {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"{now:%Y-%m-%d %H:%M:%S %z}: {shlex.join(command)}",
        "",
        *traceback.format_exception(error),
    ]
    path = platformdirs.user_log_path("scenes") / f"error-{now:%Y%m%d-%H%M%S-%f}.txt"
    try:
        save_atomically(path, "\n".join(lines).encode("utf-8", "backslashreplace"))
    except (StorageError, OSError):
        return None
    return path
