"""Jobs in which workers run are asked for, and again when one has ended."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from distributed import Scheduler, SpecCluster, Worker

from scenes.app import slurm_jobs
from scenes.app.slurm_jobs import NO_PORT, jobs_kept, present_jobs, start_slurm
from scenes.errors import MachineError


def wait(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end, "it has not come"
        time.sleep(0.05)


class Jobs(SpecCluster):  # type: ignore[misc]
    """A cluster as dask-jobqueue has it, whose jobs are workers in this process."""

    def scale(self, *given: int, jobs: int = 0) -> Any:
        """Ask for as many jobs; one that has ended is not asked for again."""
        return super().scale(*given or (jobs,))

    def _new_worker_name(self, number: int) -> str:
        return f"job-{number}"


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Jobs]:
    """Give a cluster without jobs."""
    quiet = {"dashboard": False, "dashboard_address": NO_PORT}
    worker = {"cls": Worker, "options": {"nthreads": 1, "local_directory": str(tmp_path)}}
    worker["options"] |= {"dashboard_address": NO_PORT}
    scheduler = {"cls": Scheduler, "options": {"host": "127.0.0.1", "port": 0, **quiet}}
    with Jobs(scheduler=scheduler, worker=worker, silence_logs=50) as cluster:
        yield cluster


def test_a_job_that_has_ended_is_asked_for_again(cluster: Jobs) -> None:
    """As at a time limit: its worker is gone, and a new one comes; the other job goes on."""

    def workers() -> set[str]:
        return set(cluster.scheduler_info["workers"])

    with jobs_kept(cluster, 2, every=0.2):
        wait(lambda: len(workers()) == 2)
        time.sleep(0.5)  # for a look at them
        job = next(iter(cluster.workers.values()))
        ended, kept = job.address, workers() - {job.address}
        cluster.sync(job.close)
        wait(lambda: len(workers()) == 2 and ended not in workers())
        assert kept < workers()


@pytest.mark.parametrize("workers", [["job-0-1"], ["job-0-0", "job-0-1"]])
def test_a_job_is_there_while_one_of_its_workers_is(workers: list[str]) -> None:
    """A job with several processes is not asked for again for one of them."""
    spec = {"job-0": {"group": ["-0", "-1"]}, "job-1": {"group": ["-0", "-1"]}, "job-2": {}}
    info = {"workers": {str(place): {"name": name} for place, name in enumerate(workers)}}
    assert present_jobs(SimpleNamespace(worker_spec=spec, scheduler_info=info)) == {"job-0"}


def test_without_an_extra_slurm_is_refused_by_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dask would raise an ImportError where certificates are made."""
    find = slurm_jobs.importlib.util.find_spec
    monkeypatch.setattr(
        slurm_jobs.importlib.util,
        "find_spec",
        lambda name: None if name == "cryptography" else find(name),
    )
    with (
        pytest.raises(MachineError, match="Certificates need cryptography") as refused,
        start_slurm(None, tmp_path),
    ):
        pytest.fail("it was started")
    assert "pip install 'scenes[cluster]'" in str(refused.value)
