"""What is imported by the process from which workers are forked, before it forks any.

It is named to `multiprocessing`, which imports it there; anywhere else it does nothing.
"""

import gc
import os
import signal
import sys
from importlib import import_module
from pathlib import Path

from scenes.training.fork_server import LOG
from scenes.training.isolation import settle_keras
from scenes.training.worker import write_errors_to

NEEDED = ("tensorflow", "scenes.training.loop", "scenes.training.augmentation_preview")


def preload(log: Path) -> None:
    """Import what workers need, and compute nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole process group
    for name in ("SIGTERM", "SIGUSR1", "SIGHUP"):  # so does what a scheduler sends
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    write_errors_to(log)
    os.dup2(2, 1)  # whoever reads what the caller prints need not wait for the end of this process
    # Keras imports pandas where it can, to take its frames; pandas brings Arrow, which starts a
    # thread. Nothing here has frames, and a process with threads must not be forked.
    sys.modules.setdefault("pandas", None)  # type: ignore[arg-type]
    for name in NEEDED:
        import_module(name)
    if sys.modules.get("pandas") is None:
        del sys.modules["pandas"]
    settle_keras()
    # What is imported stays: no collection in a worker looks at it, and so none copies its pages.
    gc.freeze()


if LOG in os.environ:
    preload(Path(os.environ.pop(LOG)))
