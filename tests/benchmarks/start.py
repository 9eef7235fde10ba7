"""How long a worker takes to its first step: cold, and warm in a second run.

    python -m benchmarks.start REPORT STORE

The runs of the report are of a single step. Prints JSON: for each run, seconds from handing it out
to its first recorded epoch.
"""

import json
import sys
import time
from pathlib import Path

from rich.console import Console

from scenes.app.request import Opened, Request, open_request
from scenes.data.arrays import load_arrays
from scenes.plan.plan import Run
from scenes.training.executors.local import LocalExecutor
from scenes.training.executors.protocol import Job

POLL = 0.005


def first_step(executor: LocalExecutor, run: Run, opened: Opened) -> float:
    """Return the seconds until a run has recorded an epoch."""
    store, data = opened.store, opened.pictures.part(run.settings)
    load_arrays(data, run.settings.image_size, cache=store.cache / "arrays")
    began = time.perf_counter()
    executor.submit(Job(run.id, run.settings, run.seed, run.identity, data, store))
    while not store.live_history(run.id)["loss"] and not executor.results(POLL):
        pass
    seconds = time.perf_counter() - began
    while not (ended := executor.results(1.0)):
        pass
    if ended[0].is_lost or ended[0].error is not None:
        raise RuntimeError(f"run {run.id} was not carried out: {ended[0]}")
    executor.release(run.id)
    return seconds


def main(report: str, store: str) -> None:
    """Carry out every run in one worker and print the seconds of each."""
    opened = open_request(Request(Path(report), store=Path(store)), Console(stderr=True))
    with LocalExecutor(1, log=opened.store.log) as executor:
        runs = opened.plan(opened.report).missing
        print(json.dumps([first_step(executor, run, opened) for run in runs]))


if __name__ == "__main__":
    main(*sys.argv[1:])
