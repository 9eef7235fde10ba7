"""What `scenes report` does before it writes: REPORT STORE CLUSTER SEED…; without CLUSTER here."""

import sys
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from scenes.app.request import Request, open_request
from scenes.app.training import join_cluster, train
from scenes.errors import ScenesError


def main(report: str, store: str, cluster: str, *seeds: str) -> int:
    """Train the runs of a report, two at a time where none are elsewhere; return the exit code."""
    console = Console(stderr=True)
    request = Request(
        Path(report),
        store=Path(store),
        seeds=tuple(map(int, seeds)),
        workers=2,
        cluster=cluster or None,
    )
    try:
        opened = open_request(request, console)
        with ExitStack() as stack:
            train(join_cluster(opened, console, stack), console, before=lambda: None)
    except ScenesError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
