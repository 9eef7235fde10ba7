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
UNUSED = ("pandas", "matplotlib")
"""What Keras imports where it can, for frames and galleries, of which nothing here has any. Pandas
brings Arrow, which starts a thread, and a process with threads must not be forked; matplotlib takes
a tenth of the time."""


def preload(log: Path) -> None:
    """Import what workers need, and compute nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole process group
    for name in ("SIGTERM", "SIGUSR1", "SIGHUP"):  # so does what a scheduler sends
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    write_errors_to(log)
    os.dup2(2, 1)  # whoever reads what the caller prints need not wait for the end of this process
    _import_needed()
    settle_keras()


def _import_needed() -> None:
    """Import what workers need without what they do not; it can be imported afterwards."""
    absent = [name for name in UNUSED if name not in sys.modules]
    # Nothing that is imported is garbage; looking for some takes another tenth.
    gc.disable()
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]
    for name in NEEDED:
        import_module(name)
    for name in absent:
        del sys.modules[name]
    # What is imported stays: no collection in a worker looks at it, and so none copies its pages.
    gc.freeze()
    gc.enable()


if LOG in os.environ:
    preload(Path(os.environ.pop(LOG)))
