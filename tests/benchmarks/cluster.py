"""What a cluster costs besides training, and what that means for many runs on many workers.

    PYTHONPATH=tests python -m benchmarks.cluster

Prints two tables. The first is measured here with runs that train nothing: processor seconds for
each run, of the head and, where it is in the same process, of the worker. The second is a
simulation of 1,000 runs on 100 workers with these costs, and states what it assumes.
"""

import heapq
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask
from conftest import save_pictures
from distributed import Client, LocalCluster
from factories import build_identity, build_record
from rich.console import Console

from scenes.app.request import Request, open_request
from scenes.app.slurm_jobs import NO_PORT
from scenes.data.arrays import load_arrays
from scenes.data.folder import Dataset, load_folder
from scenes.runs.identity import run_id as id_of
from scenes.runs.store import Store
from scenes.spec.settings import Settings
from scenes.system.processes import Owner
from scenes.training.engine import work_left
from scenes.training.executors import cluster_trainers, cluster_worker
from scenes.training.executors.cluster import DaskExecutor
from scenes.training.executors.cluster_crew import joined
from scenes.training.executors.job_files import load_job
from scenes.training.executors.local import LocalExecutor
from scenes.training.executors.protocol import Executor, Job

RUNS, WORKERS = 1_000, 100
NOBODY = 2**31 - 1
"""The number of no process: signals to those that train must not reach this one."""
MEASURED = 60
"""Runs that train nothing, for each row of the first table."""

MANY = """
title = "T"
authors = ["A"]
seeds = [{seeds}]
[data]
source = "../pictures"
[base]
model = "mlp"
image_size = 16
epochs = 2
[[study]]
name = "batch"
title = "Batch size"
question = "Which?"
factor = "batch_size"
values = [4, 5, 6, 7, 8, 9, 10, 11, 12, 13]
"""


def record_nothing(job: Job) -> None:
    """Record a run that was not trained."""
    job.store.begin(job.id, job.identity)
    job.store.save(build_record(identity=job.identity))


def _work_on(store: str, run_id: str, program: Owner | None) -> None:
    record_nothing(load_job(Store(Path(store)), run_id, program=program))


def _start(log: Path) -> tuple[Any, "Future[int]"]:
    pool = ThreadPoolExecutor(1)
    return pool, pool.submit(lambda: NOBODY)


@contextmanager
def _dask(store: Store, own: Path | None) -> Iterator[DaskExecutor]:
    """Give an executor whose scheduler and worker are in this process, and train nothing."""
    cluster_trainers.start_process, cluster_worker.work_on = _start, _work_on
    with ExitStack() as stack:
        if own is not None:
            stack.enter_context(dask.config.set({"scenes.folder": str(own)}))
        cluster = stack.enter_context(
            LocalCluster(
                n_workers=1,
                threads_per_worker=1,
                processes=False,
                protocol="tcp://",
                host="127.0.0.1",
                dashboard_address=NO_PORT,
                silence_logs=50,
            )
        )
        client = stack.enter_context(Client(cluster, set_as_default=False))
        crew = stack.enter_context(joined(client, store))
        yield stack.enter_context(DaskExecutor(crew, store))


def _jobs(dataset: Dataset, store: Store, size: int) -> list[Job]:
    load_arrays(dataset, size, cache=store.cache / "arrays")
    identities = [build_identity(seed=n, data=dataset.fingerprint) for n in range(MEASURED)]
    return [
        Job(id_of(one), Settings(image_size=size), n, one, dataset, store)
        for n, one in enumerate(identities)
    ]


def _carry_out(executor: Executor, jobs: Sequence[Job]) -> tuple[float, float]:
    """Return processor and wall seconds of this process for each job but the first."""
    _finish(executor, jobs[0])
    cpu, wall = time.process_time(), time.perf_counter()
    for job in jobs[1:]:
        _finish(executor, job)
    count = len(jobs) - 1
    return (time.process_time() - cpu) / count, (time.perf_counter() - wall) / count


def _finish(executor: Executor, job: Job) -> None:
    executor.submit(job)
    while not (ended := executor.results(1.0)):
        pass
    assert ended[0].error is None
    executor.release(job.id)


def measure(root: Path) -> dict[str, tuple[float, float]]:
    """Return processor and wall seconds for each run, by the way in which it is carried out."""
    save_pictures(root / "pictures")
    dataset = load_folder(root / "pictures", cache=None)
    found = {}
    store = Store(root / "local")
    with LocalExecutor(1, log=store.log, carry_out=record_nothing) as local:
        found["a process of this machine"] = _carry_out(local, _jobs(dataset, store, 16))
    store = Store(root / "shared")
    with _dask(store, None) as shared:
        found["Dask, the store in common"] = _carry_out(shared, _jobs(dataset, store, 16))
    store = Store(root / "apart")
    with _dask(store, root / "own") as apart:
        found["Dask, folders of their own"] = _carry_out(apart, _jobs(dataset, store, 16))
    return found


def measure_planning(root: Path) -> float:
    """Return the processor seconds of planning 1,000 runs again, as after each that ends."""
    (root / "many").mkdir()
    text = MANY.format(seeds=", ".join(map(str, range(RUNS // 10))))
    (root / "many" / "report.toml").write_text(text, encoding="utf-8")
    opened = open_request(Request(root / "many", store=root / "plans"), Console(quiet=True))
    opened.plan(opened.report)
    started = time.process_time()
    plan = opened.plan(opened.report)
    work_left(plan, lambda run: opened.pictures.part(run.settings), opened.store)
    return time.process_time() - started


def measure_sending(root: Path) -> float:
    """Return the bytes that are sent to a worker in a processor second of both ends."""
    store = Store(root / "sent")
    dataset = load_folder(root / "pictures", cache=None)
    size = 1024  # 20 pictures: 63 MB
    with _dask(store, root / "receives") as executor:
        (job, *_) = _jobs(dataset, store, size)
        started = time.process_time()
        _finish(executor, job)
        seconds = time.process_time() - started
    return 20 * size * size * 3 / seconds


@dataclass(frozen=True)
class Costs:
    """What a simulation takes for given.

    Attributes:
        head: Serial seconds of the head for each run.
        planning: Serial seconds of the head after each batch of runs that has ended.
        worker: Seconds of a worker for each run, besides training.
        start: Seconds of a worker before its first run.
        transfer: Seconds in which the head sends one worker what it needs first.
    """

    head: float
    planning: float
    worker: float
    start: float
    transfer: float


def simulate(times: Sequence[float], workers: int, costs: Costs) -> tuple[float, float]:
    """Return how long runs take on so many workers, and the share of their time without a run.

    The head hands out runs one after the other, plans again after each batch that has ended, and
    sends each worker what it needs before its first run, one after the other.
    """
    waiting = sorted(times, reverse=True)
    head = last = 0.0
    ends: list[float] = []
    for number in range(min(workers, len(waiting))):
        head += costs.head + costs.transfer
        begins = max(head, costs.start)
        heapq.heappush(ends, begins + costs.worker + waiting[number])
    left = waiting[len(ends) :]
    while ends:
        now = max(head, ends[0])
        batch = 0
        while ends and ends[0] <= now:
            last = max(last, heapq.heappop(ends))
            batch += 1
        head = now + costs.planning
        for _ in range(min(batch, len(left))):
            head += costs.head
            heapq.heappush(ends, head + costs.worker + left.pop(0))
    return last, 1 - sum(times) / (workers * last)


def main() -> None:
    """Measure, simulate and print."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        rows = measure(root)
        planning, pace = measure_planning(root), measure_sending(root)
    print("| a run that trains nothing | processor ms | wall ms |\n|---|---:|---:|")
    for name, (cpu, wall) in rows.items():
        print(f"| {name} | {1000 * cpu:.0f} | {1000 * wall:.0f} |")
    print(f"\nplanning 1,000 runs again: {planning:.2f} s of a processor")
    print(f"sending: {pace / 1e6:.0f} MB in a second of a processor\n")
    print("| minutes a run | store | MB of arrays | hours | idle | of it sending |")
    print("|---:|---|---:|---:|---:|---:|")
    for minutes in (1, 10, 60):
        for name, size in (("in common", 0), ("apart", 200), ("apart", 3000)):
            _print_row(rows, planning, minutes, name, size)


def _print_row(
    rows: dict[str, tuple[float, float]], planning: float, minutes: int, name: str, size: int
) -> None:
    draw = random.Random(0)
    times = [60 * minutes * draw.lognormvariate(-0.125, 0.5) for _ in range(RUNS)]
    cost = rows["Dask, the store in common" if size == 0 else "Dask, folders of their own"][0]
    costs = Costs(cost, planning, cost, 10.0, size / 125)
    whole, idle = simulate(times, WORKERS, costs)
    _, idle_free = simulate(times, WORKERS, Costs(cost, planning, cost, 10.0, 0.0))
    print(
        f"| {minutes} | {name} | {size or '–'} | {whole / 3600:.2f} | {idle:.1%} "
        f"| {idle - idle_free:.1%} |"
    )


if __name__ == "__main__":
    main()
