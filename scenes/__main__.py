"""`scenes` and `python -m scenes`: the command line.

Ctrl-C is looked after before anything that takes time to import.
"""

from scenes.system.interrupts import exit_at_ctrl_c


def main() -> None:
    """Run a command."""
    exit_at_ctrl_c()
    from scenes.cli.main import main as run_command

    run_command()


if __name__ == "__main__":
    main()
