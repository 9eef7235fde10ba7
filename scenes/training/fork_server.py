"""The process from which workers are forked: what each of them needs is imported once, in it.

A worker then starts in milliseconds rather than in the seconds that TensorFlow takes, and workers
share the memory of what was imported. Workers with a GPU start by themselves: CUDA is not to be
forked. Nor is TensorFlow once it has computed anything, which this process never does.
"""

import multiprocessing
import os
import sys
import tempfile
from multiprocessing import util
from multiprocessing.context import BaseContext
from pathlib import Path

from scenes.errors import MachineError
from scenes.system.scratch import scratch_folder
from scenes.training.devices import WITHOUT_GPU
from scenes.training.isolation import worker_environment

CAN_FORK = sys.platform == "linux"
PRELOAD = "scenes.training.preload"
LOG = "SCENES_WORKER_LOG"
"""The variable that tells the process where to write what libraries write to stderr."""
TUNABLES, LARGE_PAGES = "GLIBC_TUNABLES", "glibc.malloc.hugetlb=1"
"""Read as a process starts, from glibc 2.35 on: arrays lie in pages of 2 MiB, and steps are up to
a tenth faster."""


SOCKET_PATH = 107
"""Bytes that the path of a socket may have on Linux."""
SOCKET_NAME = len("/pymp-12345678/listener-12345678")
SHORT = "/tmp"  # what is made in there has a name that nobody guesses, and one owner


def start_fork_server(log: Path) -> None:
    """Start the process, which then imports TensorFlow while this one goes on.

    Where it runs already, or workers are not forked, nothing happens.

    Args:
        log: Takes what it writes to stderr.

    Raises:
        MachineError: It cannot be started.
    """
    if not CAN_FORK:
        return
    from multiprocessing import forkserver  # of no use on other systems

    multiprocessing.set_forkserver_preload([PRELOAD])
    # The socket to it, and what workers leave, are removed with this process's temporary files.
    variables = {LOG: str(log), "TMPDIR": str(scratch_folder())}
    if TUNABLES not in os.environ:
        variables[TUNABLES] = LARGE_PAGES
    try:
        _place_socket()
        with worker_environment({**WITHOUT_GPU, **variables}):
            forkserver.ensure_running()
    except OSError as error:
        raise MachineError(
            "Workers cannot be started.",
            [f"the process that they are forked from: {error}"],
            f"It needs a temporary folder that can be written: look at TMPDIR and at {SHORT}.",
        ) from error


def _place_socket() -> None:
    """Let the socket lie in a folder with a short path where that of temporary files is too long.

    From Python 3.14 on multiprocessing sees to that itself.
    """
    if len(os.fsencode(scratch_folder())) + SOCKET_NAME <= SOCKET_PATH:
        return
    kept, tempfile.tempdir = tempfile.tempdir, SHORT
    try:
        util.get_temp_dir()  # made at the first call, and removed by it at the end
    finally:
        tempfile.tempdir = kept


def worker_context(gpu: str | None) -> BaseContext:
    """Return the way in which a worker is started, on a GPU or without one."""
    return multiprocessing.get_context("forkserver" if CAN_FORK and gpu is None else "spawn")
