"""`scenes` and `python -m scenes`: the command line.

Ctrl-C is looked after before anything that takes time to import.
"""

import os

# What `signal` wraps: that module imports others for milliseconds, in which Ctrl-C is not caught.
from _signal import SIGINT, signal  # type: ignore[import-not-found]  # has no stub


def main() -> None:
    """Run a command."""
    signal(SIGINT, lambda *_: os._exit(130))
    from scenes.system.interrupts import exit_at_ctrl_c

    exit_at_ctrl_c()
    from scenes.cli.main import main as run_command

    try:
        run_command()
    finally:
        import gc

        gc.freeze()  # or the interpreter looks through all that was loaded once more as it ends


if __name__ == "__main__":
    main()
