"""Child processes: starting one that is spoken to through pipes, and what one does first."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import IO


def start_module(
    name: str, *, environment: Mapping[str, str], errors: IO[bytes] | None = None
) -> "subprocess.Popen[bytes]":
    """Start a module of this package as a program, with pipes for what goes in and comes out.

    Args:
        name: Of the module.
        environment: Whole.
        errors: Takes what it writes to stderr; None for where this process writes it.
    """
    paths = [str(Path(__file__).parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return subprocess.Popen(
        # -P: a file in the user's folder must not stand in for a module of the same name.
        [sys.executable, "-P", "-m", name],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env={**environment, "PYTHONPATH": os.pathsep.join(paths)},
    )


def pipes_of(child: "subprocess.Popen[bytes]") -> tuple[IO[bytes], IO[bytes]]:
    """Return where a child of `start_module` is told and where it answers."""
    if child.stdin is None or child.stdout is None:
        raise ValueError("a child is spoken to through pipes")
    return child.stdin, child.stdout


def follow_parent() -> None:
    """Let the parent decide what becomes of this process, and end where it has died."""
    # Ctrl-C reaches the whole process group.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
