"""Where in own code an error arose: an exception in, `file:line: error` out."""

import traceback
from collections.abc import Iterable
from pathlib import Path


def own_frames(error: BaseException, folders: Iterable[Path]) -> list[tuple[str, str]]:
    """Return `file:line` and text of the lines within some folders that led to an error.

    Args:
        error: As it was caught.
        folders: Of own code; the names of files are relative to the first that holds them.
    """
    found = []
    for frame in traceback.extract_tb(error.__traceback__):
        path = Path(frame.filename)
        if home := next((it for it in folders if path.is_relative_to(it)), None):
            found.append((f"{path.relative_to(home).as_posix()}:{frame.lineno}", frame.line or ""))
    return found


def told(error: BaseException) -> str:
    """Return what an error says, in one line: its type and its words."""
    lines = "".join(traceback.format_exception_only(error)).strip().splitlines()
    return lines[-1] if isinstance(error, SyntaxError) else lines[0]
