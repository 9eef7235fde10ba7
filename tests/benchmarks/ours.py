"""The program: trains what a report misses, as `scenes report` does, and says how long it took.

    python -m benchmarks.ours REPORT STORE [WORKERS]

Prints JSON: seconds from the start of the process to the imports' end, of checking the pictures and
of training, and for each run its seconds, operations and last validation accuracy.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console

from benchmarks.operations import run_operations
from scenes.app.request import Opened, Request, open_request
from scenes.app.training import start_first_workers, train
from scenes.plan.plan import Run
from scenes.runs.record import Record


def main(report: str, store: str, workers: str = "") -> None:
    """Train what is missing and print what it took."""
    begun = psutil.Process().create_time()
    imported = time.time()
    console = Console(stderr=True)
    request = Request(Path(report), store=Path(store), workers=int(workers) if workers else None)
    opened = open_request(request, console, start_first_workers)
    checked = time.time()
    plan = train(opened, console, lambda: None)
    trained = time.time()
    print(
        json.dumps(
            {
                "start": imported - begun,
                "check": checked - imported,
                "train": trained - checked,
                "runs": [_describe(run, opened) for run in plan.runs],
            }
        )
    )


def _describe(run: Run, opened: Opened) -> dict[str, Any]:
    if not isinstance(run.result, Record):
        raise RuntimeError(f"run {run.id} has no record: {run.result}")
    splits = opened.pictures.part(run.settings).splits
    return {
        "activation": run.settings.activation,
        "seconds": run.result.environment["seconds"],
        "val_accuracy": run.result.history["val_accuracy"][-1],
        "operations": run_operations(
            run.settings.model_dump(),
            run.result.summary,
            train=len(splits["train"]),
            val=len(splits["val"]),
        ),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
